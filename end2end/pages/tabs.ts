import { expect, type Locator } from '@playwright/test';
import type { Visitor } from './visitor';

export type Tab = 'personalDetails' | 'security' | 'userGroups' | 'accounts';

export const tabPaths: Record<Tab, string> = {
  personalDetails: '/c/acme/account',
  security: '/c/acme/account/security',
  userGroups: '/c/acme/account/groups',
  accounts: '/c/acme/account/accounts',
};

export const allTabs = Object.keys(tabPaths) as Tab[];

export class Tabs {
  constructor(private readonly visitor: Visitor) {}

  get list(): Locator {
    const { page, words } = this.visitor;
    return page.getByRole('navigation', { name: words.myAccount, exact: true });
  }

  link(tab: Tab): Locator {
    return this.list.getByRole('link', { name: this.visitor.words[tab], exact: true });
  }

  get heading(): Locator {
    return this.visitor.page.getByRole('heading', { level: 1 });
  }

  get main(): Locator {
    return this.visitor.page.getByRole('main');
  }

  /** In the client whose pages the visitor opens. */
  path(tab: Tab): string {
    return tabPaths[tab].replace('/c/acme/', `/c/${this.visitor.slug}/`);
  }

  async open(tab: Tab): Promise<void> {
    await this.visitor.goto(this.path(tab));
  }

  async expectCurrent(tab: Tab): Promise<void> {
    await expect(this.link(tab)).toHaveAttribute('aria-current', 'page');
    await expect(this.list.locator('[aria-current]')).toHaveCount(1);
    await expect(this.heading).toHaveText(this.visitor.words[tab]);
    await this.visitor.expectPath(this.path(tab));
  }
}
