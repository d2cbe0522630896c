import { expect, type Locator } from '@playwright/test';
import type { Visitor } from './visitor';

export class Header {
  constructor(private readonly visitor: Visitor) {}

  get banner(): Locator {
    return this.visitor.page.getByRole('banner');
  }

  /** `<summary>` has no role of its own; it is the only one in the header. */
  get summary(): Locator {
    return this.banner.locator('summary');
  }

  get signOut(): Locator {
    return this.banner.getByRole('button', { name: this.visitor.words.signOut, exact: true });
  }

  link(name: string): Locator {
    return this.banner.getByRole('link', { name });
  }

  async openMenu(): Promise<void> {
    await this.visitor.settled();
    if (!(await this.signOut.isVisible())) await this.summary.click();
    await expect(this.signOut).toBeVisible();
  }

  async expectAddress(email: string): Promise<void> {
    await expect(this.summary).toContainText(email);
  }

  async expectInitials(initials: string): Promise<void> {
    await expect(this.summary).toContainText(initials);
  }

  async leave(): Promise<void> {
    await this.openMenu();
    await this.signOut.click();
    await this.visitor.signInPage.expectOpen();
  }
}
