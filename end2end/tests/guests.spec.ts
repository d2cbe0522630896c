import { expectErrorAt } from '../pages/field';
import type { Visitor } from '../pages/visitor';
import { expect, inEachLanguage, test } from '../support/test';

const week = 7 * 24 * 60 * 60_000;

inEachLanguage((language) => {
  test('somebody of another client is invited, enters, leaves, and is out in the other tab too', async ({
    visitor,
    another,
    people,
    mailbox,
    guard,
  }) => {
    test.setTimeout(120_000);
    guard.expectAnswers('4xx');
    const person = await people.join({ language, client: 'borealis' });
    const inviting = { language, group: 'Management', first: 'Fatou', last: 'Northcote' };
    const inviter = await another();
    await inviter.enter(await people.join(inviting), people);
    await visitor.enter(person, people);
    const { accounts, header, invitations, words } = visitor;
    visitor.slug = 'borealis';
    await accounts.open();
    await header.expectInvitations(0);
    const colourAtHome = await header.colour();

    await inviter.details.open();
    await inviter.managing.openFromMenu('guests');
    await expect(inviter.guests.group(words.groupGuest)).toBeChecked();
    await inviter.guests.invite(person.email);
    await inviter.guests.expectNews('invited');
    await expect(inviter.guests.row(inviter.guests.pending, person.email)).toContainText('Fatou Northcote');
    const mail = await mailbox.next(person.email, { kind: 'invitation' });
    expect(mail.subject).toMatch(words.says('letter.invitation_subject', { client: 'Acme Ltd' }));
    for (const told of ['Fatou Northcote', 'Acme Ltd', words.groupGuest]) expect(mail.text).toContain(told);

    await accounts.open();
    await header.expectInvitations(1);
    await expectNotYetInside(visitor);
    await accounts.open();
    await invitations.open();
    await expectInvitation(visitor);
    await invitations.accept('Acme Ltd').click();
    await accounts.expectNews('accounts.accepted');
    await header.expectInvitations(0);
    await expect(accounts.names).toHaveText(['Borealis GmbH', 'Acme Ltd']);
    await expect(accounts.client('Borealis GmbH')).toContainText(words.mainClient);
    await expect(accounts.client('Acme Ltd')).toContainText(words.guest);
    await expect(accounts.leave('Borealis GmbH')).toHaveCount(0);

    await accounts.enter('Acme Ltd', 'acme');
    expect(await header.colour()).toBe(await inviter.header.colour());
    expect(await header.colour()).not.toBe(colourAtHome);
    await expectNoMoreThanAGuest(visitor);

    const tab = await visitor.anotherTab();
    await tab.groups.open();
    await leave(visitor);
    await expect(accounts.names).toHaveText(['Borealis GmbH']);
    await tab.tabs.link('security').click();
    await expect(tab.tabs.main).toContainText(words.says('error.not_found'));
    await tab.goto('/');
    await tab.header.expectClient('Borealis GmbH');
    await inviter.guests.open();
    await expect(inviter.guests.row(inviter.guests.guests, person.email)).toHaveCount(0);
  });
});

/** An invitation gives nothing before it is accepted. */
async function expectNotYetInside(visitor: Visitor): Promise<void> {
  expect((await visitor.goto('/c/acme/account')).status()).toBe(404);
  await expect(visitor.page.locator('body')).not.toContainText('Acme');
}

/** Who invites, into which group, what that permits, until when. */
async function expectInvitation({ invitations, words }: Visitor): Promise<void> {
  const from = words.says('plain_invitations.from', { inviter: 'Fatou Northcote' });
  await expect(invitations.into('Acme Ltd')).toContainText(from);
  await expect(invitations.fact('Acme Ltd', 'groups.group')).toHaveText(words.groupGuest);
  const permits = invitations.fact('Acme Ltd', 'groups.permits').getByRole('listitem');
  await expect(permits).toHaveText([words.says('permission.groups_view')]);
  const until = invitations.fact('Acme Ltd', 'plain_invitations.until').locator('time');
  const left = Date.parse((await until.getAttribute('datetime')) ?? '') - Date.now();
  expect(left).toBeGreaterThan(week - 60_000);
  expect(left).toBeLessThanOrEqual(week);
}

/** What the group Guest permits is to see the user groups, and that is all there is to see. */
async function expectNoMoreThanAGuest(visitor: Visitor): Promise<void> {
  const { groups, header, managing, words } = visitor;
  await groups.open();
  await groups.expectOwn(words.groupGuest);
  await expect(groups.permits(words.groupGuest)).toHaveText([words.says('permission.groups_view')]);
  await managing.expectLocked('groups_join');
  await expect(groups.join(words.groupGuest)).toHaveCount(0);
  await header.openMenu();
  await expect(managing.menu.getByRole('link')).toHaveText([words.userGroups]);
  for (const [page, permission] of [
    ['users', 'users_view'],
    ['guests', 'guests_invite'],
    ['client', 'client_edit'],
    ['activity', 'activity_view'],
  ] as const) {
    const answer = await visitor.goto(managing.path(page));
    expect(answer.status(), page).toBe(403);
    await managing.expectLocked(permission);
  }
}

/** Says what is lost, asks once, and does it at once. */
async function leave(visitor: Visitor): Promise<void> {
  const { accounts, leaving, words } = visitor;
  await accounts.open();
  await accounts.leave('Acme Ltd').click();
  await leaving.expectOpen('client');
  await leaving.expectSays('client_lead', { client: 'Acme Ltd' });
  await leaving.expectSays('invited_again');
  await expect(leaving.main).toContainText(words.groupGuest);
  await expect(leaving.losses).toHaveText([words.says('permission.groups_view')]);
  await leaving.cancel.click();
  await accounts.expectStill('Acme Ltd');
  await accounts.leave('Acme Ltd').click();
  await leaving.leave.click();
  visitor.slug = 'borealis';
  await accounts.expectNews('accounts.left');
}

test('a guest who is removed is out at the next step, and is told', async ({
  visitor,
  another,
  people,
  club,
  mailbox,
  guard,
}) => {
  guard.expectAnswers('4xx');
  const person = await people.join();
  await visitor.page.context().addCookies(await club.welcome(person));
  visitor.slug = club.slug;
  await visitor.groups.open();
  const owner = await another();
  await owner.page.context().addCookies(club.cookies);
  owner.slug = club.slug;
  await owner.guests.open();
  await owner.guests.remove(person.email);
  await owner.guests.expectNews('removed');
  await expect(owner.guests.row(owner.guests.guests, person.email)).toHaveCount(0);

  const { tabs, header, words } = visitor;
  await tabs.link('accounts').click();
  await expect(tabs.main).toContainText(words.says('error.not_found'));
  await mailbox.next(person.email, { subject: words.says('letter.removed_subject', { client: club.name }) });
  await visitor.goto('/');
  await header.expectClient('Acme Ltd');
});

test('whoever belongs to the client already is not invited, and the address stays typed', async ({
  visitor,
  people,
  club,
  mailbox,
}) => {
  const member = await people.join({ client: club.slug });
  const { guests, words } = visitor;
  await visitor.page.context().addCookies(club.cookies);
  visitor.slug = club.slug;
  await guests.open();
  await guests.invite(member.email);
  await expectErrorAt(guests.email, words.says('problem.already_member'));
  await expect(guests.email).toHaveValue(member.email);
  await expect(guests.row(guests.pending, member.email)).toHaveCount(0);
  expect(await mailbox.staysEmpty(member.email, 500)).toBe(true);
});
