import { expectErrorAt } from '../pages/field';
import type { Visitor } from '../pages/visitor';
import { fromOwnPage } from '../support/forms';
import type { Person } from '../support/people';
import { expect, test } from '../support/test';

test('a recovery code signs in once, however it is spelled', async ({ visitor, people, mailbox }) => {
  const person = await people.join();
  const { recoveryCodes } = await people.setUpApp(person);
  const { recoverySignIn, words } = visitor;
  await atTheRecoveryCode(visitor, person);
  await recoverySignIn.submit(` ${recoveryCodes[0].replaceAll('-', ' ')} `);
  await visitor.tabs.expectCurrent('personalDetails');
  const notice = await mailbox.next(person.email, { subject: words.says('letter.recovery_used_subject') });
  expect(notice.text.replace(/\s+/g, ' ')).toMatch(words.says('letter.recovery_used_text', { left: 9 }));
  await visitor.security.open();
  await visitor.security.expectRecoveryLeft(9);

  await visitor.header.leave();
  await atTheRecoveryCode(visitor, person);
  const wrong = [recoveryCodes[0], recoveryCodes[1].toUpperCase(), '123456'];
  for (const [index, code] of wrong.entries()) {
    await recoverySignIn.submit(code);
    await expectErrorAt(recoverySignIn.field, words.says('error.code_wrong', { tries: 4 - index }));
  }
  await recoverySignIn.submit(recoveryCodes[1]);
  await visitor.tabs.expectCurrent('personalDetails');
});

test('the codes can be copied, printed and downloaded', async ({ visitor, people, mailbox }) => {
  const person = await people.join();
  const { page, secondFactor, recoveryCodes, words } = visitor;
  await visitor.enter(person, people);
  await secondFactor.beginApp(() => mailbox.code(person.email));
  const codes = await recoveryCodes.shown();

  const { name, text } = await recoveryCodes.downloaded();
  expect(name).toBe('selfsame-recovery-codes.txt');
  expect(text).toMatch(words.says('plain_kept.file_head', { email: person.email }));
  expect(text.split('\n').filter((line) => codes.includes(line))).toEqual(codes);

  const needScripts = [recoveryCodes.copy, recoveryCodes.print, secondFactor.copySecret];
  for (const button of needScripts) await expect(button).toBeVisible({ visible: visitor.js });
  if (visitor.js) await expectCopiedAndPrinted(visitor, codes);

  const head = recoveryCodes.headFor(person.email);
  await expect(head).toBeHidden();
  await page.emulateMedia({ media: 'print' });
  await expect(head).toBeVisible();
  await expect(recoveryCodes.items.first()).toBeVisible();
  for (const hidden of [secondFactor.qr, secondFactor.secret, recoveryCodes.kept, visitor.header.banner]) {
    await expect(hidden).toBeHidden();
  }
  await page.emulateMedia({ media: null });

  await secondFactor.finish(await (await secondFactor.scan()).code());
  await visitor.security.expectNews('security.factor_changed');
  const late = await page.request.post('/recovery-codes', { headers: fromOwnPage(page.url()) });
  expect(late.status()).toBe(404);
});

async function expectCopiedAndPrinted(visitor: Visitor, codes: string[]): Promise<void> {
  const { page, secondFactor, recoveryCodes, words } = visitor;
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
  await recoveryCodes.copy.click();
  await expect.poll(clipboard).toBe(codes.join('\n'));
  const told = page.getByRole('status').filter({ hasText: words.says('plain_kept.copied') });
  await expect(told).toHaveCount(1);
  await secondFactor.copySecret.click();
  await expect.poll(clipboard).toBe(await secondFactor.secretAsText());
  await expect(told).toHaveCount(2);

  await page.evaluate(() => {
    window.print = () => document.documentElement.setAttribute('data-printed', '');
  });
  await recoveryCodes.print.click();
  await expect(page.locator('html[data-printed]')).toHaveCount(1);
}

