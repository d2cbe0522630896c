import { expectErrorAt } from '../pages/field';
import { expect, inEachLanguage, test } from '../support/test';

inEachLanguage((language) => {
  test('an invited person chooses a password by the mailed link and signs in', async ({ visitor, people, mailbox }) => {
    const person = await people.invite({ language });
    const { activation, page, words } = visitor;
    await activation.open(person.link);
    await expect(page.getByRole('main')).toContainText(person.first);
    await expect(page.getByRole('main')).toContainText('Acme Ltd');
    await activation.submit(person.password);
    await visitor.signInPage.expectOpen();
    await expect(page.getByRole('main')).toContainText(words.says('sign_in.activated'));
    await visitor.signIn(person, mailbox);
    await visitor.details.expectNames(person.first, person.last);
  });
});

test('a mail scanner that follows the link does not use it up', async ({ visitor, people, request }) => {
  const person = await people.invite();
  expect((await request.head(person.link)).status()).toBe(200);
  for (const _ of [1, 2]) expect((await request.get(person.link)).status()).toBe(200);
  await visitor.activation.open(person.link);
  await visitor.activation.submit(person.password);
  await visitor.signInPage.expectOpen();
});

test('a password against the rules is refused at its field, with the reason', async ({
  visitor,
  people,
  mailbox,
  guard,
}) => {
  guard.expectAnswers('4xx');
  const person = await people.invite({ first: 'Wilhelmina', last: 'Quellenberg' });
  const { activation, words } = visitor;
  const bad: [string, RegExp][] = [
    ['', words.says('problem.empty')],
    ['vq7-zhw-3kp', words.says('problem.too_short', { min: 12 })],
    ['vq7-zhw-3kp'.repeat(12).slice(0, 129), words.says('problem.too_long', { max: 128 })],
    ['passwordpassword', words.says('problem.common_password')],
    ['Wilhelmina-4711-x', words.says('problem.contains_own')],
    ['quellenberg 0815 z', words.says('problem.contains_own')],
    ['my selfsame 2026 key', words.says('problem.contains_own')],
  ];
  await activation.open(person.link);
  for (const [password, reason] of bad) {
    await test.step(password || 'nothing', async () => {
      await activation.password.evaluate((input) => input.closest('form')?.setAttribute('novalidate', ''));
      await activation.submit(password);
      await expectErrorAt(activation.password, reason);
    });
  }
  await activation.submit(person.password, `${person.password}x`);
  await expectErrorAt(activation.repeat, words.says('problem.different'));

  await activation.submit('vq7-zhw-3kpa');
  await visitor.signInPage.expectOpen();
  await visitor.signIn({ ...person, password: 'vq7-zhw-3kpa' }, mailbox);
});

test('a password keeps its spaces and letters of any script, however they are composed', async ({
  visitor,
  people,
  mailbox,
}) => {
  const person = await people.invite();
  const password = 'schöne Grüße 中文 vq7-zhw-3kp';
  await visitor.activation.open(person.link);
  await visitor.activation.submit(password.normalize('NFC'));
  await visitor.signInPage.expectOpen();
  await visitor.signIn({ ...person, password: password.normalize('NFD') }, mailbox);
});

test('128 letters are allowed, and the last one counts', async ({ visitor, people, mailbox, guard }) => {
  guard.expectAnswers('4xx');
  const person = await people.invite();
  const stem = 'vq7-zhw-3kp '.repeat(12).slice(0, 127);
  await visitor.activation.open(person.link);
  await visitor.activation.submit(`${stem}a`);
  await visitor.signInPage.expectOpen();
  await visitor.signInPage.submit(person.email, `${stem}b`);
  await visitor.signInPage.expectRefused();
  await visitor.signIn({ ...person, password: `${stem}a` }, mailbox);
});

test('the link works once, and a link never given does not work', async ({ visitor, people, guard }) => {
  guard.expectAnswers('4xx');
  const person = await people.invite();
  await visitor.activation.open(person.link);
  await visitor.activation.submit(person.password);
  await visitor.signInPage.expectOpen();
  const looks: string[] = [];
  for (const link of [person.link, person.link.slice(0, -1) + (person.link.endsWith('A') ? 'B' : 'A'), '/activate/x']) {
    await visitor.activation.expectGone(link);
    looks.push(await visitor.page.getByRole('main').innerText());
  }
  expect(new Set(looks).size).toBe(1);
});

test('an open page of a used link changes nothing any more', async ({ visitor, another, people, mailbox, guard }) => {
  guard.expectAnswers('4xx');
  const person = await people.invite();
  const late = await another();
  await late.activation.open(person.link);
  await visitor.activation.open(person.link);
  await visitor.activation.submit(person.password);
  await visitor.signInPage.expectOpen();
  await late.activation.submit('another-vq7-zhw-3kp');
  const { page, words } = late;
  const refused = page.getByRole('main').getByRole('alert');
  await expect(refused.or(page.getByRole('heading', { name: words.says('activate.gone_title') }))).toBeVisible();
  await visitor.signIn(person, mailbox);
});

test('the letter is in the language of the invited and leads to the public address', async ({
  people,
  server,
  mailbox,
}) => {
  const person = await people.invite({ language: 'de' });
  expect(person.link.startsWith(`${server.url}/activate/`)).toBe(true);
  // 128 bits need at least 22 characters of base64.
  expect(person.link.slice(`${server.url}/activate/`.length).length).toBeGreaterThanOrEqual(22);
  expect(await mailbox.staysEmpty(person.email, 500)).toBe(true);
});
