import { expect, type Locator } from '@playwright/test';
import type { Visitor } from './visitor';

/** The tab User groups: those one is in, and those open to joining. */
export class GroupsTab {
  constructor(private readonly visitor: Visitor) {}

  private get main(): Locator {
    return this.visitor.page.getByRole('main');
  }

  get own(): Locator {
    return this.main.getByRole('region', { name: this.visitor.words.says('groups.heading') });
  }

  get others(): Locator {
    return this.main.getByRole('region', { name: this.visitor.words.says('groups.others_heading') });
  }

  /** A group, wherever on the page it stands. */
  group(name: string): Locator {
    const heading = this.visitor.page.getByRole('heading', { level: 3, name, exact: true });
    return this.main.getByRole('listitem').filter({ has: heading });
  }

  permits(name: string): Locator {
    const list = this.group(name).getByRole('list', { name: this.visitor.words.says('groups.permits') });
    return list.getByRole('listitem');
  }

  join(name: string): Locator {
    return this.group(name).getByRole('button', { name: this.visitor.words.join, exact: true });
  }

  leave(name: string): Locator {
    return this.group(name).getByRole('link', { name: this.visitor.words.leave, exact: true });
  }

  async open(): Promise<void> {
    await this.visitor.tabs.open('userGroups');
    await this.visitor.tabs.expectCurrent('userGroups');
  }

  async expectOwn(name: string): Promise<void> {
    await expect(this.own.getByRole('heading', { level: 3, name, exact: true })).toBeVisible();
    await expect(this.others.getByRole('heading', { level: 3, name, exact: true })).toHaveCount(0);
    await this.visitor.settled();
  }

  async expectJoined(name: string): Promise<void> {
    await this.expectNews('groups.joined');
    await this.expectOwn(name);
  }

  async expectLeft(name: string): Promise<void> {
    await this.visitor.tabs.expectCurrent('userGroups');
    await this.expectNews('groups.left');
    await this.expectOther(name);
  }

  private async expectNews(key: string): Promise<void> {
    await expect(this.main.getByRole('status').filter({ hasText: this.visitor.words.says(key) })).toBeVisible();
  }

  async expectOther(name: string): Promise<void> {
    await expect(this.others.getByRole('heading', { level: 3, name, exact: true })).toBeVisible();
    await expect(this.own.getByRole('heading', { level: 3, name, exact: true })).toHaveCount(0);
    await this.visitor.settled();
  }
}
