import { tick } from '../pages/field';
import type { Visitor } from '../pages/visitor';
import { fromOwnPage } from '../support/forms';
import { called, expect, test } from '../support/house';
import { formType } from '../support/http';

test('a user is renamed, put into a group, disabled and enabled, and reads who did it', async ({
  visitor,
  house,
  mailbox,
  guard,
}) => {
  test.setTimeout(90_000);
  guard.expectAnswers('4xx');
  const { managing, words } = visitor;
  const { users, user } = managing;
  const person = await house.join();
  const tab = await house.enter(person);
  await tab.details.open();
  await tab.header.openMenu();
  await expect(tab.managing.menu.getByRole('link', { name: words.users, exact: true })).toHaveCount(0);

  await managing.open('users');
  await users.find(person.last);
  await users.name(called(person)).click();
  await user.expectOpen(called(person));
  await user.firstName.fill('Augusta');
  await tick(user.group(words.groupManagement));
  await user.save.click();
  await managing.expectDone('plain_user.saved');
  const augusta = { ...person, first: 'Augusta' };
  await user.expectOpen(called(augusta));
  await expect(user.group(words.groupManagement)).toBeChecked();
  await tab.details.open();
  await tab.details.expectNames('Augusta', person.last);
  await tab.managing.openFromMenu('users');
  await tab.details.open();

  await user.confirm(words.disable);
  await managing.expectDone('plain_user.disabled');
  await tab.tabs.link('security').click();
  await tab.signInPage.expectNews('error.signed_out');
  await tab.signInPage.submit(person.email, person.password);
  await tab.signInPage.expectRefused();
  await managing.open('users');
  await users.find('', words.disabled);
  await users.expectNames(called(augusta));
  await users.name(called(augusta)).click();
  await user.enable.click();
  await managing.expectDone('plain_user.enabled');
  await expect(managing.main.getByText(words.disabled, { exact: true })).toHaveCount(0);

  await tab.signIn(person, mailbox);
  await tab.activity.open();
  await tab.activity.filter('show_others').click();
  await tab.activity.expectTitles('user_enabled', 'user_disabled', 'user_edited', 'group_added');
  const by = words.says('activity.by', { name: called(house.owner) });
  for (const done of ['user_enabled', 'user_disabled', 'user_edited', 'group_added']) {
    await expect(tab.activity.entry(done)).toContainText(by);
  }
  const renamed = { from: called(person), to: called(augusta) };
  await expect(tab.activity.entry('user_edited')).toContainText(words.says('activity.from_to', renamed));
  await expect(tab.activity.entry('group_added')).toContainText(words.groupManagement);
});

test('whoever has lost the app gets codes by mail again, and sign-ins are ended from afar', async ({
  visitor,
  another,
  house,
  people,
  mailbox,
  guard,
}) => {
  test.setTimeout(90_000);
  guard.expectAnswers('4xx');
  const { managing, words } = visitor;
  const { users, user } = managing;
  const person = await house.join();
  const { cookies } = await people.setUpApp(person);
  const subject = words.says('letter.factor_notice_subject');
  await mailbox.next(person.email, { subject });
  const tab = await another();
  tab.slug = house.client.slug;
  await tab.page.context().addCookies(cookies);
  await tab.security.open();
  await tab.security.expectFactor('viaApp');

  await managing.open('users');
  await expect(users.row(called(person))).toContainText(words.says('devices.by_app'));
  await user.open(called(person));
  await user.confirm(words.resetFactor);
  await managing.expectDone('plain_user.factor_reset');
  await expect(managing.main).toContainText(words.says('devices.by_email'));
  await expect(user.question(words.resetFactor)).toHaveCount(0);
  await expect(user.allowCodes).toBeVisible();
  const notice = await mailbox.next(person.email, { subject });
  const told = words.says('letter.user_factor_reset_text', { client: house.client.name });
  expect(notice.text.replace(/\s+/g, ' ')).toMatch(told);
  await tab.tabs.link('accounts').click();
  await tab.signInPage.expectNews('error.signed_out');
  await tab.signIn(person, mailbox);
  await tab.security.open();
  await tab.security.expectFactor('viaEmail');
  await tab.activity.open();
  const by = words.says('activity.by', { name: called(house.owner) });
  await expect(tab.activity.entry('factor_reset')).toContainText(by);

  await user.confirm(words.endAll);
  await managing.expectDone('plain_user.ended');
  await tab.goto(`/c/${house.client.slug}/account`);
  await tab.signInPage.expectOpen();
  await user.confirm(words.endAll);
  await managing.expectDone('plain_user.none_ended');
});

