import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Described, providersFile } from './identities';
import { Mailbox } from './mailbox';
import { People } from './people';
import { Home, Server } from './server';
import { test as base } from './test';

export { demo, expect } from './test';

/** An installation of one test alone, with the demo in it, its own mailbox and its own people. */
export interface Alone {
  server: Server;
  mailbox: Mailbox;
  people: People;
}

export const test = base.extend<{ providers: Described[]; alone: Alone }>({
  /** Those who manage sign-ins there. */
  providers: async ({}, use) => use([]),
  alone: async ({ guard, providers }, use) => {
    const home = await Home.make();
    const mailbox = await Mailbox.open();
    try {
      const file = path.join(home.folder, 'providers.toml');
      await writeFile(file, providersFile(providers), { mode: 0o600 });
      const server = await Server.start(home, { demo: true, smtpUrl: mailbox.url, providersFile: file });
      for (const origin of [server.url, ...providers.map(({ issuer }) => issuer)]) guard.alsoAt(origin);
      await use({ server, mailbox, people: new People(server, mailbox) });
      await server.stop();
    } finally {
      await mailbox.stop();
      await home.remove();
    }
  },
  baseURL: async ({ alone }, use) => use(alone.server.url),
});
