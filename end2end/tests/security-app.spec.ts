import { expectErrorAt } from '../pages/field';
import type { Visitor } from '../pages/visitor';
import { tabTo, typeAt } from '../support/keyboard';
import type { Person } from '../support/people';
import { expect, inEachLanguage, test } from '../support/test';
import { AuthenticatorApp } from '../support/totp';

inEachLanguage((language) => {
  test('an app is scanned, asked for at sign-in, and given up for e-mail and for another one', async ({
    visitor,
    people,
    mailbox,
    guard,
  }) => {
    test.setTimeout(150_000);
    guard.expectAnswers('4xx');
    const person = await people.join({ language });
    const { security, secondFactor, header, page, words } = visitor;
    await visitor.enter(person, people);
    await security.open();
    await security.expectFactor('viaEmail');

    await secondFactor.beginApp(() => mailbox.code(person.email));
    const app = await expectScannable(visitor, person);
    const recoveryCodes = await visitor.recoveryCodes.shown();
    await secondFactor.finish(await app.code());
    await security.expectNews('security.factor_changed');
    await security.expectFactor('viaApp');
    await security.expectRecoveryLeft(10);
    const subject = words.says('letter.factor_notice_subject');
    const notice = await mailbox.next(person.email, { subject });
    expect(notice.text).toContain('/not-me');
    // What was shown once is nowhere to be seen again.
    await secondFactor.open();
    await expect(secondFactor.secret).toHaveCount(0);
    for (const once of [app.secret, recoveryCodes[0]]) expect(await page.content()).not.toContain(once);

    await header.leave();
    await visitor.signInByApp(person, app);

    await header.leave();
    await visitor.signInPage.submit(person.email, person.password);
    await visitor.codePage.expectOpenForApp();
    await visitor.codePage.useRecoveryCode.click();
    await visitor.recoverySignIn.expectOpen();
    await visitor.recoverySignIn.submit(recoveryCodes[0]);
    await visitor.tabs.expectCurrent('personalDetails');
    await mailbox.next(person.email, { subject: words.says('letter.recovery_used_subject') });

    await secondFactor.open();
    await secondFactor.choose('viaEmail');
    await expect(page.getByRole('main')).toContainText(words.says('plain_factor.to_email'));
    await secondFactor.proveByApp(await app.code());
    await security.expectNews('security.factor_changed');
    await security.expectFactor('viaEmail');
    await mailbox.next(person.email, { subject });
    await header.leave();
    await visitor.signIn(person, mailbox);

    await secondFactor.beginApp(() => mailbox.code(person.email));
    const other = await expectScannable(visitor, person);
    expect(other.secret).not.toBe(app.secret);
    expect(await visitor.recoveryCodes.shown()).not.toContain(recoveryCodes[1]);
    await secondFactor.finish(await other.code());
    await security.expectNews('security.factor_changed');
    await header.leave();
    await visitor.signInPage.submit(person.email, person.password);
    await visitor.codePage.expectOpenForApp();
    await visitor.codePage.submitApp(app.codeOff(0));
    await expectErrorAt(visitor.codePage.appField, words.says('error.code_wrong', { tries: 4 }));
    await visitor.settled();
    await visitor.codePage.submitApp(await other.code());
    await visitor.tabs.expectCurrent('personalDetails');
  });
});

/** The QR code is read in both themes, and says just what stands beside it. */
async function expectScannable(visitor: Visitor, person: Person): Promise<AuthenticatorApp> {
  const { secondFactor, page } = visitor;
  await page.emulateMedia({ colorScheme: 'dark' });
  const inTheDark = await secondFactor.scan();
  await page.emulateMedia({ colorScheme: 'light' });
  const app = await secondFactor.scan();
  expect(inTheDark.secret).toBe(app.secret);
  // 160 bits are 32 letters of base32.
  expect(app.secret).toMatch(/^[A-Z2-7]{32}$/);
  expect(await secondFactor.secretAsText()).toBe(app.secret);
  expect([app.issuer, app.account]).toEqual(['Selfsame', person.email]);
  expect(app.parameters).toEqual(['SHA1', 6, 30]);
  for (const told of [person.email, visitor.words.says('plain_app.parameters_text')]) {
    await expect(page.getByRole('main')).toContainText(told);
  }
  return app;
}

test('other browsers are signed out when the factor changes', async ({ visitor, another, people, mailbox }) => {
  const person = await people.join();
  const elsewhere = await another();
  await elsewhere.enter(person, people);
  await elsewhere.details.open();
  await visitor.enter(person, people);
  await visitor.secondFactor.beginApp(() => mailbox.code(person.email));
  await visitor.secondFactor.finish(await (await visitor.secondFactor.scan()).code());
  await visitor.security.expectNews('security.factor_changed');
  await expect(visitor.security.device).toHaveCount(1);
  await elsewhere.goto('/c/acme/account');
  await elsewhere.signInPage.expectOpen();
});

