import { expectErrorAt, withoutBrowserChecks } from '../pages/field';
import { look } from '../support/looks';
import { newPassword } from '../support/people';
import { expect, inEachLanguage, test } from '../support/test';

inEachLanguage((language) => {
  const settings = { axe: language === 'en' };

  test('user groups, and leaving one', async ({ visitor, people, club }) => {
    test.setTimeout(90_000);
    const name = club.unusedName('Archive of minutes and correspondence');
    const long = club.unusedName('Donaudampfschifffahrtsgesellschaftsfreunde');
    const description = 'Looks after what was written down at meetings, and answers the letters of neighbours.';
    const open = await club.group(name, { description, permissions: ['users.view', 'activity.view', 'groups.view'] });
    await club.group(long, { permissions: ['groups.view'] });
    const person = await people.join({ language, client: club.slug });
    const { groups, leaving } = visitor;
    await visitor.enter(person, people);
    visitor.slug = club.slug;
    await groups.open();
    await groups.expectOther(name);
    await look(visitor, 'groups-to-join', settings);
    await groups.join(long).click();
    await groups.expectJoined(long);
    await look(visitor, 'group-joined', settings);
    await groups.leave(long).click();
    await leaving.expectOpen('group');
    await look(visitor, 'group-leave-nothing-lost', settings);
    await club.add(open, person);
    await groups.open();
    await groups.leave(name).click();
    await leaving.expectOpen('group');
    await look(visitor, 'group-leave', settings);
    await leaving.leave.click();
    await groups.expectLeft(name);
    await look(visitor, 'group-left', settings);
  });

  test('the clients of a guest, and leaving one', async ({ visitor, people, club, guard }) => {
    test.setTimeout(90_000);
    guard.expectAnswers('4xx');
    const { accounts, groups, leaving, managing } = visitor;
    await visitor.page.context().addCookies(await club.welcome(await people.join({ language })));
    await accounts.open();
    await look(visitor, 'accounts-of-guest', settings);
    await accounts.enter(club.name, club.slug);
    await groups.open();
    await look(visitor, 'groups-of-guest', settings);
    await visitor.goto(managing.path('users'));
    await managing.expectLocked('users_view');
    await look(visitor, 'manage-refused', settings);
    await accounts.open();
    await accounts.leave(club.name).click();
    await leaving.expectOpen('client');
    await look(visitor, 'client-leave', settings);
    await leaving.leave.click();
    visitor.slug = 'acme';
    await accounts.expectNews('accounts.left');
    await look(visitor, 'client-left', settings);
  });

  test('invitations', async ({ visitor, people, club, guard }) => {
    test.setTimeout(90_000);
    guard.expectAnswers('4xx');
    const person = await people.join({ language });
    await club.invite(person.email);
    const { header, invitations } = visitor;
    await visitor.enter(person, people);
    await visitor.details.open();
    await header.expectInvitations(1);
    await look(visitor, 'menu-with-invitation', { ...settings, isCovered: true });
    await invitations.open();
    await look(visitor, 'invitations', settings);
    await withoutBrowserChecks(invitations.reason(club.name));
    await invitations.reason(club.name).fill('No time, and no ship either. '.repeat(20));
    await invitations.reject(club.name).click();
    await expectErrorAt(invitations.reason(club.name));
    await look(visitor, 'invitation-reason-refused', settings);
    await invitations.reason(club.name).fill('No time');
    await invitations.reject(club.name).click();
    await invitations.expectNone();
    await look(visitor, 'invitations-none', settings);
  });

  test('where the mail of an invitation leads', async ({ visitor, another, people, club, guard }) => {
    test.setTimeout(90_000);
    guard.expectAnswers('4xx');
    const { invitationLink, signInPage } = visitor;
    const email = people.unusedAddress('a.rather.long.address.with.many.parts.before.the.at.sign');
    const person = { first: 'Augusta', last: 'King', password: newPassword() };
    const link = await club.invite(email);
    await visitor.goto(link);
    await look(visitor, 'invitation-without-account', settings);
    await invitationLink.signUp({ ...person, first: '' }, `${person.password}x`);
    await expectErrorAt(invitationLink.repeat);
    await expectErrorAt(invitationLink.firstName);
    await look(visitor, 'invitation-sign-up-refused', settings);
    await invitationLink.signUp(person);
    await signInPage.expectNews('sign_in.signed_up');
    await look(visitor, 'invitation-signed-up', settings);
    await visitor.goto(link);
    await invitationLink.expectSays('known', { email });
    await look(visitor, 'invitation-with-account', settings);
    const waiting = await people.invite({ language });
    await visitor.goto(await club.invite(waiting.email));
    await invitationLink.expectSays('not_activated', { email: waiting.email });
    await look(visitor, 'invitation-not-activated', settings);
    const stranger = await another();
    const other = await people.join({ language });
    await stranger.enter(other, people);
    await stranger.goto(link);
    await stranger.invitationLink.expectSays('other', { own: other.email, email });
    await look(stranger, 'invitation-of-another', settings);
    await invitationLink.expectGone('/invitation/never-given');
    await look(visitor, 'invitation-gone', settings);
  });

  test('the guests of a client', async ({ visitor, another, people }) => {
    test.setTimeout(120_000);
    const { client, owner } = await people.found('Quarterdeck and Forecastle Association', { language });
    const { guests, words } = visitor;
    await visitor.enter(owner, people);
    visitor.slug = client.slug;
    await guests.open();
    await look(visitor, 'guests-none', settings);
    await guests.invite('nobody');
    await expectErrorAt(guests.email, words.says('problem.not_an_address'));
    await look(visitor, 'guests-invite-refused', settings);
    const [coming, unwilling] = [await people.join({ language }), await people.join({ language })];
    for (const { email } of [coming, unwilling, { email: people.unusedAddress('undecided') }]) {
      await guests.invite(email);
      await guests.expectNews('invited');
    }
    for (const person of [coming, unwilling]) {
      const invited = await another();
      await invited.enter(person, people);
      await invited.goto('/c/acme/account/invitations');
      const { invitations } = invited;
      await invitations.reason(client.name).fill('No time, and no ship either. '.repeat(10));
      const answer = person === coming ? invitations.accept(client.name) : invitations.reject(client.name);
      await answer.click();
      await expect(invited.page.getByRole('status').first()).toBeVisible();
    }
    await guests.open();
    await expect(guests.row(guests.guests, coming.email)).toBeVisible();
    await look(visitor, 'guests', settings);
    await guests.row(guests.guests, coming.email).locator('summary').click();
    await look(visitor, 'guests-removing', settings);
  });
});
