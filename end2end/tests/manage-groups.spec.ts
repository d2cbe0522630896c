import { expectErrorAt } from '../pages/field';
import { called, expect, test } from '../support/house';
import { tabTo } from '../support/keyboard';

for (const language of ['en', 'de'] as const) {
  test.describe(`in ${language}`, () => {
    test.use({ language });

    test('a group is made, gives people what it permits, and says who loses what before it goes', async ({
      visitor,
      house,
      guard,
    }) => {
      test.setTimeout(90_000);
      guard.expectAnswers('4xx');
      const { managing, details, words } = visitor;
      const { groups } = managing;
      const person = await house.join();
      await details.open();
      await managing.openFromMenu('userGroups');
      await expect(managing.main).toContainText(words.says('plain_groups.empty_title'));
      await groups.newGroup.click();
      await groups.name.fill('Übersicht & <b>Co</b>');
      await groups.description.fill('Who may look');
      await groups.openToJoin.check();
      await groups.permission('users_view').check();
      await groups.create.click();
      await managing.expectDone('plain_group.created');
      await groups.expectOpen('Übersicht & <b>Co</b>');
      await expect(groups.description).toHaveValue('Who may look');
      await expect(groups.openToJoin).toBeChecked();
      await expect(groups.permission('users_view')).toBeChecked();
      await expect(groups.tree.getByRole('checkbox', { checked: true })).toHaveCount(1);
      await expect(groups.members).toContainText(words.says('plain_group.nobody_title'));

      await groups.put('nobody@people.example');
      await expectErrorAt(groups.email, words.says('problem.nobody_here'));
      await expect(groups.email).toHaveValue('nobody@people.example');
      await groups.put(person.email);
      await managing.expectDone('plain_group.added');
      await expect(groups.member(called(person))).toContainText(person.email);
      const member = await house.enter(person);
      await member.details.open();
      await member.managing.openFromMenu('users');
      await member.managing.users.expectNames(called(person), called(house.owner));

      await groups.name.fill('Readers');
      await groups.openToJoin.uncheck();
      await groups.permission('users_edit').check();
      await groups.save.click();
      await managing.expectDone('plain_group.saved');
      await managing.open('userGroups');
      await expect(managing.main).not.toContainText(words.says('plain_groups.empty_title'));
      const row = groups.row('Readers');
      for (const told of ['users_view', 'users_edit']) {
        await expect(row).toContainText(words.says(`permission.${told}`));
      }
      await expect(row).toContainText(words.says('plain_group.members', { count: 1 }));
      await expect(row).not.toContainText(words.openToJoin);

      await groups.open('Readers');
      await groups.toDeletion.click();
      for (const lost of ['users_view', 'users_edit']) {
        await expect(groups.loss(called(person))).toContainText(words.says(`permission.${lost}`));
      }
      await groups.delete.click();
      await managing.expectDone('plain_group.deleted');
      await expect(groups.row('Readers')).toHaveCount(0);
      await member.managing.open('users');
      await member.managing.expectLocked('users_view');
      await expect(member.page.getByRole('main')).not.toContainText(house.owner.email);
      await member.activity.open();
      await member.activity.expectTitles('group_taken', 'signed_in', 'group_added');
      await expect(member.activity.entry('group_taken')).toContainText(called(house.owner));
    });
  });
}

test('a branch of the tree shows by its sign how much of it is ticked', async ({ visitor, house: _ }) => {
  const { managing, page } = visitor;
  const { groups } = managing;
  await managing.open('userGroups', '/new');
  const branch = groups.branch('people');
  const boxes = await branch.getByRole('checkbox').all();
  expect(boxes).toHaveLength(3);
  const signs = [await groups.sign(branch)];
  await tabTo(boxes[0]);
  await page.keyboard.press('Space');
  signs.push(await groups.sign(branch));
  await tabTo(boxes[1]);
  await page.keyboard.press('Space');
  expect(await groups.sign(branch)).toBe(signs[1]);
  await tabTo(boxes[2]);
  await page.keyboard.press('Space');
  signs.push(await groups.sign(branch));
  expect(new Set(signs).size).toBe(3);
  expect(await groups.sign(groups.branch('client'))).toBe(signs[0]);

  await groups.name.fill('Readers');
  await groups.create.click();
  await managing.expectDone('plain_group.created');
  expect(await groups.sign(branch)).toBe(signs[2]);
  await boxes[1].uncheck();
  expect(await groups.sign(branch)).toBe(signs[1]);
});

