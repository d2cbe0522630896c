import { expectErrorAt, tick } from '../pages/field';
import type { Visitor } from '../pages/visitor';
import { called, expect, type House, test } from '../support/house';
import { tabTo } from '../support/keyboard';
import { linkIn, type Mailbox } from '../support/mailbox';
import { newPassword, type Person } from '../support/people';

for (const language of ['en', 'de'] as const) {
  test.describe(`in ${language}`, () => {
    test.use({ language });

    test('a user is created in the client that the page names, chooses a password and signs in', async ({
      visitor,
      another,
      house,
      people,
      mailbox,
    }) => {
      test.setTimeout(90_000);
      const { managing, header, details, page, words } = visitor;
      const { client, owner } = house;
      const nora = newcomer(people.unusedAddress('nora'), visitor);
      await details.open();
      await managing.openFromMenu('users');
      await managing.users.expectNames(called(owner));
      const colour = await header.colour();
      await expect(managing.users.create(client.name)).toHaveCSS('background-color', colour);
      await managing.users.create(client.name).click();
      await expect(managing.newUser.create(client.name)).toHaveCSS('background-color', colour);
      await expect(page.getByRole('heading', { level: 1 })).toContainText(client.name);
      await expect(managing.newUser.groups.getByRole('checkbox', { checked: true })).toHaveCount(1);
      await expect(managing.newUser.group(words.groupUser)).toBeChecked();
      // The client asks for a second step of everybody, so there is nothing to choose.
      await expect(managing.newUser.methods).toHaveCount(1);

      await managing.newUser.fill(nora);
      await managing.newUser.language.selectOption(language);
      await managing.newUser.create(client.name).click();
      await managing.user.expectOpen(called(nora));
      await managing.expectDone('plain_user.created_sent');
      await expect(managing.main).toContainText(nora.email);
      await expect(managing.main.getByText(words.notActivated, { exact: true })).toBeVisible();

      const reader = await another();
      reader.slug = client.slug;
      await reader.activation.open(await activationLink(mailbox, nora, visitor, client.name));
      for (const told of [nora.first, client.name]) {
        await expect(reader.page.getByRole('main')).toContainText(told);
      }
      await reader.activation.submit(nora.password);
      await reader.signIn(nora, mailbox);
      await reader.tabs.expectCurrent('personalDetails');
      await reader.header.expectClient(client.name);
      await reader.details.expectNames(nora.first, nora.last);
      await reader.activity.open();
      await expect(reader.activity.entry('user_created')).toContainText(doneBy(reader, owner));

      await managing.open('users');
      await managing.users.expectNames(called(nora), called(owner));
      await expect(managing.users.row(called(nora))).toContainText(words.says('devices.by_email'));
      await expect(managing.users.row(called(nora))).not.toContainText(words.notActivated);
    });
  });
}

test('what is wrong with a new user is said at its field, and nothing that was typed is lost', async ({
  visitor,
  house,
  people,
}) => {
  const { managing, words } = visitor;
  const { newUser } = managing;
  const { client, owner } = house;
  const good = newcomer(people.unusedAddress('nora'), visitor);
  await newUser.open();
  const create = async () => newUser.create(client.name).click();
  const expectKept = async (wanted: typeof good, groups: string[]) => {
    await expect(newUser.firstName).toHaveValue(wanted.first);
    await expect(newUser.lastName).toHaveValue(wanted.last);
    await expect(newUser.email).toHaveValue(wanted.email);
    await expect(newUser.language).toHaveValue('de');
    for (const group of [words.groupUser, words.groupManagement]) {
      await expect(newUser.group(group)).toBeChecked({ checked: groups.includes(group) });
    }
    await expect(newUser.send).not.toBeChecked();
  };
  await newUser.language.selectOption('de');
  await tick(newUser.group(words.groupUser), false);
  await newUser.send.uncheck();
  const bad = { ...good, first: 'N'.repeat(201), last: '', email: 'nora at home' };
  await newUser.fill(bad);
  await create();
  await expectErrorAt(newUser.firstName, words.says('problem.too_long', { max: 100 }));
  await expectErrorAt(newUser.lastName, words.says('problem.empty'));
  await expectErrorAt(newUser.email, words.says('problem.not_an_address'));
  await expect(newUser.groups).toHaveAccessibleDescription(words.says('problem.no_group'));
  await expectKept(bad, []);

  await tick(newUser.group(words.groupManagement));
  for (const [change, field, key] of [
    [{ first: 'No\u202Era' }, newUser.firstName, 'problem.forbidden_characters'],
    [{ email: '' }, newUser.email, 'problem.empty'],
    [{ email: owner.email.toUpperCase() }, newUser.email, 'problem.taken'],
  ] as const) {
    const typed = { ...good, ...change };
    await newUser.fill(typed);
    await create();
    await expectErrorAt(field, words.says(key));
    await expect(managing.main.locator('[aria-invalid="true"]')).toHaveCount(1);
    await expectKept(typed, [words.groupManagement]);
  }
  await newUser.fill(good);
  await create();
  await managing.user.expectOpen(called(good));
  await managing.expectDone('plain_user.created');
});

