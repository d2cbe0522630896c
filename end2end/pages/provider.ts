import { expect, type Locator } from '@playwright/test';
import { type Account, page as there } from '../support/identities';
import type { Visitor } from './visitor';

/** Why the way to a provider leads nowhere. */
export type Matter = 'cancelled' | 'down' | 'refused' | 'clock' | 'unknown' | 'taken' | 'expired' | 'again' | 'wait';

/** The ways to a provider, the page of the provider itself, and ours of what went wrong there. */
export class ProviderPages {
  constructor(private readonly visitor: Visitor) {}

  private get main(): Locator {
    return this.visitor.page.getByRole('main');
  }

  /** The way to a provider of this name, or to any. */
  button(name?: string): Locator {
    const label = this.visitor.words.says('sign_in.with', name === undefined ? {} : { provider: name });
    return this.main.getByRole('button', { name: label });
  }

  get tryAgain(): Locator {
    return this.main.getByRole('link', { name: this.visitor.words.says('plain_provider.try_again') });
  }

  /** From the sign-in page to the provider. */
  async setOut(name: string): Promise<void> {
    await this.visitor.signInPage.open();
    await this.button(name).click();
  }

  /** It wants to know who is there. */
  async expectAsked(): Promise<void> {
    await expect(this.main.getByLabel(there.name, { exact: true })).toBeVisible();
  }

  /** On the provider's own page. */
  async signInThere(account: Account): Promise<void> {
    await this.expectAsked();
    await this.main.getByLabel(there.name, { exact: true }).fill(account.name);
    await this.main.getByLabel(there.secret, { exact: true }).fill(account.secret);
    await this.main.getByRole('button', { name: there.enter, exact: true }).click();
  }

  async giveUpThere(): Promise<void> {
    await this.expectAsked();
    await this.main.getByRole('button', { name: there.giveUp, exact: true }).click();
  }

  /** The whole way in. */
  async signIn(name: string, account: Account): Promise<void> {
    await this.setOut(name);
    await this.signInThere(account);
    await this.visitor.arrive();
  }

  /** The page that says what is the matter, in words of ours. */
  async expectTrouble(matter: Matter): Promise<void> {
    await this.visitor.expectPath('/provider');
    expect(new URL(this.visitor.page.url()).searchParams.get('notice')).toBe(matter);
    await expect(this.main).toContainText(this.visitor.words.says(`plain_provider.${matter}`));
    // Where another try is of no use, none is offered.
    await expect(this.tryAgain).toHaveCount(matter === 'clock' ? 0 : 1);
  }

  /** Nobody is signed in here. */
  async expectStranger(): Promise<void> {
    await this.visitor.goto('/c/acme/account');
    await this.visitor.signInPage.expectOpen();
  }
}
