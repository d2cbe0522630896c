import { expect, type Locator } from '@playwright/test';
import type { Visitor } from './visitor';

/** Where somebody accepts and rejects the invitations that are open for them. */
export class Invitations {
  constructor(private readonly visitor: Visitor) {}

  get main(): Locator {
    return this.visitor.page.getByRole('main');
  }

  /** The invitation into the client with this name. */
  into(client: string): Locator {
    return this.main.getByRole('region', { name: client, exact: true });
  }

  /** What is said of it, beside the words with this key. */
  fact(client: string, key: string): Locator {
    const term = this.visitor.page.getByRole('term').filter({ hasText: this.visitor.words.says(key) });
    return this.into(client).locator('dl > div').filter({ has: term }).getByRole('definition');
  }

  accept(client: string): Locator {
    return this.into(client).getByRole('button', { name: this.visitor.words.accept, exact: true });
  }

  reject(client: string): Locator {
    return this.into(client).getByRole('button', { name: this.visitor.words.reject, exact: true });
  }

  reason(client: string): Locator {
    return this.into(client).getByLabel(this.visitor.words.reason, { exact: true });
  }

  /** Why an answer was refused. */
  get refusal(): Locator {
    return this.main.getByRole('alert');
  }

  /** From the page of any client to the page, as the menu leads there. */
  async open(): Promise<void> {
    await this.visitor.header.openMenu();
    await this.visitor.header.link(this.visitor.words.invitations).click();
    await this.expectOpen();
  }

  async expectOpen(): Promise<void> {
    await expect(this.visitor.tabs.heading).toHaveText(this.visitor.words.invitations);
    await this.visitor.expectPath(/^\/c\/[^/]+\/account\/invitations$/);
  }

  async expectNone(): Promise<void> {
    await this.expectOpen();
    await expect(this.main).toContainText(this.visitor.words.says('plain_invitations.empty_title'));
    await expect(this.main.getByRole('button')).toHaveCount(0);
  }
}

/** Where the mail of an invitation leads. */
export class InvitationLink {
  constructor(private readonly visitor: Visitor) {}

  get main(): Locator {
    return this.visitor.page.getByRole('main');
  }

  get firstName(): Locator {
    return this.main.getByLabel(this.visitor.words.firstName, { exact: true });
  }

  get lastName(): Locator {
    return this.main.getByLabel(this.visitor.words.lastName, { exact: true });
  }

  get password(): Locator {
    return this.main.getByLabel(this.visitor.words.newPassword, { exact: true });
  }

  get repeat(): Locator {
    return this.main.getByLabel(this.visitor.words.repeatPassword, { exact: true });
  }

  get create(): Locator {
    return this.main.getByRole('button', { name: this.visitor.words.createAccount, exact: true });
  }

  /** For those who have an account. */
  get signIn(): Locator {
    return this.main.getByRole('link', { name: this.visitor.words.signIn, exact: true });
  }

  /** For those who are signed in as somebody else. */
  get signOut(): Locator {
    return this.main.getByRole('button', { name: this.visitor.words.signOut, exact: true });
  }

  async expectSays(key: string, fill?: Record<string, string>): Promise<void> {
    await expect(this.main).toContainText(this.visitor.words.says(`plain_invitation.${key}`, fill));
  }

  async signUp(person: { first: string; last: string; password: string }, repeat = person.password): Promise<void> {
    await this.firstName.fill(person.first);
    await this.lastName.fill(person.last);
    await this.password.fill(person.password);
    await this.repeat.fill(repeat);
    await this.create.click();
  }

  /** Answered, void or never given: all look the same. */
  async expectGone(link: string): Promise<void> {
    expect((await this.visitor.goto(link)).status()).toBe(404);
    await this.expectSays('gone_text');
    for (const way of [this.create, this.signIn, this.signOut]) await expect(way).toHaveCount(0);
  }
}
