import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { APIRequestContext, APIResponse } from '@playwright/test';
import { fromOwnPage, submitForm } from './forms';
import { HostileProvider } from './hostile';
import { type Account, page, providersFile } from './identities';
import type { Invited, People, Person } from './people';
import { IdentityProvider } from './provider';
import { Home, Server } from './server';
import { test as base } from './test';

export { demo, expect } from './test';

type Wishes = Parameters<People['invite']>[0];
type Cookies = Awaited<ReturnType<APIRequestContext['storageState']>>['cookies'];

/** Somebody whose sign-in the provider manages, and who has been here before. */
export interface Employee extends Person {
  account: Account;
  /** Of the browser in which they came. */
  cookies: Cookies;
}

interface Providers {
  /** The real one. */
  acme: IdentityProvider;
  /** The hostile one, as the workers of all tests share it. */
  second: HostileProvider;
}

interface Fixtures {
  /** The hostile one, honest again before each test. */
  hostile: HostileProvider;
  /** Somebody of the real one. */
  employ(wishes?: Wishes): Promise<Employee>;
  /** Somebody of the hostile one, who is bound to this subject there. */
  bind(subject: string): Promise<Person>;
}

/** A Selfsame with two providers: one that a company runs, and one that an attacker does. */
export const test = base.extend<Fixtures, Providers>({
  acme: [
    async ({}, use) => {
      const provider = await IdentityProvider.open('acme', 'Acme Login');
      await use(provider);
      await provider.stop();
    },
    { scope: 'worker' },
  ],
  second: [
    async ({}, use) => {
      const provider = await HostileProvider.open('second', 'Second Login');
      await use(provider);
      await provider.close();
    },
    { scope: 'worker' },
  ],
  server: [
    async ({ mailbox, acme, second }, use) => {
      const home = await Home.make();
      try {
        const file = path.join(home.folder, 'providers.toml');
        await writeFile(file, providersFile([acme, second]), { mode: 0o600 });
        const server = await Server.start(home, { demo: true, smtpUrl: mailbox.url, providersFile: file });
        acme.admit(server.url);
        await use(server);
        await server.stop();
      } finally {
        await home.remove();
      }
    },
    { scope: 'worker', timeout: 60_000 },
  ],
  guard: async ({ guard, acme, second }, use) => {
    for (const { issuer } of [acme, second]) guard.alsoAt(issuer);
    await use(guard);
  },

  hostile: async ({ second }, use) => {
    second.reset();
    await use(second);
    second.reset();
  },
  employ: async ({ acme, people }, use) => {
    await use(async (wishes) => {
      const person = await people.invite({ ...wishes, provider: acme.id });
      const account = acme.account(person.email);
      const cookies = await activated(people, person, (browser, there) =>
        submitForm(browser, there, { [page.name]: account.name, [page.secret]: account.secret }),
      );
      return { ...person, account, cookies };
    });
  },
  bind: async ({ hostile, people }, use) => {
    await use(async (sub) => {
      const person = await people.invite({ provider: hostile.id });
      hostile.person = { sub };
      await activated(people, person, async (_browser, back) => back);
      return person;
    });
  },
});

/** By the mailed link to the provider and back, without a window; the journeys of provider.spec do it for real. */
async function activated(
  people: People,
  person: Invited,
  signIn: (browser: APIRequestContext, there: APIResponse) => Promise<APIResponse>,
): Promise<Cookies> {
  const browser = await people.stranger(person.language);
  try {
    const link = new URL(person.link);
    const form = { purpose: 'activate', token: link.pathname.replace(/^.*\//, '') };
    const there = await browser.post('/oidc/begin', { form, headers: { ...fromOwnPage(link), Accept: 'text/html' } });
    const done = await signIn(browser, there);
    if (!new URL(done.url()).pathname.startsWith('/c/')) {
      throw new Error(`The way of ${person.email} to the provider ended at ${done.url()}:\n${await done.text()}`);
    }
    return (await browser.storageState()).cookies;
  } finally {
    await browser.dispose();
  }
}
