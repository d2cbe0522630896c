import { expectErrorAt, withoutBrowserChecks } from '../pages/field';
import type { Visitor } from '../pages/visitor';
import { linkIn, type Mailbox } from '../support/mailbox';
import { unfitPasswords } from '../support/passwords';
import { newPassword } from '../support/people';
import { expect, inEachLanguage, test } from '../support/test';

inEachLanguage((language) => {
  test('a mailed link leads to a new password, and signs nobody in', async ({
    visitor,
    another,
    people,
    mailbox,
    guard,
  }) => {
    guard.expectAnswers('4xx');
    const person = await people.join({ language });
    const fresh = newPassword();
    const { signInPage, reset, words } = visitor;
    const elsewhere = await another();
    await elsewhere.enter(person, people);
    await elsewhere.details.open();

    const link = await askedFor(visitor, person.email, mailbox);
    await reset.open(link);
    await expect(visitor.page.getByRole('main')).toContainText(person.email);
    await reset.submit(fresh);
    await signInPage.expectNews('sign_in.reset');
    const notice = await mailbox.next(person.email, { subject: words.says('letter.password_notice_subject') });
    expect(notice.text.replace(/\s+/g, ' ')).toMatch(words.says('letter.password_reset_text'));
    expect(notice.text).toContain('/not-me');

    await elsewhere.goto('/c/acme/account');
    await elsewhere.signInPage.expectOpen();
    await signInPage.submit(person.email, person.password);
    await signInPage.expectRefused();
    await visitor.signIn({ ...person, password: fresh }, mailbox);
    await visitor.header.expectAddress(person.email);
  });
});

test('a mail scanner that follows the link does not use it up; its owner does, once', async ({
  visitor,
  people,
  mailbox,
  server,
  request,
  guard,
}) => {
  guard.expectAnswers('4xx');
  const person = await people.join();
  const { page, reset, words } = visitor;
  const link = await askedFor(visitor, person.email, mailbox);
  expect(link.startsWith(`${server.url}/reset/`)).toBe(true);
  // 128 bits need at least 22 characters of base64.
  expect(link.slice(`${server.url}/reset/`.length).length).toBeGreaterThanOrEqual(22);
  expect((await request.head(link)).status()).toBe(200);
  for (const _ of [1, 2]) expect((await request.get(link)).status()).toBe(200);
  await reset.open(link);
  await reset.submit(newPassword());
  await visitor.signInPage.expectNews('sign_in.reset');
  const looks: string[] = [];
  for (const gone of [link, `${server.url}/reset/never-given`]) {
    await reset.expectGone(gone);
    await expect(page.getByRole('main')).toContainText(words.says('plain_reset.gone_text'));
    looks.push(await page.getByRole('main').innerText());
  }
  expect(looks[1]).toBe(looks[0]);
  await page.getByRole('link', { name: words.says('plain_reset.gone_link') }).click();
  await visitor.expectPath('/sign-in/forgot');
});

test('the second factor is asked as ever', async ({ visitor, people, mailbox, guard }) => {
  guard.expectAnswers('4xx');
  const person = await people.join();
  const { app } = await people.setUpApp(person);
  const fresh = newPassword();
  await visitor.reset.open(await askedFor(visitor, person.email, mailbox));
  await visitor.reset.submit(fresh);
  await visitor.signInPage.expectNews('sign_in.reset');
  for (const path of ['/account', '/c/acme/account/security']) {
    await visitor.goto(path);
    await visitor.signInPage.expectOpen();
  }
  await visitor.signInByApp({ ...person, password: fresh }, app);
});

test('an address that nobody has is answered the same, and nothing is mailed to it', async ({
  visitor,
  people,
  mailbox,
}) => {
  const person = await people.join();
  const unknown = people.unusedAddress();
  const looks: string[] = [];
  for (const address of [person.email, unknown, ` ${person.email.toUpperCase()} `]) {
    await ask(visitor, address);
    looks.push(await visitor.page.getByRole('main').innerText());
    await expect(visitor.page.locator('body')).not.toContainText(address.trim());
  }
  expect(new Set(looks).size).toBe(1);
  await mailbox.next(person.email, { kind: 'reset' });
  // Asked twice within a minute, it comes once.
  expect(await mailbox.staysEmpty(person.email)).toBe(true);
  expect(await mailbox.staysEmpty(unknown, 0)).toBe(true);
});

test('what is no address, and what is no good password, is said at its field', async ({ visitor, people, mailbox }) => {
  const person = await people.join();
  const { signInPage, reset, words } = visitor;
  await visitor.goto('/sign-in/forgot');
  for (const [address, key] of [
    ['', 'problem.empty'],
    ['nonsense', 'problem.not_an_address'],
    [`${person.email}, ${people.unusedAddress()}`, 'problem.not_an_address'],
  ]) {
    await withoutBrowserChecks(signInPage.email);
    await fillIn(visitor, address);
    await expectErrorAt(signInPage.email, words.says(key));
    await expect(signInPage.email).toHaveValue(address);
  }
  await reset.open(await askedFor(visitor, person.email, mailbox));
  for (const { password, why } of unfitPasswords(person)) {
    await reset.submit(password);
    await expectErrorAt(reset.password, words.says(...why));
  }
  await reset.submit(person.password);
  await expectErrorAt(reset.password, words.says('problem.same_as_old'));
  const fresh = newPassword();
  await reset.submit(fresh, `${fresh}x`);
  await expectErrorAt(reset.repeat, words.says('problem.different'));
  await reset.submit(fresh);
  await signInPage.expectNews('sign_in.reset');
});

/** From the sign-in page to the answer that tells nothing. */
async function ask(visitor: Visitor, address: string): Promise<void> {
  await visitor.signInPage.open();
  await visitor.signInPage.forgotten.click();
  await visitor.expectPath('/sign-in/forgot');
  await fillIn(visitor, address);
  await expect(visitor.tabs.heading).toHaveText(visitor.words.says('plain_forgot.sent_title'));
  await expect(visitor.page.getByRole('status')).toHaveText(visitor.words.says('plain_forgot.sent_text'));
}

async function fillIn(visitor: Visitor, address: string): Promise<void> {
  await visitor.signInPage.email.fill(address);
  await visitor.page.getByRole('button', { name: visitor.words.sendLink, exact: true }).click();
}

async function askedFor(visitor: Visitor, address: string, mailbox: Mailbox): Promise<string> {
  await ask(visitor, address);
  return linkIn(await mailbox.next(address, { kind: 'reset' }), 'reset');
}
