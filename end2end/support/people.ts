import { randomBytes } from 'node:crypto';
import { type APIRequestContext, devices, request } from '@playwright/test';
import type { Language } from './catalogue';
import { plain, submitForm } from './forms';
import { linkIn, type Mailbox } from './mailbox';
import type { Server } from './server';
import { AuthenticatorApp } from './totp';
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

/** A client as its pages and its URLs call it. */
export interface Client {
  name: string;
  slug: string;
}

interface Place {
  client?: string;
  group?: string;
  /** The id of the provider that manages the sign-in. */
  provider?: string;
}

type Wishes = Partial<Pick<Person, 'email' | 'first' | 'last' | 'language'>> & Place;
type State = Awaited<ReturnType<APIRequestContext['storageState']>>;

/** What somebody has whose second factor is an app. */
export interface Equipped {
  app: AuthenticatorApp;
  recoveryCodes: string[];
  /** Of the browser in which the app was set up. */
  cookies: State['cookies'];
}

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

  /** A client that no other test knows, for whoever changes one; and somebody with full access to it. */
  async found(name: string, wishes: Wishes = {}): Promise<{ client: Client; owner: Person }> {
    this.made += 1;
    const client = { name, slug: `client-${this.made}` };
    await this.server.command('tenant', 'create', name, '--slug', client.slug);
    const owner = await this.join({
      first: 'Olga',
      last: 'Orlova',
      ...wishes,
      client: client.slug,
      group: 'Full access',
    });
    return { client, owner };
  }

  async invite(wishes: Wishes = {}): Promise<Invited> {
    const { first = 'Ada', last = 'Lindqvist', language = 'en', client = 'acme', group = 'User' } = wishes;
    const { email = this.unusedAddress('guest'), provider } = wishes;
    await this.server.command(
      ...['user', 'invite', email, '--tenant', client, '--group', group],
      ...['--first-name', first, '--last-name', last, '--language', language],
      ...(provider ? ['--provider', provider] : []),
    );
    const link = linkIn(await this.mailbox.next(email, { kind: 'activation' }), 'activate');
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
      await this.signIn(browser, person);
      return (await browser.storageState()).cookies;
    } finally {
      await browser.dispose();
    }
  }

  /** Makes an app the second factor of somebody, as above; the journeys of security-app.spec do it for real. */
  async setUpApp(person: Person): Promise<Equipped> {
    const browser = await this.browser(person.language, this.anotherPlace());
    try {
      const words = wordsIn(person.language);
      const factorPage = `${await this.signIn(browser, person)}/security/factor`;
      const proof = await submitForm(browser, await browser.get(factorPage), { [words.viaApp]: 'app' });
      const code = await this.mailbox.code(person.email);
      const setUp = await submitForm(browser, proof, { [words.confirmationCode]: code });
      const { secret, recoveryCodes } = shownIn(await setUp.text());
      const app = AuthenticatorApp.typed(secret);
      const first = { [words.kept]: 'true', [words.authenticationCode]: await app.code() };
      const done = await submitForm(browser, setUp, first);
      if (!done.url().endsWith('?notice=factor-changed')) {
        throw new Error(`The set-up of ${person.email} ended at ${done.url()}:\n${await done.text()}`);
      }
      return { app, recoveryCodes, cookies: (await browser.storageState()).cookies };
    } finally {
      await browser.dispose();
    }
  }

  /** A browser without a window in which somebody is signed in. Whoever asks for it disposes of it. */
  async signedIn(person: Person): Promise<APIRequestContext> {
    const browser = await this.browser(person.language, this.anotherPlace());
    await this.signIn(browser, person);
    return browser;
  }

  /** A browser without a window in which nobody is signed in. Whoever asks for it disposes of it. */
  stranger(language: Language): Promise<APIRequestContext> {
    return this.browser(language, this.anotherPlace());
  }

  /** Returns where the account of the person is. */
  private async signIn(browser: APIRequestContext, person: Person): Promise<string> {
    const words = wordsIn(person.language);
    const codePage = await submitForm(browser, await browser.get('/sign-in'), {
      [words.email]: person.email,
      [words.password]: person.password,
    });
    const done = await submitForm(browser, codePage, { [words.loginCode]: await this.mailbox.code(person.email) });
    const account = /^\/c\/[^/]+\/account/.exec(new URL(done.url()).pathname)?.[0];
    if (!account) throw new Error(`The sign-in of ${person.email} ended at ${done.url()}:\n${await done.text()}`);
    return account;
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

/** What the set-up of an app shows once. */
function shownIn(html: string): { secret: string; recoveryCodes: string[] } {
  const secret = /<p\b[^>]*\sid="secret"[^>]*>([^]*?)<\/p>/.exec(html)?.[1];
  const codes = /<ol\b[^>]*\sid="codes"[^>]*>([^]*?)<\/ol>/.exec(html)?.[1];
  if (secret === undefined || codes === undefined) throw new Error(`This page sets no app up:\n${html}`);
  const items = [...codes.matchAll(/<li\b[^>]*>([^]*?)<\/li>/g)];
  return { secret: plain(secret), recoveryCodes: items.map(([, code]) => plain(code)) };
}

/** Long, and so random that no list and no name can hold it. */
export function newPassword(): string {
  return `Vq-${randomBytes(12).toString('base64url')}`;
}
