import { tick } from '../pages/field';
import { Program } from '../support/api';
import { linkIn } from '../support/mailbox';
import { expect, test } from '../support/managed';

for (const language of ['en', 'de'] as const) {
  test.describe(`in ${language}`, () => {
    test.use({ language });

    test('an invited person signs in at the provider by the mailed link, and from then on by the button', async ({
      visitor,
      people,
      acme,
    }) => {
      const person = await people.invite({ language, provider: acme.id });
      const account = acme.account(person.email);
      const { provider, activation, activity, details, header, security, tabs, words, page } = visitor;
      await visitor.goto(person.link);
      for (const told of [person.first, 'Acme Ltd', acme.name]) {
        await expect(page.getByRole('main')).toContainText(told);
      }
      await expect(activation.password).toHaveCount(0);
      await provider.button(acme.name).click();
      await provider.signInThere(account);
      await visitor.arrive();
      await tabs.expectCurrent('personalDetails');
      await details.expectNames(person.first, person.last);
      await header.expectAddress(person.email);
      await security.open();
      await expect(security.device.first()).toContainText(words.says('devices.by_provider'));
      await activity.open();
      await expect(activity.entry('provider_bound')).toContainText(acme.name);

      // The provider knows them still, and leads them to where they wanted to go.
      await header.leave();
      await visitor.goto('/c/acme/account/groups');
      await visitor.signInPage.expectOpen();
      await provider.button(acme.name).click();
      await tabs.expectCurrent('userGroups');
      await header.expectAddress(person.email);
    });
  });
}

test('the letter of the invitation says where to sign in, and its link binds one identity, once', async ({
  visitor,
  another,
  people,
  acme,
  guard,
}) => {
  guard.expectAnswers('4xx');
  const [first, second] = [await people.invite({ provider: acme.id }), await people.invite({ provider: acme.id })];
  const account = acme.account(first.email);
  await visitor.goto(first.link);
  await visitor.provider.button(acme.name).click();
  await visitor.provider.signInThere(account);
  await visitor.arrive();
  await visitor.activation.expectGone(first.link);

  // Who has an account already does not get a second one by somebody else's link.
  const other = await another();
  await other.goto(second.link);
  await other.provider.button(acme.name).click();
  await other.provider.signInThere(account);
  await other.provider.expectTrouble('taken');
  await other.provider.expectStranger();
  const rightful = await another();
  await rightful.goto(second.link);
  await rightful.provider.button(acme.name).click();
  await rightful.provider.signInThere(acme.account(second.email));
  await rightful.arrive();
  await rightful.header.expectAddress(second.email);
});

test('whoever looks after users says who manages a sign-in, until it was used', async ({
  visitor,
  another,
  people,
  mailbox,
  acme,
}) => {
  test.setTimeout(90_000);
  const { client, owner } = await people.found('Tilia GmbH');
  visitor.slug = client.slug;
  await visitor.enter(owner, people);
  const { managing, words } = visitor;
  const { newUser, user, users } = managing;
  const nora = { first: 'Nora', last: 'Nyberg', email: people.unusedAddress('nora') };
  await newUser.open();
  await newUser.fill(nora);
  await tick(newUser.method(acme.name));
  await newUser.create(client.name).click();
  await user.expectOpen('Nora Nyberg');
  const link = linkIn(await mailbox.next(nora.email, { kind: 'activation' }), 'activate');
  await expect(user.method(acme.name)).toBeChecked();

  // Changed to a password, and back: the same link leads to what is chosen.
  const reader = await another();
  reader.slug = client.slug;
  for (const [method, passwords] of [
    [words.password, 1],
    [acme.name, 0],
  ] as const) {
    await tick(user.method(method));
    await user.saveMethod.click();
    await managing.expectDone('plain_user.method_saved');
    await expect(user.method(method)).toBeChecked();
    await reader.goto(link);
    await expect(reader.activation.password).toHaveCount(passwords);
    await expect(reader.provider.button(acme.name)).toHaveCount(1 - passwords);
  }
  await reader.provider.button(acme.name).click();
  await reader.provider.signInThere(acme.account(nora.email));
  await reader.arrive();
  await reader.header.expectClient(client.name);

  await user.open('Nora Nyberg');
  await expect(user.methods).toHaveCount(0);
  await expect(managing.main).toContainText(words.says('plain_user.method_managed', { provider: acme.name }));
  await expect(user.question(words.resetFactor)).toHaveCount(0);
  await managing.open('users');
  await users.find('', 'provider');
  await users.expectNames('Nora Nyberg');
  await expect(users.row('Nora Nyberg')).toContainText(acme.name);
});

