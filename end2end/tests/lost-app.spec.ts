import { expectErrorAt } from '../pages/field';
import type { Visitor } from '../pages/visitor';
import { wrongCode } from '../support/codes';
import type { Mailbox } from '../support/mailbox';
import type { Person } from '../support/people';
import { expect, inEachLanguage, test } from '../support/test';

inEachLanguage((language) => {
  test('a lost app is reported with a mailed code, and whoever finds it ends the wait', async ({
    visitor,
    people,
    mailbox,
    guard,
  }) => {
    test.setTimeout(120_000);
    guard.expectAnswers('4xx');
    const person = await people.join({ language });
    const { app } = await people.setUpApp(person);
    const { codePage, lostApp, header, activity, words } = visitor;
    await report(visitor, person, mailbox);
    const notice = await mailbox.next(person.email, { subject: words.says('letter.lost_app_subject') });
    expect(notice.text.replace(/\s+/g, ' ')).toMatch(words.says('letter.lost_app_text'));
    expect(notice.text).toContain('/not-me');

    // For now the app is asked for as ever, and asking again puts nothing off.
    const told = await visitor.page.getByRole('main').innerText();
    await atTheAppsCode(visitor, person);
    await codePage.lostApp.click();
    await lostApp.expectWaits();
    expect(await visitor.page.getByRole('main').innerText()).toBe(told);

    await lostApp.useApp.click();
    await codePage.expectOpenForApp();
    await codePage.submitApp(await app.code());
    await visitor.tabs.expectCurrent('personalDetails');
    await activity.open();
    await activity.filter('show_factor').click();
    await activity.expectTitles('factor_reset_cancelled', 'factor_reset_asked', 'factor_changed');

    await header.leave();
    await atTheAppsCode(visitor, person);
    await codePage.lostApp.click();
    await lostApp.expectPlan(person.email);
  });
});

test('somebody who is signed in sees that the app was reported as lost, and says that it was not', async ({
  visitor,
  another,
  people,
  mailbox,
}) => {
  const person = await people.join();
  const { cookies } = await people.setUpApp(person);
  const { secondFactor, security, page, words } = visitor;
  await page.context().addCookies(cookies);
  const elsewhere = await another();
  await report(elsewhere, person, mailbox);
  await secondFactor.open();
  const due = words.says('plain_factor.reset_due');
  await expect(page.getByRole('main')).toContainText(due);
  await secondFactor.foundApp.click();
  await secondFactor.expectChoice();
  await expect(page.getByRole('main')).not.toContainText(due);
  await security.open();
  await security.expectFactor('viaApp');
  await elsewhere.goto('/sign-in/lost');
  await elsewhere.lostApp.expectPlan(person.email);
});

test('a wrong code begins no wait, and the fifth one ends the attempt', async ({ visitor, people, mailbox, guard }) => {
  guard.expectAnswers('4xx');
  const person = await people.join();
  await people.setUpApp(person);
  const { lostApp, words } = visitor;
  await atTheAppsCode(visitor, person);
  await visitor.codePage.lostApp.click();
  await lostApp.send.click();
  await lostApp.expectAsksForCode();
  await expect(visitor.page.getByRole('main')).toContainText(words.says('sign_in_code.resend_wait'));
  const code = await mailbox.code(person.email);
  for (const tries of [4, 3, 2, 1]) {
    await lostApp.submit(wrongCode(code, tries));
    await expectErrorAt(lostApp.code, words.says('error.code_wrong', { tries }));
  }
  await lostApp.submit(wrongCode(code));
  await visitor.signInPage.expectNews('sign_in.attempt_over');
  await atTheAppsCode(visitor, person);
  await visitor.codePage.lostApp.click();
  await lostApp.expectPlan(person.email);
});

test('whoever gets codes by e-mail has no app to lose', async ({ visitor, people, guard }) => {
  guard.expectAnswers('4xx');
  const person = await people.join();
  await visitor.signInPage.open();
  await visitor.signInPage.submit(person.email, person.password);
  await visitor.codePage.expectOpen();
  await expect(visitor.codePage.lostApp).toHaveCount(0);
  expect((await visitor.goto('/sign-in/lost')).status()).toBe(404);
  await visitor.goto('/sign-in/recovery');
  await visitor.codePage.expectOpen();
});

async function atTheAppsCode(visitor: Visitor, person: Person): Promise<void> {
  await visitor.signInPage.open();
  await visitor.signInPage.submit(person.email, person.password);
  await visitor.codePage.expectOpenForApp();
}

/** From the sign-in to the beginning of the wait. */
async function report(visitor: Visitor, person: Person, mailbox: Mailbox): Promise<void> {
  const { codePage, lostApp } = visitor;
  await atTheAppsCode(visitor, person);
  await codePage.lostApp.click();
  await lostApp.expectPlan(person.email);
  await lostApp.send.click();
  await lostApp.expectAsksForCode();
  await lostApp.submit(await mailbox.code(person.email));
  await lostApp.expectWaits();
}
