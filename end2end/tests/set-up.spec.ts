import { type Page } from '@playwright/test';
import { look } from '../support/looks';
import { newPassword } from '../support/people';
import { Home, Server } from '../support/server';
import { expect, test as base } from '../support/test';
import { wordsIn } from '../support/words';

/** An installation nobody has entered yet, of this test alone. */
const test = base.extend<{ home: Home; fresh: Server }>({
  home: async ({}, use) => {
    const home = await Home.make();
    await use(home);
    await home.remove();
  },
  fresh: async ({ home, mailbox, guard }, use) => {
    const server = await Server.start(home, { demo: false, smtpUrl: mailbox.url });
    guard.alsoAt(server.url);
    await use(server);
    await server.stop();
  },
  baseURL: async ({ fresh }, use) => use(fresh.url),
});

const linkLine = /Set up the first client: (\S+\/set-up\/\S+)/;

test('the printed link makes the first client and its first user', async ({
  visitor,
  fresh,
  people,
  mailbox,
  guard,
  home,
}) => {
  guard.expectAnswers('4xx');
  const link = linkOf(fresh);
  expect(link.startsWith(`${fresh.url}/set-up/`)).toBe(true);
  const person = {
    email: people.unusedAddress('founder'),
    password: newPassword(),
    first: 'Fatou',
    last: 'Northcote',
    language: 'en' as const,
  };
  const { page, words } = visitor;
  await visitor.goto('/');
  await visitor.signInPage.expectOpen();

  await visitor.goto(link);
  await fillIn(page, { clientName: 'Brightwater Traders', ...person });
  await visitor.signInPage.expectOpen();
  await expect(page.getByRole('main')).toContainText(words.says('sign_in.set_up'));

  await visitor.signIn(person, mailbox);
  await expect(page.getByRole('banner')).toContainText('Brightwater Traders');
  await visitor.details.expectNames(person.first, person.last);
  await visitor.tabs.link('userGroups').click();
  await expect(visitor.tabs.heading).toHaveText(words.userGroups);
  await expect(visitor.tabs.main).toContainText(words.groupFullAccess);

  for (const used of [link, `${fresh.url}/set-up/never-given`]) {
    const answer = await visitor.goto(used);
    expect([404, 410]).toContain(answer.status());
    await expect(page.getByLabel(words.clientName, { exact: true })).toHaveCount(0);
  }
  for (const demoPage of ['/dev/mail', '/dev/parts']) {
    expect((await visitor.goto(demoPage)).status(), demoPage).toBe(404);
  }

  // Nothing of the page may still be asking when the server ends.
  await page.goto('about:blank');
  await fresh.stop();
  const again = await Server.start(home, { demo: false, smtpUrl: mailbox.url });
  try {
    expect(again.output).not.toMatch(linkLine);
  } finally {
    await again.stop();
  }
});

test('the look of the set-up, in both languages', async ({ visitor, another, fresh }) => {
  const german = await another({ language: 'de' });
  for (const each of [visitor, german]) {
    await each.goto(linkOf(fresh));
    await expect(each.tabs.heading).toHaveText(each.words.says('plain_set_up.title'));
    // What axe judges is the same in both languages; what may be too wide is not.
    await look(each, 'set-up', { axe: each === visitor });
  }
});

test('the set-up refuses what cannot be, at the field, and keeps the rest', async ({ visitor, fresh, guard }) => {
  guard.expectAnswers('4xx');
  const { page, words } = visitor;
  await visitor.goto(linkOf(fresh));
  const good = {
    clientName: 'Brightwater Traders',
    email: 'founder@people.example',
    first: 'Fatou',
    last: 'Northcote',
    password: 'vq7-zhw-3kp-a',
  };
  for (const [wrong, label] of [
    [{ email: 'nonsense' }, words.email],
    [{ clientName: '' }, words.clientName],
    [{ password: 'short' }, words.newPassword],
    [{ password: 'brightwater 4711 x' }, words.newPassword],
  ] as const) {
    await fillIn(page, { ...good, ...wrong });
    await expect(page.getByLabel(label, { exact: true })).toHaveAttribute('aria-invalid', 'true');
    await visitor.settled();
    await expect(page.getByLabel(words.firstName, { exact: true })).toHaveValue(good.first);
  }
});

async function fillIn(
  page: Page,
  values: { clientName: string; email: string; first: string; last: string; password: string },
): Promise<void> {
  const words = wordsIn('en');
  await page
    .locator('main form')
    .first()
    .evaluate((form) => form.setAttribute('novalidate', ''));
  const entries = [
    [words.clientName, values.clientName],
    [words.email, values.email],
    [words.firstName, values.first],
    [words.lastName, values.last],
    [words.newPassword, values.password],
    [words.repeatPassword, values.password],
  ];
  for (const [label, value] of entries) await page.getByLabel(label, { exact: true }).fill(value);
  await page.getByRole('button', { name: words.submit, exact: true }).click();
}

function linkOf(server: Server): string {
  const link = linkLine.exec(server.output)?.[1];
  if (!link) throw new Error(`The server printed no set-up link:\n${server.output}`);
  return link;
}
