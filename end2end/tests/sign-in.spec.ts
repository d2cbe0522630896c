import { expectErrorAt, expectNoErrorAt, withoutBrowserChecks } from '../pages/field';
import { tabPaths } from '../pages/tabs';
import type { Visitor } from '../pages/visitor';
import { wrongCode } from '../support/codes';
import { tabTo } from '../support/keyboard';
import { codeIn } from '../support/mailbox';
import { expect, inEachLanguage, test } from '../support/test';

inEachLanguage((language) => {
  test('a person signs in with a mailed code, looks at the menu and signs out', async ({
    visitor,
    people,
    mailbox,
  }) => {
    const person = await people.join({ language });
    await visitor.goto('/');
    await visitor.signInPage.expectOpen();
    await visitor.signInPage.submit(person.email, person.password);
    await visitor.codePage.expectOpen();
    await visitor.codePage.submit(await mailbox.code(person.email));

    await visitor.arrive();
    await visitor.tabs.expectCurrent('personalDetails');
    await visitor.header.expectAddress(person.email);
    await visitor.header.expectInitials('AL');
    await visitor.header.openMenu();
    await visitor.header.link(visitor.words.myAccount).click();
    await visitor.tabs.expectCurrent('personalDetails');

    await visitor.header.leave();
    await expect(visitor.page.getByRole('main')).toContainText(visitor.words.says('sign_in.signed_out'));
  });
});

test('after signing out, neither the back button nor the old cookie shows anything', async ({
  visitor,
  another,
  people,
  guard,
}) => {
  guard.expectAnswers('4xx');
  const person = await people.join();
  await visitor.enter(person, people);
  await visitor.details.open();
  const cookies = await visitor.page.context().cookies();
  await visitor.header.leave();

  await visitor.page.goBack();
  await expect(visitor.signInPage.button).toBeVisible();
  await expect(visitor.page.locator('body')).not.toContainText(person.email);

  const thief = await another();
  await thief.page.context().addCookies(cookies);
  await thief.goto('/c/acme/account');
  await thief.signInPage.expectOpen();
  await expect(thief.page.locator('body')).not.toContainText(person.email);
});

test('a wrong password and an unknown address are told the same', async ({ visitor, people, guard }) => {
  guard.expectAnswers('4xx');
  const person = await people.join();
  const answers: string[] = [];
  for (const [email, password] of [
    [person.email, 'not the password of anybody'],
    [people.unusedAddress(), person.password],
  ]) {
    await visitor.signInPage.open();
    await visitor.signInPage.submit(email, password);
    await visitor.signInPage.expectRefused();
    answers.push(await visitor.page.getByRole('main').innerText());
  }
  expect(answers[1]).toBe(answers[0]);
});

test('an address in capitals with spaces around it is the same address', async ({ visitor, people, mailbox }) => {
  const person = await people.join();
  await visitor.signInPage.open();
  await visitor.signInPage.submit(`  ${person.email.toUpperCase()} `, person.password);
  await visitor.codePage.expectOpen();
  await visitor.codePage.submit(await mailbox.code(person.email));
  await visitor.arrive();
  await visitor.tabs.expectCurrent('personalDetails');
});

test('wrong codes count down, and the fifth ends the attempt', async ({ visitor, people, mailbox, guard }) => {
  guard.expectAnswers('4xx');
  const person = await people.join();
  const code = await atTheCodePage(visitor, person, () => mailbox.code(person.email));
  for (const left of [4, 3, 2, 1]) {
    await visitor.codePage.submit(wrongCode(code, left));
    await expectErrorAt(visitor.codePage.field, visitor.words.says('error.code_wrong', { tries: left }));
    await visitor.settled();
  }
  await visitor.codePage.submit(wrongCode(code, 0));
  await visitor.signInPage.expectOpen();
  await expect(visitor.page.getByRole('main')).toContainText(visitor.words.says('sign_in.attempt_over'));
  const notice = await mailbox.next(person.email, { subject: visitor.words.says('letter.no_code_subject') });
  expect(notice.text).toContain('/not-me');

  await visitor.goto('/sign-in/code');
  await visitor.signInPage.expectOpen();
});

test('a code of no letters and one of ten thousand are wrong codes', async ({ visitor, people, mailbox, guard }) => {
  guard.expectAnswers('4xx');
  const person = await people.join();
  const code = await atTheCodePage(visitor, person, () => mailbox.code(person.email));
  const { field } = visitor.codePage;
  for (const wrong of ['', 'B'.repeat(10_000)]) {
    await withoutBrowserChecks(field);
    await visitor.codePage.submit(wrong);
    await expectErrorAt(field);
    await visitor.settled();
  }
  await visitor.codePage.submit(code);
  await visitor.arrive();
  await visitor.tabs.expectCurrent('personalDetails');
});

test('case, spaces and dashes of a code do not matter', async ({ visitor, people, mailbox }) => {
  const person = await people.join();
  const spellings = [
    (code: string) => code.toLowerCase(),
    (code: string) => ` ${code.replace('-', '').split('').join(' ')} `,
    (code: string) => code.replace('-', ' – ').toLowerCase(),
  ];
  for (const spelling of spellings) {
    const code = await atTheCodePage(visitor, person, () => mailbox.code(person.email));
    await visitor.codePage.submit(spelling(code));
    await visitor.arrive();
    await visitor.tabs.expectCurrent('personalDetails');
    await visitor.header.leave();
  }
});

