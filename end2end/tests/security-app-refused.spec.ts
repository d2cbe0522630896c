import { expectErrorAt, withoutBrowserChecks } from '../pages/field';
import type { Visitor } from '../pages/visitor';
import { wrongCode } from '../support/codes';
import type { Person } from '../support/people';
import { expect, test } from '../support/test';

test('what is wrong with a set-up is said at its field, and the same secret stays', async ({
  visitor,
  people,
  mailbox,
}) => {
  const person = await people.join();
  const { secondFactor, recoveryCodes, words } = visitor;
  await visitor.enter(person, people);
  await secondFactor.open();
  await secondFactor.choose('viaApp');
  await expect(secondFactor.mailedCode).toBeVisible();
  const code = await mailbox.code(person.email);
  await secondFactor.proveByMail(wrongCode(code));
  await expectErrorAt(secondFactor.mailedCode, words.says('error.code_wrong', { tries: 4 }));
  await secondFactor.proveByMail(code);

  const app = await secondFactor.scan();
  const kept = await recoveryCodes.shown();
  await secondFactor.appCode.fill(app.codeOff(0));
  await secondFactor.save.click();
  await expectErrorAt(recoveryCodes.kept, words.says('problem.not_kept'));
  for (const [what, wrong, key, tries] of [
    ['nothing', '', 'error.code_wrong', 4],
    ['other digits', app.wrongCode(), 'error.code_wrong', 3],
    ['a code of some minutes ago', app.codeOff(-5), 'error.clock_wrong', 2],
    ['another one', app.codeOff(-4), 'error.clock_wrong', 1],
  ] as const) {
    await test.step(what, async () => {
      await withoutBrowserChecks(secondFactor.appCode);
      await secondFactor.finish(wrong);
      await expectErrorAt(secondFactor.appCode, words.says(key, { tries }));
      await expect(recoveryCodes.kept).toBeChecked();
      expect(await secondFactor.secretAsText()).toBe(app.secret);
      expect(await recoveryCodes.shown()).toEqual(kept);
    });
  }
  await visitor.security.open();
  await visitor.security.expectFactor('viaEmail');
  await visitor.security.changeFactor.click();
  await secondFactor.finish(await app.code());
  await visitor.security.expectNews('security.factor_changed');
});

test('the fifth wrong code ends a set-up, and the factor in use stays', async ({ visitor, people, mailbox }) => {
  const person = await people.join();
  const { secondFactor, words } = visitor;
  await visitor.enter(person, people);
  await secondFactor.beginApp(() => mailbox.code(person.email));
  const app = await secondFactor.scan();
  for (const tries of [4, 3, 2, 1]) {
    await secondFactor.finish(app.wrongCode());
    await expectErrorAt(secondFactor.appCode, words.says('error.code_wrong', { tries }));
  }
  await secondFactor.finish(app.wrongCode());
  await secondFactor.expectChoice();
  await expect(visitor.page.getByRole('main')).toContainText(words.says('error.attempt_over'));
  await expect(secondFactor.secret).toHaveCount(0);
  await visitor.security.open();
  await visitor.security.expectFactor('viaEmail');
});

test('a code of the app is used once, also at the same moment in two browsers', async ({
  visitor,
  another,
  people,
  guard,
}) => {
  test.setTimeout(120_000);
  guard.expectAnswers('4xx');
  const person = await people.join();
  const { app } = await people.setUpApp(person);
  const browsers = [visitor, await another()];
  const code = await app.code();
  for (const each of browsers) await atTheAppsCode(each, person);
  await Promise.all(browsers.map((each) => each.codePage.submitApp(code)));
  const isIn = (each: Visitor) => each.path.startsWith('/c/');
  await expect.poll(() => browsers.filter(isIn).length).toBe(1);
  const late = browsers.find((each) => !isIn(each)) as Visitor;
  await expectErrorAt(late.codePage.appField, late.words.says('error.code_wrong'));
  await late.settled();
  await late.codePage.submitApp(code);
  await expectErrorAt(late.codePage.appField, late.words.says('error.code_wrong'));
  await late.settled();
  await late.codePage.submitApp(await app.code());
  await late.tabs.expectCurrent('personalDetails');
});

test('at sign-in a wrong code counts down, and one of another time says that the clock is wrong', async ({
  visitor,
  people,
  mailbox,
  guard,
}) => {
  guard.expectAnswers('4xx');
  const person = await people.join();
  const { app } = await people.setUpApp(person);
  const { codePage, signInPage, words } = visitor;
  await atTheAppsCode(visitor, person);
  for (const [wrong, key, tries] of [
    [app.wrongCode(), 'error.code_wrong', 4],
    [app.codeOff(-4), 'error.clock_wrong', 3],
    ['BCDF-GHJK', 'error.code_wrong', 2],
    [app.codeOff(-6), 'error.clock_wrong', 1],
  ] as const) {
    await codePage.submitApp(wrong);
    await expectErrorAt(codePage.appField, words.says(key, { tries }));
    await visitor.settled();
  }
  await codePage.submitApp(app.wrongCode());
  await signInPage.expectNews('sign_in.attempt_over');
  await mailbox.next(person.email, { subject: words.says('letter.no_code_subject') });
  await visitor.signInByApp(person, app);
});

test('a change from the app asks for the app, and nothing less', async ({ visitor, another, people }) => {
  const person = await people.join();
  const { app, cookies } = await people.setUpApp(person);
  const { secondFactor, security, words } = visitor;
  await visitor.page.context().addCookies(cookies);
  await secondFactor.open();
  await expect(secondFactor.option('off')).toHaveCount(0);
  await secondFactor.choose('viaEmail');
  await secondFactor.proveByApp(app.wrongCode());
  await expectErrorAt(secondFactor.appCode, words.says('error.code_wrong', { tries: 4 }));
  await secondFactor.cancel.click();
  await security.expectNews('security.factor_kept');
  await security.expectFactor('viaApp');

  await secondFactor.open();
  await secondFactor.back.click();
  await visitor.tabs.expectCurrent('security');
  const elsewhere = await another();
  await elsewhere.signInByApp(person, app);
});

async function atTheAppsCode(visitor: Visitor, person: Person): Promise<void> {
  await visitor.signInPage.open();
  await visitor.signInPage.submit(person.email, person.password);
  await visitor.codePage.expectOpenForApp();
}