test('the activation mail may be put off, and of several only the newest link works', async ({
  visitor,
  another,
  house,
  people,
  mailbox,
  guard,
}) => {
  guard.expectAnswers('4xx');
  const { managing } = visitor;
  const { newUser, user } = managing;
  const { client } = house;
  const early = newcomer(people.unusedAddress('early'), visitor);
  const late = { ...newcomer(people.unusedAddress('late'), visitor), first: 'Nadia' };
  await newUser.open();
  await newUser.fill(late);
  await newUser.send.uncheck();
  await newUser.create(client.name).click();
  await managing.expectDone('plain_user.created');
  await newUser.open();
  await newUser.fill(early);
  await newUser.create(client.name).click();
  await managing.expectDone('plain_user.created_sent');
  const first = await activationLink(mailbox, early, visitor, client.name);
  await user.sendActivation.click();
  await managing.expectDone('plain_user.sent');
  const second = await activationLink(mailbox, early, visitor, client.name);
  await user.sendActivation.click();
  await managing.expectRefused('error.too_many');

  const reader = await another();
  await reader.activation.expectGone(first);
  await reader.activation.open(second);
  await reader.activation.submit(early.password);
  await reader.signInPage.expectOpen();
  // Whoever has a password needs no link.
  await user.sendActivation.click();
  await managing.expectRefused('error.not_found');

  expect(await mailbox.staysEmpty(late.email, 0)).toBe(true);
  await user.open(called(late));
  await user.sendActivation.click();
  await managing.expectDone('plain_user.sent');
  await reader.activation.open(await activationLink(mailbox, late, visitor, client.name));
});

test('somebody who has an account elsewhere can be invited as a guest', async ({ visitor, house, people, mailbox }) => {
  const { managing, words } = visitor;
  const { newUser } = managing;
  const { client } = house;
  const { email, last } = await people.join({ last: 'Quellenberg' });
  await newUser.open();
  await expect(newUser.invite).toHaveCount(0);
  await newUser.fill({ first: 'Nora', last: 'Novak', email });
  await newUser.create(client.name).click();
  await expectErrorAt(newUser.email, words.says('problem.elsewhere'));
  await expect(managing.main).toContainText(words.says('plain_user_new.offer', { email, client: client.name }));
  // Whose address it is, and where, is not said (ENUM-2).
  for (const secret of [last, 'Acme']) await expect(managing.main).not.toContainText(secret);
  await newUser.invite.click();
  await managing.expectCurrent('guests');
  await managing.expectDone('plain_guests.invited');
  await expect(managing.main).toContainText(email);
  const subject = words.says('letter.invitation_subject', { client: client.name });
  await mailbox.next(email, { kind: 'invitation', subject });
});