test('a code belongs to the browser that asked for it', async ({ visitor, another, people, mailbox, guard }) => {
  guard.expectAnswers('4xx');
  const [person, stranger] = [await people.join(), await people.join()];
  const code = await atTheCodePage(visitor, person, () => mailbox.code(person.email));
  const other = await another();
  await atTheCodePage(other, stranger, () => mailbox.code(stranger.email));
  await other.codePage.submit(code);
  await expectErrorAt(other.codePage.field);

  await visitor.codePage.submit(code);
  await visitor.arrive();
  await visitor.tabs.expectCurrent('personalDetails');
});

test('Send again says when it will be possible, and the first code stays good until then', async ({
  visitor,
  people,
  mailbox,
  guard,
}) => {
  guard.expectAnswers('4xx');
  const person = await people.join();
  const code = await atTheCodePage(visitor, person, () => mailbox.code(person.email));
  await pressEvenIfItWaits(visitor);
  await expect(visitor.page.getByRole('main')).toContainText(visitor.words.says('sign_in_code.resend_wait'));
  expect(await mailbox.staysEmpty(person.email)).toBe(true);
  await visitor.codePage.submit(code);
  await visitor.arrive();
  await visitor.tabs.expectCurrent('personalDetails');
});

test('Cancel forgets the attempt', async ({ visitor, people, mailbox }) => {
  const person = await people.join();
  await atTheCodePage(visitor, person, () => mailbox.code(person.email));
  await visitor.codePage.cancel.click();
  await visitor.signInPage.expectOpen();
  await visitor.goto('/sign-in/code');
  await visitor.signInPage.expectOpen();
});

test('with a password alone no page opens', async ({ visitor, people, mailbox }) => {
  const person = await people.join();
  await atTheCodePage(visitor, person, () => mailbox.code(person.email));
  const security = ['', '/password', '/factor', '/recovery', '/offer', '/activity', '/not-me'];
  const paths = ['/account', '/c/acme/account', '/c/acme/account/email'];
  for (const path of [...paths, ...security.map((page) => tabPaths.security + page)]) {
    await visitor.goto(path);
    await visitor.expectPath(/^\/sign-in/);
    await expect(visitor.page.getByRole('main')).not.toContainText(person.last);
  }
});

for (const language of ['en', 'de'] as const) {
  test(`the letter with the code says what it is for and who asked (${language})`, async ({
    visitor,
    another,
    people,
    mailbox,
  }) => {
    const person = await people.join({ language });
    const reader = language === 'en' ? visitor : await another({ language });
    await reader.signInPage.open();
    await reader.signInPage.submit(person.email, person.password);
    await reader.codePage.expectOpen();
    const mail = await mailbox.next(person.email, { kind: 'code' });
    const code = codeIn(mail);

    expect(mail.subject).toMatch(reader.words.says('letter.login_code_subject'));
    expect(mail.subject).not.toContain(code);
    for (const part of [mail.text, mail.html]) {
      expect(part).toContain(code);
      expect(part).toMatch(reader.words.says('letter.login_code_text'));
      expect(part).toContain(reader.address);
      expect(part).toMatch(/\b\d{1,2}:\d{2}\b/);
      expect(part).toMatch(/Chrom/);
      expect(part).toContain(person.first);
    }
    expect(mail.html).not.toMatch(/<(script|img|form|link)\b/i);
    expect(mail.from).not.toBe('');
  });
}

test('the whole way in and out works by keyboard alone', async ({ visitor, people, mailbox }) => {
  const person = await people.join();
  const { page, signInPage, codePage, offer, header } = visitor;
  await signInPage.open();
  await tabTo(signInPage.email);
  await page.keyboard.type(person.email);
  await page.keyboard.press('Tab');
  await expect(signInPage.password).toBeFocused();
  await page.keyboard.type(person.password);
  await page.keyboard.press('Enter');
  await codePage.expectOpen();
  await tabTo(codePage.field);
  await page.keyboard.type(await mailbox.code(person.email));
  await page.keyboard.press('Enter');
  await offer.expectOpen();
  await tabTo(offer.notNow);
  await page.keyboard.press('Enter');
  await visitor.tabs.expectCurrent('personalDetails');

  await tabTo(header.summary);
  await page.keyboard.press('Enter');
  await expect(header.signOut).toBeVisible();
  await tabTo(header.signOut);
  await page.keyboard.press('Enter');
  await signInPage.expectOpen();
});

test('what is typed before the page comes alive stays', async ({ visitor, people }) => {
  test.skip(!visitor.js, 'without scripts nothing comes alive');
  const { page, signInPage } = visitor;
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route('**/*.wasm', async (route) => {
    await held;
    await route.continue();
  });
  // Not awaited yet: it comes back only when the page is alive.
  const opened = visitor.goto('/sign-in');
  const email = people.unusedAddress();
  await signInPage.email.fill(email);
  await signInPage.password.fill('typed early');
  release();
  await opened;
  await expect(signInPage.email).toHaveValue(email);
  await expect(signInPage.password).toHaveValue('typed early');
});

async function atTheCodePage(
  visitor: Visitor,
  person: { email: string; password: string },
  code: () => Promise<string>,
): Promise<string> {
  await visitor.signInPage.open();
  await visitor.signInPage.submit(person.email, person.password);
  await visitor.codePage.expectOpen();
  return code();
}

/** While it has to wait the button may be switched off, or answer when it is pressed: both are fine. */
async function pressEvenIfItWaits(visitor: Visitor): Promise<void> {
  const { sendAgain, field } = visitor.codePage;
  if (await sendAgain.isEnabled()) await sendAgain.click();
  await expect(field).toBeVisible();
  await visitor.settled();
  await expectNoErrorAt(field);
}
