import type { Page } from '@playwright/test';
import type { Visitor } from '../pages/visitor';
import { allTabs, tabPaths } from '../pages/tabs';
import { expect, test } from '../support/test';
import { wordsIn } from '../support/words';

const german = wordsIn('de');

test('before sign-in the language and the theme are chosen in the footer, and stay', async ({ visitor, another }) => {
  const { page } = visitor;
  await visitor.signInPage.open();
  await page.emulateMedia({ colorScheme: 'light' });
  const lightText = await textColour(page);

  await choose(visitor, 'Deutsch');
  const reader = visitor.reading(german);
  await expect(reader.signInPage.button).toBeVisible();
  await expectFirstByte(reader, { lang: 'de' });

  await choose(reader, german.dark);
  await expectFirstByte(reader, { lang: 'de', theme: 'dark' });
  expect(await textColour(page)).not.toBe(lightText);

  await reader.goto('/sign-in');
  await expect(reader.signInPage.button).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');

  await choose(reader, german.automatic);
  expect(await textColour(page)).toBe(lightText);
  await page.emulateMedia({ colorScheme: 'dark' });
  expect(await textColour(page)).not.toBe(lightText);

  const stranger = await another();
  await stranger.signInPage.open();
  await expect(stranger.signInPage.button).toBeVisible();
});

test('what a person chooses when signed in goes with them to another browser', async ({
  visitor,
  another,
  people,
  mailbox,
}) => {
  const person = await people.join();
  await visitor.enter(person, people);
  await visitor.tabs.open('security');
  await visitor.header.openMenu();
  await choose(visitor, 'Deutsch');
  const reader = visitor.reading(german);
  await reader.tabs.expectCurrent('security');
  await reader.header.openMenu();
  await choose(reader, german.dark);
  await reader.tabs.expectCurrent('security');
  await expectFirstByte(reader, { lang: 'de', theme: 'dark' });
  await reader.page.reload();
  await reader.tabs.expectCurrent('security');

  const elsewhere = await another();
  await elsewhere.signInPage.open();
  await elsewhere.signInPage.submit(person.email, person.password);
  await elsewhere.codePage.expectOpen();
  const mail = await mailbox.next(person.email, { kind: 'code' });
  expect(mail.subject).toMatch(german.says('letter.login_code_subject'));
  await elsewhere.codePage.submit(/[A-Z]{4}-[A-Z]{4}/.exec(mail.text)?.[0] ?? '');
  const there = elsewhere.reading(german);
  await there.arrive();
  await there.tabs.expectCurrent('personalDetails');
  await expect(elsewhere.page.locator('html')).toHaveAttribute('lang', 'de');
  await expect(elsewhere.page.locator('html')).toHaveAttribute('data-theme', 'dark');
});

test('a choice nobody offers changes nothing', async ({ visitor, server }) => {
  await visitor.signInPage.open();
  const answer = await visitor.page.request.post('/preferences', {
    form: { language: 'xx"><script>', theme: 'pink' },
    headers: { Origin: server.url, 'Sec-Fetch-Site': 'same-origin', Referer: `${server.url}/sign-in` },
  });
  expect(answer.status()).toBeLessThan(500);
  await expectFirstByte(visitor, { lang: 'en' });
});

test('each page has a title of its own, in the language of the reader', async ({ visitor, another, reader }) => {
  const seen = new Set<string>();
  const inGerman = (await another({ language: 'de' })).page;
  const titleOf = async (page: Page, path: string) => {
    await page.goto(path);
    const title = await page.title();
    expect(title).toContain('Selfsame');
    return title;
  };
  const titles = [await titleOf(visitor.page, '/sign-in'), await titleOf(inGerman, '/sign-in')];
  expect(titles[1]).toContain(german.signIn);
  for (const path of ['/sign-in/forgot', '/not-me']) titles.push(await titleOf(visitor.page, path));
  await visitor.page.context().addCookies(reader.cookies);
  for (const tab of allTabs) {
    await visitor.tabs.open(tab);
    await visitor.tabs.expectCurrent(tab);
    titles.push(await visitor.page.title());
    expect(titles.at(-1)).toContain(visitor.words[tab]);
  }
  for (const page of ['password', 'factor', 'offer', 'activity']) {
    titles.push(await titleOf(visitor.page, `${tabPaths.security}/${page}`));
  }
  for (const title of titles) {
    expect(seen.has(title)).toBe(false);
    seen.add(title);
  }
});

/** The choices stand in the footer, or in the open menu of who is signed in; both have the same buttons. */
async function choose(visitor: Visitor, name: string): Promise<void> {
  await visitor.settled();
  const { page } = visitor;
  await page.getByRole('button', { name, exact: true }).click();
  // A closed menu keeps its buttons in the page, pressed or not.
  const chosen = page.locator('button[aria-pressed="true"]').filter({ hasText: new RegExp(`^\\s*${name}\\s*$`) });
  await expect(chosen).toHaveCount(1);
  await visitor.settled();
}

/** What stands in the very HTML cannot flash. */
async function expectFirstByte(visitor: Visitor, wanted: { lang: string; theme?: string }): Promise<void> {
  const html = await (await visitor.page.request.get(visitor.page.url())).text();
  const root = /<html[^>]*>/.exec(html)?.[0];
  expect(root).toContain(`lang="${wanted.lang}"`);
  if (wanted.theme) expect(root).toContain(`data-theme="${wanted.theme}"`);
}

function textColour(page: Page): Promise<string> {
  return page.evaluate(() => getComputedStyle(document.body).color);
}
