import { type Tab, tabPaths } from '../pages/tabs';
import { demo, expect, inEachLanguage, test } from '../support/test';

const order: Tab[] = ['personalDetails', 'security', 'userGroups', 'accounts'];

inEachLanguage((language) => {
  test('the four tabs are pages that say what is true', async ({ visitor, people }) => {
    const person = await people.join({ language });
    const { tabs, words } = visitor;
    await visitor.enter(person, people);
    await visitor.goto('/account');
    await tabs.expectCurrent('personalDetails');
    await expect(tabs.list.getByRole('link')).toHaveText(order.map((tab) => words[tab]));

    await tabs.link('security').click();
    await tabs.expectCurrent('security');
    await expect(tabs.main).toContainText(words.twoFactor);
    await expect(tabs.main).toContainText(words.viaEmail);
    await expect(tabs.main).toContainText(person.email);

    await tabs.link('userGroups').click();
    await tabs.expectCurrent('userGroups');
    await expect(tabs.main.getByText(words.groupUser, { exact: true })).toBeVisible();
    await expect(tabs.main).not.toContainText(words.groupFullAccess);

    await tabs.link('accounts').click();
    await tabs.expectCurrent('accounts');
    await expect(tabs.main).toContainText('Acme Ltd');
    await expect(tabs.main).toContainText(words.mainClient);
    await expect(tabs.main).not.toContainText('Borealis GmbH');
  });
});

test('the header names the client', async ({ visitor, reader }) => {
  await visitor.page.context().addCookies(reader.cookies);
  await visitor.tabs.open('security');
  await expect(visitor.page.getByRole('banner')).toContainText('Acme Ltd');
});

test('changing tabs does not load the page again', async ({ visitor, reader }) => {
  test.skip(!visitor.js, 'without scripts each tab is a page load');
  await visitor.page.context().addCookies(reader.cookies);
  await visitor.tabs.open('personalDetails');
  await visitor.page.evaluate(() => document.documentElement.setAttribute('data-mark', 'same document'));
  for (const tab of ['security', 'userGroups', 'accounts', 'personalDetails'] as const) {
    await visitor.tabs.link(tab).click();
    await visitor.tabs.expectCurrent(tab);
  }
  await expect(visitor.page.locator('html[data-mark]')).toHaveCount(1);
  await visitor.page.goBack();
  await visitor.tabs.expectCurrent('accounts');
});

test('the tabs are reached and opened by keyboard', async ({ visitor, reader }) => {
  await visitor.page.context().addCookies(reader.cookies);
  await visitor.tabs.open('personalDetails');
  await visitor.tabs.link('personalDetails').focus();
  await visitor.page.keyboard.press('Tab');
  await expect(visitor.tabs.link('security')).toBeFocused();
  await visitor.page.keyboard.press('Enter');
  await visitor.tabs.expectCurrent('security');
});

test('the first stop of the keyboard leads past the header', async ({ visitor, reader }) => {
  await visitor.page.context().addCookies(reader.cookies);
  await visitor.tabs.open('security');
  await visitor.page.keyboard.press('Tab');
  const skip = visitor.page.getByRole('link', { name: visitor.words.says('common.skip_to_content') });
  await expect(skip).toBeFocused();
  await visitor.page.keyboard.press('Enter');
  await expect(visitor.page).toHaveURL(/#main$/);
});

test('the client of others is not found, just like one that does not exist', async ({ visitor, reader, guard }) => {
  guard.expectAnswers(404);
  await visitor.page.context().addCookies(reader.cookies);
  const looks: string[] = [];
  for (const path of ['/c/borealis/account', '/c/borealis/account/groups', '/c/nowhere/account', '/c/acme/nothing']) {
    const answer = await visitor.goto(path);
    expect(answer.status()).toBe(404);
    await expect(visitor.page.getByRole('main')).toContainText(visitor.words.says('error.not_found'));
    await expect(visitor.page.locator('body')).not.toContainText('Borealis');
    looks.push(await visitor.page.getByRole('main').innerText());
  }
  expect(new Set(looks).size).toBe(1);
});

test('who is signed out signs in first and then gets the page they wanted', async ({ visitor, people, mailbox }) => {
  const person = await people.join();
  await visitor.tabs.open('security');
  await visitor.signInPage.expectOpen();
  expect(new URL(visitor.page.url()).searchParams.get('next')).toBe(tabPaths.security);
  await visitor.signInPage.submit(person.email, person.password);
  await visitor.codePage.expectOpen();
  await visitor.codePage.submit(await mailbox.code(person.email));
  await visitor.tabs.expectCurrent('security');
});

for (const next of [
  '//evil.example/x',
  '/\\evil.example',
  'https://evil.example/',
  '%2f%2fevil.example',
  '/%09/evil.example',
]) {
  test(`a next page of "${next}" does not lead away`, async ({ visitor, people, mailbox, server, guard }) => {
    guard.expectAnswers(404);
    const person = await people.join();
    await visitor.goto(`/sign-in?next=${encodeURIComponent(next)}`);
    await visitor.signInPage.submit(person.email, person.password);
    await visitor.codePage.expectOpen();
    await visitor.codePage.submit(await mailbox.code(person.email));
    // Another step before this one has ended would interrupt it.
    await visitor.page.waitForURL((url) => !/^\/(sign-in|welcome)/.test(url.pathname));
    await visitor.settled();
    expect(new URL(visitor.page.url()).origin).toBe(server.url);
    await visitor.goto('/account');
    await visitor.tabs.expectCurrent('personalDetails');
  });
}

test('who is signed in has no use for the sign-in page', async ({ visitor, reader }) => {
  await visitor.page.context().addCookies(reader.cookies);
  for (const path of ['/', '/account', '/sign-in']) {
    await visitor.goto(path);
    await visitor.tabs.expectCurrent('personalDetails');
  }
});

test('a guest sees both clients, a person with an open invitation sees that', async ({ another, people }) => {
  const greta = await another({ language: demo.greta.language });
  await greta.enter(demo.greta, people);
  await greta.goto('/c/borealis/account/accounts');
  await expect(greta.tabs.main).toContainText('Borealis GmbH');
  await expect(greta.tabs.main).toContainText('Acme Ltd');
  await expect(greta.tabs.main).toContainText(greta.words.guest);
  await greta.goto('/c/acme/account');
  await greta.tabs.expectCurrent('personalDetails');
  await greta.header.openMenu();
  await expect(greta.header.link(greta.words.invitations)).toHaveCount(0);

  const una = await another();
  await una.enter(demo.una, people);
  await una.goto('/account');
  await una.header.openMenu();
  await expect(una.header.link(una.words.invitations)).toContainText('1');
  expect((await una.page.request.get('/c/borealis/account')).status()).toBe(404);
});

test('the people of the demo are as the start line says', async ({ visitor, people, server }) => {
  for (const person of Object.values(demo)) expect(server.output).toContain(person.email);
  expect(server.output).toContain(`${server.url}/dev/mail`);
  expect(server.output).toContain(`Selfsame listens on ${server.url}`);
  await visitor.enter(demo.olivia, people);
  await visitor.tabs.open('userGroups');
  await expect(visitor.tabs.main).toContainText(visitor.words.groupFullAccess);
});
