import type { Visitor } from '../pages/visitor';
import { newPassword } from '../support/people';
import { expect, test, withoutScriptsAlone } from '../support/test';

test.beforeEach(({ guard }) => guard.expectAnswers('4xx'));

test('where the sign-in has ended, the password dialog says so and goes on after signing in beside it', async ({
  visitor,
  another,
  people,
  mailbox,
}) => {
  test.skip(!visitor.js, 'without scripts a refused form leads to the sign-in');
  const [person, fresh] = [await people.join(), newPassword()];
  const { security, changePassword, page, words } = visitor;
  await visitor.enter(person, people);
  await changePassword.begin();
  await endElsewhere(visitor, await another());
  await changePassword.ask(person.password, fresh);
  const refused = changePassword.dialog.getByRole('alert').filter({ hasText: words.says('error.signed_out') });
  await expect(refused).toBeVisible();

  const opened = page.context().waitForEvent('page');
  await refused.getByRole('link', { name: words.signInAgain, exact: true }).click();
  const tab = await visitor.anotherTab(await opened);
  await tab.signInPage.expectOpen();
  await tab.signInPage.submit(person.email, person.password);
  await tab.codePage.expectOpen();
  await tab.codePage.submit(await mailbox.code(person.email));
  await tab.changePassword.expectFirstStep();

  await expect(changePassword.password).toHaveValue(fresh);
  await changePassword.save.click();
  await changePassword.expectSecondStep();
  await changePassword.prove(await mailbox.code(person.email));
  await security.expectNews('password.changed');
});

test(
  'where the sign-in has ended, the password dialog leads through another one and has kept no password',
  withoutScriptsAlone,
  async ({ visitor, another, people, mailbox }) => {
    test.skip(visitor.js, 'with scripts the page itself stays, and one signs in beside it');
    const [person, fresh] = [await people.join(), newPassword()];
    const { signInPage, codePage, changePassword, page, words } = visitor;
    await visitor.enter(person, people);
    await changePassword.begin();
    await endElsewhere(visitor, await another());
    await changePassword.ask(person.password, fresh);
    await signInPage.expectNews('error.signed_out');
    await signInPage.submit(person.email, person.password);
    await codePage.expectOpen();
    await codePage.submit(await mailbox.code(person.email));
    await changePassword.expectFirstStep();
    await expect(changePassword.dialog.getByRole('alert')).toHaveText(words.says('error.was_signed_out'));
    for (const secret of [person.password, fresh]) expect(await page.content()).not.toContain(secret);
  },
);

test('where the sign-in has ended, the choice of a factor waits for another one and is kept', async ({
  visitor,
  another,
  people,
}) => {
  const person = await people.join();
  const { app, cookies } = await people.setUpApp(person);
  const { signInPage, codePage, secondFactor, page, words } = visitor;
  await page.context().addCookies(cookies);
  await secondFactor.open();
  await endElsewhere(visitor, await another());
  await secondFactor.choose('viaEmail');
  await signInPage.expectNews('error.signed_out');
  await signInPage.submit(person.email, person.password);
  await codePage.expectOpenForApp();
  await codePage.submitApp(await app.code());
  await secondFactor.expectChoice();
  await expect(page.getByRole('main').getByRole('alert')).toHaveText(words.says('error.was_signed_out'));
  await expect(secondFactor.option('viaEmail')).toBeChecked();
});

test('where the sign-in has ended, so has the set-up of an app, and the page says so after another one', async ({
  visitor,
  another,
  people,
  mailbox,
}) => {
  const person = await people.join();
  const { signInPage, codePage, secondFactor, security, page, words } = visitor;
  await visitor.enter(person, people);
  await secondFactor.beginApp(() => mailbox.code(person.email));
  const app = await secondFactor.scan();
  await endElsewhere(visitor, await another());
  await secondFactor.finish(await app.code());
  await signInPage.expectNews('error.signed_out');
  await signInPage.submit(person.email, person.password);
  await codePage.expectOpen();
  await codePage.submit(await mailbox.code(person.email));
  await secondFactor.expectChoice();
  await expect(page.getByRole('main').getByRole('alert')).toHaveText(words.says('error.was_signed_out'));
  await expect(secondFactor.secret).toHaveCount(0);
  await security.open();
  await security.expectFactor('viaEmail');
});

/** Ends the sign-in of a browser where that browser does not learn of it. */
async function endElsewhere({ page }: Visitor, elsewhere: Visitor): Promise<void> {
  await elsewhere.page.context().addCookies(await page.context().cookies());
  await elsewhere.details.open();
  await elsewhere.header.leave();
}
