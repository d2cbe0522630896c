import fc from 'fast-check';
import { Club } from '../support/club';
import { type Alone, expect, test } from '../support/alone';
import { type Odd, odd } from '../support/fuzz';
import { type Answer, ask } from '../support/http';
import { type Reach, reach } from '../support/reach';

const minutes = 60_000;
const rounds = 20;
const inEachRound = 500;
const open = ['/sign-in', '/sign-in/forgot', '/sign-in/lost', '/activate/nothing', '/reset/nothing', '/not-me', '/api'];
/** What only our own source, our tools and our machine call so. */
const inside = /panicked|backtrace|\.rs:\d|sqlx|sqlite|postgres:|no such (?:table|column)|secret\.key|\/registry\//i;

test('whatever it is asked it lives and tells nothing about the inside', async ({ page, alone }) => {
  test.setTimeout(5 * minutes);
  const { server } = alone;
  const before = server.pid;
  const seen = new Map<number, number>();
  for (let round = 0; round < rounds; round += 1) {
    // Of each person so much is taken in a minute and no more.
    const { club, account } = await somebody(alone);
    const cookie = club.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
    const from = [account, `/c/${club.slug}/manage/users`, ...open];
    const strangers = await reach(page, server.url, '', open);
    const reached = joined(await reach(page, server.url, cookie, from), strangers);
    expect(reached.paths.length).toBeGreaterThan(25);
    expect(reached.forms.length).toBeGreaterThan(25);

    const questions = fc.sample(odd(reached), { numRuns: inEachRound, seed: round });
    expect(await faults(server.url, questions, seen)).toEqual([]);
    expect((await ask(server.url + account, { headers: { Cookie: cookie } })).status).toBe(200);
    await club.close();
  }
  // Something of each kind was among them.
  expect([...seen.keys()]).toEqual(expect.arrayContaining([200, 303, 400, 401, 403, 404, 405, 415, 422, 429]));
  expect(server.pid).toBe(before);
  server.assertSound();
  expect((await ask(`${server.url}/health/ready`)).status).toBe(200);
});

/** Somebody who may do everything in a client with a user group and another user. */
async function somebody({ server, mailbox, people }: Alone): Promise<{ club: Club; account: string }> {
  const club = await Club.found({ server, people, mailbox });
  await club.group('Stamp Collectors', { permissions: ['groups.view'] });
  await people.join({ client: club.slug });
  return { club, account: `/c/${club.slug}/account` };
}

function joined(one: Reach, other: Reach): Reach {
  return { ...one, paths: [...new Set([...one.paths, ...other.paths])], forms: [...one.forms, ...other.forms] };
}

/** Asks all of it, some of it at once; says which answers were none of ours. */
async function faults(origin: string, questions: Odd[], seen: Map<number, number>): Promise<object[]> {
  const found: object[] = [];
  const rest = questions.values();
  const askOn = async () => {
    for (const question of rest) {
      const answer = await ask(origin, question);
      seen.set(answer.status, (seen.get(answer.status) ?? 0) + 1);
      const fault = faultOf(answer);
      if (fault) found.push({ fault, question, status: answer.status, said: answer.body.toString().slice(0, 2_000) });
    }
  };
  await Promise.all(Array.from({ length: 4 }, askOn));
  return found;
}

function faultOf({ status, headers, body }: Answer): string | undefined {
  // Whoever waits in vain for the turn of their password is asked to come back.
  if (status >= 500 && !(status === 503 && headers['retry-after'])) return 'a fault of ours';
  const said = body.toString();
  if (inside.test(said)) return 'the inside';
  if (headers['content-type']?.startsWith('text/html') && said.includes('<script>alert(1)')) return 'a script';
  if (String(headers['set-cookie']).includes('mallory')) return 'a cookie of theirs';
  if (!/^\/(?![/\\])/.test(headers.location ?? '/')) return 'a way off to another site';
  // What is no HTTP is refused before it reaches us, with nothing but a status.
  const unread = (status === 400 || status === 431) && body.length === 0;
  if (!unread && headers['x-content-type-options'] !== 'nosniff') return 'no headers of ours';
  return undefined;
}
