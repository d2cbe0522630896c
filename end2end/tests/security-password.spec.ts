import type { Locator } from '@playwright/test';
import type { ChangePassword } from '../pages/change_password';
import { expectErrorAt, withoutBrowserChecks } from '../pages/field';
import { wrongCode } from '../support/codes';
import { longPassword, type Unfit, unfitPasswords } from '../support/passwords';
import { newPassword } from '../support/people';
import { expect, inEachLanguage, test } from '../support/test';

/** What is wrong, the field that says so, what was typed, and the sentence. */
type Bad = [what: string, field: Locator, typed: Parameters<ChangePassword['ask']>, ...why: Unfit['why']];

inEachLanguage((language) => {
  test('a new password holds from the mailed code on, and ends all other sign-ins', async ({
    visitor,
    another,
    people,
    mailbox,
    guard,
  }) => {
    guard.expectAnswers('4xx');
    const person = await people.join({ language });
    const fresh = newPassword();
    const { security, changePassword, header, words } = visitor;
    await visitor.enter(person, people);
    const elsewhere = await another();
    await elsewhere.enter(person, people);
    await elsewhere.details.open();

    await changePassword.begin();
    await changePassword.ask(person.password, fresh);
    await changePassword.expectSecondStep();
    await changePassword.prove(await mailbox.code(person.email));
    await security.expectNews('password.changed');
    await expect(changePassword.dialog).toHaveCount(0);
    const notice = await mailbox.next(person.email, { subject: words.says('letter.password_notice_subject') });
    expect(notice.text.replace(/\s+/g, ' ')).toMatch(words.says('letter.password_changed_text'));
    expect(notice.text).toContain('/not-me');
    await expect(security.device).toHaveCount(1);

    await elsewhere.goto('/c/acme/account');
    await elsewhere.signInPage.expectOpen();
    await elsewhere.signInPage.submit(person.email, person.password);
    await elsewhere.signInPage.expectRefused();

    await header.leave();
    await visitor.signIn({ ...person, password: fresh }, mailbox);
  });
});

test('until the code is right the old password holds and the new one does not', async ({
  visitor,
  another,
  people,
  mailbox,
  guard,
}) => {
  guard.expectAnswers('4xx');
  const person = await people.join();
  const fresh = newPassword();
  const { security, changePassword, words } = visitor;
  await visitor.enter(person, people);
  await changePassword.begin();
  await changePassword.ask(person.password, fresh);
  await changePassword.expectSecondStep();
  const code = await mailbox.code(person.email);
  await changePassword.prove(wrongCode(code));
  await expectErrorAt(changePassword.code, words.says('error.code_wrong', { tries: 4 }));
  await visitor.settled();

  const elsewhere = await another();
  await elsewhere.signInPage.open();
  await elsewhere.signInPage.submit(person.email, fresh);
  await elsewhere.signInPage.expectRefused();
  await elsewhere.signInPage.submit(person.email, person.password);
  await elsewhere.codePage.expectOpen();

  await security.open();
  await expect(changePassword.dialog).toHaveCount(0);
  await security.changePassword.click();
  await changePassword.expectSecondStep();
  await changePassword.prove(code);
  await security.expectNews('password.changed');
});

test('Cancel leaves the password as it is, in both steps', async ({ visitor, another, people, mailbox, guard }) => {
  guard.expectAnswers('4xx');
  const person = await people.join();
  const fresh = newPassword();
  const { security, changePassword, tabs } = visitor;
  await visitor.enter(person, people);
  await changePassword.begin();
  await changePassword.leave.click();
  await tabs.expectCurrent('security');
  await expect(changePassword.dialog).toHaveCount(0);

  await changePassword.begin();
  await changePassword.ask(person.password, fresh);
  await changePassword.expectSecondStep();
  await mailbox.code(person.email);
  await changePassword.cancel.click();
  await security.expectNews('password.kept');
  await security.changePassword.click();
  await changePassword.expectFirstStep();

  const elsewhere = await another();
  await elsewhere.signInPage.open();
  await elsewhere.signInPage.submit(person.email, fresh);
  await elsewhere.signInPage.expectRefused();
});

