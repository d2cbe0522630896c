import { expect, type Locator } from '@playwright/test';
import type { Visitor } from './visitor';

export type Part = 'show_sign_ins' | 'show_details' | 'show_password' | 'show_factor' | 'show_others';

/** What happened to the account, behind Security. */
export class Activity {
  constructor(private readonly visitor: Visitor) {}

  private get main(): Locator {
    return this.visitor.page.getByRole('main');
  }

  get filters(): Locator {
    return this.main.getByRole('navigation', { name: this.visitor.words.shown, exact: true });
  }

  /** All of it, or one part. */
  filter(part?: Part): Locator {
    const { words } = this.visitor;
    if (!part) return this.filters.getByRole('link', { name: words.everything, exact: true });
    return this.filters.getByRole('link', { name: words.says(`activity.${part}`) });
  }

  get titles(): Locator {
    return this.main.getByRole('heading', { level: 2 });
  }

  /** The newest of those that say this. */
  entry(key: string): Locator {
    const { page, words } = this.visitor;
    const title = page.getByRole('heading', { level: 2, name: words.says(`activity.${key}`) });
    return this.main.getByRole('listitem').filter({ has: title }).first();
  }

  notMe(key: string): Locator {
    return this.entry(key).getByRole('link', { name: this.visitor.words.thisWasNotMe, exact: true });
  }

  get older(): Locator {
    return this.main.getByRole('link', { name: this.visitor.words.older, exact: true });
  }

  get newest(): Locator {
    return this.main.getByRole('link', { name: this.visitor.words.newest, exact: true });
  }

  /** From the tab to the page. */
  async open(): Promise<void> {
    await this.visitor.security.open();
    await this.visitor.security.showActivity.click();
    await this.expectOpen();
  }

  async expectOpen(): Promise<void> {
    await expect(this.visitor.tabs.heading).toHaveText(this.visitor.words.activity);
    await this.visitor.expectPath(/\/security\/activity$/);
  }

  /** What stands in the titles, newest first. */
  async expectTitles(...keys: string[]): Promise<void> {
    const { words } = this.visitor;
    await expect(this.titles).toHaveText(keys.map((key) => words.says(`activity.${key}`)));
  }
}
