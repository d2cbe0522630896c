import { expectErrorAt } from '../pages/field';
import type { Visitor } from '../pages/visitor';
import { Program } from '../support/api';
import { called, expect, type House, test } from '../support/house';
import { newPassword, type Person } from '../support/people';

for (const language of ['en', 'de'] as const) {
  test.describe(`in ${language}`, () => {
    test.use({ language });

    test('somebody with API access makes a key, a program works with it, and it ends', async ({
      visitor,
      house,
      server,
      mailbox,
    }) => {
      test.setTimeout(90_000);
      const person = await house.join();
      const tab = await house.enter(person);
      const { keys, security, page, words } = tab;
      await security.open();
      await expect(keys.link).toHaveCount(0);
      await keys.open();
      await expect(page.getByRole('main')).toContainText(words.says('plain_keys.not_allowed'));
      await expect(keys.make).toHaveCount(0);

      await allow(visitor, person);
      await security.open();
      await keys.link.click();
      await keys.expectOpen();
      await expect(page.getByRole('main')).toContainText(words.says('plain_keys.lead', { client: house.client.name }));
      await expect(keys.description).toHaveAttribute('href', '/api');
      const key = await keys.made('Payroll', '30');
      const notice = await mailbox.next(person.email, { subject: words.says('letter.api_key_made_subject') });
      expect(notice.text).toContain('Payroll');
      expect(notice.text).not.toContain(key);
      await keys.open();
      await expect(page.locator('body')).not.toContainText(key);
      await expect(keys.row('Payroll')).toContainText(`selfsame_…${key.slice(-4)}`);

      const program = new Program(server.url, visitor.address, key);
      const me = await program.get('/me', { 'Accept-Language': language });
      expect(me.status).toBe(200);
      expect(me.json).toMatchObject({ email: person.email, first_name: person.first, api_access: true });
      expect(me.json.token.kind).toBe('key');
      // The groups of the person permit none of this: with the flag they have no say.
      const group = await program.post('/groups', { name: 'Readers', permissions: ['users.view'] });
      expect(group.status).toBe(201);
      expect((await program.get('/users')).json.items).toHaveLength(2);
      await visitor.managing.open('userGroups');
      await expect(visitor.managing.main).toContainText('Readers');

      await keys.open();
      await keys.end('Payroll').click();
      await keys.expectNews('plain_keys.ended');
      await expect(keys.row('Payroll')).toHaveCount(0);
      expect((await program.get('/me')).status).toBe(401);
      await tab.activity.open();
      await expect(tab.activity.entry('api_key_ended')).toContainText('Payroll');
      await expect(tab.activity.entry('api_key_made')).toContainText('Payroll');
    });
  });
}

test('what ends the access ends the keys, at the next request', async ({ visitor, house, server, mailbox, guard }) => {
  test.setTimeout(120_000);
  guard.expectAnswers('4xx');
  const { managing, words } = visitor;
  const ends: [string, (person: Person, tab: Visitor) => Promise<void>][] = [
    [
      'the flag is taken',
      async () => {
        await managing.user.apiAccess.uncheck();
        await managing.user.save.click();
        await managing.expectDone('plain_user.saved');
      },
    ],
    [
      'the user is disabled',
      async () => {
        await managing.user.confirm(words.disable);
        await managing.expectDone('plain_user.disabled');
      },
    ],
    [
      'the password is another one',
      async ({ email, password }, { changePassword, security }) => {
        await changePassword.begin();
        await changePassword.ask(password, newPassword());
        await changePassword.expectSecondStep();
        await changePassword.prove(await mailbox.code(email));
        await security.expectNews('password.changed');
      },
    ],
  ];
  for (const [what, end] of ends) {
    await test.step(what, async () => {
      const { person, tab, program } = await withKey(visitor, house, server.url);
      expect((await program.get('/client')).status).toBe(200);
      await managing.user.open(called(person));
      await end(person, tab);
      const refused = await program.get('/client');
      expect(refused.status).toBe(401);
      expect(refused.headers['www-authenticate']).toMatch(/^Bearer/);
      expect(refused.headers['content-type']).toMatch(/^application\/problem\+json/);
    });
  }
});

test('a key opens no page, and being signed in opens no API', async ({ visitor, house, server, guard }) => {
  guard.expectAnswers('4xx');
  const { tab, program } = await withKey(visitor, house, server.url);
  const account = `/c/${house.client.slug}/account`;
  expect((await tab.page.request.get(account)).url()).toContain(account);
  expect((await tab.page.request.get('/api/v2/me')).status()).toBe(401);
  const headers = { Authorization: `Bearer ${program.token}` };
  const stranger = await fetch(server.url + account, { headers, redirect: 'manual' });
  expect(stranger.status).toBeGreaterThanOrEqual(300);
  expect(stranger.status).toBeLessThan(400);
  expect(stranger.headers.get('location')).toMatch(/^\/sign-in/);
});

test('what is wrong with a key is said at its field, and no key is made', async ({ visitor, house, guard }) => {
  guard.expectAnswers('4xx');
  const person = await house.join();
  await allow(visitor, person);
  const tab = await house.enter(person);
  const { keys, words } = tab;
  await keys.open();
  await keys.made('Payroll', '365');
  for (const [name, days, field, key, fill] of [
    ['', '30', keys.name, 'problem.empty', {}],
    ['x'.repeat(101), '30', keys.name, 'problem.too_long', { max: 100 }],
    ['Payroll', '30', keys.name, 'problem.taken', {}],
    ['Reports', '0', keys.days, 'problem.out_of_range', { min: 1, max: 365 }],
    ['Reports', '366', keys.days, 'problem.out_of_range', { min: 1, max: 365 }],
    ['Reports', '', keys.days, 'problem.out_of_range', { min: 1, max: 365 }],
  ] as const) {
    await test.step(`${name.slice(0, 10)}, ${days}`, async () => {
      await keys.name.evaluate((input) => {
        input.closest('form')?.setAttribute('novalidate', '');
        input.removeAttribute('maxlength');
      });
      await keys.ask(name, days);
      await expectErrorAt(field, words.says(key, fill));
      await expect(keys.fresh).toHaveCount(0);
    });
  }
  await keys.open();
  await expect(keys.row('Payroll')).toHaveCount(1);
  await expect(keys.row('Reports')).toHaveCount(0);
});

test('whoever may not do everything gives nobody API access', async ({ visitor, house }) => {
  const [manager, person] = [await house.join({ group: 'Management', first: 'Mia' }), await house.join()];
  const tab = await house.enter(manager);
  await tab.managing.user.open(called(person));
  await expect(tab.managing.user.apiAccess).toBeDisabled();
  await expect(tab.managing.main).toContainText(tab.words.says('plain_user.api_all'));
  await allow(visitor, person);
});

/** Gives somebody API access, on the page of the user. */
async function allow({ managing }: Visitor, person: Person): Promise<void> {
  await managing.user.open(called(person));
  await managing.user.apiAccess.check();
  await managing.user.save.click();
  await managing.expectDone('plain_user.saved');
}

let made = 0;

/** Somebody new with API access, and a program that has a key of theirs. */
async function withKey(
  visitor: Visitor,
  house: House,
  url: string,
): Promise<{ person: Person; tab: Visitor; program: Program }> {
  made += 1;
  // A name of their own: they are found by it.
  const person = await house.join({ last: `Lind${'q'.repeat(made)}vist` });
  await allow(visitor, person);
  const tab = await house.enter(person);
  await tab.keys.open();
  return { person, tab, program: new Program(url, visitor.address, await tab.keys.made('Payroll')) };
}