test('Escape closes the dialog and takes nothing back', async ({ visitor, people, mailbox }) => {
  test.skip(!visitor.js, 'without scripts the dialog is a part of the page');
  const person = await people.join();
  const { security, changePassword, tabs, page } = visitor;
  await visitor.enter(person, people);
  // Nothing was touched yet: there a browser lets no page keep its dialog open.
  await visitor.goto('/c/acme/account/security/password');
  await expect(changePassword.current).toBeFocused();
  await page.keyboard.press('Escape');
  await tabs.expectCurrent('security');
  await expect(changePassword.dialog).toHaveCount(0);

  await changePassword.begin();
  await changePassword.ask(person.password, newPassword());
  await changePassword.expectSecondStep();
  const code = await mailbox.code(person.email);
  await page.keyboard.press('Escape');
  await tabs.expectCurrent('security');
  await expect(changePassword.dialog).toHaveCount(0);
  await security.changePassword.click();
  await changePassword.expectSecondStep();
  await changePassword.prove(code);
  await security.expectNews('password.changed');
});

test('what is wrong is said at its field, and nothing is mailed', async ({ visitor, people, mailbox, guard }) => {
  test.setTimeout(90_000);
  guard.expectAnswers('4xx');
  const person = await people.join();
  const { changePassword, words } = visitor;
  const { current, password, repeat } = changePassword;
  const [right, fresh] = [person.password, newPassword()];
  await visitor.enter(person, people);
  await changePassword.begin();
  await expect(changePassword.dialog).toContainText(words.says('activate.rules', { min: 12 }));
  const bad: Bad[] = [
    ['no current password', current, ['', fresh], 'problem.empty'],
    ['another current password', current, [`${right}x`, fresh], 'problem.wrong_password'],
    ['no new password', password, [right, ''], 'problem.empty'],
    ['the one that holds', password, [right, right], 'problem.same_as_old'],
    ...unfitPasswords(person).map(({ what, password: unfit, why }): Bad => [what, password, [right, unfit], ...why]),
    ['another repetition', repeat, [right, fresh, `${fresh}x`], 'problem.different'],
  ];
  for (const [what, field, typed, ...why] of bad) {
    await test.step(what, async () => {
      for (const each of [current, password, repeat]) await withoutBrowserChecks(each);
      await changePassword.ask(...typed);
      await expectErrorAt(field, words.says(...why));
      await visitor.settled();
    });
  }
  expect(await mailbox.staysEmpty(person.email, 500)).toBe(true);
  await changePassword.ask(right, longPassword(128));
  await changePassword.expectSecondStep();
  await changePassword.prove(await mailbox.code(person.email));
  await visitor.security.expectNews('password.changed');
  await visitor.header.leave();
  await visitor.signIn({ ...person, password: longPassword(128) }, mailbox);
});

test('while somebody types they see how far it fits', async ({ visitor, people }) => {
  test.skip(!visitor.js, 'without scripts the rules stand there, and the server judges');
  await visitor.enter(await people.join(), people);
  const { changePassword, words } = visitor;
  const { password, repeat, verdict } = changePassword;
  await changePassword.begin();
  await expect(verdict).toHaveText('');
  await password.pressSequentially('vq7-zhw-3kp');
  await expect(verdict).toHaveText(words.says('problem.too_short', { min: 12 }));
  await password.press('a');
  await expect(verdict).toHaveText(words.says('password.differs'));
  await repeat.fill('vq7-zhw-3kpa');
  await expect(verdict).toHaveText(words.says('password.fits'));
});

test('Send again says when, and the code that came stays good', async ({ visitor, people, mailbox, guard }) => {
  guard.expectAnswers('4xx');
  const person = await people.join();
  const { changePassword, words } = visitor;
  await visitor.enter(person, people);
  await changePassword.begin();
  await changePassword.ask(person.password, newPassword());
  await changePassword.expectSecondStep();
  const code = await mailbox.code(person.email);
  if (await changePassword.sendAgain.isEnabled()) await changePassword.sendAgain.click();
  await expect(changePassword.dialog).toContainText(words.says('sign_in_code.resend_wait'));
  expect(await mailbox.staysEmpty(person.email, 500)).toBe(true);
  await changePassword.prove(code);
  await visitor.security.expectNews('password.changed');
});
