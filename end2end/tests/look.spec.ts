import { expectErrorAt } from '../pages/field';
import { ProfilePicture } from '../pages/picture';
import { allTabs } from '../pages/tabs';
import { wrongCode } from '../support/codes';
import { chosen, photo } from '../support/files';
import { ask } from '../support/http';
import { look } from '../support/looks';
import { demo, expect, inEachLanguage, test } from '../support/test';

inEachLanguage((language) => {
  // What axe judges is the same in both languages; what may be too wide is not.
  const settings = { axe: language === 'en' };

  test('the pages before sign-in', async ({ visitor, people, mailbox, guard }) => {
    test.setTimeout(90_000);
    guard.expectAnswers('4xx');
    const person = await people.invite({ language });
    const { page, signInPage, codePage, activation } = visitor;
    await signInPage.open();
    await look(visitor, 'sign-in', settings);
    await signInPage.submit(people.unusedAddress(), 'wrong');
    await signInPage.expectRefused();
    await look(visitor, 'sign-in-refused', settings);

    await activation.open(person.link);
    await look(visitor, 'activation', settings);
    await activation.submit('passwordpassword');
    await expectErrorAt(activation.password);
    await look(visitor, 'activation-refused', settings);
    await activation.submit(person.password);
    await signInPage.expectOpen();
    await look(visitor, 'activated', settings);
    await activation.expectGone(person.link);
    await look(visitor, 'link-used', settings);

    await signInPage.open();
    await signInPage.submit(person.email, person.password);
    await codePage.expectOpen();
    await look(visitor, 'login-code', settings);
    await codePage.submit(wrongCode(await mailbox.code(person.email)));
    await expectErrorAt(codePage.field);
    await look(visitor, 'login-code-refused', settings);

    await page.goto('/nothing/here');
    await look(visitor, 'not-found', settings);
  });

  test('the pages for what is refused at the door', async ({ visitor, server, guard }) => {
    guard.expectAnswers('4xx');
    const { page, words } = visitor;
    const spoken = { 'Accept-Language': language };
    const questions: [number, Parameters<typeof ask>[1]][] = [
      [403, { method: 'POST', headers: spoken }],
      [421, { headers: { ...spoken, Host: 'evil.example' } }],
    ];
    for (const [status, question] of questions) {
      // No browser asks like this by itself, so it is handed the answer.
      const answer = await ask(`${server.url}/sign-in`, question);
      expect(answer.status).toBe(status);
      const handed = { status, contentType: answer.headers['content-type'], body: answer.body };
      await page.route('**/sign-in', (route) => route.fulfill(handed), { times: 1 });
      await visitor.goto('/sign-in');
      await expect(visitor.tabs.heading).toHaveText(words.says('error.refused_title'));
      await look(visitor, `refused-${status}`, settings);
    }
  });

  test('the pages of My account', async ({ visitor, people, guard }) => {
    test.setTimeout(90_000);
    guard.expectAnswers('4xx');
    const person = await people.join({ language, first: 'Maximiliane-Charlotte', last: 'von und zu Hohenstaufen' });
    await visitor.enter(person, people);
    for (const tab of allTabs) {
      await visitor.tabs.open(tab);
      await visitor.tabs.expectCurrent(tab);
      await look(visitor, `account-${tab}`, settings);
    }
    await visitor.header.openMenu();
    await look(visitor, 'menu', { ...settings, isCovered: true });
    await visitor.details.open();
    await visitor.details.rename('Ada', 'Bell\u202Egnp.exe');
    await expectErrorAt(visitor.details.lastName);
    await look(visitor, 'name-refused', settings);
    await visitor.details.open();
    await visitor.details.rename('Ada', 'Lindqvist');
    await visitor.details.expectStatus('personal.name_saved');
    await look(visitor, 'name-saved', settings);
  });

  test('the profile picture', async ({ visitor, people }) => {
    test.setTimeout(90_000);
    const picture = new ProfilePicture(visitor);
    await visitor.enter(await people.join({ language }), people);
    await visitor.details.open();
    await look(visitor, 'picture-none', { ...settings, differsWithoutScripts: true });
    await picture.choose(chosen('page.png', 'image/png', '<!doctype html>'));
    if (!visitor.js) await picture.save.click();
    await expectErrorAt(picture.field, visitor.words.says('problem.not_a_picture'));
    await look(visitor, 'picture-refused', { ...settings, differsWithoutScripts: true });
    await picture.choose(photo);
    if (visitor.js) {
      await picture.expectCropping();
      await look(visitor, 'picture-cropping', settings);
    }
    const release = await picture.hold();
    const saved = picture.save.click();
    if (visitor.js) {
      await expect(picture.progress).toBeVisible();
      await look(visitor, 'picture-sending', settings);
    }
    release();
    await saved;
    await visitor.details.expectStatus('picture.saved');
    await picture.expectShown();
    await look(visitor, 'picture-saved', { ...settings, differsWithoutScripts: true });
  });

  test('the change of the address', async ({ visitor, people, mailbox, guard }) => {
    test.setTimeout(90_000);
    guard.expectAnswers('4xx');
    const person = await people.join({ language });
    const fresh = people.unusedAddress('a.rather.long.address.with.many.parts.before.the.at.sign');
    const { details, changeEmail } = visitor;
    await visitor.enter(person, people);
    await details.open();
    await changeEmail.begin();
    await look(visitor, 'email-step-1', { ...settings, differsWithoutScripts: true });
    const code = await mailbox.code(person.email);
    await changeEmail.ask(fresh, wrongCode(code));
    await expectErrorAt(changeEmail.confirmationCode);
    await look(visitor, 'email-step-1-refused', { ...settings, differsWithoutScripts: true });
    await changeEmail.ask(fresh, code);
    await changeEmail.expectSecondStep();
    await look(visitor, 'email-step-2', { ...settings, differsWithoutScripts: true });
    await details.open();
    await details.expectPending(fresh);
    await look(visitor, 'email-pending', settings);
    await details.enterCode.click();
    await changeEmail.expectSecondStep();
    await changeEmail.prove(await mailbox.code(fresh));
    await details.expectStatus('personal.email_changed');
    await look(visitor, 'email-changed', settings);
  });

  test('what somebody with more rights has to see', async ({ visitor, people }) => {
    await visitor.enter(language === 'en' ? demo.olivia : demo.max, people);
    await visitor.tabs.open('userGroups');
    await look(visitor, 'groups-with-rights', settings);
  });
});

