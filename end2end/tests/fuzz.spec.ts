import fc from 'fast-check';
import { demo, expect, test } from '../support/alone';
import { type Odd, odd, reach } from '../support/fuzz';
import { type Answer, ask } from '../support/http';

const minutes = 60_000;
const from = ['/sign-in', '/sign-in/forgot', '/activate/nothing', '/c/acme/account', '/c/acme/manage/users', '/api'];
/** What only our own source, our tools and our machine call so. */
const inside = /panicked|backtrace|\.rs:\d|sqlx|sqlite|postgres:|no such (?:table|column)|secret\.key|\/registry\//i;

test('whatever it is asked it lives and tells nothing about the inside', async ({ visitor, alone }) => {
  test.setTimeout(5 * minutes);
  const { server, mailbox } = alone;
  await visitor.signIn(demo.olivia, mailbox);
  const cookies = await visitor.page.context().cookies();
  await visitor.page.goto('about:blank');
  const reached = await reach(server.url, cookies.map(({ name, value }) => `${name}=${value}`).join('; '), from);
  expect(reached.paths.length).toBeGreaterThan(25);
  expect(reached.forms.length).toBeGreaterThan(10);

  const before = server.pid;
  const seen = new Map<number, number>();
  const property = fc.asyncProperty(odd(reached), async (question) => {
    const answer = await ask(server.url + question.path, question);
    seen.set(answer.status, (seen.get(answer.status) ?? 0) + 1);
    judge(answer, question);
  });
  await fc.assert(property, { numRuns: 10_000, seed: 20_261_122 });

  expect([...seen.keys()]).toEqual(expect.arrayContaining([200, 303, 400, 403, 404, 405, 415, 422]));
  expect(server.pid).toBe(before);
  server.assertSound();
  expect((await ask(`${server.url}/health/ready`)).status).toBe(200);
});

function judge({ status, headers, body }: Answer, { method }: Odd): void {
  expect(status).toBeLessThan(500);
  const said = body.toString();
  expect(said).not.toMatch(inside);
  expect(said).not.toContain('<script>alert(1)');
  expect(String(headers['set-cookie'])).not.toContain('mallory');
  expect(headers.location ?? '/').toMatch(/^\/(?![/\\])/);
  // What is no HTTP is refused before it reaches us, with nothing but a status.
  const unread = (status === 400 || status === 431) && body.length === 0 && method !== 'HEAD';
  if (!unread) expect(headers['x-content-type-options']).toBe('nosniff');
}
