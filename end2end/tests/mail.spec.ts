import { request as http } from '@playwright/test';
import { submitForm } from '../support/forms';
import { Mailbox, pause } from '../support/mailbox';
import { withServer } from '../support/server';
import { demo, expect, test } from '../support/test';
import { wordsIn } from '../support/words';
import type { Visitor } from '../pages/visitor';

for (const [how, fail, recover] of [
  ['is down', (relay: Mailbox) => relay.stop(), (relay: Mailbox) => relay.start()],
  ['hangs', async (relay: Mailbox) => relay.hang(), async (relay: Mailbox) => relay.recover()],
] as const) {
  test(`while the mail relay ${how} pages answer at once, and the code comes later`, async ({
    visitor,
    another,
    people,
    mailbox,
  }) => {
    test.setTimeout(90_000);
    const [person, inside] = [await people.join(), await people.join()];
    const colleague = await another();
    await colleague.enter(inside, people);
    await colleague.details.open();
    await fail(mailbox);
    try {
      await visitor.signInPage.open();
      await answersAtOnce(visitor, () => visitor.signInPage.submit(person.email, person.password));
      await visitor.codePage.expectOpen();
      await expect(visitor.page.getByRole('main')).toContainText(visitor.words.says('sign_in_code.lead'));
      await answersAtOnce(colleague, () => colleague.changeEmail.begin());
      // Long enough for the worker to have tried.
      await pause(1_500);
      const reload = Date.now();
      await visitor.goto('/sign-in/code');
      expect(Date.now() - reload).toBeLessThan(3_000);
    } finally {
      await recover(mailbox);
    }
    await visitor.codePage.submit(await mailbox.code(person.email, { timeout: 45_000 }));
    await visitor.arrive();
    await visitor.tabs.expectCurrent('personalDetails');
    await colleague.changeEmail.ask(people.unusedAddress('new'), await mailbox.code(inside.email, { timeout: 45_000 }));
    await colleague.changeEmail.expectSecondStep();
  });
}

test('a relay whose certificate nobody vouches for gets no mail', async ({ browserName: _ }, testInfo) => {
  test.skip(testInfo.project.name !== 'js', 'no page is opened');
  const relay = await Mailbox.open({ tls: true });
  try {
    await withServer({ demo: true, smtpUrl: relay.url }, async (server) => {
      const browser = await http.newContext({ baseURL: server.url });
      const { olivia } = demo;
      const words = wordsIn('en');
      const answer = await submitForm(browser, await browser.get('/sign-in'), {
        [words.email]: olivia.email,
        [words.password]: olivia.password,
      });
      expect(new URL(answer.url()).pathname).toBe('/sign-in/code');
      await expect.poll(() => relay.connections, { timeout: 10_000 }).toBeGreaterThan(0);
      expect(await relay.staysEmpty(olivia.email, 1_000)).toBe(true);
      await browser.dispose();
    });
  } finally {
    await relay.stop();
  }
});

async function answersAtOnce(visitor: Visitor, act: () => Promise<void>): Promise<void> {
  const waited = await timeOfPost(visitor, act);
  expect(waited).toBeGreaterThan(0);
  expect(waited).toBeLessThan(1_000);
}

/** What the server took for the form, without what the browser makes of the answer. */
async function timeOfPost(visitor: Visitor, act: () => Promise<void>): Promise<number> {
  const sent = visitor.page.waitForEvent('requestfinished', (request) => request.method() === 'POST');
  await act();
  return (await sent).timing().responseStart;
}
