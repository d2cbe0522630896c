import { expectErrorAt } from '../pages/field';
import { tabPaths } from '../pages/tabs';
import type { Visitor } from '../pages/visitor';
import { linkIn } from '../support/mailbox';
import { markupFaults } from '../support/markup';
import { newPassword } from '../support/people';
import { expect, test } from '../support/test';

/** Looks at the HTML as it was sent. */
async function check({ page }: Visitor, path: string): Promise<void> {
  await test.step(path, async () => {
    const html = await (await page.request.get(path)).text();
    expect(await markupFaults(html, path)).toEqual([]);
    expect(html.match(/<h1\b/g)).toHaveLength(1);
  });
}

test('the HTML of each page is sound', async ({ visitor, people, mailbox }) => {
  const person = await people.invite();
  for (const path of [
    '/sign-in',
    person.link,
    '/activate/none',
    '/set-up/none',
    '/reset/none',
    '/undo-email/none',
    '/not-me',
    '/sign-in/forgot',
    '/sign-in/forgot?notice=sent',
    '/nothing',
    '/dev/mail',
    '/dev/parts',
  ]) {
    await check(visitor, path);
  }
  await visitor.activation.open(person.link);
  await visitor.activation.submit(person.password);
  await visitor.signInPage.expectOpen();
  await visitor.signInPage.submit(person.email, person.password);
  await visitor.codePage.expectOpen();
  await check(visitor, '/sign-in/code');
  await visitor.codePage.submit(await mailbox.code(person.email));
  await visitor.offer.expectOpen();
  for (const path of Object.values(tabPaths)) await check(visitor, path);
  await visitor.details.open();
  await visitor.changeEmail.begin();
  await check(visitor, '/c/acme/account/email');
  await visitor.changeEmail.ask(people.unusedAddress(), await mailbox.code(person.email));
  await visitor.changeEmail.expectSecondStep();
  await check(visitor, '/c/acme/account/email');
  await check(visitor, '/c/acme/account');
});

test('the HTML of what is behind Security is sound', async ({ visitor, another, people, mailbox, guard }) => {
  guard.expectAnswers('4xx');
  const person = await people.join();
  const security = tabPaths.security;
  await visitor.enter(person, people);
  for (const page of ['/password', '/factor', '/offer', '/activity', '/activity?kind=others', '/not-me']) {
    await check(visitor, security + page);
  }
  await visitor.changePassword.begin();
  await visitor.changePassword.ask(person.password, newPassword());
  await visitor.changePassword.expectSecondStep();
  await check(visitor, `${security}/password`);
  await visitor.changePassword.prove(await mailbox.code(person.email));
  await visitor.security.expectNews('password.changed');

  await visitor.goto(`${security}/not-me`);
  await visitor.notMe.send.click();
  await visitor.notMe.expectAsksForCode();
  await check(visitor, `${security}/not-me`);
  await mailbox.code(person.email);
  await visitor.secondFactor.open();
  await visitor.secondFactor.choose('viaApp');
  await expect(visitor.secondFactor.mailedCode).toBeVisible();
  await check(visitor, `${security}/factor`);
  await visitor.secondFactor.proveByMail(await mailbox.code(person.email));
  await visitor.secondFactor.expectSetUp();
  await check(visitor, `${security}/factor`);

  const stranger = await another();
  const other = await people.join();
  await stranger.goto('/sign-in/forgot');
  await stranger.signInPage.email.fill(other.email);
  await stranger.page.getByRole('button', { name: stranger.words.sendLink, exact: true }).click();
  await check(stranger, linkIn(await mailbox.next(other.email, { kind: 'reset' }), 'reset'));
});

