import { expect, type Locator } from '@playwright/test';
import { whole } from '../support/catalogue';
import type { Visitor } from './visitor';

/** How much of a branch is ticked. */
export type Tick = 'empty' | 'mixed' | 'full';

/** The user groups of a client, for those who look after them: the list, each of them, and its end. */
export class ManagedGroups {
  constructor(private readonly visitor: Visitor) {}

  private get main(): Locator {
    return this.visitor.page.getByRole('main');
  }

  private field(label: string): Locator {
    return this.main.getByLabel(label, { exact: true });
  }

  private button(name: string): Locator {
    return this.main.getByRole('button', { name, exact: true });
  }

  get newGroup(): Locator {
    return this.main.getByRole('link', { name: this.visitor.words.newGroup, exact: true });
  }

  row(name: string): Locator {
    const heading = this.visitor.page.getByRole('heading', { level: 2, name, exact: true });
    return this.main.getByRole('listitem').filter({ has: heading });
  }

  get name(): Locator {
    return this.field(this.visitor.words.name);
  }

  get description(): Locator {
    return this.field(this.visitor.words.description);
  }

  get openToJoin(): Locator {
    return this.field(this.visitor.words.openToJoin);
  }

  get tree(): Locator {
    return this.main.getByRole('group', { name: this.visitor.words.says('groups.permits') });
  }

  branch(key: 'people' | 'groups' | 'client'): Locator {
    return this.tree.getByRole('group', { name: whole(this.visitor.words.says(`permission.branch_${key}`)) });
  }

  permission(key: string): Locator {
    return this.tree.getByRole('checkbox', { name: whole(this.visitor.words.says(`permission.${key}`)) });
  }

  /** The sign before a branch, as it is drawn. */
  async sign(branch: Locator): Promise<string> {
    return branch.locator('legend').evaluate((legend) => {
      const { backgroundColor, backgroundImage } = getComputedStyle(legend, '::before');
      return `${backgroundColor} ${backgroundImage}`;
    });
  }

  get create(): Locator {
    return this.button(this.visitor.words.createGroup);
  }

  get save(): Locator {
    return this.button(this.visitor.words.save);
  }

  get members(): Locator {
    return this.main.getByRole('region', { name: this.visitor.words.members, exact: true });
  }

  get email(): Locator {
    return this.members.getByLabel(this.visitor.words.email, { exact: true });
  }

  member(name: string): Locator {
    return this.members.getByRole('listitem').filter({ has: this.visitor.page.getByRole('heading', { name }) });
  }

  remove(name: string): Locator {
    return this.member(name).getByRole('button', { name: this.visitor.words.remove, exact: true });
  }

  get toDeletion(): Locator {
    return this.main.getByRole('link', { name: this.visitor.words.deleteGroup, exact: true });
  }

  get delete(): Locator {
    return this.button(this.visitor.words.deleteGroup);
  }

  /** Who loses what. */
  loss(name: string): Locator {
    const region = this.main.getByRole('region', { name: this.visitor.words.says('plain_group.losses') });
    return region.getByRole('listitem').filter({ has: this.visitor.page.getByRole('heading', { name }) });
  }

  async open(name: string): Promise<void> {
    await this.visitor.managing.open('userGroups');
    await this.row(name).getByRole('link').click();
    await this.expectOpen(name);
  }

  async expectOpen(name: string): Promise<void> {
    await expect(this.main.getByRole('heading', { level: 1 })).toHaveText(name);
    await this.visitor.managing.expectCurrent('userGroups');
  }

  async put(email: string): Promise<void> {
    await this.email.fill(email);
    await this.members.getByRole('button', { name: this.visitor.words.add, exact: true }).click();
  }
}