test('nobody types the address or a secret of somebody else, and what does not belong in a form is refused', async ({
  visitor,
  house,
  guard,
}) => {
  guard.expectAnswers(422);
  const { managing, page, words } = visitor;
  const { user } = managing;
  const person = await house.join();
  await user.open(called(person));
  for (const label of [words.email, words.password, words.newPassword, words.currentPassword, words.recoveryCode]) {
    await expect(managing.main.getByLabel(label, { exact: true })).toHaveCount(0);
  }
  await expect(managing.main.locator('input:is([type="email"], [type="password"])')).toHaveCount(0);
  for (const [name, value] of [
    ['is_admin', '1'],
    ['email', 'somebody@else.example'],
    ['new_password', 'vq7-zhw-3kpa'],
    ['tenant_id', '1'],
    ['email_verified', 'true'],
  ]) {
    expect(await post(visitor, [[name, value]]), name).toBe(422);
  }
  // It was the extra field that was refused.
  expect(await post(visitor, [['first_name', 'Augusta']])).toBe(200);
  await page.reload();
  await expect(user.firstName).toHaveValue('Augusta');

  await user.firstName.evaluate((input) => {
    const extra = Object.assign(document.createElement('input'), { type: 'hidden', name: 'is_admin', value: '1' });
    input.closest('form')?.append(extra);
  });
  await user.firstName.fill('Grace');
  await user.save.click();
  await managing.expectRefused('error.unknown_field');
  await page.reload();
  await expect(user.firstName).toHaveValue('Augusta');
  await expect(managing.main).toContainText(person.email);
});

test('of two who edit at once the second is told, and one’s own rights are for somebody else to change', async ({
  visitor,
  house,
}) => {
  const { managing, words } = visitor;
  const { user } = managing;
  const person = await house.join();
  await user.open(called(person));
  const other = await visitor.anotherTab();
  await other.managing.user.open(called(person));
  await other.managing.user.apiAccess.check();
  await other.managing.user.save.click();
  await other.managing.expectDone('plain_user.saved');
  await user.firstName.fill('Grace');
  await user.save.click();
  await managing.expectRefused('error.edited_meanwhile');
  await expect(user.firstName).toHaveValue(person.first);
  await expect(user.apiAccess).toBeChecked();

  // A list without a single group is no list: nothing is taken away.
  await tick(user.group(words.groupUser), false);
  await user.save.click();
  await expect(user.groups).toHaveAccessibleDescription(words.says('problem.no_group'));
  await user.open(called(person));
  await expect(user.group(words.groupUser)).toBeChecked();

  await user.open(called(house.owner));
  await expect(managing.main).toContainText(words.says('error.oneself'));
  for (const name of [words.disable, words.endAll, words.resetFactor]) {
    await expect(user.question(name)).toHaveCount(0);
  }
  for (const group of await user.groups.getByRole('checkbox').all()) await expect(group).toBeDisabled();
  await expect(user.apiAccess).toBeDisabled();
});

/** What the form of the page holds, and more, as a program of its own would send it with the same cookies. */
async function post({ page }: Visitor, more: string[][]): Promise<number> {
  const form = page.locator('form[action="/do/save_user"]');
  const own = await form.evaluate((element) => [...new FormData(element as HTMLFormElement)] as [string, string][]);
  const kept = own.filter(([name]) => !more.some(([changed]) => changed === name));
  const answer = await page.request.post('/do/save_user', {
    data: new URLSearchParams([...kept, ...more]).toString(),
    headers: { ...fromOwnPage(page.url()), ...formType, Accept: 'application/json' },
  });
  return answer.status();
}