test('what is sensitive waits until the provider has asked once more', async ({ visitor, another, acme, employ }) => {
  const employee = await employ();
  const { security, provider, words } = visitor;
  await provider.signIn(acme.name, employee.account);
  const elsewhere = await another();
  await elsewhere.page.context().addCookies(employee.cookies);
  await elsewhere.details.open();
  await security.open();
  const unlock = security.unlocking.getByRole('button', { name: words.unlock, exact: true });
  await expect(security.passwordIn(visitor.page.getByRole('main'))).toHaveCount(0);

  await unlock.click();
  await provider.giveUpThere();
  await provider.expectTrouble('cancelled');
  await security.open();
  // It still knows them, and asks all the same.
  await unlock.click();
  await provider.signInThere(employee.account);
  await visitor.tabs.expectCurrent('security');
  await security.expectUnlocked();
  await security.endOthers.click();
  await expect(security.device).toHaveCount(1);
  await elsewhere.goto('/c/acme/account');
  await elsewhere.signInPage.expectOpen();
});

test('a program of somebody whose sign-in a provider manages gets a key of a month at most', async ({
  visitor,
  another,
  people,
  server,
  acme,
  employ,
  guard,
}) => {
  test.setTimeout(90_000);
  guard.expectAnswers('4xx');
  const { client, owner } = await people.found('Ulmus GmbH');
  const employee = await employ({ client: client.slug });
  const manager = await another();
  for (const each of [visitor, manager]) each.slug = client.slug;
  await manager.enter(owner, people);
  await manager.managing.user.open(`${employee.first} ${employee.last}`);
  await manager.managing.user.apiAccess.check();
  await manager.managing.user.save.click();
  await manager.managing.expectDone('plain_user.saved');

  const { keys, words } = visitor;
  await visitor.page.context().addCookies(employee.cookies);
  await keys.open();
  await expect(visitor.page.getByRole('main')).toContainText(
    words.says('plain_keys.by_provider', { provider: acme.name, days: 30 }),
  );
  await keys.ask('Payroll', '31');
  await expect(keys.days).toHaveAccessibleDescription(words.says('problem.out_of_range', { min: 1, max: 30 }));
  const program = new Program(server.url, visitor.address, await keys.made('Payroll', '30'));
  expect((await program.get('/me')).json.sign_in).toEqual({ method: 'provider', provider: acme.id });

  await server.command('user', 'disable', employee.email);
  expect((await program.get('/me')).status).toBe(401);
});

test('the address follows the provider where it vouches for it, and nowhere else', async ({
  visitor,
  another,
  people,
  mailbox,
  acme,
  employ,
}) => {
  const employee = await employ();
  const [former, taken, fresh] = [employee.email, (await people.join()).email, people.unusedAddress('ada.new')];
  const elsewhere = await another();
  await elsewhere.page.context().addCookies(employee.cookies);
  await elsewhere.details.open();
  for (const [email, verified, shown] of [
    [fresh, false, former],
    [taken, true, former],
    [fresh, true, fresh],
  ] as const) {
    await test.step(`${email}, ${verified ? 'verified' : 'not verified'}`, async () => {
      Object.assign(employee.account, { email, verified });
      const browser = await another();
      await browser.provider.signIn(acme.name, employee.account);
      await browser.header.expectAddress(shown);
    });
  }
  const subject = visitor.words.says('letter.provider_address_subject');
  for (const address of [former, fresh]) {
    const { text } = await mailbox.next(address, { subject });
    for (const each of [former, fresh, acme.name]) expect(text).toContain(each);
    expect(text).not.toContain('/undo-email/');
  }
  await elsewhere.goto('/c/acme/account');
  await elsewhere.signInPage.expectOpen();
});

test('the provider may change its keys, and how it signs, at any time', async ({ visitor, acme, employ }) => {
  const employee = await employ();
  acme.rotate('RS256');
  await visitor.provider.signIn(acme.name, employee.account);
  await visitor.header.expectAddress(employee.email);
});

test('who gives up at the provider, or is nobody here, reads so and stays outside', async ({ visitor, acme }) => {
  const { provider, signInPage } = visitor;
  await provider.setOut(acme.name);
  await provider.giveUpThere();
  await provider.expectTrouble('cancelled');
  await provider.tryAgain.click();
  await signInPage.expectOpen();

  await provider.button(acme.name).click();
  await provider.signInThere(acme.account('nobody@acme.example'));
  await provider.expectTrouble('unknown');
  await provider.expectStranger();
});