test('people are taken out of a group, and the last with full access stays in', async ({ visitor, house }) => {
  const { managing, words } = visitor;
  const { groups } = managing;
  const person = await house.join();
  await groups.open(words.groupManagement);
  await groups.put(person.email.toUpperCase());
  await managing.expectDone('plain_group.added');
  await groups.remove(called(person)).click();
  await managing.expectDone('plain_group.removed');
  await expect(groups.member(called(person))).toHaveCount(0);
  await expect(groups.members).toContainText(words.says('plain_group.nobody_title'));

  await groups.open(words.groupFullAccess);
  await groups.remove(called(house.owner)).click();
  await managing.expectRefused('error.last_full_access');
  await expect(groups.member(called(house.owner))).toBeVisible();
});

test('the four groups of every client stay as they are', async ({ visitor, house: _, guard }) => {
  guard.expectAnswers(404);
  const { managing, words } = visitor;
  const { groups } = managing;
  await managing.open('userGroups');
  for (const name of [words.groupFullAccess, words.groupManagement, words.groupUser, words.groupGuest]) {
    await expect(groups.row(name)).toContainText(words.says('plain_group.fixed'));
  }
  await groups.open(words.groupManagement);
  await expect(managing.main).toContainText(words.says('problem.builtin'));
  for (const absent of [groups.save, groups.name, groups.toDeletion, managing.main.getByRole('checkbox')]) {
    await expect(absent).toHaveCount(0);
  }
  for (const [branch, ticked] of [
    ['people', 'all'],
    ['groups', 'some'],
    ['client', 'some'],
  ]) {
    const shown = managing.main.getByText(words.says(`permission.branch_${branch}`));
    await expect(shown.filter({ hasText: words.says(`plain_group.${ticked}`) })).toHaveCount(1);
  }
  expect((await visitor.goto(`${visitor.path}/delete`)).status()).toBe(404);
});

test('what is wrong with a group is said at its field, and nothing that was typed is lost', async ({
  visitor,
  house,
}) => {
  const { managing, words } = visitor;
  const { groups } = managing;
  await managing.open('userGroups', '/new');
  await groups.name.fill('Editors');
  await groups.create.click();
  await managing.expectDone('plain_group.created');
  await managing.open('userGroups', '/new');
  await groups.description.fill(`For ${house.client.name}`);
  await groups.openToJoin.check();
  await groups.permission('activity_view').check();
  for (const [name, key] of [
    ['', 'problem.empty'],
    ['E'.repeat(201), 'problem.too_long'],
    ['eDITORS ', 'problem.taken'],
    ['Ｅditors', 'problem.taken'],
    [words.groupFullAccess.toUpperCase(), 'problem.taken'],
    ['Edi\u202Etors', 'problem.forbidden_characters'],
  ]) {
    await groups.name.fill(name);
    await groups.create.click();
    await expectErrorAt(groups.name, words.says(key));
    await expect(groups.name).toHaveValue(name);
    await expect(groups.description).toHaveValue(`For ${house.client.name}`);
    await expect(groups.openToJoin).toBeChecked();
    await expect(groups.tree.getByRole('checkbox', { checked: true })).toHaveCount(1);
    await expect(groups.permission('activity_view')).toBeChecked();
  }
  await groups.name.fill('Auditors');
  await groups.create.click();
  await groups.expectOpen('Auditors');
  // The same name in another case is no other name, and may be given to oneself.
  await groups.name.fill('EDITORS');
  await groups.save.click();
  await expectErrorAt(groups.name, words.says('problem.taken'));
  await groups.name.fill('AUDITORS');
  await groups.save.click();
  await managing.expectDone('plain_group.saved');
  await groups.expectOpen('AUDITORS');
});
