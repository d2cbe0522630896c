import { expectErrorAt } from '../pages/field';
import { expect, test } from '../support/test';

// Files run in the order of their names: who waits for a minute starts first, and nobody waits for them at the end.
test('after a minute Send again mails a new code, which ends the first', async ({
  visitor,
  people,
  mailbox,
  guard,
}) => {
  test.skip(!visitor.js, 'a minute of waiting is spent once');
  test.setTimeout(120_000);
  guard.expectAnswers('4xx');
  const person = await people.join();
  await visitor.signInPage.open();
  await visitor.signInPage.submit(person.email, person.password);
  await visitor.codePage.expectOpen();
  const first = await mailbox.code(person.email);
  await visitor.page.waitForTimeout(61_000);
  // Whether the button has noticed by itself that the minute is over is for the page; pressing it has to work.
  await visitor.codePage.sendAgain.click({ force: true });
  await expect(visitor.page.getByRole('main')).toContainText(visitor.words.says('sign_in_code.sent_again'));
  const second = await mailbox.code(person.email);
  await visitor.codePage.submit(first);
  await expectErrorAt(visitor.codePage.field);
  await visitor.codePage.submit(second);
  await visitor.arrive();
  await visitor.tabs.expectCurrent('personalDetails');
});