test('the list is searched, narrowed and sorted, and its URL says how', async ({ visitor, house, people }) => {
  const { managing, page, words } = visitor;
  const { users } = managing;
  const invite = (first: string, last: string) =>
    people.invite({ first, last, client: house.client.slug, email: people.unusedAddress(`${last}.${first}`) });
  await invite('Berta', 'Caspar');
  await invite('Anton', 'Zimmer');
  await invite('Clara', 'Adler-Berg');
  const [anton, berta, clara, olga] = ['Anton Zimmer', 'Berta Caspar', 'Clara Adler-Berg', called(house.owner)];
  await managing.open('users');
  await users.expectNames(anton, berta, clara, olga);
  await users.sort('sort_name').click();
  await users.expectNames(olga, clara, berta, anton);
  expect(users.asked).toEqual({ order: 'desc' });
  await expect(users.sort('sort_name')).toHaveAttribute('aria-current', 'true');
  await expect(users.sorts.locator('[aria-current]')).toHaveCount(1);
  await users.sort('sort_email').click();
  await users.expectNames(clara, berta, olga, anton);
  await users.sort('sort_created').click();
  await users.expectNames(olga, berta, anton, clara);

  await users.find('ber', words.notActivated);
  await users.expectNames(berta, clara);
  expect(users.asked).toEqual({ search: 'ber', filter: 'not-activated', sort: 'created' });
  await users.find('ADLER, BERG');
  await users.expectNames(clara);
  await page.goBack();
  await users.expectNames(berta, clara);
  await expect(users.search).toHaveValue('ber');
  await page.reload();
  await users.expectNames(berta, clara);
  await expect(users.filter.locator(':checked')).toHaveText(words.notActivated);

  await users.find('Zacharias & Co <b>');
  await expect(users.names).toHaveCount(0);
  await expect(managing.main).toContainText(words.says('plain_users.no_match', { client: house.client.name }));
  await users.everybody.click();
  await users.expectNames(anton, berta, clara, olga);
  expect(users.asked).toEqual({});
  await users.find('', words.active);
  await users.expectNames(olga);
});

test('whoever may only see users is told what is missing', async ({ visitor, house, guard }) => {
  guard.expectAnswers('4xx');
  const { managing } = visitor;
  const person = await house.join();
  await managing.open('userGroups', '/new');
  await managing.groups.name.fill('Readers');
  await managing.groups.permission('users_view').check();
  await managing.groups.create.click();
  await managing.groups.put(person.email);
  await managing.expectDone('plain_group.added');

  const reader = await house.enter(person);
  await reader.details.open();
  await reader.managing.openFromMenu('users');
  await reader.managing.users.expectNames(called(person), called(house.owner));
  await expect(reader.managing.users.create(house.client.name)).toHaveCount(0);
  await reader.managing.expectLocked('users_edit');
  await reader.managing.users.name(called(house.owner)).click();
  await reader.managing.expectLocked('users_edit');
  await expect(reader.managing.user.save).toHaveCount(0);
  await reader.managing.open('users', '/new');
  await reader.managing.expectLocked('users_edit');
  await expect(reader.managing.newUser.email).toHaveCount(0);
});

test('the keyboard alone is enough to create a user', async ({ visitor, house, people }) => {
  const { managing, page, words } = visitor;
  const { newUser } = managing;
  const nora = newcomer(people.unusedAddress('nora'), visitor);
  await managing.open('users');
  await tabTo(managing.users.create(house.client.name));
  await page.keyboard.press('Enter');
  await expect(newUser.email).toBeVisible();
  for (const [field, typed] of [
    [newUser.firstName, nora.first],
    [newUser.lastName, nora.last],
    [newUser.email, nora.email],
  ] as const) {
    await tabTo(field);
    await page.keyboard.type(typed);
  }
  await tabTo(newUser.language);
  await page.keyboard.type('Deu');
  await expect(newUser.language).toHaveValue('de');
  await tabTo(newUser.group(words.groupManagement));
  await page.keyboard.press('Space');
  await tabTo(newUser.send);
  await page.keyboard.press('Space');
  await tabTo(newUser.create(house.client.name));
  await page.keyboard.press('Enter');
  await managing.user.expectOpen(called(nora));
  await managing.expectDone('plain_user.created');
  await expect(managing.user.group(words.groupManagement)).toBeChecked();
});

function newcomer(email: string, { words }: Visitor): Person {
  return { email, password: newPassword(), first: 'Nora', last: 'Novak', language: words.language };
}

/** The link in the newest activation mail, which says for which client it is. */
async function activationLink(mailbox: Mailbox, person: Person, visitor: Visitor, client: string): Promise<string> {
  const subject = visitor.words.says('letter.activation_subject', { client });
  return linkIn(await mailbox.next(person.email, { kind: 'activation', subject }), 'activate');
}

function doneBy(reader: Visitor, owner: House['owner']): RegExp {
  return reader.words.says('activity.by', { name: called(owner) });
}
