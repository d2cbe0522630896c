import { expect, type Locator } from '@playwright/test';
import type { Visitor } from './visitor';

export class PersonalDetails {
  constructor(private readonly visitor: Visitor) {}

  private get main(): Locator {
    return this.visitor.page.getByRole('main');
  }

  get firstName(): Locator {
    return this.main.getByLabel(this.visitor.words.firstName, { exact: true });
  }

  get lastName(): Locator {
    return this.main.getByLabel(this.visitor.words.lastName, { exact: true });
  }

  get save(): Locator {
    return this.button(this.visitor.words.name, this.visitor.words.save);
  }

  get changeEmail(): Locator {
    return this.button(this.visitor.words.email, this.visitor.words.changeEmail);
  }

  /** The line that says that something has been done. */
  get status(): Locator {
    return this.visitor.page.getByRole('status');
  }

  get enterCode(): Locator {
    return this.main.getByRole('link', { name: this.visitor.words.enterCode, exact: true });
  }

  get sendAgain(): Locator {
    return this.button(this.visitor.words.email, this.visitor.words.sendAgain);
  }

  get cancel(): Locator {
    return this.button(this.visitor.words.email, this.visitor.words.cancel);
  }

  /** Each panel of the page, and the dialog inside it, has buttons of the same names. */
  private button(panel: string, name: string): Locator {
    const outsideTheDialog = this.visitor.page.locator(':not(dialog *)');
    const region = this.main.getByRole('region', { name: panel, exact: true });
    return region.getByRole('button', { name, exact: true }).and(outsideTheDialog);
  }

  async open(): Promise<void> {
    await this.visitor.goto('/account');
    await expect(this.firstName).toBeVisible();
  }

  async rename(first: string, last: string): Promise<void> {
    await this.firstName.fill(first);
    await this.lastName.fill(last);
    await this.save.click();
  }

  async expectStatus(key: string): Promise<void> {
    await expect(this.status.filter({ hasText: this.visitor.words.says(key) })).toBeVisible();
    await this.visitor.settled();
  }

  /** What has become of something, where it is no more than news. */
  async expectNews(key: string): Promise<void> {
    await expect(this.main).toContainText(this.visitor.words.says(key));
    await this.visitor.settled();
  }

  async expectNames(first: string, last: string): Promise<void> {
    await expect(this.firstName).toHaveValue(first);
    await expect(this.lastName).toHaveValue(last);
  }

  async expectPending(newAddress: string): Promise<void> {
    const notice = this.visitor.words.says('personal.pending_title', { email: newAddress });
    await expect(this.main).toContainText(notice);
    await expect(this.enterCode).toBeVisible();
    await this.visitor.settled();
  }

  async expectNothingPending(): Promise<void> {
    await expect(this.firstName).toBeVisible();
    await expect(this.enterCode).toHaveCount(0);
    await this.visitor.settled();
  }
}
