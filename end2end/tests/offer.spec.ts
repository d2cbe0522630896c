import { expect, inEachLanguage, test } from '../support/test';

inEachLanguage((language) => {
  test('the first sign-in offers the app, and "not now" is remembered', async ({ visitor, people, mailbox }) => {
    const person = await people.join({ language });
    const { signInPage, codePage, offer, tabs, words } = visitor;
    const signIn = async () => {
      await signInPage.open();
      await signInPage.submit(person.email, person.password);
      await codePage.expectOpen();
      await codePage.submit(await mailbox.code(person.email));
    };
    await signIn();
    await offer.expectOpen();
    await expect(tabs.heading).toHaveText(words.says('plain_offer.title'));
    await visitor.header.expectAddress(person.email);
    await offer.notNow.click();
    await tabs.expectCurrent('personalDetails');
    await visitor.header.leave();
    await signIn();
    await tabs.expectCurrent('personalDetails');
  });
});

test('the offer leads to the set-up, and whoever has an app is offered none', async ({ visitor, people, mailbox }) => {
  const person = await people.join();
  const { signInPage, codePage, offer, secondFactor, security, header } = visitor;
  await signInPage.open();
  await signInPage.submit(person.email, person.password);
  await codePage.expectOpen();
  await codePage.submit(await mailbox.code(person.email));
  await offer.expectOpen();
  await offer.setUp.click();
  await secondFactor.proveByMail(await mailbox.code(person.email));
  const app = await secondFactor.scan();
  await secondFactor.finish(await app.code());
  await security.expectNews('security.factor_changed');
  await security.expectFactor('viaApp');
  await header.leave();
  await visitor.signInByApp(person, app);
});

test('whoever wanted to see another page sees that one, and the offer waits', async ({ visitor, people, mailbox }) => {
  const person = await people.join();
  await visitor.tabs.open('userGroups');
  await visitor.signInPage.expectOpen();
  await visitor.signInPage.submit(person.email, person.password);
  await visitor.codePage.expectOpen();
  await visitor.codePage.submit(await mailbox.code(person.email));
  await visitor.tabs.expectCurrent('userGroups');
  await visitor.header.leave();
  await visitor.signInPage.submit(person.email, person.password);
  await visitor.codePage.expectOpen();
  await visitor.codePage.submit(await mailbox.code(person.email));
  await visitor.offer.expectOpen();
});
