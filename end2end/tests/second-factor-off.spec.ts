import { called, expect, test } from '../support/house';

test('where the client allows it a password is enough, until the client asks for more again', async ({
  visitor,
  house,
  mailbox,
  guard,
}) => {
  test.setTimeout(90_000);
  guard.expectAnswers('4xx');
  const { managing, words } = visitor;
  const { client: settings, users } = managing;
  const person = await house.join();
  const user = await house.enter(person);
  const subject = words.says('letter.factor_notice_subject');
  await user.secondFactor.open();
  await expect(user.secondFactor.option('off')).toHaveCount(0);

  await settings.open();
  await expect(settings.requireFactor).toBeChecked();
  await settings.expectWithout(0);
  await settings.require(false);
  await user.security.open();
  await user.security.expectUnlocked();
  await user.security.changeFactor.click();
  await user.secondFactor.expectChoice();
  await user.secondFactor.choose('off');
  await expect(user.page.getByRole('main')).toContainText(words.says('plain_factor.to_off'));
  await user.secondFactor.proveByMail(await mailbox.code(person.email));
  await user.security.expectNews('security.factor_changed');
  await user.security.expectFactor('off');
  await mailbox.next(person.email, { subject });
  await user.header.leave();
  await user.signInPage.submit(person.email, person.password);
  await user.arrive();
  await user.tabs.expectCurrent('personalDetails');
  await expect(mailbox.code(person.email, { timeout: 1_000 })).rejects.toThrow();

  await managing.open('users');
  await users.find('', 'factor-off');
  await users.expectNames(called(person));
  await settings.open();
  await settings.expectWithout(1);
  await settings.require(true);
  await settings.expectWithout(0);
  const notice = await mailbox.next(person.email, { subject });
  const told = words.says('letter.factor_required_text', { client: house.client.name });
  expect(notice.text.replace(/\s+/g, ' ')).toMatch(told);

  // Nobody is signed out by it.
  await user.security.open();
  await user.security.expectFactor('viaEmail');
  await user.secondFactor.open();
  await expect(user.secondFactor.option('off')).toHaveCount(0);
  await user.header.leave();
  await user.signIn(person, mailbox);
  await user.activity.open();
  await expect(user.activity.entry('factor_changed')).toBeVisible();
});
