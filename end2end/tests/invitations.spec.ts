import { expectErrorAt, withoutBrowserChecks } from '../pages/field';
import type { Visitor } from '../pages/visitor';
import type { Club } from '../support/club';
import { tabTo } from '../support/keyboard';
import { linkIn } from '../support/mailbox';
import { newPassword, type People, type Person } from '../support/people';
import { expect, inEachLanguage, test } from '../support/test';

inEachLanguage((language) => {
  test('somebody without an account makes one by the link, and is asked after the sign-in', async ({
    visitor,
    people,
    club,
    mailbox,
    guard,
  }) => {
    guard.expectAnswers('4xx');
    const email = people.unusedAddress('newcomer');
    const person = { email, password: newPassword(), first: 'Augusta', last: 'King', language };
    const link = await club.invite(email);
    const { accounts, codePage, header, invitationLink, invitations, signInPage, words } = visitor;
    await visitor.goto(link);
    await invitationLink.expectSays('lead', { inviter: 'Olga Orlova', client: club.name });
    await invitationLink.expectSays('unknown', { email });
    await invitationLink.signUp(person, `${person.password}x`);
    await expectErrorAt(invitationLink.repeat, words.says('problem.different'));
    await expect(invitationLink.firstName).toHaveValue(person.first);
    await invitationLink.signUp(person);
    await signInPage.expectNews('sign_in.signed_up');
    await signInPage.submit(email, person.password);
    await codePage.expectOpen();
    await codePage.submit(await mailbox.code(email));
    await invitations.expectOpen();
    // The home of such an account is a client of its own.
    await header.expectClient('Augusta King');
    visitor.slug = visitor.path.split('/')[2];
    await invitations.accept(club.name).click();
    await accounts.expectNews('accounts.accepted');
    await accounts.enter(club.name, club.slug);
    await visitor.details.expectNames('Augusta', 'King');
    await invitationLink.expectGone(link);
  });
});

test('the link leads to the page after a sign-in, and nobody else can answer', async ({
  visitor,
  another,
  people,
  club,
  mailbox,
  reader,
}) => {
  const person = await people.join();
  const link = await club.invite(person.email);
  const stranger = await another();
  await stranger.page.context().addCookies(reader.cookies);
  await stranger.goto(link);
  await stranger.invitationLink.expectSays('other', { own: reader.person.email, email: person.email });
  await expect(stranger.page.getByRole('button', { name: stranger.words.accept })).toHaveCount(0);
  await expect(stranger.invitationLink.create).toHaveCount(0);
  await stranger.goto('/c/acme/account/invitations');
  await stranger.invitations.expectNone();
  await stranger.header.expectInvitations(0);

  const { codePage, invitationLink, invitations, signInPage } = visitor;
  await visitor.goto(link);
  await invitationLink.expectSays('known', { email: person.email });
  await expect(invitationLink.create).toHaveCount(0);
  await invitationLink.signIn.click();
  await signInPage.expectOpen();
  await signInPage.submit(person.email, person.password);
  await codePage.expectOpen();
  await codePage.submit(await mailbox.code(person.email));
  await invitations.expectOpen();
  await expect(invitations.accept(club.name)).toBeVisible();
  // Signed in already, one is led straight to it.
  await visitor.goto(link);
  await invitations.expectOpen();
  await expect(invitations.accept(club.name)).toBeVisible();
});

test('whose account waits for its password is led to a new link for that', async ({ visitor, people, club }) => {
  const person = await people.invite();
  const { invitationLink, page, words } = visitor;
  await visitor.goto(await club.invite(person.email));
  await invitationLink.expectSays('not_activated', { email: person.email });
  for (const way of [invitationLink.create, invitationLink.signIn]) await expect(way).toHaveCount(0);
  await page.getByRole('link', { name: words.forgotten, exact: true }).click();
  await visitor.expectPath('/sign-in/forgot');
});

