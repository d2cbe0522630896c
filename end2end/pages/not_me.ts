import { expect, type Locator } from '@playwright/test';
import type { Visitor } from './visitor';

/** "This wasn't me": one page that ends all sign-ins and asks for a new password. */
export class NotMe {
  constructor(private readonly visitor: Visitor) {}

  private get main(): Locator {
    return this.visitor.page.getByRole('main');
  }

  get send(): Locator {
    return this.button(this.visitor.words.sendCode);
  }

  get code(): Locator {
    return this.field(this.visitor.words.confirmationCode);
  }

  get password(): Locator {
    return this.field(this.visitor.words.newPassword);
  }

  get repeat(): Locator {
    return this.field(this.visitor.words.repeatPassword);
  }

  get endAll(): Locator {
    return this.button(this.visitor.words.endAll);
  }

  /** For whoever follows a link in a mail and is not signed in. */
  get signIn(): Locator {
    return this.main.getByRole('link', { name: this.visitor.words.signIn, exact: true });
  }

  private field(label: string): Locator {
    return this.main.getByLabel(label, { exact: true });
  }

  private button(name: string): Locator {
    return this.main.getByRole('button', { name, exact: true });
  }

  async expectOpen(): Promise<void> {
    await expect(this.send).toBeVisible();
    await this.visitor.expectPath(/^\/c\/[^/]+\/account\/security\/not-me$/);
  }

  async expectAsksForCode(): Promise<void> {
    await expect(this.code).toBeVisible();
    await this.visitor.expectPath(/^\/c\/[^/]+\/account\/security\/not-me$/);
  }

  async submit(code: string, password: string, repeat = password): Promise<void> {
    await this.code.fill(code);
    await this.password.fill(password);
    await this.repeat.fill(repeat);
    await this.endAll.click();
  }
}
