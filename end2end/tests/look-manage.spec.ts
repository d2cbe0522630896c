import { expectErrorAt, tick } from '../pages/field';
import { called, demo, expect, test } from '../support/house';
import { look } from '../support/looks';

const long = { first: 'Maximiliane-Charlotte', last: 'von und zu Hohenstaufen-Wittelsbach' };

for (const language of ['en', 'de'] as const) {
  test.describe(`in ${language}`, () => {
    test.use({ language });
    // What axe judges is the same in both languages; what may be too wide is not.
    const settings = { axe: language === 'en' };

    test('the list of users, and making one', async ({ visitor, house, people }) => {
      test.setTimeout(120_000);
      const { managing, header, words } = visitor;
      const { users, newUser } = managing;
      const email = people.unusedAddress('a.rather.long.address.with.many.parts.before.the.at.sign');
      await house.join({ ...long, email });
      await people.invite({ client: house.client.slug, group: 'Management' });
      await managing.open('users');
      await look(visitor, 'users', settings);
      await header.openMenu();
      await look(visitor, 'menu-of-managers', { ...settings, isCovered: true });
      await managing.open('users');
      await users.find('nobody at all', 'api');
      await expect(users.everybody).toBeVisible();
      await look(visitor, 'users-no-match', settings);

      await newUser.open();
      await look(visitor, 'user-new', settings);
      await newUser.fill({ first: '', last: 'N'.repeat(201), email });
      await tick(newUser.group(words.groupUser), false);
      await newUser.create(house.client.name).click();
      await expectErrorAt(newUser.lastName);
      await look(visitor, 'user-new-refused', settings);
      await newUser.open();
      await newUser.fill({ first: 'Nora', last: 'Novak', email: (await people.join()).email });
      await newUser.create(house.client.name).click();
      await expect(newUser.invite).toBeVisible();
      await look(visitor, 'user-new-offer', settings);
      await managing.client.open();
      await managing.client.require(false);
      await newUser.open();
      await expect(newUser.methods).toHaveCount(2);
      await look(visitor, 'user-new-methods', settings);
    });

    test('the page of a user', async ({ visitor, house, people, guard }) => {
      test.setTimeout(120_000);
      guard.expectAnswers('4xx');
      const { managing, words } = visitor;
      const { user, newUser } = managing;
      const person = await house.join(long);
      await user.open(called(person));
      await look(visitor, 'user', settings);
      for (const name of [words.endAll, words.disable]) await user.ask(name);
      await look(visitor, 'user-asked', settings);
      await user.firstName.fill('');
      await tick(user.group(words.groupUser), false);
      await user.save.click();
      await expectErrorAt(user.firstName);
      await look(visitor, 'user-refused', settings);
      await user.confirm(words.disable);
      await managing.expectDone('plain_user.disabled');
      await look(visitor, 'user-disabled', settings);
      await newUser.open();
      await newUser.fill({ first: 'Nora', last: 'Novak', email: people.unusedAddress('nora') });
      await newUser.create(house.client.name).click();
      await managing.expectDone('plain_user.created_sent');
      await look(visitor, 'user-not-activated', settings);
      await user.open(called(house.owner));
      await look(visitor, 'user-oneself', settings);
    });

    test('what is locked', async ({ house, guard }) => {
      test.setTimeout(90_000);
      guard.expectAnswers('4xx');
      const manager = await house.enter(await house.join({ group: 'Management' }));
      const { managing, words } = manager;
      await managing.user.open(called(house.owner));
      await managing.expectLocked('groups_edit');
      await look(manager, 'user-above', settings);
      await managing.open('userGroups');
      await managing.expectLocked('groups_edit');
      await look(manager, 'manage-groups-locked', settings);
      await managing.groups.open(words.groupUser);
      await look(manager, 'manage-group-locked', settings);
      await managing.open('client');
      await managing.expectLocked('client_edit');
      await look(manager, 'manage-client-locked', settings);
    });

    test('user groups', async ({ visitor, house, guard }) => {
      test.setTimeout(120_000);
      guard.expectAnswers('4xx');
      const { managing } = visitor;
      const { groups } = managing;
      const person = await house.join(long);
      await managing.open('userGroups');
      await look(visitor, 'manage-groups-none', settings);
      await managing.open('userGroups', '/new');
      await look(visitor, 'manage-group-new', settings);
      await groups.description.fill('Those who look at what happened, and at whom it happened to. '.repeat(3));
      await groups.openToJoin.check();
      await groups.permission('users_view').check();
      await groups.permission('activity_view').check();
      await groups.create.click();
      await expectErrorAt(groups.name);
      await look(visitor, 'manage-group-refused', settings);
      await groups.name.fill('Donaudampfschifffahrtsgesellschaftsaufsicht');
      await groups.create.click();
      await managing.expectDone('plain_group.created');
      await look(visitor, 'manage-group-empty', settings);
      await groups.put('nobody@people.example');
      await expectErrorAt(groups.email);
      await groups.put(person.email);
      await managing.expectDone('plain_group.added');
      await look(visitor, 'manage-group', settings);
      await managing.open('userGroups');
      await look(visitor, 'manage-groups', settings);
      await groups.open('Donaudampfschifffahrtsgesellschaftsaufsicht');
      await groups.toDeletion.click();
      await expect(groups.delete).toBeVisible();
      await look(visitor, 'manage-group-delete', settings);
      await groups.open(visitor.words.groupFullAccess);
      await look(visitor, 'manage-group-fixed', settings);
    });

    test('the client and its activity', async ({ visitor, house: _ }) => {
      test.setTimeout(90_000);
      const { managing, page, words } = visitor;
      const { client, activity } = managing;
      await client.open();
      await look(visitor, 'manage-client', settings);
      await client.name.fill('N'.repeat(201));
      await client.save.click();
      await expectErrorAt(client.name);
      await look(visitor, 'manage-client-refused', settings);
      await client.name.fill('Vereinigte Wollspinnereien und Tuchfabriken am Niederrhein Aktiengesellschaft');
      await client.colour('amber').check();
      await client.save.click();
      await managing.expectDone('plain_client.saved');
      await look(visitor, 'manage-client-saved', settings);
      await managing.open('activity');
      await look(visitor, 'manage-activity', settings);
      await activity.filter('show_guests').click();
      await expect(page.getByRole('main')).toContainText(words.says('activity.empty'));
      await look(visitor, 'manage-activity-empty', settings);
    });
  });
}

test('a guest, as those see them who look after users', async ({ visitor, people }) => {
  await visitor.enter(demo.olivia, people);
  const { managing } = visitor;
  await managing.open('users', '?search=greta');
  await look(visitor, 'users-guest');
  await managing.user.open(called(demo.greta));
  await look(visitor, 'user-guest');
});
