import { expectErrorAt } from '../pages/field';
import { look } from '../support/looks';
import { expect, test } from '../support/managed';
import { markupFaults } from '../support/markup';

for (const language of ['en', 'de'] as const) {
  test.describe(`in ${language}`, () => {
    test.use({ language });
    const settings = { axe: language === 'en' };

    test('the ways to a provider and back', async ({ visitor, people, acme, guard }) => {
      test.setTimeout(120_000);
      guard.expectAnswers('4xx', 503);
      const person = await people.invite({ language, provider: acme.id });
      await visitor.signInPage.open();
      await look(visitor, 'sign-in-providers', settings);
      await visitor.goto(person.link);
      await look(visitor, 'activate-provider', settings);
      const refusals = ['cancelled', 'refused', 'clock', 'unknown', 'taken', 'expired', 'again', 'wait'] as const;
      for (const matter of ['down', ...refusals] as const) {
        await visitor.goto(`/provider?notice=${matter}&id=${acme.id}`);
        await visitor.provider.expectTrouble(matter);
        if (matter === 'unknown' || matter === 'down') await look(visitor, `provider-${matter}`, settings);
      }
    });

    test('an account that a provider manages, and the keys of its programs', async ({
      visitor,
      another,
      people,
      employ,
      guard,
    }) => {
      test.setTimeout(180_000);
      guard.expectAnswers('4xx');
      const { client, owner } = await people.found('Quercus GmbH', { language });
      const employee = await employ({ language, client: client.slug });
      const manager = await another();
      for (const each of [visitor, manager]) each.slug = client.slug;
      await manager.enter(owner, people);
      const { user, newUser } = manager.managing;
      await newUser.open();
      await look(manager, 'user-new-provider', settings);
      await user.open(`${employee.first} ${employee.last}`);
      await look(manager, 'user-provider', settings);
      await user.apiAccess.check();
      await user.save.click();
      await manager.managing.expectDone('plain_user.saved');

      const { details, security, keys } = visitor;
      await visitor.page.context().addCookies(employee.cookies);
      await details.open();
      await look(visitor, 'details-provider', settings);
      await security.open();
      await look(visitor, 'security-provider', settings);
      for (const page of ['factor', 'not-me']) {
        await visitor.goto(`/c/${client.slug}/account/security/${page}`);
        await look(visitor, `${page}-provider`, settings);
      }
      await keys.open();
      await look(visitor, 'keys-none', settings);
      await keys.ask('', '31');
      await expectErrorAt(keys.name);
      await look(visitor, 'keys-refused', settings);
      await keys.made('Payroll', '30');
      await look(visitor, 'keys-made', settings);
      await keys.open();
      await look(visitor, 'keys', settings);
    });

    test('the page of the API', async ({ visitor }) => {
      test.setTimeout(90_000);
      await visitor.goto('/api');
      await look(visitor, 'api', settings);
    });
  });
}

test('the HTML of these pages is sound', async ({ visitor, people, acme, employ }) => {
  const invited = await people.invite({ provider: acme.id });
  const { cookies } = await employ();
  const account = '/c/acme/account';
  const [open, closed] = [
    ['/sign-in', '/provider?notice=down&id=acme', '/provider?notice=none', invited.link, '/api'],
    ['', '/security', '/security/keys', '/security/factor', '/security/not-me'].map((path) => account + path),
  ];
  const check = async (path: string) => {
    const html = await (await visitor.page.request.get(path)).text();
    expect(await markupFaults(html, path)).toEqual([]);
    expect(html.match(/<h1\b/g), path).toHaveLength(1);
  };
  for (const path of open) await check(path);
  await visitor.page.context().addCookies(cookies);
  for (const path of closed) await check(path);
});
