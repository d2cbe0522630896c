import { expectErrorAt, withoutBrowserChecks } from '../pages/field';
import { allTabs } from '../pages/tabs';
import { tabTo, typeAt } from '../support/keyboard';
import { expect, inEachLanguage, test } from '../support/test';

inEachLanguage((language) => {
  test('a person changes their name', async ({ visitor, people }) => {
    const person = await people.join({ language });
    await visitor.enter(person, people);
    await visitor.details.open();
    await visitor.details.expectNames(person.first, person.last);

    await visitor.details.rename('Zoë', 'Ångström');
    await visitor.details.expectStatus('personal.name_saved');
    await visitor.details.expectNames('Zoë', 'Ångström');
    await visitor.header.expectInitials('ZÅ');

    await visitor.page.reload();
    await visitor.settled();
    await visitor.details.expectNames('Zoë', 'Ångström');
    await visitor.header.expectInitials('ZÅ');
    await expect(visitor.details.status.filter({ hasText: /\S/ })).toHaveCount(0);
  });
});

test('the keyboard alone is enough to change a name', async ({ visitor, people }) => {
  const { details, page } = visitor;
  await visitor.enter(await people.join(), people);
  await details.open();
  // A field that is reached by keyboard has its text selected, so that typing replaces it.
  await typeAt(details.firstName, 'Grace');
  await typeAt(details.lastName, 'Hopper');
  await tabTo(details.save);
  await page.keyboard.press('Enter');
  await details.expectStatus('personal.name_saved');
  await details.open();
  await details.expectNames('Grace', 'Hopper');
});

test('spaces around a name are not part of it', async ({ visitor, people }) => {
  await visitor.enter(await people.join(), people);
  await visitor.details.open();
  await visitor.details.rename('  Grace ', ' Hopper  ');
  await visitor.details.expectStatus('personal.name_saved');
  await visitor.details.open();
  await visitor.details.expectNames('Grace', 'Hopper');
});

const badNames: [string, string, string][] = [
  ['nothing', '', 'problem.empty'],
  ['only spaces', '   ', 'problem.empty'],
  ['two hundred letters', 'n'.repeat(200), 'problem.too_long'],
  ['ten thousand letters', 'n'.repeat(10_000), 'problem.too_long'],
  ['a control character', 'Ada\u0007Bell', 'problem.forbidden_characters'],
  ['a right-to-left override', 'Ada\u202Egnp.exe', 'problem.forbidden_characters'],
  ['an isolate that is never closed', 'Ada\u2066', 'problem.forbidden_characters'],
];

test('a name that cannot be one is refused at its field, and what was typed stays', async ({
  visitor,
  people,
  guard,
}) => {
  guard.expectAnswers('4xx');
  const person = await people.join();
  await visitor.enter(person, people);
  const { details, words } = visitor;
  await details.open();
  for (const [index, [what, bad, key]] of badNames.entries()) {
    await test.step(what, async () => {
      const field = index % 2 === 0 ? details.firstName : details.lastName;
      await details.open();
      await withoutBrowserChecks(field);
      await field.fill(bad);
      await details.save.click();
      await expectErrorAt(field, words.says(key));
      // Ten thousand letters have no room in what a page without scripts can be handed.
      if (bad.length < 300) expect((await field.inputValue()).trim()).toBe(bad.trim());
    });
  }
  await details.open();
  await details.expectNames(person.first, person.last);
});

test('a name that looks like HTML is only ever text', async ({ visitor, people, mailbox }) => {
  const person = await people.join();
  const [first, last] = ['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>'];
  await visitor.enter(person, people);
  await visitor.details.open();
  await visitor.details.rename(first, last);
  await visitor.details.expectStatus('personal.name_saved');
  for (const tab of allTabs) {
    await visitor.tabs.open(tab);
    await visitor.tabs.expectCurrent(tab);
    await visitor.header.openMenu();
    await expect(visitor.page.locator('img[src="x"]')).toHaveCount(0);
    await expect(visitor.page.locator('script', { hasText: 'alert(1)' }).filter({ hasNotText: '\\u003c' })).toHaveCount(
      0,
    );
    const html = await (await visitor.page.request.get(visitor.page.url())).text();
    expect(html).not.toContain(first);
    expect(html).not.toContain(last);
  }
  await visitor.details.open();
  await visitor.details.expectNames(first, last);

  await visitor.header.leave();
  await visitor.signInPage.submit(person.email, person.password);
  await visitor.codePage.expectOpen();
  const mail = await mailbox.next(person.email, { kind: 'code' });
  expect(mail.text).toContain(first);
  expect(mail.html).not.toContain('<script');
  expect(mail.html).not.toContain('<img');
});
