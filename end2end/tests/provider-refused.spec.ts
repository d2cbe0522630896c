import type { Visitor } from '../pages/visitor';
import { Program } from '../support/api';
import { fromOwnPage } from '../support/forms';
import { formType } from '../support/http';
import { expect, test } from '../support/managed';
import { newPassword } from '../support/people';

const slug = 'acme';
const passwords = { current_password: 'vq7-zhw-3kpa', new_password: 'vq7-zhw-3kpb', repeat_password: 'vq7-zhw-3kpb' };
const { new_password, repeat_password, current_password } = passwords;

/** All that would lead to a password, a second factor or another address, with what its form would hold (OIDC-3). */
const closed: [string, Record<string, string>][] = [
  ['unlock', { current_password }],
  ['unlock_for', { page: 'factor', current_password }],
  ['request_password_change', passwords],
  ['confirm_password_change', { code: 'BCDF-GHJK' }],
  ['resend_password_code', {}],
  ['begin_factor_change', { factor: 'app' }],
  ['begin_recovery_codes', {}],
  ['begin_email_change', {}],
  ['begin_email_change_with_password', { current_password }],
  ['begin_not_me', {}],
  ['resend_not_me', {}],
  ['finish_not_me', { code: 'BCDF-GHJK', new_password, repeat_password }],
];

test('the Security tab and all behind it say who manages the sign-in, and offer no password and no factor', async ({
  visitor,
  acme,
  employ,
  guard,
}) => {
  guard.expectAnswers(403);
  const employee = await employ();
  const { security, details, page, words } = visitor;
  const main = page.getByRole('main');
  const managed = words.says('security.managed', { provider: acme.name });
  await visitor.page.context().addCookies(employee.cookies);
  await security.open();
  await expect(main).toContainText(managed);
  await expect(security.changePassword).toHaveCount(0);
  await expect(security.factor).toHaveCount(0);
  await expect(main.locator('input[type="password"]')).toHaveCount(0);
  for (const path of ['/password', '/factor', '/recovery', '/offer']) {
    await test.step(path, async () => {
      const answer = await visitor.goto(`/c/acme/account/security${path}`);
      await expect(main).toContainText(
        new RegExp(`${managed.source}|${words.says('error.managed_by_provider').source}`),
      );
      await expect(main.locator('input:not([type="hidden"])')).toHaveCount(0);
      expect(answer.status()).toBe(403);
    });
  }
  await visitor.goto('/c/acme/account/security/not-me');
  await expect(main).toContainText(managed);
  await expect(main.locator('input:not([type="hidden"])')).toHaveCount(0);

  await details.open();
  await expect(details.changeEmail).toHaveCount(0);
  await expect(main).toContainText(words.says('personal.email_managed', { provider: acme.name }));
  // Their name is theirs.
  await details.rename('Augusta', employee.last);
  await details.expectStatus('personal.name_saved');
});

test('nothing leads to a password, a factor or another address by itself, and no code is mailed', async ({
  visitor,
  employ,
  mailbox,
  guard,
}) => {
  guard.expectAnswers('4xx');
  const employee = await employ();
  await visitor.page.context().addCookies(employee.cookies);
  await visitor.security.open();
  for (const [action, fields] of closed) {
    expect(await send(visitor, action, { slug, ...fields }), action).toBe(403);
  }
  // Each is refused for who asks, and not for how: the same browser may do what is its own.
  expect(await send(visitor, 'save_names', { slug, first_name: 'Augusta', last_name: employee.last })).toBe(200);
  expect(await mailbox.staysEmpty(employee.email)).toBe(true);
});

test('no password opens the account: not on the page, not by the API, not by a link', async ({
  visitor,
  people,
  mailbox,
  server,
  acme,
  employ,
  guard,
}) => {
  guard.expectAnswers('4xx');
  const employee = await employ();
  const { signInPage, provider, activation, page, words } = visitor;
  const looks: string[] = [];
  const program = new Program(server.url, visitor.address);
  const said: object[] = [];
  for (const email of [employee.email, people.unusedAddress()]) {
    await signInPage.open();
    await signInPage.submit(email, employee.password);
    await signInPage.expectRefused();
    looks.push((await page.getByRole('main').innerText()).replaceAll(email, ''));
    const { status, json } = await program.post('/login', { email, password: employee.password });
    expect(status).toBe(401);
    expect(json.code).toBe('sign_in_refused');
    said.push({ ...json, request_id: '' });
  }
  expect(looks[1]).toBe(looks[0]);
  expect(said[1]).toEqual(said[0]);

  await signInPage.open();
  await signInPage.forgotten.click();
  await signInPage.email.fill(employee.email);
  await page.getByRole('button', { name: words.sendLink, exact: true }).click();
  await expect(page.getByRole('status')).toHaveText(words.says('plain_forgot.sent_text'));
  const hint = await mailbox.next(employee.email, { subject: words.says('letter.provider_hint_subject') });
  expect(hint.kind).toBe('notice');
  expect(hint.text).toContain(acme.name);
  expect(hint.text).toContain(`${server.url}/sign-in`);

  // A link that leads to the provider takes no password.
  const invited = await people.invite({ provider: acme.id });
  const token = new URL(invited.link).pathname.replace(/^.*\//, '');
  await visitor.goto(invited.link);
  const fresh = newPassword();
  const chosen = { token, new_password: fresh, repeat_password: fresh };
  expect(await send(visitor, 'activate', chosen)).toBe(403);
  await signInPage.open();
  await signInPage.submit(invited.email, fresh);
  await signInPage.expectRefused();
  await visitor.goto(invited.link);
  await expect(activation.password).toHaveCount(0);
  await provider.button(acme.name).click();
  await provider.signInThere(acme.account(invited.email));
  await visitor.arrive();
});

test('nobody else gives them a password or a factor, and whoever is disabled here is out', async ({
  visitor,
  another,
  people,
  acme,
  employ,
  guard,
}) => {
  guard.expectAnswers('4xx');
  const { client, owner } = await people.found('Salix GmbH');
  const employee = await employ({ client: client.slug });
  const tab = await another();
  for (const each of [visitor, tab]) each.slug = client.slug;
  await visitor.enter(owner, people);
  await tab.page.context().addCookies(employee.cookies);
  await tab.details.open();
  const { managing, page, words } = visitor;
  await managing.user.open(`${employee.first} ${employee.last}`);
  await expect(managing.user.methods).toHaveCount(0);
  await expect(managing.user.question(words.resetFactor)).toHaveCount(0);
  const form = page.locator('form[action="/do/save_user"]');
  const value = (name: string) => form.locator(`[name="${name}"]`).first().inputValue();
  const [id, version] = [await value('id'), await value('version')];
  const user = { slug: client.slug, id };
  expect(await send(visitor, 'save_user_method', { ...user, version, method: 'password' })).toBe(403);
  expect(await send(visitor, 'reset_user_factor', user)).toBe(403);

  await managing.user.confirm(words.disable);
  await managing.expectDone('plain_user.disabled');
  await tab.tabs.link('userGroups').click();
  await tab.signInPage.expectNews('error.signed_out');
  // There they are still signed in.
  await tab.provider.button(acme.name).click();
  await tab.provider.expectTrouble('unknown');
});

/** As a program of its own would send it, with the cookies of the browser. */
async function send({ page }: Visitor, action: string, fields: Record<string, string>): Promise<number> {
  const answer = await page.request.post(`/do/${action}`, {
    data: new URLSearchParams(fields).toString(),
    headers: { ...fromOwnPage(page.url()), ...formType, Accept: 'application/json' },
  });
  return answer.status();
}
