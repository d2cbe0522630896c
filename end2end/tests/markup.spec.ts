import { tabPaths } from '../pages/tabs';
import { markupFaults } from '../support/markup';
import { expect, test } from '../support/test';

test('the HTML of each page is sound', async ({ visitor, people, mailbox }) => {
  const person = await people.invite();
  const { page } = visitor;
  const check = async (path: string) => {
    const answer = await page.request.get(path);
    expect(await markupFaults(await answer.text(), path)).toEqual([]);
    expect((await answer.text()).match(/<h1\b/g)).toHaveLength(1);
  };
  for (const path of [
    '/sign-in',
    person.link,
    '/activate/none',
    '/set-up/none',
    '/nothing',
    '/dev/mail',
    '/dev/parts',
  ]) {
    await test.step(path, () => check(path));
  }
  await visitor.activation.open(person.link);
  await visitor.activation.submit(person.password);
  await visitor.signInPage.expectOpen();
  await visitor.signInPage.submit(person.email, person.password);
  await visitor.codePage.expectOpen();
  await check('/sign-in/code');
  await visitor.codePage.submit(await mailbox.code(person.email));
  await visitor.tabs.expectCurrent('personalDetails');
  for (const path of Object.values(tabPaths)) await test.step(path, () => check(path));
  await visitor.changeEmail.begin();
  await check('/c/acme/account/email');
  await visitor.changeEmail.ask(people.unusedAddress(), await mailbox.code(person.email));
  await visitor.changeEmail.expectSecondStep();
  await check('/c/acme/account/email');
  await check('/c/acme/account');
});
