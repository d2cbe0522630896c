import type { Matter } from '../pages/provider';
import type { Visitor } from '../pages/visitor';
import { type HostileProvider, type Lies, seconds } from '../support/hostile';
import { expect, test } from '../support/managed';

const minute = 60;

/** Each lie alone is enough to be refused (OIDC-1); one about the time is told as a matter of clocks. */
const lies: [string, Lies, Matter?][] = [
  ['an ID token that nobody has signed', { signed: 'nothing' }],
  ['an ID token signed by HS256 with the public key', { signed: 'the public key' }],
  ['an ID token signed by HS256 with our secret', { signed: 'the client secret' }],
  ['an ID token signed by another key under the name of the right one', { signed: 'another key' }],
  ['an ID token signed by a key that is not published', { signed: 'an unknown key' }],
  ['an ID token for another client', { claims: { aud: 'another' } }],
  ['an ID token for us and another client', { claims: { aud: ['selfsame-too', 'another'], azp: 'selfsame-too' } }],
  ['an ID token that another client asked for', { claims: { azp: 'another' } }],
  ['an ID token of another issuer', { claims: { iss: 'https://login.acme.example' } }],
  ['an ID token with another nonce', { claims: { nonce: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' } }],
  ['an ID token without a nonce', { claims: { nonce: undefined } }],
  [
    'an ID token of eleven minutes ago',
    { claims: { iat: seconds() - 11 * minute, auth_time: seconds() - 11 * minute, exp: seconds() - minute } },
    'clock',
  ],
  [
    'an ID token of a time to come',
    // Far enough ahead, because its test may come many minutes after this was read.
    { claims: { iat: seconds() + 120 * minute, exp: seconds() + 130 * minute } },
    'clock',
  ],
  ['an ID token of somebody who is yet to sign in', { claims: { auth_time: seconds() + 120 * minute } }, 'clock'],
  ['an ID token that never ends', { claims: { exp: undefined } }],
  ['an ID token about nobody', { claims: { sub: '' } }],
  ['no ID token', { token: 'forgets the ID token' }],
  ['no token for the code', { token: 'says no' }],
  ['an answer of another issuer', { answer: { iss: 'https://login.acme.example' } }],
  ['an answer that hides its issuer', { answer: { iss: undefined } }],
  ['an answer without a code', { answer: { code: undefined } }],
];

for (const [what, lie, matter = 'refused'] of lies) {
  test(`it is refused: ${what}`, async ({ visitor, another, hostile, bind, guard }) => {
    if (matter === 'clock') guard.expectAnswers(503);
    const person = await bind(`somebody at ${visitor.address}`);
    hostile.lies = lie;
    await visitor.provider.setOut(hostile.name);
    await visitor.provider.expectTrouble(matter);
    await visitor.provider.expectStranger();

    // It was the lie that was refused.
    hostile.lies = {};
    const honest = await another();
    await honest.provider.setOut(hostile.name);
    await honest.arrive();
    await honest.header.expectAddress(person.email);
  });
}

test('the way there is bound by PKCE, state and nonce, each new, and to one address of ours', async ({
  visitor,
  server,
  hostile,
}) => {
  const asked: URLSearchParams[] = [];
  for (const _ of [1, 2]) {
    await visitor.provider.setOut(hostile.name);
    await visitor.provider.expectTrouble('unknown');
    asked.push(hostile.asked);
  }
  for (const name of ['state', 'nonce', 'code_challenge']) {
    const [first, second] = asked.map((each) => each.get(name) ?? '');
    // 256 bits are 43 letters of base64.
    expect(first, name).toMatch(/^[\w-]{43}$/);
    expect(second, name).not.toBe(first);
  }
  const [first] = asked;
  expect(first.get('response_type')).toBe('code');
  expect(first.get('code_challenge_method')).toBe('S256');
  expect(first.get('redirect_uri')).toBe(`${server.url}/oidc/${hostile.id}/callback`);
  expect(first.get('scope')?.split(' ').sort()).toEqual(['email', 'openid', 'profile']);
  expect(hostile.exchanges).toBe(2);
});

test('an answer counts in the browser that set out, once, and nowhere else', async ({
  visitor,
  another,
  hostile,
  bind,
}) => {
  await bind(`held-${visitor.address}`);
  const before = hostile.exchanges;
  hostile.holds = true;
  await setOutAndHold(visitor, hostile);
  const answer = hostile.wayBack;

  // Nobody is made somebody else by a link: neither without a cookie, nor with that of another way there.
  const victim = await another();
  await victim.goto(answer);
  await victim.provider.expectTrouble('expired');
  await victim.provider.expectStranger();
  await setOutAndHold(victim, hostile);
  await victim.goto(answer);
  await victim.provider.expectTrouble('expired');
  await victim.provider.expectStranger();
  // Nothing was asked of the provider for that.
  expect(hostile.exchanges).toBe(before);

  await visitor.goto(answer);
  await visitor.arrive();
  expect(hostile.exchanges).toBe(before + 1);
  await visitor.header.leave();
  await visitor.goto(answer);
  await visitor.provider.expectTrouble('expired');
  await visitor.provider.expectStranger();
  expect(hostile.exchanges).toBe(before + 1);
});

test('an answer with another state than that of the way there is none', async ({ visitor, hostile, bind }) => {
  await bind(`state-${visitor.address}`);
  const before = hostile.exchanges;
  hostile.holds = true;
  for (const wrong of [(state: string) => state.slice(0, -4), (state: string) => `${state}AAAA`, () => '']) {
    await setOutAndHold(visitor, hostile);
    const url = new URL(hostile.wayBack);
    url.searchParams.set('state', wrong(url.searchParams.get('state') ?? ''));
    await visitor.goto(url.href);
    await visitor.provider.expectTrouble('expired');
    await visitor.provider.expectStranger();
  }
  expect(hostile.exchanges).toBe(before);
});

test('a code of one way is none of another', async ({ visitor, another, hostile, bind }) => {
  await bind(`code-${visitor.address}`);
  hostile.holds = true;
  await setOutAndHold(visitor, hostile);
  const stolen = new URL(hostile.wayBack).searchParams.get('code') ?? '';
  const thief = await another();
  await setOutAndHold(thief, hostile);
  const own = new URL(hostile.wayBack);
  own.searchParams.set('code', stolen);
  await thief.goto(own.href);
  await thief.provider.expectTrouble('refused');
  await thief.provider.expectStranger();
});

for (const [email_verified, what] of [
  [true, 'verified'],
  [false, 'not verified'],
  [undefined, 'and nothing about it'],
] as const) {
  test(`the address of somebody here makes nobody that person: ${what}`, async ({
    visitor,
    another,
    people,
    mailbox,
    hostile,
    employ,
    bind,
  }) => {
    const [local, colleague] = [await people.join(), await employ()];
    for (const { email } of [local, colleague]) {
      hostile.person = { sub: `stranger-${visitor.address}`, email, email_verified };
      await visitor.provider.setOut(hostile.name);
      await visitor.provider.expectTrouble('unknown');
      await visitor.provider.expectStranger();
    }
    // Nor somebody who is known there: they stay who they are.
    const own = await bind(`own-${visitor.address}`);
    hostile.person = { sub: `own-${visitor.address}`, email: local.email, email_verified };
    await visitor.provider.setOut(hostile.name);
    await visitor.arrive();
    await visitor.header.expectAddress(own.email);
    const owner = await another();
    await owner.signIn(local, mailbox);
    await owner.header.expectAddress(local.email);
  });
}

test('the same subject at a second provider is somebody else', async ({ visitor, hostile, employ }) => {
  const { account } = await employ();
  hostile.person = { sub: account.subject, email: account.email, email_verified: true };
  await visitor.provider.setOut(hostile.name);
  await visitor.provider.expectTrouble('unknown');
  await visitor.provider.expectStranger();
});

test('whoever signs in elsewhere cannot be brought to this provider, and its link is no way to a password', async ({
  visitor,
  people,
  acme,
  hostile,
}) => {
  // The link of somebody of the other provider leads there, whatever the form names.
  const invited = await people.invite({ provider: acme.id });
  await visitor.goto(invited.link);
  await visitor.page.locator('form[action="/oidc/begin"]').evaluate((form, id) => {
    form.querySelector('[name="provider"]')?.setAttribute('value', id);
  }, hostile.id);
  await visitor.provider.button().click();
  await visitor.provider.expectAsked();
  expect(hostile.exchanges).toBe(0);

  // And the link of somebody with a password leads to no provider.
  const local = await people.invite();
  await visitor.goto(local.link);
  await expect(visitor.provider.button()).toHaveCount(0);
  await expect(visitor.activation.password).toBeVisible();
});

test('another person, and an old sign-in, unlock nothing', async ({ visitor, hostile, bind, guard }) => {
  guard.expectAnswers('4xx');
  const { provider, security, words } = visitor;
  const sub = `unlock-${visitor.address}`;
  await bind(sub);
  expect(hostile.asked.get('prompt'), 'whoever is bound is asked').toBe('login');
  hostile.lies = { claims: { auth_time: seconds() - 10 * minute } };
  await provider.setOut(hostile.name);
  await visitor.arrive();
  expect(hostile.asked.has('prompt')).toBe(false);
  const tries: [string, Lies][] = [
    ['somebody-else', {}],
    [sub, { claims: { auth_time: seconds() - 10 * minute } }],
    [sub, { claims: { auth_time: undefined } }],
  ];
  for (const [who, lie] of tries) {
    Object.assign(hostile, { person: { sub: who }, lies: lie });
    await security.open();
    await security.unlocking.getByRole('button', { name: words.unlock, exact: true }).click();
    await provider.expectTrouble('again');
  }
  expect(hostile.asked.get('prompt')).toBe('login');
  expect(hostile.asked.get('max_age')).toBe('300');
  await security.open();
  await expect(security.unlocking).not.toContainText(words.says('security.unlocked_until'));
});

test('nothing that the provider says is shown, and nothing in the URL leads elsewhere', async ({
  visitor,
  hostile,
  bind,
  guard,
}) => {
  guard.expectAnswers('4xx');
  const { page, provider } = visitor;
  const person = await bind(`loud-${visitor.address}`);
  const loud = '<img src=x onerror=alert(1)> call +49 30 123456';
  hostile.lies = { answer: { code: undefined, error: 'server_error', error_description: loud, error_uri: loud } };
  await provider.setOut(hostile.name);
  await provider.expectTrouble('refused');
  await expect(page.locator('body')).not.toContainText('123456');
  await visitor.goto(`/provider?notice=refused&id=${encodeURIComponent(loud)}`);
  await expect(page.locator('body')).not.toContainText('123456');
  expect((await visitor.goto(`/provider?notice=${encodeURIComponent(loud)}`)).status()).toBe(404);
  await expect(page.locator('body')).not.toContainText('123456');

  hostile.lies = {};
  await visitor.goto(`/sign-in?next=${encodeURIComponent('https://evil.example/')}`);
  await provider.button(hostile.name).click();
  await visitor.arrive();
  await visitor.header.expectAddress(person.email);
});

/** To the provider, which keeps the way back to itself. */
async function setOutAndHold(visitor: Visitor, hostile: HostileProvider): Promise<void> {
  await visitor.provider.setOut(hostile.name);
  await expect(visitor.page.getByRole('heading', { name: 'Held' })).toBeVisible();
  expect(hostile.wayBack).not.toBe('');
}
