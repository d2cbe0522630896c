import { expectErrorAt, withoutBrowserChecks } from '../pages/field';
import { wrongCode } from '../support/codes';
import { newPassword } from '../support/people';
import { expect, test } from '../support/test';

for (const language of ['en', 'de'] as const) {
  test.describe(`in ${language}`, () => {
    test.use({ language });

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
}

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

test('what is wrong is said at its field, and nothing is mailed', async ({ visitor, people, mailbox, guard }) => {
  test.setTimeout(90_000);
  guard.expectAnswers('4xx');
  const person = await people.join({ first: 'Wilhelmina', last: 'Quellenberg' });
  const { changePassword, words } = visitor;
  const { current, password, repeat } = changePassword;
  const [right, fresh] = [person.password, newPassword()];
  await visitor.enter(person, people);
  await changePassword.begin();
  await expect(changePassword.dialog).toContainText(words.says('activate.rules', { min: 12 }));
  const bad = [
    ['no current password', current, '', fresh, fresh, 'problem.empty', {}],
    ['another current password', current, `${right}x`, fresh, fresh, 'problem.wrong_password', {}],
    ['no new password', password, right, '', '', 'problem.empty', {}],
    ['the one that holds', password, right, right, right, 'problem.same_as_old', {}],
    ['11 characters', password, right, 'vq7-zhw-3kp', 'vq7-zhw-3kp', 'problem.too_short', { min: 12 }],
    ['129 characters', password, right, long(129), long(129), 'problem.too_long', { max: 128 }],
    ['a common one', password, right, 'passwordpassword', 'passwordpassword', 'problem.common_password', {}],
    ['the own name', password, right, 'Wilhelmina-4711-x', 'Wilhelmina-4711-x', 'problem.contains_own', {}],
    ['another repetition', repeat, right, fresh, `${fresh}x`, 'problem.different', {}],
  ] as const;
  for (const [what, field, ...typed] of bad) {
    await test.step(what, async () => {
      const [old, one, two, key, fill] = typed;
      for (const each of [current, password, repeat]) await withoutBrowserChecks(each);
      await changePassword.ask(old, one, two);
      await expectErrorAt(field, words.says(key, fill));
      await visitor.settled();
    });
  }
  expect(await mailbox.staysEmpty(person.email, 500)).toBe(true);
  await changePassword.ask(right, long(128));
  await changePassword.expectSecondStep();
  await changePassword.prove(await mailbox.code(person.email));
  await visitor.security.expectNews('password.changed');
  await visitor.header.leave();
  await visitor.signIn({ ...person, password: long(128) }, mailbox);
});

function long(length: number): string {
  return 'vq7-zhw-3kp '.repeat(12).slice(0, length - 1) + '.';
}

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
