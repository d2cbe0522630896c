import { randomBytes } from 'node:crypto';
import { type APIRequestContext, devices, request } from '@playwright/test';
import type { Language } from './catalogue';
import { submitForm } from './forms';
import { activationLinkIn, type Mailbox } from './mailbox';
import type { Server } from './server';
import { wordsIn } from './words';

export interface Person {
  email: string;
  password: string;
  first: string;
  last: string;
  language: Language;
}

export interface Invited extends Person {
  link: string;
}

type Wishes = Partial<Pick<Person, 'first' | 'last' | 'language'>> & { client?: string; group?: string };
type State = Awaited<ReturnType<APIRequestContext['storageState']>>;

/** Makes users as an operator does: no test shares one, so none can use up another's limits. */
export class People {
  private made = 0;

  constructor(
    private readonly server: Server,
    private readonly mailbox: Mailbox,
  ) {}

  unusedAddress(name = 'nobody'): string {
    this.made += 1;
    return `${name}.${this.made}@people.example`;
  }

  async invite(wishes: Wishes = {}): Promise<Invited> {
    const { first = 'Ada', last = 'Lindqvist', language = 'en', client = 'acme', group = 'User' } = wishes;
    const email = this.unusedAddress('guest');
    await this.server.command(
      ...['user', 'invite', email, '--tenant', client, '--group', group],
      ...['--first-name', first, '--last-name', last, '--language', language],
    );
    const link = activationLinkIn(await this.mailbox.next(email, { kind: 'activation' }));
    return { email, password: newPassword(), first, last, language, link };
  }

  /** Somebody who has chosen a password already and can sign in. */
  async join(wishes: Wishes = {}): Promise<Person> {
    const invited = await this.invite(wishes);
    const browser = await this.browser(invited.language, this.anotherPlace());
    try {
      const words = wordsIn(invited.language);
      const done = await submitForm(browser, await browser.get(invited.link), {
        [words.newPassword]: invited.password,
        [words.repeatPassword]: invited.password,
      });
      if (!new URL(done.url()).pathname.startsWith('/sign-in')) {
        throw new Error(`The activation of ${invited.email} ended at ${done.url()}:\n${await done.text()}`);
      }
    } finally {
      await browser.dispose();
    }
    return invited;
  }

  /** Signs in without a browser and hands over its cookies; the journeys of sign-in.spec do it for real. */
  async cookiesOf(person: Person, address: string): Promise<State['cookies']> {
    const browser = await this.browser(person.language, address);
    try {
      const words = wordsIn(person.language);
      const codePage = await submitForm(browser, await browser.get('/sign-in'), {
        [words.email]: person.email,
        [words.password]: person.password,
      });
      const code = await this.mailbox.code(person.email);
      const done = await submitForm(browser, codePage, { [words.loginCode]: code });
      if (!new URL(done.url()).pathname.startsWith('/c/')) {
        throw new Error(`The sign-in of ${person.email} ended at ${done.url()}:\n${await done.text()}`);
      }
      return (await browser.storageState()).cookies;
    } finally {
      await browser.dispose();
    }
  }

  /** A network address of its own for each, away from those the tests come from. */
  private anotherPlace(): string {
    this.made += 1;
    return `198.19.${Math.floor(this.made / 250)}.${(this.made % 250) + 1}`;
  }

  private browser(language: Language, address: string): Promise<APIRequestContext> {
    return request.newContext({
      baseURL: this.server.url,
      userAgent: devices['Desktop Chrome'].userAgent,
      extraHTTPHeaders: { 'X-Forwarded-For': address, 'Accept-Language': language },
    });
  }
}

/** Long, and so random that no list and no name can hold it. */
export function newPassword(): string {
  return `Vq-${randomBytes(12).toString('base64url')}`;
}
