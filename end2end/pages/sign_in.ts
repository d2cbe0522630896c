import { expect, type Locator } from '@playwright/test';
import type { Visitor } from './visitor';

export class SignInPage {
  constructor(private readonly visitor: Visitor) {}

  get email(): Locator {
    return this.visitor.page.getByLabel(this.visitor.words.email, { exact: true });
  }

  get password(): Locator {
    return this.visitor.page.getByLabel(this.visitor.words.password, { exact: true });
  }

  get button(): Locator {
    return this.visitor.page.getByRole('main').getByRole('button', { name: this.visitor.words.signIn, exact: true });
  }

  get error(): Locator {
    return this.visitor.page.getByRole('main').getByRole('alert');
  }

  get forgotten(): Locator {
    return this.visitor.page.getByRole('link', { name: this.visitor.words.forgotten, exact: true });
  }

  async open(): Promise<void> {
    await this.visitor.goto('/sign-in');
  }

  async expectOpen(): Promise<void> {
    await expect(this.button).toBeVisible();
    await this.visitor.expectPath('/sign-in');
  }

  /** What brought somebody here. */
  async expectNews(key: string): Promise<void> {
    await this.expectOpen();
    await expect(this.visitor.page.getByRole('main')).toContainText(this.visitor.words.says(key));
  }

  async submit(email: string, password: string): Promise<void> {
    await this.email.fill(email);
    await this.password.fill(password);
    await this.button.click();
  }

  async expectRefused(): Promise<void> {
    await expect(this.error).toHaveText(this.visitor.words.says('error.sign_in_refused'));
    await expect(this.button).toBeVisible();
    await this.visitor.settled();
  }
}

export class CodePage {
  constructor(private readonly visitor: Visitor) {}

  get field(): Locator {
    return this.visitor.page.getByLabel(this.visitor.words.loginCode, { exact: true });
  }

  get appField(): Locator {
    return this.visitor.page.getByLabel(this.visitor.words.authenticationCode, { exact: true });
  }

  get useRecoveryCode(): Locator {
    return this.link(this.visitor.words.useRecoveryCode);
  }

  get lostApp(): Locator {
    return this.link(this.visitor.words.lostApp);
  }

  get continue(): Locator {
    return this.button(this.visitor.words.continue);
  }

  get sendAgain(): Locator {
    return this.button(this.visitor.words.sendAgain);
  }

  get cancel(): Locator {
    return this.button(this.visitor.words.cancel);
  }

  private button(name: string): Locator {
    return this.visitor.page.getByRole('main').getByRole('button', { name, exact: true });
  }

  private link(name: string): Locator {
    return this.visitor.page.getByRole('main').getByRole('link', { name, exact: true });
  }

  async expectOpen(): Promise<void> {
    await expect(this.field).toBeVisible();
    await this.visitor.expectPath('/sign-in/code');
  }

  /** It asks for a code of the app, and none was mailed. */
  async expectOpenForApp(): Promise<void> {
    await expect(this.appField).toBeVisible();
    await expect(this.field).toHaveCount(0);
    await expect(this.sendAgain).toHaveCount(0);
    await this.visitor.expectPath('/sign-in/code');
  }

  async submit(code: string): Promise<void> {
    await this.field.fill(code);
    await this.continue.click();
  }

  async submitApp(code: string): Promise<void> {
    await this.appField.fill(code);
    await this.continue.click();
  }
}
