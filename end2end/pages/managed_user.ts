import { expect, type Locator } from '@playwright/test';
import type { Visitor } from './visitor';

/** The page of a user, for those who look after users. */
export class ManagedUser {
  constructor(private readonly visitor: Visitor) {}

  get main(): Locator {
    return this.visitor.page.getByRole('main');
  }

  private field(label: string): Locator {
    return this.main.getByLabel(label, { exact: true });
  }

  private button(name: string): Locator {
    return this.main.getByRole('button', { name, exact: true });
  }

  get firstName(): Locator {
    return this.field(this.visitor.words.firstName);
  }

  get lastName(): Locator {
    return this.field(this.visitor.words.lastName);
  }

  get groups(): Locator {
    return this.main.getByRole('group', { name: this.visitor.words.userGroups, exact: true });
  }

  group(name: string): Locator {
    return this.groups.getByRole('checkbox', { name, exact: true });
  }

  get apiAccess(): Locator {
    return this.field(this.visitor.words.apiAccess);
  }

  get requireFactor(): Locator {
    return this.field(this.visitor.words.requireFactor);
  }

  get save(): Locator {
    return this.button(this.visitor.words.save);
  }

  /** Who manages the sign-in: a choice, as long as nobody has come in by it. */
  private get way(): Locator {
    return this.main.getByRole('region', { name: this.visitor.words.says('plain_user.method') });
  }

  get methods(): Locator {
    return this.way.getByRole('radio');
  }

  method(name: string): Locator {
    return this.way.getByRole('radio', { name, exact: true });
  }

  get saveMethod(): Locator {
    return this.way.getByRole('button', { name: this.visitor.words.save, exact: true });
  }

  get sendActivation(): Locator {
    return this.button(this.visitor.words.sendActivation);
  }

  get allowCodes(): Locator {
    return this.button(this.visitor.words.allowCodes);
  }

  get enable(): Locator {
    return this.button(this.visitor.words.enable);
  }

  /** A step that takes something away: its name, and behind it the question. */
  question(name: string): Locator {
    const named = this.visitor.page.locator('summary').getByText(name, { exact: true });
    return this.main.locator('details').filter({ has: named });
  }

  async ask(name: string): Promise<void> {
    await this.question(name).locator('summary').click();
    await expect(this.question(name).getByRole('button', { name, exact: true })).toBeVisible();
  }

  /** Asks for it, and answers the question. */
  async confirm(name: string): Promise<void> {
    await this.ask(name);
    await this.question(name).getByRole('button', { name, exact: true }).click();
  }

  /** From the list to the page of whoever has this name. */
  async open(name: string): Promise<void> {
    await this.visitor.managing.open('users');
    await this.visitor.managing.users.name(name).click();
    await this.expectOpen(name);
  }

  async expectOpen(name: string): Promise<void> {
    await expect(this.main.getByRole('heading', { level: 1 })).toHaveText(name);
    await this.visitor.managing.expectCurrent('users');
  }
}