test('the HTML of what belongs to an app is sound', async ({ visitor, another, people, mailbox, guard }) => {
  guard.expectAnswers('4xx');
  const person = await people.join();
  const { app, cookies } = await people.setUpApp(person);
  const { secondFactor, recoveryCodes } = visitor;
  await visitor.page.context().addCookies(cookies);
  await check(visitor, tabPaths.security);
  await recoveryCodes.open();
  const recovery = `${tabPaths.security}/recovery`;
  await check(visitor, recovery);
  await recoveryCodes.make.click();
  await expect(secondFactor.appCode).toBeVisible();
  for (const path of [recovery, `${recovery}?with=recovery`]) await check(visitor, path);
  await secondFactor.proveByApp(await app.code());
  await recoveryCodes.shown();
  await check(visitor, recovery);
  await recoveryCodes.save.click();
  await expectErrorAt(recoveryCodes.kept);
  expect(await markupFaults(await visitor.page.content(), 'after a refusal')).toEqual([]);

  const half = await another();
  await half.signInPage.open();
  await half.signInPage.submit(person.email, person.password);
  await half.codePage.expectOpenForApp();
  for (const path of ['/sign-in/code', '/sign-in/recovery', '/sign-in/lost']) await check(half, path);
  await half.codePage.lostApp.click();
  await half.lostApp.send.click();
  await half.lostApp.expectAsksForCode();
  await check(half, '/sign-in/lost');
  await half.lostApp.submit(await mailbox.code(person.email));
  await half.lostApp.expectWaits();
  await check(half, '/sign-in/lost');
  await check(visitor, `${tabPaths.security}/factor`);
});

test('the HTML of the pages of those who look after a client is sound', async ({ visitor, people, guard }) => {
  guard.expectAnswers('4xx');
  const { client, owner } = await people.found('Calluna & Söhne');
  const person = await people.join({ client: client.slug, last: '<b>Lindqvist' });
  visitor.slug = client.slug;
  await visitor.enter(owner, people);
  const { managing, words } = visitor;
  const { newUser, groups, user } = managing;
  const paths = [
    managing.path('users'),
    managing.path('users', '?search=nobody&filter=api&sort=email'),
    managing.path('users', '/new'),
    managing.path('guests'),
    managing.path('userGroups'),
    managing.path('userGroups', '/new'),
    managing.path('client'),
    managing.path('activity'),
    managing.path('activity', '?kind=guests'),
  ];
  for (const path of paths) await check(visitor, path);
  for (const name of [person.last, owner.last]) {
    await user.open(name === owner.last ? `${owner.first} ${name}` : `${person.first} ${name}`);
    await check(visitor, visitor.path);
  }
  await groups.open(words.groupFullAccess);
  await check(visitor, visitor.path);
  await managing.open('userGroups', '/new');
  await groups.create.click();
  await expectErrorAt(groups.name);
  expect(await markupFaults(await visitor.page.content(), 'a group that was refused')).toEqual([]);
  await groups.name.fill('Readers');
  await groups.create.click();
  await groups.put(person.email);
  await managing.expectDone('plain_group.added');
  await check(visitor, visitor.path);
  await check(visitor, `${visitor.path}/delete`);
  await newUser.open();
  await newUser.create(client.name).click();
  await expectErrorAt(newUser.email);
  expect(await markupFaults(await visitor.page.content(), 'a user who was refused')).toEqual([]);
});

test('the HTML of user groups, of clients and of invitations is sound', async ({ visitor, people, club, guard }) => {
  guard.expectAnswers('4xx');
  const person = await people.join({ last: '<b>Lindqvist' });
  const link = await club.invite(person.email);
  await check(visitor, link);
  await check(visitor, await club.invite(people.unusedAddress()));
  await check(visitor, '/invitation/none');
  await visitor.enter(person, people);
  await visitor.goto(link);
  const { accounts, groups, invitations } = visitor;
  await invitations.expectOpen();
  await check(visitor, visitor.path);
  await invitations.reason(club.name).fill('No\u202Etime</textarea>');
  await invitations.reject(club.name).click();
  await expectErrorAt(invitations.reason(club.name));
  expect(await markupFaults(await visitor.page.content(), 'a reason that was refused')).toEqual([]);
  await invitations.accept(club.name).click();
  await accounts.expectNews('accounts.accepted');
  await check(visitor, '/c/acme/account/invitations');
  await check(visitor, tabPaths.accounts);
  await check(visitor, `${tabPaths.accounts}/${club.slug}/leave`);

  const markers = club.unusedName('Markers');
  await club.add(await club.group(markers, { permissions: ['groups.join', 'activity.view'] }), person);
  await club.group(club.unusedName('Painters <i>'), { description: '"&', permissions: ['client.edit'] });
  visitor.slug = club.slug;
  await groups.open();
  await check(visitor, visitor.path);
  await groups.leave(markers).click();
  await visitor.leaving.expectOpen('group');
  await check(visitor, visitor.path);
});
