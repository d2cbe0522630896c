import { expectErrorAt } from '../pages/field';
import { tabPaths } from '../pages/tabs';
import type { Visitor } from '../pages/visitor';
import { linkIn } from '../support/mailbox';
import { markupFaults } from '../support/markup';
import { newPassword } from '../support/people';
import { expect, test } from '../support/test';

/** Looks at the HTML as it was sent. */
async function check({ page }: Visitor, path: string): Promise<void> {
  await test.step(path, async () => {
    const html = await (await page.request.get(path)).text();
    expect(await markupFaults(html, path)).toEqual([]);
    expect(html.match(/<h1\b/g)).toHaveLength(1);
  });
}

test('the HTML of each page is sound', async ({ visitor, people, mailbox }) => {
  const person = await people.invite();
  for (const path of [
    '/sign-in',
    person.link,
    '/activate/none',
    '/set-up/none',
    '/reset/none',
    '/undo-email/none',
    '/not-me',
    '/sign-in/forgot',
    '/sign-in/forgot?notice=sent',
    '/nothing',
    '/dev/mail',
    '/dev/parts',
  ]) {
    await check(visitor, path);
  }
  await visitor.activation.open(person.link);
  await visitor.activation.submit(person.password);
  await visitor.signInPage.expectOpen();
  await visitor.signInPage.submit(person.email, person.password);
  await visitor.codePage.expectOpen();
  await check(visitor, '/sign-in/code');
  await visitor.codePage.submit(await mailbox.code(person.email));
  await visitor.offer.expectOpen();
  for (const path of Object.values(tabPaths)) await check(visitor, path);
  await visitor.details.open();
  await visitor.changeEmail.begin();
  await check(visitor, '/c/acme/account/email');
  await visitor.changeEmail.ask(people.unusedAddress(), await mailbox.code(person.email));
  await visitor.changeEmail.expectSecondStep();
  await check(visitor, '/c/acme/account/email');
  await check(visitor, '/c/acme/account');
});

test('the HTML of what is behind Security is sound', async ({ visitor, another, people, mailbox, guard }) => {
  guard.expectAnswers('4xx');
  const person = await people.join();
  const security = tabPaths.security;
  await visitor.enter(person, people);
  for (const page of ['/password', '/factor', '/offer', '/activity', '/activity?kind=others', '/not-me']) {
    await check(visitor, security + page);
  }
  await visitor.changePassword.begin();
  await visitor.changePassword.ask(person.password, newPassword());
  await visitor.changePassword.expectSecondStep();
  await check(visitor, `${security}/password`);
  await visitor.changePassword.prove(await mailbox.code(person.email));
  await visitor.security.expectNews('password.changed');

  await visitor.goto(`${security}/not-me`);
  await visitor.notMe.send.click();
  await visitor.notMe.expectAsksForCode();
  await check(visitor, `${security}/not-me`);
  await mailbox.code(person.email);
  await visitor.secondFactor.open();
  await visitor.secondFactor.choose('viaApp');
  await expect(visitor.secondFactor.mailedCode).toBeVisible();
  await check(visitor, `${security}/factor`);
  await visitor.secondFactor.proveByMail(await mailbox.code(person.email));
  await visitor.secondFactor.expectSetUp();
  await check(visitor, `${security}/factor`);

  const stranger = await another();
  const other = await people.join();
  await stranger.goto('/sign-in/forgot');
  await stranger.signInPage.email.fill(other.email);
  await stranger.page.getByRole('button', { name: stranger.words.sendLink, exact: true }).click();
  await check(stranger, linkIn(await mailbox.next(other.email, { kind: 'reset' }), 'reset'));
});

test('the HTML of what belongs to an app is sound', async ({ visitor, another, people, mailbox, guard }) => {
  guard.expectAnswers('4xx');
  const person = await people.join();
  const { app, cookies } = await people.setUpApp(person);
  const { secondFactor, recoveryCodes } = visitor;
  await visitor.page.context().addCookies(cookies);
  await check(visitor, tabPaths.security);
  await recoveryCodes.open();
  const recovery = `${tabPaths.security}/recovery`;
  await check(visitor, recovery);
  await recoveryCodes.make.click();
  await expect(secondFactor.appCode).toBeVisible();
  for (const path of [recovery, `${recovery}?with=recovery`]) await check(visitor, path);
  await secondFactor.proveByApp(await app.code());
  await recoveryCodes.shown();
  await check(visitor, recovery);
  await recoveryCodes.save.click();
  await expectErrorAt(recoveryCodes.kept);
  expect(await markupFaults(await visitor.page.content(), 'after a refusal')).toEqual([]);

  const half = await another();
  await half.signInPage.open();
  await half.signInPage.submit(person.email, person.password);
  await half.codePage.expectOpenForApp();
  for (const path of ['/sign-in/code', '/sign-in/recovery', '/sign-in/lost']) await check(half, path);
  await half.codePage.lostApp.click();
  await half.lostApp.send.click();
  await half.lostApp.expectAsksForCode();
  await check(half, '/sign-in/lost');
  await half.lostApp.submit(await mailbox.code(person.email));
  await half.lostApp.expectWaits();
  await check(half, '/sign-in/lost');
  await check(visitor, `${tabPaths.security}/factor`);
});
