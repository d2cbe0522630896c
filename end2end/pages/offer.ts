import { expect, type Locator } from '@playwright/test';
import type { Visitor } from './visitor';

/** What somebody sees who has signed in for the first time: the app, offered once. */
export class Offer {
  constructor(private readonly visitor: Visitor) {}

  get setUp(): Locator {
    return this.button(this.visitor.words.setUpApp);
  }

  get notNow(): Locator {
    return this.button(this.visitor.words.notNow);
  }

  private button(name: string): Locator {
    return this.visitor.page.getByRole('main').getByRole('button', { name, exact: true });
  }

  async expectOpen(): Promise<void> {
    await expect(this.notNow).toBeVisible();
    await this.visitor.expectPath(/^\/c\/[^/]+\/account\/security\/offer$/);
  }

  async decline(): Promise<void> {
    await this.notNow.click();
    await this.visitor.expectPath(/^\/c\/[^/]+\/account$/);
  }
}
