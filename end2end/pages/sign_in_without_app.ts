import { expect, type Locator } from '@playwright/test';
import type { Visitor } from './visitor';

/** A recovery code in place of one of the app. */
export class RecoverySignIn {
  constructor(private readonly visitor: Visitor) {}

  get field(): Locator {
    return this.visitor.page.getByLabel(this.visitor.words.recoveryCode, { exact: true });
  }

  get continue(): Locator {
    const { page, words } = this.visitor;
    return page.getByRole('main').getByRole('button', { name: words.continue, exact: true });
  }

  async expectOpen(): Promise<void> {
    await expect(this.field).toBeVisible();
    await this.visitor.expectPath('/sign-in/recovery');
  }

  async submit(code: string): Promise<void> {
    await this.field.fill(code);
    await this.continue.click();
  }
}

/** For somebody who has neither app nor recovery codes: a mailed code, and a day's wait. */
export class LostApp {
  constructor(private readonly visitor: Visitor) {}

  private get main(): Locator {
    return this.visitor.page.getByRole('main');
  }

  get send(): Locator {
    return this.button(this.visitor.words.sendCode);
  }

  get code(): Locator {
    return this.main.getByLabel(this.visitor.words.confirmationCode, { exact: true });
  }

  get begin(): Locator {
    return this.button(this.visitor.words.beginWait);
  }

  get sendAgain(): Locator {
    return this.button(this.visitor.words.sendAgain);
  }

  get useApp(): Locator {
    return this.main.getByRole('link', { name: this.visitor.words.useApp, exact: true });
  }

  private button(name: string): Locator {
    return this.main.getByRole('button', { name, exact: true });
  }

  /** What is going to happen, before it does. */
  async expectPlan(email: string): Promise<void> {
    await this.visitor.expectPath('/sign-in/lost');
    await expect(this.main).toContainText(this.visitor.words.says('plain_lost.first', { email }));
    await expect(this.main).toContainText(this.visitor.words.says('plain_lost.cannot_wait'));
    await expect(this.send).toBeVisible();
  }

  async expectAsksForCode(): Promise<void> {
    await expect(this.code).toBeVisible();
    await this.visitor.expectPath('/sign-in/lost');
  }

  async submit(code: string): Promise<void> {
    await this.code.fill(code);
    await this.begin.click();
  }

  async expectWaits(): Promise<void> {
    await expect(this.main).toContainText(this.visitor.words.says('plain_lost.waits'));
    await expect(this.main).toContainText(this.visitor.words.says('plain_lost.cannot_wait'));
    await expect(this.send).toHaveCount(0);
    await expect(this.code).toHaveCount(0);
  }
}
