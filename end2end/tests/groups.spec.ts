import { tabTo } from '../support/keyboard';
import { demo, expect, inEachLanguage, test } from '../support/test';

inEachLanguage((language) => {
  test('a user group is joined and left', async ({ visitor, people, club }) => {
    const name = club.unusedName('Evening Choir');
    await club.group(name, { description: 'Sings on Tuesdays', permissions: ['groups.view'] });
    const person = await people.join({ language, client: club.slug });
    const { activity, groups, leaving, words } = visitor;
    await visitor.enter(person, people);
    visitor.slug = club.slug;
    await groups.open();
    await groups.expectOwn(words.groupUser);
    await expect(groups.leave(words.groupUser)).toHaveCount(0);
    await groups.expectOther(name);
    await expect(groups.group(name)).toContainText('Sings on Tuesdays');
    await expect(groups.permits(name)).toHaveText([words.says('permission.groups_view')]);
    await groups.join(name).click();
    await groups.expectJoined(name);
    await expect(groups.group(name)).toContainText(words.says('groups.member_since'));

    await groups.leave(name).click();
    await leaving.expectOpen('group');
    await leaving.expectSays('group_lead', { group: name, client: club.name });
    await leaving.expectSays('nothing');
    await leaving.expectSays('again');
    await expect(leaving.losses).toHaveCount(0);
    await leaving.cancel.click();
    await groups.expectOwn(name);
    await groups.leave(name).click();
    await leaving.leave.click();
    await groups.expectLeft(name);

    await visitor.goto(`/c/${club.slug}/account/security/activity?kind=groups`);
    await activity.expectTitles('group_left', 'group_joined');
    await expect(activity.entry('group_joined')).toContainText(name);
  });
});

test('before leaving one sees what is lost, and that it is for good', async ({ visitor, people, club }) => {
  const name = club.unusedName('Lookouts');
  const person = await people.join({ client: club.slug });
  await club.add(await club.group(name, { permissions: ['users.view', 'groups.join'] }), person);
  const { groups, header, leaving, managing, words } = visitor;
  await visitor.enter(person, people);
  visitor.slug = club.slug;
  await groups.open();
  await header.openMenu();
  await expect(managing.menu.getByRole('link')).toHaveText([words.users, words.userGroups]);
  await groups.open();
  await groups.leave(name).click();
  await leaving.expectOpen('group');
  // The group User permits the other one as well.
  await expect(leaving.losses).toHaveText([words.says('permission.users_view')]);
  await leaving.expectSays('not_again');
  await leaving.leave.click();
  await groups.expectLeft(name);
  await expect(groups.join(name)).toBeDisabled();
  await managing.expectLocked('users_view');
  await header.openMenu();
  await expect(managing.menu.getByRole('link')).toHaveText([words.userGroups]);
});

test('a group that permits more than one may is locked, and says what is missing', async ({
  visitor,
  people,
  club,
}) => {
  const name = club.unusedName('Painters');
  await club.group(name, { permissions: ['groups.view', 'client.edit'] });
  const { groups, managing, words } = visitor;
  await visitor.enter(await people.join({ client: club.slug }), people);
  visitor.slug = club.slug;
  await groups.open();
  await groups.expectOther(name);
  await expect(groups.join(name)).toBeDisabled();
  await managing.expectLocked('client_edit');
  await expect(groups.join(name)).toHaveAccessibleDescription(words.says('error.not_permitted'));
});

test('whoever may join no group sees why, and who can change that', async ({ another, people }) => {
  const greta = await another({ language: demo.greta.language });
  const { groups, managing, page, words } = greta;
  await greta.enter(demo.greta, people);
  await groups.open();
  await groups.expectOwn(words.groupGuest);
  await managing.expectLocked('groups_join');
  await expect(groups.others.getByRole('listitem')).toHaveCount(0);
  for (const name of [words.join, words.leave]) {
    await expect(page.getByRole('main').getByText(name, { exact: true })).toHaveCount(0);
  }
});

test('the only one with full access cannot leave', async ({ visitor, club, guard }) => {
  guard.expectAnswers('4xx');
  const { groups, leaving, managing, page, words } = visitor;
  await visitor.page.context().addCookies(club.cookies);
  visitor.slug = club.slug;
  await groups.open();
  await groups.expectOwn(words.groupFullAccess);
  await expect(groups.leave(words.groupFullAccess)).toHaveCount(0);

  await managing.groups.open(words.groupFullAccess);
  await managing.groups.remove('Olga Orlova').click();
  await managing.expectRefused('error.last_full_access');
  await expect(managing.groups.member('Olga Orlova')).toBeVisible();

  // Nor is there a way round by the address of the page.
  await visitor.goto(`/c/${club.slug}/account/groups/${visitor.path.split('/').pop()}/leave`);
  await expect(page.getByRole('main')).toContainText(words.says('problem.not_open'));
  await expect(leaving.leave).toHaveCount(0);
});

test('the keyboard alone is enough to join and to leave', async ({ visitor, people, club }) => {
  const name = club.unusedName('Night Walkers');
  await club.group(name);
  const { groups, leaving, page } = visitor;
  const { keyboard } = page;
  await visitor.enter(await people.join({ client: club.slug }), people);
  visitor.slug = club.slug;
  await groups.open();
  await tabTo(groups.join(name));
  await keyboard.press('Enter');
  await groups.expectJoined(name);
  await tabTo(groups.leave(name));
  await keyboard.press('Enter');
  await leaving.expectOpen('group');
  await tabTo(leaving.leave);
  await keyboard.press('Enter');
  await groups.expectLeft(name);
});
