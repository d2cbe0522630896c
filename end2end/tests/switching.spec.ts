import type { Visitor } from '../pages/visitor';
import type { Club } from '../support/club';
import type { People } from '../support/people';
import { expect, test } from '../support/test';

test('two tabs in two clients never mix', async ({ visitor, people, club }) => {
  const name = club.unusedName('Kite Flyers');
  await club.group(name);
  await guestWhoMayJoin(visitor, people, club);
  const { accounts, details, header, tabs, words } = visitor;
  await details.open();
  const tab = await visitor.anotherTab();
  await tab.accounts.open();
  await tab.accounts.enter(club.name, club.slug);
  expect(await tab.header.colour()).not.toBe(await header.colour());

  // Each saves something while the other stands open, and stays where it is.
  await tab.groups.open();
  await details.rename('Zoë', 'Ångström');
  await details.expectStatus('personal.name_saved');
  await expectAt(visitor, 'acme', 'Acme Ltd');
  await tab.groups.join(name).click();
  await tab.groups.expectJoined(name);
  await expectAt(tab, club.slug, club.name);
  await tabs.link('userGroups').click();
  await tabs.expectCurrent('userGroups');
  await visitor.groups.expectOwn(words.groupUser);
  await expect(tabs.main).not.toContainText(name);
  await expectAt(visitor, 'acme', 'Acme Ltd');
  for (const each of [visitor, tab]) {
    await each.page.reload();
    await each.settled();
  }
  await expectAt(visitor, 'acme', 'Acme Ltd');
  await expectAt(tab, club.slug, club.name);
  await tab.groups.expectOwn(name);

  // What says no client leads to the one that was entered last; each tab knows which one is its own.
  await tab.accounts.open();
  await expect(tab.accounts.client(club.name)).toContainText(words.says('accounts.current'));
  await accounts.open();
  await expect(accounts.client('Acme Ltd')).toContainText(words.says('accounts.current'));
  await expect(accounts.login('Acme Ltd')).toHaveCount(0);
  const third = await visitor.anotherTab();
  await third.goto('/');
  await expectAt(third, club.slug, club.name);
  await accounts.enter(club.name, club.slug);
  await accounts.open();
  await accounts.enter('Acme Ltd', 'acme');
  await third.goto('/account');
  await expectAt(third, 'acme', 'Acme Ltd');
  await expectAt(tab, club.slug, club.name);
});

test('what was refused in one tab is not told in the other', async ({ visitor, people, club, guard }) => {
  guard.expectAnswers('4xx');
  await guestWhoMayJoin(visitor, people, club);
  const { details, words } = visitor;
  await details.open();
  const tab = await visitor.anotherTab();
  tab.slug = club.slug;
  await tab.tabs.open('personalDetails');
  await details.rename('', 'Ångström');
  await expect(details.firstName).toHaveAttribute('aria-invalid', 'true');
  await tab.page.reload();
  await tab.settled();
  await expect(tab.tabs.main).not.toContainText(words.says('problem.empty'));
  await expectAt(tab, club.slug, club.name);
});

/** Somebody at home in Acme who is a guest of the club, and may join its user groups. */
async function guestWhoMayJoin(visitor: Visitor, people: People, club: Club): Promise<void> {
  const person = await people.join();
  await visitor.page.context().addCookies(await club.welcome(person));
  await club.add(await club.group(club.unusedName('Helpers'), { permissions: ['groups.join'] }), person);
}

/** The header names the client, and every link and form of the page is about the same one. */
async function expectAt(visitor: Visitor, slug: string, name: string): Promise<void> {
  await visitor.expectPath(new RegExp(`^/c/${slug}/account`));
  await visitor.header.expectClient(name);
  const slugs = await visitor.page.locator('a[href^="/c/"], input[name="slug"]').evaluateAll((elements) =>
    elements.map((element) => element.getAttribute('href')?.split('/')[2] ?? element.getAttribute('value')),
  );
  expect(new Set(slugs)).toEqual(new Set([slug]));
}
