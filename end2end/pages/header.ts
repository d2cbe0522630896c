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

  /** The colour of the client, as it is on the screen. */
  async colour(): Promise<string> {
    return this.banner.locator('.dot').evaluate((dot) => getComputedStyle(dot).backgroundColor);
  }

  async expectClient(name: string): Promise<void> {
    await expect(this.banner.locator('.tenant')).toHaveText(name);
  }

  /** The menu item is there only while an invitation is open, and says how many are. */
  async expectInvitations(count: number): Promise<void> {
    await this.openMenu();
    const item = this.link(this.visitor.words.invitations);
    if (count === 0) await expect(item).toHaveCount(0);
    else await expect(item).toHaveText(new RegExp(`${this.visitor.words.invitations}\\s+${count}$`));
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
