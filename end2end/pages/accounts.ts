import { expect, type Locator } from '@playwright/test';
import type { Visitor } from './visitor';

/** The tab Accounts: the clients one belongs to, and the ways into and out of them. */
export class AccountsTab {
  constructor(private readonly visitor: Visitor) {}

  private get main(): Locator {
    return this.visitor.page.getByRole('main');
  }

  get names(): Locator {
    return this.main.getByRole('heading', { level: 3 });
  }

  client(name: string): Locator {
    const heading = this.visitor.page.getByRole('heading', { level: 3, name, exact: true });
    return this.main.getByRole('listitem').filter({ has: heading });
  }

  login(name: string): Locator {
    return this.client(name).getByRole('button', { name: this.visitor.words.login, exact: true });
  }

  leave(name: string): Locator {
    return this.client(name).getByRole('link', { name: this.visitor.words.leave, exact: true });
  }

  async open(): Promise<void> {
    await this.visitor.tabs.open('accounts');
    await this.visitor.tabs.expectCurrent('accounts');
  }

  /** Enters a client, from the page of any other. */
  async enter(name: string, slug: string): Promise<void> {
    await this.login(name).click();
    await this.visitor.expectPath(`/c/${slug}/account`);
    this.visitor.slug = slug;
    await this.visitor.header.expectClient(name);
  }

  async expectStill(name: string): Promise<void> {
    await this.visitor.tabs.expectCurrent('accounts');
    await expect(this.client(name)).toBeVisible();
  }

  async expectNews(key: string): Promise<void> {
    await this.visitor.tabs.expectCurrent('accounts');
    await expect(this.main.getByRole('status').filter({ hasText: this.visitor.words.says(key) })).toBeVisible();
  }
}
