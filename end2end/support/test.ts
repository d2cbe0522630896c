import { test as base, type BrowserContext } from '@playwright/test';
import { Visitor } from '../pages/visitor';
import type { Language } from './catalogue';
import { Club } from './club';
import { Guard } from './guard';
import { Mailbox } from './mailbox';
import { People, type Person } from './people';
import { demoPassword, Home, Server } from './server';
import { wordsIn } from './words';

export { expect } from '@playwright/test';

export interface Options {
  language: Language;
}

interface TestFixtures {
  /** The network address this test comes from, as its proxy says. */
  address: string;
  guard: Guard;
  /** Somebody in front of a browser. */
  visitor: Visitor;
  /** Somebody in front of another browser, who shares nothing with the first. */
  another(settings?: { language?: Language; address?: string; js?: boolean }): Promise<Visitor>;
}

interface WorkerFixtures {
  mailbox: Mailbox;
  server: Server;
  people: People;
  /** A user for tests that only look; whoever changes something makes a user of their own. */
  reader: { person: Person; cookies: Awaited<ReturnType<BrowserContext['cookies']>> };
  /** A client for user groups and guests of tests, each of which brings its own. */
  club: Club;
}

let tests = 0;

export const test = base.extend<TestFixtures & Options, WorkerFixtures>({
  mailbox: [
    // Playwright reads a fixture's needs from its first parameter, which therefore has to be a pattern.
    async ({}, use) => {
      const mailbox = await Mailbox.open();
      await use(mailbox);
      await mailbox.stop();
    },
    { scope: 'worker' },
  ],
  server: [
    async ({ mailbox }, use) => {
      const home = await Home.make();
      try {
        const server = await Server.start(home, { demo: true, smtpUrl: mailbox.url });
        await use(server);
        await server.stop();
      } finally {
        await home.remove();
      }
    },
    { scope: 'worker', timeout: 60_000 },
  ],
  people: [async ({ server, mailbox }, use) => use(new People(server, mailbox)), { scope: 'worker' }],
  reader: [
    async ({ people }, use) => {
      const person = await people.join();
      await use({ person, cookies: await people.cookiesOf(person, '198.18.255.2') });
    },
    { scope: 'worker' },
  ],
  club: [
    async ({ server, people, mailbox }, use) => {
      const club = await Club.found({ server, people, mailbox });
      await use(club);
      await club.close();
    },
    { scope: 'worker' },
  ],

  language: ['en', { option: true }],
  locale: async ({ language }, use) => use(localeOf(language)),
  baseURL: async ({ server }, use) => use(server.url),
  address: async ({}, use) => {
    tests += 1;
    await use(`198.18.${Math.floor(tests / 250)}.${(tests % 250) + 1}`);
  },
  extraHTTPHeaders: async ({ address }, use) => use({ 'X-Forwarded-For': address }),

  guard: [
    async ({ server }, use) => {
      const guard = new Guard(server.url);
      await use(guard);
      guard.assertQuiet();
      server.assertSound();
    },
    { auto: true },
  ],
  context: async ({ context, guard }, use) => {
    guard.watch(context);
    await use(context);
  },
  page: async ({ page, javaScriptEnabled }, use) => {
    await use(Visitor.attend(page, javaScriptEnabled !== false));
  },
  visitor: async ({ page, javaScriptEnabled, language, address }, use) => {
    await use(new Visitor(page, wordsIn(language), javaScriptEnabled !== false, address));
  },
  another: async ({ browser, guard, javaScriptEnabled, language, address, baseURL }, use) => {
    const contexts: BrowserContext[] = [];
    await use(async (settings = {}) => {
      const spoken = settings.language ?? language;
      const from = settings.address ?? address;
      const js = settings.js ?? javaScriptEnabled !== false;
      const context = await browser.newContext({
        baseURL,
        javaScriptEnabled: js,
        locale: localeOf(spoken),
        extraHTTPHeaders: { 'X-Forwarded-For': from },
      });
      contexts.push(context);
      guard.watch(context);
      return new Visitor(Visitor.attend(await context.newPage(), js), wordsIn(spoken), js, from);
    });
    for (const context of contexts) await context.close();
  },
});

/** Marks a story that can only be told there, so that a brief run tells it too. */
export const withoutScriptsAlone = { tag: '@without-scripts' };

/** Tells stories once in each language. */
export function inEachLanguage(tell: (language: Language) => void): void {
  for (const language of ['en', 'de'] as const) {
    test.describe(`in ${language}`, () => {
      test.use({ language });
      tell(language);
    });
  }
}

export const demo = {
  una: demoPerson('una@acme.example', 'Una', 'Ueda', 'en'),
  olivia: demoPerson('olivia@acme.example', 'Olivia', 'Okafor', 'en'),
  max: demoPerson('max@acme.example', 'Max', 'Mustermann', 'de'),
  greta: demoPerson('greta@borealis.example', 'Greta', 'Gruber', 'de'),
};

function demoPerson(email: string, first: string, last: string, language: Language): Person {
  return { email, password: demoPassword, first, last, language };
}

function localeOf(language: Language): string {
  return language === 'de' ? 'de-DE' : 'en-GB';
}
