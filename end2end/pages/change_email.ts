import { expect, type Locator } from '@playwright/test';
import type { Mailbox } from '../support/mailbox';
import type { Visitor } from './visitor';

/** The dialog of Personal details; without scripts it stands open in the page and works the same. */
export class ChangeEmail {
  constructor(private readonly visitor: Visitor) {}

  get dialog(): Locator {
    return this.visitor.page.getByRole('dialog');
  }

  get newEmail(): Locator {
    return this.field(this.visitor.words.newEmail);
  }

  get confirmationCode(): Locator {
    return this.field(this.visitor.words.confirmationCode);
  }

  get newAddressCode(): Locator {
    return this.field(this.visitor.words.codeToNewAddress);
  }

  get change(): Locator {
    return this.button(this.visitor.words.changeEmail);
  }

  get confirm(): Locator {
    return this.button(this.visitor.words.confirm);
  }

  get sendAgain(): Locator {
    return this.button(this.visitor.words.sendAgain);
  }

  get cancel(): Locator {
    return this.button(this.visitor.words.cancel);
  }

  private field(label: string): Locator {
    return this.dialog.getByLabel(label, { exact: true });
  }

  private button(name: string): Locator {
    return this.dialog.getByRole('button', { name, exact: true });
  }

  async expectFirstStep(): Promise<void> {
    await expect(this.newEmail).toBeVisible();
    await this.visitor.settled();
  }

  async expectSecondStep(): Promise<void> {
    await expect(this.newAddressCode).toBeVisible();
    await this.visitor.settled();
  }

  /** Both steps at once, for stories that begin where they end. */
  async through(present: string, wanted: string, mailbox: Mailbox): Promise<void> {
    await this.visitor.details.open();
    await this.begin();
    await this.ask(wanted, await mailbox.code(present));
    await this.expectSecondStep();
    await this.prove(await mailbox.code(wanted));
    await this.visitor.details.expectStatus('personal.email_changed');
  }

  /** From Personal details to the open dialog, with a code on its way to the present address. */
  async begin(): Promise<void> {
    await this.visitor.details.changeEmail.click();
    await this.expectFirstStep();
  }

  async ask(newEmail: string, code: string): Promise<void> {
    await this.newEmail.fill(newEmail);
    await this.confirmationCode.fill(code);
    await this.change.click();
  }

  async prove(code: string): Promise<void> {
    await this.newAddressCode.fill(code);
    await this.confirm.click();
  }
}
