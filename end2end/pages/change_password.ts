import { expect, type Locator } from '@playwright/test';
import type { Visitor } from './visitor';

/** The dialog of Security; without scripts it stands open in the page and works the same. */
export class ChangePassword {
  constructor(private readonly visitor: Visitor) {}

  get dialog(): Locator {
    return this.visitor.page.getByRole('dialog');
  }

  get current(): Locator {
    return this.field(this.visitor.words.currentPassword);
  }

  get password(): Locator {
    return this.field(this.visitor.words.newPassword);
  }

  get repeat(): Locator {
    return this.field(this.visitor.words.repeatPassword);
  }

  get code(): Locator {
    return this.field(this.visitor.words.confirmationCode);
  }

  get save(): Locator {
    return this.button(this.visitor.words.save);
  }

  get submit(): Locator {
    return this.button(this.visitor.words.submit);
  }

  get sendAgain(): Locator {
    return this.button(this.visitor.words.sendAgain);
  }

  get cancel(): Locator {
    return this.button(this.visitor.words.cancel);
  }

  /** In the first step nothing was sent yet that would have to be taken back. */
  get leave(): Locator {
    return this.dialog.getByRole('link', { name: this.visitor.words.cancel, exact: true });
  }

  /** How far the new password fits, as somebody types; the other status of the dialog tells of codes. */
  get verdict(): Locator {
    return this.dialog.locator('.verdict');
  }

  private field(label: string): Locator {
    return this.dialog.getByLabel(label, { exact: true });
  }

  private button(name: string): Locator {
    return this.dialog.getByRole('button', { name, exact: true });
  }

  async expectFirstStep(): Promise<void> {
    await expect(this.current).toBeVisible();
    await this.visitor.expectPath(/\/security\/password$/);
  }

  async expectSecondStep(): Promise<void> {
    await expect(this.code).toBeVisible();
    await this.visitor.expectPath(/\/security\/password$/);
  }

  /** From anywhere to the open dialog. */
  async begin(): Promise<void> {
    await this.visitor.security.open();
    await this.visitor.security.changePassword.click();
    await this.expectFirstStep();
  }

  async ask(current: string, password: string, repeat = password): Promise<void> {
    await this.current.fill(current);
    await this.password.fill(password);
    await this.repeat.fill(repeat);
    await this.save.click();
  }

  async prove(code: string): Promise<void> {
    await this.code.fill(code);
    await this.submit.click();
  }
}
