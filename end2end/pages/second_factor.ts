import { expect, type Locator } from '@playwright/test';
import { scanned } from '../support/qr';
import { AuthenticatorApp } from '../support/totp';
import type { Visitor } from './visitor';

/** The page on which the second factor is changed: choosing, showing the one in use, setting up an app. */
export class SecondFactor {
  constructor(private readonly visitor: Visitor) {}

  private get main(): Locator {
    return this.visitor.page.getByRole('main');
  }

  option(name: 'viaEmail' | 'viaApp' | 'off'): Locator {
    return this.main.getByRole('radio', { name: this.visitor.words[name], exact: true });
  }

  get password(): Locator {
    return this.field(this.visitor.words.currentPassword);
  }

  get mailedCode(): Locator {
    return this.field(this.visitor.words.confirmationCode);
  }

  get appCode(): Locator {
    return this.field(this.visitor.words.authenticationCode);
  }

  get recoveryCode(): Locator {
    return this.field(this.visitor.words.recoveryCode);
  }

  get useRecoveryCode(): Locator {
    return this.main.getByRole('link', { name: this.visitor.words.useRecoveryCode, exact: true });
  }

  get useApp(): Locator {
    return this.main.getByRole('link', { name: this.visitor.words.useApp, exact: true });
  }

  get continue(): Locator {
    return this.button(this.visitor.words.continue);
  }

  get sendAgain(): Locator {
    return this.button(this.visitor.words.sendAgain);
  }

  get save(): Locator {
    return this.button(this.visitor.words.save);
  }

  get cancel(): Locator {
    return this.button(this.visitor.words.cancel);
  }

  /** While nothing was begun there is nothing to give up, but a way back. */
  get back(): Locator {
    return this.main.getByRole('link', { name: this.visitor.words.cancel, exact: true });
  }

  get foundApp(): Locator {
    return this.button(this.visitor.words.foundApp);
  }

  get qr(): Locator {
    return this.main.getByRole('img', { name: this.visitor.words.says('plain_app.qr') });
  }

  /** The secret as text; nothing but what it is names it. */
  get secret(): Locator {
    return this.main.locator('#secret');
  }

  get copySecret(): Locator {
    const { words } = this.visitor;
    const step = this.main.getByRole('region', { name: words.says('plain_app.scan') });
    return step.getByRole('button', { name: words.copy, exact: true });
  }

  private field(label: string): Locator {
    return this.main.getByLabel(label, { exact: true });
  }

  private button(name: string): Locator {
    return this.main.getByRole('button', { name, exact: true });
  }

  /** From the tab to the choice. */
  async open(): Promise<void> {
    await this.visitor.security.open();
    await this.visitor.security.changeFactor.click();
    await this.expectChoice();
  }

  async expectChoice(): Promise<void> {
    await expect(this.option('viaApp')).toBeVisible();
    await this.visitor.expectPath(/\/security\/factor$/);
  }

  async choose(name: 'viaEmail' | 'viaApp' | 'off'): Promise<void> {
    // The label covers the whole of its box, the button included.
    await this.main.getByText(this.visitor.words[name], { exact: true }).click();
    await expect(this.option(name)).toBeChecked();
    await this.continue.click();
  }

  async proveByMail(code: string): Promise<void> {
    await this.mailedCode.fill(code);
    await this.continue.click();
  }

  async proveByApp(code: string): Promise<void> {
    await this.appCode.fill(code);
    await this.continue.click();
  }

  async proveByRecoveryCode(code: string): Promise<void> {
    await this.recoveryCode.fill(code);
    await this.continue.click();
  }

  async expectSetUp(): Promise<void> {
    await expect(this.qr).toBeVisible();
    await expect(this.save).toBeVisible();
  }

  /** Holds a phone before the screen. */
  async scan(): Promise<AuthenticatorApp> {
    await this.expectSetUp();
    await this.qr.scrollIntoViewIfNeeded();
    await expect.poll(() => this.qr.evaluate((image) => (image as HTMLImageElement).naturalWidth)).toBeGreaterThan(0);
    return AuthenticatorApp.scanned(await scanned(this.visitor.page));
  }

  async secretAsText(): Promise<string> {
    const groups = await this.secret.locator('span').allInnerTexts();
    for (const group of groups) expect(group).toMatch(/^[A-Z2-7]{4}$/);
    return groups.join('');
  }

  /** From the tab to the page that shows the secret. */
  async beginApp(code: () => Promise<string>): Promise<void> {
    await this.open();
    await this.choose('viaApp');
    await expect(this.mailedCode).toBeVisible();
    await this.proveByMail(await code());
    await this.expectSetUp();
  }

  async finish(code: string): Promise<void> {
    await this.visitor.recoveryCodes.kept.check();
    await this.appCode.fill(code);
    await this.save.click();
  }
}
