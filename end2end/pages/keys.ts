import { expect, type Locator } from '@playwright/test';
import { whole } from '../support/catalogue';
import type { Visitor } from './visitor';

/** The page on which people make keys for programs, behind Security. */
export class KeysPage {
  constructor(private readonly visitor: Visitor) {}

  private get main(): Locator {
    return this.visitor.page.getByRole('main');
  }

  private exactly(key: string): RegExp {
    return whole(this.visitor.words.says(key));
  }

  /** The way here, on the tab Security. */
  get link(): Locator {
    return this.main.getByRole('link', { name: this.exactly('security.api_keys') });
  }

  /** The way to what programs can do with a key. */
  get description(): Locator {
    return this.main.getByRole('link', { name: this.exactly('plain_keys.api') });
  }

  get name(): Locator {
    return this.main.getByLabel(this.exactly('plain_keys.name'));
  }

  get days(): Locator {
    return this.main.getByLabel(this.exactly('plain_keys.days'));
  }

  get make(): Locator {
    return this.main.getByRole('button', { name: this.exactly('plain_keys.make') });
  }

  /** The new key, as long as it is shown. */
  get fresh(): Locator {
    return this.main.locator('#new-key');
  }

  row(name: string): Locator {
    return this.main
      .getByRole('listitem')
      .filter({ has: this.visitor.page.getByRole('heading', { name, exact: true }) });
  }

  end(name: string): Locator {
    return this.row(name).getByRole('button', { name: this.visitor.words.end, exact: true });
  }

  async open(): Promise<void> {
    await this.visitor.goto(`/c/${this.visitor.slug}/account/security/keys`);
    await this.expectOpen();
  }

  async expectOpen(): Promise<void> {
    await expect(this.visitor.tabs.heading).toHaveText(this.visitor.words.says('security.api_keys'));
    await this.visitor.expectPath(/\/account\/security\/keys$/);
  }

  async expectNews(key: string): Promise<void> {
    await expect(this.main).toContainText(this.visitor.words.says(key));
  }

  async ask(name: string, days: string): Promise<void> {
    await this.name.fill(name);
    await this.days.fill(days);
    await this.make.click();
  }

  /** Makes a key, and hands it over. */
  async made(name: string, days = '30'): Promise<string> {
    await this.ask(name, days);
    await this.expectNews('plain_keys.made');
    const key = (await this.fresh.innerText()).trim();
    // 256 random bits behind a name by which scanners of sources know them.
    expect(key).toMatch(/^selfsame_[\w-]{43}$/);
    return key;
  }
}
