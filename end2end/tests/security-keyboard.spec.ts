import { tabTo, typeAt } from '../support/keyboard';
import { newPassword } from '../support/people';
import { expect, test } from '../support/test';

test('the keyboard alone is enough to end a sign-in and to change the password', async ({
  visitor,
  another,
  people,
  mailbox,
}) => {
  const [person, fresh] = [await people.join(), newPassword()];
  const { security, changePassword, page } = visitor;
  const { keyboard } = page;
  await visitor.enter(person, people);
  const elsewhere = await another({ address: visitor.address.replace(/^198\.18/, '198.20') });
  await elsewhere.enter(person, people);
  await security.open();
  await tabTo(security.end(elsewhere.address));
  await keyboard.press('Enter');
  await expect(security.device).toHaveCount(1);
  await visitor.settled();

  await tabTo(security.changePassword);
  await keyboard.press('Enter');
  await changePassword.expectFirstStep();
  await expect(changePassword.current).toBeFocused();
  await typeAt(changePassword.current, person.password);
  await typeAt(changePassword.password, fresh);
  await typeAt(changePassword.repeat, fresh);
  await keyboard.press('Enter');
  await changePassword.expectSecondStep();
  await typeAt(changePassword.code, await mailbox.code(person.email));
  await keyboard.press('Enter');
  await security.expectNews('password.changed');
});

test('the keyboard alone is enough to sign in with a recovery code and to say "This wasn\'t me"', async ({
  visitor,
  people,
  mailbox,
}) => {
  const [person, fresh] = [await people.join(), newPassword()];
  const { recoveryCodes } = await people.setUpApp(person);
  const { signInPage, codePage, recoverySignIn, notMe, page } = visitor;
  const { keyboard } = page;
  await visitor.goto('/not-me');
  await tabTo(notMe.signIn);
  await keyboard.press('Enter');
  await signInPage.expectOpen();
  await typeAt(signInPage.email, person.email);
  await typeAt(signInPage.password, person.password);
  await keyboard.press('Enter');
  await codePage.expectOpenForApp();
  await tabTo(codePage.useRecoveryCode);
  await keyboard.press('Enter');
  await recoverySignIn.expectOpen();
  await typeAt(recoverySignIn.field, recoveryCodes[0]);
  await keyboard.press('Enter');

  await notMe.expectOpen();
  await tabTo(notMe.send);
  await keyboard.press('Enter');
  await notMe.expectAsksForCode();
  await typeAt(notMe.code, await mailbox.code(person.email));
  await typeAt(notMe.password, fresh);
  await typeAt(notMe.repeat, fresh);
  await keyboard.press('Enter');
  await signInPage.expectNews('sign_in.not_me');
});
