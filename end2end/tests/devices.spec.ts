import { expectNoErrorAt } from '../pages/field';
import type { Visitor } from '../pages/visitor';
import type { Person } from '../support/people';
import { expect, test as base, withoutScriptsAlone } from '../support/test';

/** Somebody who is signed in at three places. */
interface Places {
  person: Person;
  office: Visitor;
  phone: Visitor;
}

const test = base.extend<{ places: Places }>({
  places: async ({ visitor, another, people, address }, use) => {
    const person = await people.join();
    // Each test has a network of its own, so these two belong to nobody else.
    const office = await another({ address: address.replace(/^198\.18/, '198.20') });
    const phone = await another({ address: address.replace(/^198\.18/, '198.21') });
    for (const each of [visitor, office, phone]) await each.enter(person, people);
    await use({ person, office, phone });
  },
});

test('the tab tells where somebody is signed in, here first', async ({ visitor, places }) => {
  const { security, words } = visitor;
  const { office, phone } = places;
  const told = ['by_email', 'first_seen', 'last_seen'].map((key) => words.says(`devices.${key}`));
  await security.open();
  await expect(security.device).toHaveCount(3);
  await expect(security.device.first()).toContainText(words.thisDevice);
  await expect(security.device.first()).toContainText(visitor.address);
  await expect(security.devices.getByText(words.thisDevice, { exact: true })).toHaveCount(1);
  for (const { address } of [visitor, office, phone]) {
    const device = security.deviceAt(address);
    await expect(device).toHaveCount(1);
    for (const each of [/Chrome, /, ...told]) await expect(device).toContainText(each);
    await expect(security.end(address)).toHaveCount(address === visitor.address ? 0 : 1);
  }
});

test('one sign-in is ended from afar, and the others stay', async ({ visitor, places, guard }) => {
  guard.expectAnswers('4xx');
  const { security, words } = visitor;
  const { office, phone } = places;
  await security.open();
  await security.end(office.address).click();
  await expect(security.devices.getByRole('status').filter({ hasText: words.says('devices.ended') })).toBeVisible();
  await expect(security.device).toHaveCount(2);
  await expect(security.deviceAt(office.address)).toHaveCount(0);
  await office.goto('/c/acme/account');
  await office.signInPage.expectOpen();
  await phone.details.open();

  await visitor.activity.open();
  await visitor.activity.expectTitles('session_ended', 'signed_in', 'signed_in', 'signed_in');
  await expect(visitor.activity.entry('session_ended')).toContainText(office.address);
});

test('all other sign-ins are ended at once', async ({ visitor, places }) => {
  const { security, words } = visitor;
  await security.open();
  await security.endOthers.click();
  const told = security.devices.getByRole('status').filter({ hasText: words.says('devices.others_ended') });
  await expect(told).toBeVisible();
  await expect(security.device).toHaveCount(1);
  await expect(security.endOthers).toHaveCount(0);
  for (const each of [places.office, places.phone]) {
    await each.goto('/c/acme/account');
    await each.signInPage.expectOpen();
  }
  await security.open();
  await visitor.activity.open();
  await expect(visitor.activity.entry('sessions_ended')).toBeVisible();
});

test('a tab that was signed out says so at its next step', async ({ visitor, places, guard }) => {
  guard.expectAnswers('4xx');
  const { office } = places;
  await office.details.open();
  await visitor.security.open();
  await visitor.security.end(office.address).click();
  await expect(visitor.security.device).toHaveCount(2);
  await office.tabs.link('accounts').click();
  await office.signInPage.expectNews('error.signed_out');
  expect(new URL(office.page.url()).searchParams.get('next')).toBe('/c/acme/account/accounts');
});

test('what was typed in a tab that was signed out is kept, and saved after signing in beside it', async ({
  visitor,
  places,
  mailbox,
  guard,
}) => {
  test.skip(!visitor.js, 'without scripts a refused form leads to the sign-in');
  guard.expectAnswers('4xx');
  const { office, person } = places;
  const { details, page, words } = office;
  await details.open();
  await visitor.security.open();
  await visitor.security.end(office.address).click();
  await expect(visitor.security.device).toHaveCount(2);

  await details.rename('Augusta', 'King');
  const refused = page.getByRole('alert').filter({ hasText: words.says('error.signed_out') });
  await expect(refused).toBeVisible();
  await details.expectNames('Augusta', 'King');
  const opened = page.context().waitForEvent('page');
  await refused.getByRole('link', { name: words.signInAgain, exact: true }).click();
  const tab = await office.anotherTab(await opened);
  await tab.signInPage.expectOpen();
  await tab.signInPage.submit(person.email, person.password);
  await tab.codePage.expectOpen();
  await tab.codePage.submit(await mailbox.code(person.email));
  await tab.details.expectNames(person.first, person.last);

  await details.expectNames('Augusta', 'King');
  await details.save.click();
  await details.expectStatus('personal.name_saved');
  await expectNoErrorAt(details.firstName);
  await tab.details.open();
  await tab.details.expectNames('Augusta', 'King');
});

test('what was typed in a tab that was signed out stands there after signing in again', withoutScriptsAlone, async ({
  visitor,
  places,
  mailbox,
  guard,
}) => {
  test.skip(visitor.js, 'with scripts the page itself stays, and one signs in beside it');
  guard.expectAnswers('4xx');
  const { office, person } = places;
  await office.details.open();
  await visitor.security.open();
  await visitor.security.end(office.address).click();
  await expect(visitor.security.device).toHaveCount(2);

  await office.details.rename('Augusta', 'King');
  await office.signInPage.expectNews('error.signed_out');
  await office.signInPage.submit(person.email, person.password);
  await office.codePage.expectOpen();
  await office.codePage.submit(await mailbox.code(person.email));
  await office.details.expectNames('Augusta', 'King');
  await expect(office.page.getByRole('alert')).toContainText(office.words.says('error.was_signed_out'));
  await office.details.save.click();
  await office.details.expectStatus('personal.name_saved');
  await office.details.open();
  await office.details.expectNames('Augusta', 'King');
});
