import { expect, type Locator } from '@playwright/test';
import type { Visitor } from './visitor';

/** The pages behind mailed links, where one chooses a password: at the beginning, and when something went wrong. */
export class ActivationPage {
  constructor(
    private readonly visitor: Visitor,
    private readonly buttonName: 'submit' | 'putBack' = 'submit',
  ) {}

  get password(): Locator {
    return this.visitor.page.getByLabel(this.visitor.words.newPassword, { exact: true });
  }

  get repeat(): Locator {
    return this.visitor.page.getByLabel(this.visitor.words.repeatPassword, { exact: true });
  }

  get submitButton(): Locator {
    const { page, words } = this.visitor;
    return page.getByRole('main').getByRole('button', { name: words[this.buttonName], exact: true });
  }

  async open(link: string): Promise<void> {
    await this.visitor.goto(link);
    await expect(this.password).toBeVisible();
  }

  async submit(password: string, repeat = password): Promise<void> {
    await this.visitor.settled();
    await this.password.fill(password);
    await this.repeat.fill(repeat);
    await this.submitButton.click();
  }

  /** Used, run out or never given: all look the same and let nobody type a password. */
  async expectGone(link: string): Promise<void> {
    const response = await this.visitor.goto(link);
    expect([404, 410]).toContain(response.status());
    await expect(this.visitor.page.getByRole('main')).toBeVisible();
    await expect(this.password).toHaveCount(0);
  }
}
