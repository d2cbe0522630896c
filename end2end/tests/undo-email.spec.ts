import { expectErrorAt } from '../pages/field';
import type { Visitor } from '../pages/visitor';
import { linkIn, type Mailbox } from '../support/mailbox';
import { unfitPasswords } from '../support/passwords';
import { type Equipped, newPassword, type People, type Person } from '../support/people';
import { expect, inEachLanguage, test } from '../support/test';

inEachLanguage((language) => {
  test('the link in the notice puts the former address back, and ends all sign-ins', async ({
    visitor,
    another,
    people,
    mailbox,
    guard,
  }) => {
    guard.expectAnswers('4xx');
    const person = await people.join({ language });
    const thief = await another();
    const taken = await takeOver(thief, person, people, mailbox);
    const { signInPage, undoEmail, page, words } = visitor;

    await undoEmail.open(taken.link);
    await expect(page.getByRole('main')).toContainText(words.says('plain_undo.lead', { email: person.email }));
    for (const { password, why } of unfitPasswords(person)) {
      await undoEmail.submit(password);
      await expectErrorAt(undoEmail.password, words.says(...why));
    }
    await undoEmail.submit(person.password);
    await expectErrorAt(undoEmail.password, words.says('problem.same_as_old'));
    const fresh = newPassword();
    await undoEmail.submit(fresh, `${fresh}x`);
    await expectErrorAt(undoEmail.repeat, words.says('problem.different'));
    await undoEmail.submit(fresh);
    await signInPage.expectNews('sign_in.email_undone');

    const told = { email: person.email, undone: taken.email };
    const back = await mailbox.next(person.email, { subject: words.says('letter.put_back_subject') });
    expect(back.text.replace(/\s+/g, ' ')).toMatch(words.says('letter.put_back_text', told));
    expect(back.text).toContain('/not-me');
    const gone = await mailbox.next(taken.email, { subject: words.says('letter.undone_subject') });
    expect(gone.text.replace(/\s+/g, ' ')).toMatch(words.says('letter.undone_text', told));

    await thief.goto('/c/acme/account');
    await thief.signInPage.expectOpen();
    for (const [email, password] of [
      [taken.email, person.password],
      [taken.email, fresh],
      [person.email, person.password],
    ]) {
      await signInPage.submit(email, password);
      await signInPage.expectRefused();
    }
    await visitor.signIn({ ...person, password: fresh }, mailbox);
    await visitor.header.expectAddress(person.email);
  });
});

test('looking does not use the link up; it works once', async ({ visitor, people, mailbox, request, guard }) => {
  guard.expectAnswers('4xx');
  const person = await people.join();
  const { undoEmail, page, words } = visitor;
  const { link } = await takeOver(visitor, person, people, mailbox);
  expect((await request.head(link)).status()).toBe(200);
  for (const _ of [1, 2]) expect((await request.get(link)).status()).toBe(200);
  await undoEmail.open(link);
  await undoEmail.submit(newPassword());
  await visitor.signInPage.expectNews('sign_in.email_undone');
  const looks: string[] = [];
  for (const gone of [link, '/undo-email/never-given']) {
    await undoEmail.expectGone(gone);
    await expect(page.getByRole('main')).toContainText(words.says('plain_undo.gone_text'));
    looks.push(await page.getByRole('main').innerText());
  }
  expect(looks[1]).toBe(looks[0]);
});

test('an address that belongs to somebody else by now cannot be put back', async ({
  visitor,
  another,
  people,
  mailbox,
}) => {
  const person = await people.join();
  const { link } = await takeOver(await another(), person, people, mailbox);
  const next = await people.join();
  const nextOne = await another();
  await nextOne.enter(next, people);
  await nextOne.changeEmail.through(next.email, person.email, mailbox);
  await visitor.goto(link);
  const { page, undoEmail, words } = visitor;
  await expect(page.getByRole('alert')).toHaveText(words.says('plain_undo.taken', { email: person.email }));
  await expect(page.getByRole('main')).not.toContainText(words.says('plain_undo.lead', { email: person.email }));
  await expect(undoEmail.password).toHaveCount(0);
});

test('an app that was there before the change is asked for as well', async ({
  visitor,
  another,
  people,
  mailbox,
  guard,
}) => {
  test.setTimeout(120_000);
  guard.expectAnswers('4xx');
  const person = await people.join();
  const { app, cookies } = await people.setUpApp(person);
  const { link } = await changeAddress(await withCookies(another, cookies), person, people, mailbox);
  const { undoEmail, signInPage, page, words } = visitor;
  const { appField } = visitor.codePage;
  const fresh = newPassword();
  await undoEmail.open(link);
  await expect(page.getByRole('main')).toContainText(words.says('plain_undo.app'));
  await undoEmail.submit(fresh);
  await expectErrorAt(appField, words.says('problem.empty'));
  await appField.fill(app.wrongCode());
  await undoEmail.submit(fresh);
  await expectErrorAt(appField, words.says('error.code_wrong', { tries: 4 }));
  await appField.fill(await app.code());
  await undoEmail.submit(fresh);
  await signInPage.expectNews('sign_in.email_undone');
  await visitor.signInByApp({ ...person, password: fresh }, app);
  await visitor.header.expectAddress(person.email);
});

test('a recovery code does as well as the app', async ({ visitor, another, people, mailbox, guard }) => {
  test.setTimeout(120_000);
  guard.expectAnswers('4xx');
  const person = await people.join();
  const { recoveryCodes, cookies } = await people.setUpApp(person);
  const { link } = await changeAddress(await withCookies(another, cookies), person, people, mailbox);
  const { undoEmail, codePage, signInPage, words } = visitor;
  const { recoveryCode } = visitor.secondFactor;
  const fresh = newPassword();
  await undoEmail.open(link);
  await codePage.useRecoveryCode.click();
  await recoveryCode.fill(recoveryCodes[0]);
  await undoEmail.submit(fresh, `${fresh}x`);
  await expectErrorAt(undoEmail.repeat, words.says('problem.different'));
  // It still asks for the recovery code, and does not show it again.
  await expect(recoveryCode).toHaveValue('');
  await recoveryCode.fill(recoveryCodes[0]);
  await undoEmail.submit(fresh);
  await signInPage.expectNews('sign_in.email_undone');
  await mailbox.next(person.email, { subject: words.says('letter.recovery_used_subject') });
});

/** A browser in which somebody is signed in already. */
async function withCookies(another: () => Promise<Visitor>, cookies: Equipped['cookies']): Promise<Visitor> {
  const thief = await another();
  await thief.page.context().addCookies(cookies);
  return thief;
}

/** Somebody with the session of a person gives the account another address; the former one gets the link. */
async function takeOver(
  thief: Visitor,
  person: Person,
  people: People,
  mailbox: Mailbox,
): Promise<{ email: string; link: string }> {
  await thief.enter(person, people);
  return changeAddress(thief, person, people, mailbox);
}

/** The same, where the session is there already. */
async function changeAddress(
  thief: Visitor,
  person: Person,
  people: People,
  mailbox: Mailbox,
): Promise<{ email: string; link: string }> {
  const email = people.unusedAddress('thief');
  await thief.changeEmail.through(person.email, email, mailbox);
  const subject = thief.words.says('letter.old_notice_subject');
  return { email, link: linkIn(await mailbox.next(person.email, { subject }), 'undo-email') };
}