test('when few are left that is said, and new ones take the place of the old', async ({
  visitor,
  people,
  mailbox,
}) => {
  test.setTimeout(120_000);
  const person = await people.join();
  const { app, recoveryCodes: old, cookies } = await people.setUpApp(person);
  const { security, secondFactor, recoveryCodes, header, words } = visitor;
  await visitor.page.context().addCookies(cookies);
  for (const code of old.slice(0, 7)) await spend(visitor, code);
  const subject = words.says('letter.recovery_used_subject');
  const letters: string[] = [];
  while (letters.length < 7) letters.push((await mailbox.next(person.email, { subject })).text.replace(/\s+/g, ' '));
  const low = words.says('letter.recovery_low_text', { left: 3 });
  expect(letters.filter((text) => low.test(text))).toHaveLength(1);
  await security.open();
  await security.expectRecoveryLeft(3);
  await expect(security.factor).toContainText(words.says('security.recovery_low'));

  await recoveryCodes.open();
  await recoveryCodes.make.click();
  await secondFactor.proveByApp(await app.code());
  const abandoned = await recoveryCodes.shown();
  await recoveryCodes.cancel.click();
  await security.expectNews('security.recovery_kept');
  await security.expectRecoveryLeft(3);

  await recoveryCodes.open();
  await recoveryCodes.make.click();
  await secondFactor.useRecoveryCode.click();
  await secondFactor.proveByRecoveryCode(old[7]);
  const fresh = await recoveryCodes.shown();
  expect(fresh.filter((code) => abandoned.includes(code) || old.includes(code))).toEqual([]);
  await recoveryCodes.save.click();
  await expectErrorAt(recoveryCodes.kept, words.says('problem.not_kept'));
  expect(await recoveryCodes.shown()).toEqual(fresh);
  await recoveryCodes.kept.check();
  await recoveryCodes.save.click();
  await security.expectNews('security.recovery_renewed');
  await security.expectRecoveryLeft(10);
  await expect(security.factor).not.toContainText(words.says('security.recovery_low'));
  await mailbox.next(person.email, { subject: words.says('letter.recovery_renewed_subject') });

  await header.leave();
  await atTheRecoveryCode(visitor, person);
  for (const [index, code] of [old[9], abandoned[0]].entries()) {
    await visitor.recoverySignIn.submit(code);
    await expectErrorAt(visitor.recoverySignIn.field, words.says('error.code_wrong', { tries: 4 - index }));
  }
  await visitor.recoverySignIn.submit(fresh[0]);
  await visitor.tabs.expectCurrent('personalDetails');
});

/** Uses a code up on the way to new ones, and then wants none. */
async function spend(visitor: Visitor, code: string): Promise<void> {
  const { request } = visitor.page;
  const page = '/c/acme/account/security/recovery';
  const origin = new URL((await request.get(page)).url()).origin;
  for (const [action, typed] of [
    ['begin_recovery_codes', {}],
    ['prove_for_recovery', { code }],
    ['cancel_recovery_codes', {}],
  ] as const) {
    const headers = { ...fromOwnPage(origin), Accept: 'application/json' };
    const form = { slug: 'acme', ...typed };
    const answer = await request.post(`/do/${action}`, { headers, form, maxRedirects: 0 });
    expect(answer.status(), action).toBeLessThan(400);
  }
}

test('whoever has codes by e-mail has no recovery codes', async ({ visitor, people, guard }) => {
  guard.expectAnswers('4xx');
  await visitor.enter(await people.join(), people);
  const answer = await visitor.goto('/c/acme/account/security/recovery');
  expect(answer.status()).toBe(404);
  await expect(visitor.page.getByRole('main')).toContainText(visitor.words.says('error.not_found'));
});

async function atTheRecoveryCode(visitor: Visitor, person: Person): Promise<void> {
  await visitor.signInPage.open();
  await visitor.signInPage.submit(person.email, person.password);
  await visitor.codePage.expectOpenForApp();
  await visitor.codePage.useRecoveryCode.click();
  await visitor.recoverySignIn.expectOpen();
}
