import { expectErrorAt } from '../pages/field';
import type { Visitor } from '../pages/visitor';
import { fromOwnPage, submitForm } from '../support/forms';
import { called, expect, test } from '../support/house';

test('name and colour of the client stand in every header at once', async ({ visitor, house }) => {
  const { managing, header, details, words } = visitor;
  const { client, activity } = managing;
  const person = await house.join();
  const other = await house.enter(person);
  await other.details.open();
  await details.open();
  await managing.openFromMenu('client');
  await expect(client.name).toHaveValue(house.client.name);
  await expect(client.colours).toHaveCount(8);
  // Whichever colour it has, it gets another one.
  const to = (await client.colour('green').isChecked()) ? 'violet' : 'green';
  const before = await header.colour();
  await client.name.fill('Zirrus & <b>Co</b>');
  await client.colour(to).check();
  await client.save.click();
  await managing.expectDone('plain_client.saved');
  await header.expectClient('Zirrus & <b>Co</b>');
  const after = await header.colour();
  expect(after).not.toBe(before);
  await expect(client.colour(to)).toBeChecked();
  await other.goto(`/c/${house.client.slug}/account`);
  await other.header.expectClient('Zirrus & <b>Co</b>');
  expect(await other.header.colour()).toBe(after);

  for (const [name, key] of [
    [' ', 'problem.empty'],
    ['N'.repeat(201), 'problem.too_long'],
    ['Zir\u202Erus', 'problem.forbidden_characters'],
  ]) {
    await client.name.fill(name);
    await client.colour('teal').check();
    await client.save.click();
    await expectErrorAt(client.name, words.says(key));
    await expect(client.name).toHaveValue(name);
    await expect(client.colour('teal')).toBeChecked();
    expect(await header.colour()).toBe(after);
  }
  await managing.open('activity');
  await activity.filter('show_client').click();
  await expect(activity.titles).toHaveCount(2);
  await expect(activity.entry('plain_client_activity.recoloured')).toContainText(words.says(`colour.${to}`));
  const renamed = { from: house.client.name, to: 'Zirrus & <b>Co</b>' };
  const told = activity.entry('plain_client_activity.renamed');
  await expect(told).toContainText(words.says('activity.from_to', renamed));
  await expect(told).toContainText(words.says('activity.by', { name: called(house.owner) }));
});

test('what happened in the client is shown by parts and page by page', async ({ visitor, house }) => {
  const { managing, page, words } = visitor;
  const { activity } = managing;
  const person = await house.join();
  await managing.groups.open(words.groupManagement);
  await managing.groups.put(person.email);
  await managing.expectDone('plain_group.added');
  for (let number = 1; number <= 27; number += 1) await rename(visitor, `Number ${number}`);

  await managing.open('activity');
  const numbers: number[] = [];
  for (const [isFirst, isLast] of [
    [true, false],
    [false, true],
  ]) {
    await expect(activity.newest).toHaveCount(isFirst ? 0 : 1);
    await expect(activity.older).toHaveCount(isLast ? 0 : 1);
    if (!isLast) await expect(activity.titles).toHaveCount(25);
    const rows = await page.getByRole('main').getByRole('listitem').allInnerTexts();
    numbers.push(...rows.map((text) => Number(/to Number (\d+)/.exec(text)?.[1])).filter(Boolean));
    if (!isLast) await activity.older.click();
    await visitor.expectPath(/\/manage\/activity$/);
  }
  expect(numbers).toEqual(Array.from({ length: 27 }, (_, index) => 27 - index));
  await activity.newest.click();
  await expect(activity.titles).toHaveCount(25);

  await activity.filter('show_groups').click();
  await expect(activity.filter('show_groups')).toHaveAttribute('aria-current', 'page');
  await expect(activity.filters.locator('[aria-current]')).toHaveCount(1);
  await activity.expectTitles('activity.group_added');
  const added = activity.entry('activity.group_added');
  for (const told of [called(person), words.groupManagement, called(house.owner), visitor.address]) {
    await expect(added).toContainText(told);
  }
  await activity.filter('show_guests').click();
  await expect(managing.main).toContainText(words.says('activity.empty'));
  await managing.open('activity', '?kind=nonsense&before=nonsense');
  await expect(activity.titles).toHaveCount(25);
});

test('the file of the activity holds no cell that a spreadsheet would calculate', async ({ visitor, house }) => {
  const { managing, words } = visitor;
  const { activity, groups } = managing;
  const person = await house.join({ first: '=1+1', last: '@Lind,"qvist"' });
  await managing.open('userGroups', '/new');
  await groups.name.fill('=SUM(1;2)');
  await groups.create.click();
  await groups.put(person.email);
  await managing.expectDone('plain_group.added');
  await rename(visitor, 'Number 1');

  await managing.open('activity');
  await expect(activity.entry('activity.group_added')).toContainText('=1+1 @Lind,"qvist"');
  const { name, text } = await activity.downloaded();
  expect(name).toBe(`${house.client.slug}-activity.csv`);
  const [head, ...rows] = recordsOf(text);
  const columns = ['when', 'what', 'detail', 'person', 'by', 'browser', 'address'];
  expect(head).toHaveLength(columns.length);
  columns.forEach((column, index) => expect(head[index]).toMatch(words.says(`plain_client_activity.${column}`)));
  const added = rows.find(([, what]) => words.says('activity.group_added').test(what));
  expect(added?.slice(2, 5)).toEqual(["'=SUM(1;2)", `'=1+1 @Lind,"qvist"`, called(house.owner)]);
  for (const record of rows) {
    expect(record).toHaveLength(columns.length);
    for (const cell of record) expect(cell).not.toMatch(/^[=+\-@\t\r\n]/);
  }

  // The file holds what is shown.
  await activity.filter('show_groups').click();
  const part = recordsOf((await activity.downloaded()).text).slice(1);
  expect(part).toHaveLength(await activity.titles.count());
  expect(part.length).toBeLessThan(rows.length);
});

test('whoever may look after users may not change the client', async ({ visitor, house, guard }) => {
  guard.expectAnswers('4xx');
  const { managing } = visitor;
  const manager = await house.enter(await house.join({ group: 'Management' }));
  await manager.details.open();
  await manager.managing.openFromMenu('activity');
  await expect(manager.managing.tab('client')).toHaveCount(0);
  await manager.managing.open('client');
  await manager.managing.expectLocked('client_edit');
  await expect(manager.managing.client.save).toHaveCount(0);
  const form = { slug: house.client.slug, client_name: 'Mine', colour: 'blue', requires_second_factor: 'true' };
  const answer = await manager.page.request.post('/do/save_client', {
    form,
    headers: { ...fromOwnPage(manager.page.url()), Accept: 'application/json' },
  });
  expect(answer.status()).toBe(403);
  await managing.open('client');
  await expect(managing.client.name).toHaveValue(house.client.name);
});

/** As a browser without scripts does, because it is not what the story is about. */
async function rename({ page, managing, words }: Visitor, name: string): Promise<void> {
  const form = await page.request.get(managing.path('client'));
  const done = await submitForm(page.request, form, { [words.name]: name }, { follow: false });
  expect(done.headers().location).toMatch(/\?notice=saved$/);
}

/** The records of a CSV file (RFC 4180). */
function recordsOf(csv: string): string[][] {
  const records: string[][] = [];
  const cells = csv.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g);
  let record: string[] = [];
  for (const [, quoted, plain, end] of cells) {
    record.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === ',') continue;
    records.push(record);
    record = [];
  }
  return records;
}