test('sent again, the former link is void; withdrawn, so is the new one and the open page', async ({
  visitor,
  another,
  people,
  club,
  mailbox,
  guard,
}) => {
  guard.expectAnswers('4xx');
  const person = await invitedIn(visitor, people, club);
  const { invitations, header, words } = visitor;
  const owner = await another();
  const stranger = await another();
  await owner.page.context().addCookies(club.cookies);
  owner.slug = club.slug;
  await owner.guests.open();
  await owner.guests.sendAgain(person.email).click();
  await owner.guests.expectNews('sent_again');
  const link = linkIn(await mailbox.next(person.email, { kind: 'invitation' }), 'invitation');
  await stranger.invitationLink.expectGone(person.link);
  await stranger.goto(link);
  await stranger.invitationLink.expectSays('known', { email: person.email });

  await owner.guests.withdraw(person.email).click();
  await owner.guests.expectNews('withdrawn');
  await expect(owner.guests.row(owner.guests.pending, person.email)).toHaveCount(0);
  await stranger.invitationLink.expectGone(link);
  await invitations.accept(club.name).click();
  await expect(invitations.refusal).toHaveText(words.says('error.invitation_void'));
  await invitations.expectNone();
  await header.expectInvitations(0);
  expect((await visitor.goto(`/c/${club.slug}/account`)).status()).toBe(404);
});

test('accepted in one tab, it is answered in the other as well', async ({ visitor, people, club, guard }) => {
  guard.expectAnswers('4xx');
  const person = await invitedIn(visitor, people, club);
  const { accounts, invitationLink, invitations, words } = visitor;
  const tab = await visitor.anotherTab();
  await tab.goto(person.link);
  await tab.invitations.expectOpen();
  await expect(tab.invitations.accept(club.name)).toBeVisible();
  await invitations.accept(club.name).click();
  await accounts.expectNews('accounts.accepted');
  await tab.invitations.accept(club.name).click();
  await expect(tab.invitations.refusal).toHaveText(words.says('error.invitation_void'));
  await tab.invitations.expectNone();
  await invitationLink.expectGone(person.link);
  await accounts.open();
  await expect(accounts.names).toHaveText(['Acme Ltd', club.name]);
});

test('who rejects may say why, and whoever invited reads it', async ({ visitor, another, people, mailbox, guard }) => {
  guard.expectAnswers('4xx');
  const { client, owner } = await people.found('Quarterdeck', { language: 'de' });
  const person = await people.join();
  const inviter = await another({ language: 'de' });
  await inviter.enter(owner, people);
  inviter.slug = client.slug;
  await inviter.guests.open();
  await inviter.guests.invite(person.email);
  await inviter.guests.expectNews('invited');
  await visitor.enter(person, people);
  await visitor.details.open();
  const { header, invitations, page, words } = visitor;
  await invitations.open();
  await withoutBrowserChecks(invitations.reason(client.name));
  await invitations.reason(client.name).fill('x'.repeat(501));
  await invitations.reject(client.name).click();
  await expectErrorAt(invitations.reason(client.name), words.says('problem.too_long', { max: 500 }));
  const reason = 'Sorry, <b>no time</b> & no ship.';
  await invitations.reason(client.name).fill(reason);
  await invitations.reject(client.name).click();
  await expect(page.getByRole('status')).toContainText(words.says('plain_invitations.rejected'));
  await invitations.expectNone();
  await header.expectInvitations(0);

  // It is in the language of whoever invited.
  const subject = inviter.words.says('letter.rejected_subject', { client: client.name });
  const mail = await mailbox.next(owner.email, { subject });
  expect(mail.text).toContain(person.email);
  expect(mail.text).toContain(reason);
  expect(mail.html).not.toContain('<b>no time');
  await inviter.guests.open();
  await expect(inviter.guests.row(inviter.guests.rejected, person.email)).toContainText(reason);
  await expect(inviter.guests.pending).toContainText(inviter.words.says('plain_guests.open_empty'));
});

test('the keyboard alone is enough to accept', async ({ visitor, people, club }) => {
  await invitedIn(visitor, people, club);
  const { accounts, header, invitations, page } = visitor;
  const { keyboard } = page;
  await visitor.details.open();
  await tabTo(header.summary);
  await keyboard.press('Enter');
  await expect(header.signOut).toBeVisible();
  await tabTo(header.link(visitor.words.invitations));
  await keyboard.press('Enter');
  await invitations.expectOpen();
  await tabTo(invitations.accept(club.name));
  await keyboard.press('Enter');
  await accounts.expectNews('accounts.accepted');
  await tabTo(accounts.login(club.name));
  await keyboard.press('Enter');
  await visitor.expectPath(`/c/${club.slug}/account`);
  await header.expectClient(club.name);
});

/** Somebody who is signed in and looks at an invitation of the club; the link is that of the mail. */
async function invitedIn(visitor: Visitor, people: People, club: Club): Promise<Person & { link: string }> {
  const person = await people.join();
  const link = await club.invite(person.email);
  await visitor.enter(person, people);
  await visitor.goto('/c/acme/account/invitations');
  await expect(visitor.invitations.accept(club.name)).toBeVisible();
  return { ...person, link };
}
