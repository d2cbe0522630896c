import type { Visitor } from '../pages/visitor';
import { expect, test as base } from '../support/alone';
import { HostileProvider } from '../support/hostile';
import { pause } from '../support/mailbox';
import { IdentityProvider } from '../support/provider';
import type { Server } from '../support/server';

/** So long a person may have to wait for a provider that does not answer. */
const patience = 5_500;
/** So long nobody asks a provider again that has just failed. */
const rest = 5_500;

const test = base.extend<{ acme: IdentityProvider; second: HostileProvider }>({
  acme: async ({}, use) => {
    const provider = await IdentityProvider.open('acme', 'Acme Login');
    await use(provider);
    await provider.stop();
  },
  second: async ({}, use) => {
    const provider = await HostileProvider.open('second', 'Second Login');
    await use(provider);
    await provider.close();
  },
  providers: async ({ acme, second }, use) => use([acme, second]),
});

for (const [how, fall, rise] of [
  ['refuses connections', (acme: IdentityProvider) => acme.stop(), (acme: IdentityProvider) => acme.start()],
  ['says nothing', async (acme: IdentityProvider) => acme.hang(), async (acme: IdentityProvider) => acme.recover()],
] as const) {
  // It falls before Selfsame starts, so that nothing is known of it yet.
  const fallen = test.extend({
    providers: async ({ acme, second }, use) => {
      await fall(acme);
      await use([acme, second]);
    },
  });

  fallen(
    `a provider that ${how}: a clear page within five seconds, and passwords work as ever`,
    async ({ visitor, another, alone, acme, guard }) => {
      fallen.setTimeout(90_000);
      guard.expectAnswers(503);
      const { people, mailbox, server } = alone;
      const person = await people.join();
      const { provider, words } = visitor;
      for (const _ of [1, 2]) {
        await visitor.signInPage.open();
        const before = Date.now();
        await provider.button(acme.name).click();
        await provider.expectTrouble('down');
        expect(Date.now() - before).toBeLessThan(patience);
        await expect(visitor.page.getByRole('main')).toContainText(
          words.says('plain_provider.down', { provider: acme.name }),
        );
      }
      const asked = await visitor.page.request.get('/provider?notice=down&id=acme');
      expect(asked.status()).toBe(503);

      const local = await another();
      const before = Date.now();
      await local.signInPage.open();
      expect(Date.now() - before).toBeLessThan(patience);
      await local.signIn(person, mailbox);
      expect(await doctor(server)).toMatch(/^fault provider acme: /m);

      await rise(acme);
      acme.admit(server.url);
      const invited = await people.invite({ provider: acme.id });
      await pause(rest);
      await visitor.goto(invited.link);
      await provider.button(acme.name).click();
      await provider.signInThere(acme.account(invited.email));
      await visitor.arrive();
    },
  );
}

test('a provider that falls silent on the way back: a clear page within five seconds', async ({
  visitor,
  alone,
  second,
  guard,
}) => {
  guard.expectAnswers(503);
  const { people } = alone;
  const person = await people.invite({ provider: second.id });
  second.person = { sub: 'somebody' };
  for (const token of ['hangs', 'fails'] as const) {
    second.lies = { token };
    const before = Date.now();
    await byLink(visitor, person.link);
    await visitor.provider.expectTrouble('down');
    expect(Date.now() - before).toBeLessThan(2 * patience);
    await visitor.provider.expectStranger();
  }
  // The link outlives it.
  second.lies = {};
  await byLink(visitor, person.link);
  await visitor.arrive();
});

test('what is known of a provider outlives its bad days, and its page of a clock that is off is ours', async ({
  visitor,
  alone,
  second,
  acme,
  guard,
}) => {
  guard.expectAnswers(503);
  const { people, server } = alone;
  const person = await people.invite({ provider: second.id });
  second.person = { sub: 'somebody' };
  // A clock half an hour behind ours makes tokens that have run out.
  const late = Math.floor(Date.now() / 1000) - 30 * 60;
  second.lies = { claims: { iat: late, auth_time: late, exp: late + 300 } };
  await byLink(visitor, person.link);
  await visitor.provider.expectTrouble('clock');
  second.lies = {};
  await byLink(visitor, person.link);
  await visitor.arrive();
  await visitor.header.expectAddress(person.email);
  const found = await doctor(server);
  for (const { id, issuer } of [acme, second]) expect(found).toContain(`ok    provider ${id}: ${issuer} answers`);
});

/** What the operator reads; where not all is well, the command fails as well. */
async function doctor(server: Server): Promise<string> {
  return server.command('doctor').catch(({ stdout }: { stdout: string }) => stdout);
}

async function byLink(visitor: Visitor, link: string): Promise<void> {
  await visitor.goto(link);
  await visitor.provider.button().click();
}
