import { readFile } from 'node:fs/promises';
import { expect, type Locator } from '@playwright/test';
import { whole } from '../support/catalogue';
import type { Visitor } from './visitor';

export type ClientPart = 'show_users' | 'show_guests' | 'show_groups' | 'show_client';

/** What happened in a client. */
export class ClientActivity {
  constructor(private readonly visitor: Visitor) {}

  private get main(): Locator {
    return this.visitor.page.getByRole('main');
  }

  private link(name: string): Locator {
    return this.main.getByRole('link', { name, exact: true });
  }

  get filters(): Locator {
    return this.main.getByRole('navigation', { name: this.visitor.words.shown, exact: true });
  }

  filter(part: ClientPart): Locator {
    return this.filters.getByRole('link', { name: whole(this.visitor.words.says(`client_activity.${part}`)) });
  }

  get titles(): Locator {
    return this.main.getByRole('heading', { level: 2 });
  }

  /** The newest of those that say this. */
  entry(key: string): Locator {
    const title = this.visitor.page.getByRole('heading', { level: 2, name: this.visitor.words.says(key) });
    return this.main.getByRole('listitem').filter({ has: title }).first();
  }

  get older(): Locator {
    return this.link(this.visitor.words.older);
  }

  get newest(): Locator {
    return this.link(this.visitor.words.newest);
  }

  get download(): Locator {
    return this.main.getByRole('button', { name: this.visitor.words.downloadCsv, exact: true });
  }

  async expectTitles(...keys: string[]): Promise<void> {
    await expect(this.titles).toHaveText(keys.map((key) => this.visitor.words.says(key)));
  }

  async downloaded(): Promise<{ name: string; text: string }> {
    const coming = this.visitor.page.waitForEvent('download');
    await this.download.click();
    const file = await coming;
    return { name: file.suggestedFilename(), text: await readFile(await file.path(), 'utf8') };
  }
}