test('the pages of the demo', async ({ visitor, people, mailbox }) => {
  test.setTimeout(90_000);
  const person = await people.join();
  await visitor.signIn(person, mailbox);
  await visitor.goto('/dev/mail');
  await expect(visitor.tabs.heading).toHaveText(visitor.words.says('plain_dev.mail_title'));
  await expect(visitor.tabs.main).toContainText(person.email);
  await expect(visitor.tabs.main).toContainText(visitor.words.says('letter.login_code_subject'));
  await look(visitor, 'dev-mail');
  await visitor.goto('/dev/parts');
  await expect(visitor.page).toHaveTitle(visitor.words.says('plain_dev.parts_title'));
  await expect(visitor.tabs.main).toContainText(visitor.words.says('plain_dev.parts_lead'));
  await look(visitor, 'dev-parts');
  const menu = visitor.page.locator('.menu > summary');
  await menu.click();
  await expect(visitor.page.getByRole('link', { name: visitor.words.invitations })).toBeVisible();
  await look(visitor, 'dev-parts-menu');
  await menu.click();
  if (visitor.js) {
    await visitor.page.getByRole('button', { name: visitor.words.changeEmail, exact: true }).click();
    await expect(visitor.changeEmail.dialog).toBeVisible();
    await look(visitor, 'dev-parts-dialog');
  }
});

test('a guest between two clients, who reads German', async ({ another, people }) => {
  const greta = await another({ language: demo.greta.language });
  await greta.enter(demo.greta, people);
  await greta.goto('/c/borealis/account/accounts');
  await look(greta, 'accounts-of-a-guest');
});

test('the open menu, with an invitation in it', async ({ visitor, people }) => {
  await visitor.enter(demo.una, people);
  await visitor.goto('/account');
  await visitor.header.openMenu();
  await look(visitor, 'menu-with-invitation', { isCovered: true });
});

test.describe('a browser that asks for German', () => {
  test.use({ language: 'de' });

  test('gets German from the first byte', async ({ visitor }) => {
    const raw = await visitor.page.request.get('/sign-in', {
      headers: { 'Accept-Language': 'de-DE,de;q=0.9,en;q=0.8' },
    });
    expect(await raw.text()).toMatch(/<html[^>]*\slang="de"/);
    await visitor.signInPage.open();
    await expect(visitor.page.locator('html')).toHaveAttribute('lang', 'de');
    await expect(visitor.signInPage.button).toBeVisible();
  });
});

test('a browser that asks for neither language gets English', async ({ visitor }) => {
  const raw = await visitor.page.request.get('/sign-in', { headers: { 'Accept-Language': 'fr-FR, pt;q=0.5' } });
  expect(await raw.text()).toMatch(/<html[^>]*\slang="en"/);
});
