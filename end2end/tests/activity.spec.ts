import type { Visitor } from '../pages/visitor';
import { submitForm } from '../support/forms';
import { tabTo } from '../support/keyboard';
import { expect, inEachLanguage, test } from '../support/test';

inEachLanguage((language) => {
  test('what happened to an account stands there, newest first, and by parts', async ({
    visitor,
    another,
    people,
    mailbox,
    guard,
  }) => {
    guard.expectAnswers('4xx');
    const person = await people.join({ language });
    const { activity, security, details, changePassword, words } = visitor;
    await visitor.enter(person, people);
    const stranger = await another();
    await stranger.signInPage.open();
    await stranger.signInPage.submit(person.email, 'not the password of anybody');
    await stranger.signInPage.expectRefused();
    // A worker puts that there, so that the answer takes no longer where there is somebody to tell.
    await expect(async () => {
      await activity.open();
      await activity.expectTitles('sign_in_failed', 'signed_in');
    }).toPass({ timeout: 15_000 });
    await details.open();
    await details.rename('Augusta', 'King');
    await details.expectStatus('personal.name_saved');
    await changePassword.begin();
    await changePassword.ask(person.password, `${person.password}x`);
    await changePassword.expectSecondStep();
    await changePassword.prove(await mailbox.code(person.email));
    await security.expectNews('password.changed');

    await activity.open();
    await activity.expectTitles('password_changed', 'name_changed', 'sign_in_failed', 'signed_in');
    const renamed = activity.entry('name_changed');
    const from = `${person.first} ${person.last}`;
    await expect(renamed).toContainText(words.says('activity.from_to', { from, to: 'Augusta King' }));
    await expect(renamed).toContainText(visitor.address);
    await expect(renamed).toContainText('Chrome, ');
    await expect(renamed.locator('time')).toHaveAttribute('datetime', /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    await expect(activity.entry('signed_in')).toContainText(words.says('devices.by_email'));

    for (const [part, ...entries] of [
      ['show_sign_ins', 'sign_in_failed', 'signed_in'],
      ['show_details', 'name_changed'],
      ['show_password', 'password_changed'],
    ] as const) {
      await activity.filter(part).click();
      await expect(activity.filter(part)).toHaveAttribute('aria-current', 'page');
      await expect(activity.filters.locator('[aria-current]')).toHaveCount(1);
      await activity.expectTitles(...entries);
    }
    for (const part of ['show_factor', 'show_others'] as const) {
      await activity.filter(part).click();
      await expect(visitor.page.getByRole('main')).toContainText(words.says('activity.empty'));
      await expect(activity.titles).toHaveCount(0);
    }
    await activity.filter().click();
    await activity.expectTitles('password_changed', 'name_changed', 'sign_in_failed', 'signed_in');
  });
});

test('twenty-five entries fill a page, and each page leads on', async ({ visitor, people }) => {
  await visitor.enter(await people.join(), people);
  const { activity, page } = visitor;
  for (let number = 1; number <= 52; number += 1) await rename(visitor, `Number ${number}`);
  const seen: string[] = [];
  await activity.open();
  for (const [count, isFirst, isLast] of [
    [25, true, false],
    [25, false, false],
    [3, false, true],
  ] as const) {
    await expect(activity.titles).toHaveCount(count);
    await expect(activity.newest).toHaveCount(isFirst ? 0 : 1);
    await expect(activity.older).toHaveCount(isLast ? 0 : 1);
    const rows = await page.getByRole('main').getByRole('listitem').allInnerTexts();
    seen.push(...rows.filter((text) => text.includes(' · ')));
    if (isLast) break;
    const before = await activity.titles.first().getAttribute('id');
    await activity.older.click();
    await expect(page.locator(`[id="${before}"]`)).toHaveCount(0);
  }
  expect(seen).toHaveLength(53);
  const numbers = seen.map((text) => /to Number (\d+)/.exec(text)?.[1]).filter(Boolean).map(Number);
  expect(numbers).toEqual(Array.from({ length: 52 }, (_, index) => 52 - index));

  await activity.newest.click();
  await expect(activity.titles).toHaveCount(25);
  await activity.filter('show_sign_ins').click();
  await activity.expectTitles('signed_in');
  await page.goBack();
  await expect(activity.titles).toHaveCount(25);
  await visitor.goto('/c/acme/account/security/activity?kind=nonsense&before=nonsense');
  await expect(activity.titles).toHaveCount(25);
});

test('the activity is read and left by keyboard', async ({ visitor, people }) => {
  await visitor.enter(await people.join(), people);
  const { activity, security, notMe, page } = visitor;
  await rename(visitor, 'Augusta');
  await security.open();
  await tabTo(security.showActivity);
  await page.keyboard.press('Enter');
  await activity.expectOpen();
  await tabTo(activity.filter('show_details'));
  await page.keyboard.press('Enter');
  await activity.expectTitles('name_changed');
  await tabTo(activity.notMe('name_changed'));
  await page.keyboard.press('Enter');
  await notMe.expectOpen();
});

test('nobody sees what happened to somebody else', async ({ visitor, people, another }) => {
  const [one, other] = [visitor, await another()];
  for (const [each, first] of [
    [one, 'Augusta'],
    [other, 'Grace'],
  ] as const) {
    await each.enter(await people.join(), people);
    await rename(each, first);
  }
  await one.activity.open();
  await one.activity.expectTitles('name_changed', 'signed_in');
  await expect(one.page.getByRole('main')).toContainText('Augusta');
  await expect(one.page.getByRole('main')).not.toContainText('Grace');
});

/** As a browser without scripts does, because it is not what the story is about. */
async function rename({ page, words }: Visitor, first: string): Promise<void> {
  const form = await page.request.get('/c/acme/account');
  const names = { [words.firstName]: first, [words.lastName]: 'King' };
  const done = await submitForm(page.request, form, names, { follow: false });
  expect(done.status()).toBe(303);
}
