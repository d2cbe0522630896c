import { expect, type Locator } from '@playwright/test';
import type { Visitor } from './visitor';

export type Sort = 'sort_name' | 'sort_email' | 'sort_last_sign_in' | 'sort_created';

/** Everybody who belongs to a client. */
export class UserList {
  constructor(private readonly visitor: Visitor) {}

  private get main(): Locator {
    return this.visitor.page.getByRole('main');
  }

  /** The way to the page on which users are made. It names the client. */
  create(client: string): Locator {
    const name = this.visitor.words.createIn.replace('{client}', client);
    return this.main.getByRole('link', { name, exact: true });
  }

  get search(): Locator {
    return this.main.getByLabel(this.visitor.words.searchUsers, { exact: true });
  }

  get filter(): Locator {
    return this.main.getByLabel(this.visitor.words.show, { exact: true });
  }

  get button(): Locator {
    return this.main.getByRole('button', { name: this.visitor.words.search, exact: true });
  }

  get everybody(): Locator {
    return this.main.getByRole('link', { name: this.visitor.words.showEverybody, exact: true });
  }

  get sorts(): Locator {
    return this.main.getByRole('navigation', { name: this.visitor.words.says('plain_users.sort') });
  }

  sort(by: Sort): Locator {
    return this.sorts.getByRole('link', { name: this.visitor.words.says(`users.${by}`) });
  }

  get names(): Locator {
    return this.main.getByRole('heading', { level: 2 }).getByRole('link');
  }

  name(name: string): Locator {
    return this.names.filter({ hasText: name });
  }

  row(name: string): Locator {
    return this.main.getByRole('listitem').filter({ has: this.visitor.page.getByRole('heading', { name }) });
  }

  /** Searches, and narrows the list to those of a code or a name. */
  async find(typed: string, show?: string): Promise<void> {
    await this.search.fill(typed);
    if (show !== undefined) await this.filter.selectOption(show);
    await this.button.click();
    await this.visitor.expectPath(/\/manage\/users$/);
  }

  async expectNames(...names: string[]): Promise<void> {
    await expect(this.names).toHaveText(names);
  }

  /** What the list is asked for, as it stands in its URL. */
  get asked(): Record<string, string> {
    return Object.fromEntries(new URL(this.visitor.page.url()).searchParams);
  }
}
