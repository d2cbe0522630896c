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

  async open(): Promise<void> {
    await this.visitor.goto('/sign-in');
  }

  async expectOpen(): Promise<void> {
    await expect(this.button).toBeVisible();
    await this.visitor.expectPath('/sign-in');
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

  async expectOpen(): Promise<void> {
    await expect(this.field).toBeVisible();
    await this.visitor.expectPath('/sign-in/code');
  }

  async submit(code: string): Promise<void> {
    await this.field.fill(code);
    await this.continue.click();
  }
}
