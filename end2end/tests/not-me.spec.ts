import { expectErrorAt } from '../pages/field';
import type { Visitor } from '../pages/visitor';
import { wrongCode } from '../support/codes';
import type { Mailbox } from '../support/mailbox';
import { unfitPasswords } from '../support/passwords';
import { newPassword, type People, type Person } from '../support/people';
import { expect, inEachLanguage, test } from '../support/test';

inEachLanguage((language) => {
  test('a notice leads to the page that ends all sign-ins and asks for a new password', async ({
    visitor,
    another,
    people,
    mailbox,
    guard,
  }) => {
    guard.expectAnswers('4xx');
    const person = await people.join({ language });
    const fresh = newPassword();
    const { notMe, signInPage, page, words } = visitor;
    await visitor.enter(person, people);
    const thief = await another();
    await visitor.goto(await noticeOf(thief, person, people, mailbox));
    await notMe.expectOpen();
    await expect(page.getByRole('main')).toContainText(words.viaEmail);

    await notMe.send.click();
    await notMe.expectAsksForCode();
    await notMe.submit(await mailbox.code(person.email), fresh);
    await signInPage.expectNews('sign_in.not_me');
    const notice = await mailbox.next(person.email, { subject: words.says('letter.not_me_notice_subject') });
    expect(notice.text.replace(/\s+/g, ' ')).toMatch(words.says('letter.not_me_notice_text'));

    await thief.goto('/c/acme/account');
    await thief.signInPage.expectOpen();
    await visitor.goto('/c/acme/account');
    await signInPage.expectOpen();
    await signInPage.submit(person.email, person.password);
    await signInPage.expectRefused();
    await visitor.signIn({ ...person, password: fresh }, mailbox);
  });
});

test('whoever is not signed in is led through the sign-in, or to a link by mail', async ({
  visitor,
  people,
  mailbox,
}) => {
  const person = await people.join();
  const { notMe, signInPage, codePage, page, words } = visitor;
  await visitor.goto('/not-me');
  await expect(page.getByRole('main')).toContainText(words.says('plain_not_me.door_lead'));
  await expect(signInPage.forgotten).toHaveAttribute('href', '/sign-in/forgot');
  await notMe.signIn.click();
  await signInPage.submit(person.email, person.password);
  await codePage.expectOpen();
  await codePage.submit(await mailbox.code(person.email));
  await notMe.expectOpen();
  await expect(page.getByRole('main')).toContainText(words.says('plain_not_me.sends', { email: person.email }));
});

test('what is wrong is said at its field, and until the code is right everything stays', async ({
  visitor,
  another,
  people,
  mailbox,
}) => {
  const person = await people.join();
  const { activity, notMe, words } = visitor;
  await visitor.enter(person, people);
  const elsewhere = await another();
  await elsewhere.enter(person, people);
  await activity.open();
  await activity.notMe('signed_in').click();
  await notMe.expectOpen();
  await notMe.send.click();
  await notMe.expectAsksForCode();
  const [code, fresh] = [await mailbox.code(person.email), newPassword()];
  for (const { password, why } of unfitPasswords(person)) {
    await notMe.submit(code, password);
    await expectErrorAt(notMe.password, words.says(...why));
  }
  await notMe.submit(code, fresh, `${fresh}x`);
  await expectErrorAt(notMe.repeat, words.says('problem.different'));
  await notMe.submit(wrongCode(code), fresh);
  await expectErrorAt(notMe.code, words.says('error.code_wrong', { tries: 4 }));
  await elsewhere.details.open();
  await notMe.submit(code, fresh);
  await visitor.signInPage.expectNews('sign_in.not_me');
  await elsewhere.goto('/c/acme/account');
  await elsewhere.signInPage.expectOpen();
});

/** Somebody signs in in a browser of their own; the mail about that has a link. */
async function noticeOf(thief: Visitor, person: Person, people: People, mailbox: Mailbox): Promise<string> {
  await thief.enter(person, people);
  await thief.details.open();
  const notice = await mailbox.next(person.email, { subject: thief.words.says('letter.new_device_subject') });
  expect(notice.text).toContain(thief.address);
  const link = /^https?:\/\/\S+\/not-me$/m.exec(notice.text)?.[0];
  expect(link).toBeDefined();
  return String(link);
}
