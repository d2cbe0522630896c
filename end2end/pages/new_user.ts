import { expect, type Locator } from '@playwright/test';
import type { Person } from '../support/people';
import type { Visitor } from './visitor';

/** The page on which a user is made. */
export class NewUser {
  constructor(private readonly visitor: Visitor) {}

  private get main(): Locator {
    return this.visitor.page.getByRole('main');
  }

  private field(label: string): Locator {
    return this.main.getByLabel(label, { exact: true });
  }

  get firstName(): Locator {
    return this.field(this.visitor.words.firstName);
  }

  get lastName(): Locator {
    return this.field(this.visitor.words.lastName);
  }

  get email(): Locator {
    return this.field(this.visitor.words.email);
  }

  get language(): Locator {
    return this.field(this.visitor.words.spoken);
  }

  get groups(): Locator {
    return this.main.getByRole('group', { name: this.visitor.words.userGroups, exact: true });
  }

  group(name: string): Locator {
    return this.groups.getByRole('checkbox', { name, exact: true });
  }

  /** The ways to sign in. */
  get methods(): Locator {
    return this.main.getByRole('radio');
  }

  /** One of them, by its name: that of a provider, for instance. */
  method(name: string): Locator {
    return this.main.getByRole('radio', { name, exact: true });
  }

  get send(): Locator {
    return this.field(this.visitor.words.sendNow);
  }

  /** It names the client, and so does the page. */
  create(client: string): Locator {
    const name = this.visitor.words.createIn.replace('{client}', client);
    return this.main.getByRole('button', { name, exact: true });
  }

  /** Offered where the address belongs to somebody elsewhere. */
  get invite(): Locator {
    return this.main.getByRole('button', { name: this.visitor.words.inviteAsGuest, exact: true });
  }

  async open(): Promise<void> {
    await this.visitor.managing.open('users', '/new');
    await expect(this.email).toBeVisible();
  }

  async fill(person: Pick<Person, 'first' | 'last' | 'email'>): Promise<void> {
    await this.firstName.fill(person.first);
    await this.lastName.fill(person.last);
    await this.email.fill(person.email);
  }
}