test('a set-up that is left anywhere leaves the codes by e-mail as they are', async ({
  visitor,
  another,
  people,
  mailbox,
}) => {
  const person = await people.join();
  const { secondFactor, security, words } = visitor;
  const elsewhere = await another();
  const expectMailedCode = async () => {
    await elsewhere.signInPage.open();
    await elsewhere.signInPage.submit(person.email, person.password);
    await elsewhere.codePage.expectOpen();
  };
  await visitor.enter(person, people);
  await secondFactor.open();
  await secondFactor.choose('viaApp');
  await expect(secondFactor.mailedCode).toBeVisible();
  await expect(visitor.page.getByRole('main')).toContainText(words.says('plain_factor.to_app'));
  await expectMailedCode();
  await security.open();
  await security.expectFactor('viaEmail');

  await security.changeFactor.click();
  await secondFactor.proveByMail(await mailbox.code(person.email));
  await secondFactor.expectSetUp();
  await security.open();
  await security.expectFactor('viaEmail');
  await security.changeFactor.click();
  await secondFactor.expectSetUp();
  const abandoned = await secondFactor.secretAsText();
  await secondFactor.cancel.click();
  await security.expectNews('security.factor_kept');
  await security.expectFactor('viaEmail');
  await expectMailedCode();
  await elsewhere.codePage.submit(await mailbox.code(person.email));
  await elsewhere.arrive();

  await secondFactor.open();
  await expect(secondFactor.secret).toHaveCount(0);
  await secondFactor.choose('viaApp');
  await secondFactor.proveByMail(await mailbox.code(person.email));
  await secondFactor.expectSetUp();
  expect(await secondFactor.secretAsText()).not.toBe(abandoned);
  await expect(visitor.page.getByRole('main')).toContainText(words.says('plain_app.install_text'));
});

test('a secret of one’s own is not taken, wherever it is slipped in', async ({ visitor, people, mailbox }) => {
  const person = await people.join();
  const own = AuthenticatorApp.ofOneself();
  const { secondFactor, page, words } = visitor;
  const slipIn = () =>
    page.locator('main form').evaluateAll((forms, secret) => {
      for (const form of forms) {
        const field = Object.assign(document.createElement('input'), { type: 'hidden', name: 'secret', value: secret });
        form.append(field);
      }
    }, own.secret);
  const expectRefused = () =>
    expect(page.getByRole('main').getByRole('alert')).toHaveText(words.says('error.unknown_field'));
  await visitor.enter(person, people);
  await secondFactor.open();
  await slipIn();
  await secondFactor.choose('viaApp');
  await expectRefused();
  await secondFactor.choose('viaApp');
  await expect(secondFactor.mailedCode).toBeVisible();
  const code = await mailbox.code(person.email);
  await slipIn();
  await secondFactor.proveByMail(code);
  await expectRefused();
  await secondFactor.proveByMail(code);
  const app = await secondFactor.scan();
  expect(app.secret).not.toBe(own.secret);
  await slipIn();
  await secondFactor.finish(await own.code());
  await expectRefused();
  expect(await secondFactor.secretAsText()).toBe(app.secret);
  await secondFactor.finish(await own.code());
  await expectErrorAt(secondFactor.appCode, words.says('error.code_wrong', { tries: 4 }));
  await secondFactor.finish(await app.code());
  await visitor.security.expectNews('security.factor_changed');
  await visitor.header.leave();
  await visitor.signInByApp(person, app);
});

test('of two set-ups in two tabs the later one counts', async ({ visitor, people, mailbox, guard }) => {
  guard.expectAnswers('4xx');
  const person = await people.join();
  const { secondFactor, words } = visitor;
  await visitor.enter(person, people);
  await secondFactor.beginApp(() => mailbox.code(person.email));
  const first = await secondFactor.scan();

  const tab = await visitor.anotherTab();
  await tab.goto('/c/acme/account/security/offer');
  await tab.offer.setUp.click();
  await tab.secondFactor.proveByMail(await mailbox.code(person.email));
  const second = await tab.secondFactor.scan();
  expect(second.secret).not.toBe(first.secret);

  await secondFactor.finish(await first.code());
  await expect(visitor.page.getByRole('main')).toContainText(words.says('error.attempt_over'));
  await tab.secondFactor.finish(await second.code());
  await tab.security.expectNews('security.factor_changed');
  await tab.header.leave();
  await tab.signInByApp(person, second);
});

test('the keyboard alone is enough to set up an app', async ({ visitor, people, mailbox }) => {
  const person = await people.join();
  const { secondFactor, security, recoveryCodes, page } = visitor;
  const { keyboard } = page;
  await visitor.enter(person, people);
  await security.open();
  await tabTo(security.changeFactor);
  await keyboard.press('Enter');
  await secondFactor.expectChoice();
  await tabTo(secondFactor.option('viaApp'));
  await expect(secondFactor.option('viaApp')).toBeChecked();
  await keyboard.press('Enter');
  await typeAt(secondFactor.mailedCode, await mailbox.code(person.email));
  await keyboard.press('Enter');
  const app = await secondFactor.scan();
  await tabTo(recoveryCodes.kept);
  await keyboard.press('Space');
  await typeAt(secondFactor.appCode, await app.code());
  await keyboard.press('Enter');
  await security.expectNews('security.factor_changed');
});
