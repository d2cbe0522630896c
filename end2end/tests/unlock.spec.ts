import type { Visitor } from '../pages/visitor';
import { expect, test } from '../support/test';

/** So long after the password nothing asks for it again (SESS-9). */
const openFor = 5 * 60_000;

test('after signing in, sensitive changes are open for five minutes, and the tab says until when', async ({
  visitor,
  another,
  people,
  mailbox,
}) => {
  const person = await people.join();
  const { security, secondFactor } = visitor;
  const before = Date.now();
  await visitor.enter(person, people);
  const after = Date.now();
  const elsewhere = await another({ address: visitor.address.replace(/^198\.18/, '198.20') });
  await elsewhere.enter(person, people);
  await security.open();
  await security.expectUnlocked();
  await expectUntil(visitor, before, after);

  // One window, several changes.
  await security.end(elsewhere.address).click();
  await expect(security.device).toHaveCount(1);
  await secondFactor.beginApp(() => mailbox.code(person.email));
  const app = await secondFactor.scan();
  await secondFactor.finish(await app.code());
  await security.expectNews('security.factor_changed');
  await security.expectUnlocked();
  await expectUntil(visitor, before, after);
});

/** Five minutes after a moment between these two, in the zone of the browser or, before that is known, in UTC. */
async function expectUntil({ security }: Visitor, before: number, after: number): Promise<void> {
  const told = /\b\d\d:\d\d\b/.exec(await security.unlocking.innerText())?.[0];
  const clock = (at: number, timeZone: string) =>
    new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone }).format(at + openFor);
  const expected = ['UTC', 'Europe/Berlin'].flatMap((zone) => [clock(before, zone), clock(after, zone)]);
  expect(expected).toContain(told);
}
