import fc from 'fast-check';
import { type Alone, expect, test } from '../support/alone';
import { Club } from '../support/club';
import { type Odd, odd } from '../support/fuzz';
import { type Answer, ask } from '../support/http';
import { type Reach, reach } from '../support/reach';

const minutes = 60_000;
const rounds = 20;
const inEachRound = 500;
const open = ['/sign-in', '/sign-in/forgot', '/sign-in/lost', '/activate/nothing', '/reset/nothing', '/not-me', '/api'];
/** What only our own source, its libraries and our machine call so; long enough that no random token holds it. */
const inside = [
  /panicked|backtrace|\.rs:\d|selfsame-e2e-|secret\.key|\/registry\//,
  /(?:axum|hyper|leptos|serde\w*|server_fn|sqlx|tokio)(?:::|[ /-]v?\d)/,
  /sqlite|SQLite|postgres:|no such (?:table|column)|UNIQUE constraint|syntax error|violates/,
  /missing field|duplicate field|at line \d|deserializ/,
];

test('whatever it is asked, it lives and tells nothing about the inside', async ({ page, alone }) => {
  test.setTimeout(10 * minutes);
  const { server } = alone;
  const strangers = await reach(page, server.url, '', open);
  const seen = new Map<number, number>();
  for (let round = 0; round < rounds; round += 1) {
    // One person may do only so much in a minute (RATE-2): each round has somebody of its own.
    const { club, account } = await somebody(alone);
    const cookie = club.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
    const own = await reach(page, server.url, cookie, [account, `/c/${club.slug}/manage/users`, ...open]);
    await club.close();
    expect(own.paths.length).toBeGreaterThan(25);
    expect(own.forms.length).toBeGreaterThan(25);

    const questions = fc.sample(odd(joined(own, strangers)), { numRuns: inEachRound, seed: round });
    expect(await faults(server.url, questions, seen)).toEqual([]);
    server.assertSound();
    expect((await ask(server.url + account, { headers: { Cookie: cookie } })).status).toBe(200);
  }
  // Something of each kind was among them.
  expect([...seen.keys()]).toEqual(expect.arrayContaining([200, 303, 400, 401, 403, 404, 405, 415, 422, 429]));
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

/** Asks all of it, some of it at once, and says which answers are wrong. */
async function faults(origin: string, questions: Odd[], seen: Map<number, number>): Promise<object[]> {
  const found: object[] = [];
  const rest = questions.values();
  const askAndJudge = async (question: Odd): Promise<Answer | undefined> => {
    const answer = await ask(origin, question).catch((error: Error) => error);
    const fault = answer instanceof Error ? answer.message : faultOf(answer);
    if (fault) found.push({ fault, question, answer: answer instanceof Error ? '' : answer.body.toString() });
    return answer instanceof Error ? undefined : answer;
  };
  const askOn = async () => {
    for (const question of rest) {
      const answer = await askAndJudge(question);
      seen.set(answer?.status ?? 0, (seen.get(answer?.status ?? 0) ?? 0) + 1);
      const next = answer && nextOf(question, answer);
      if (next) await askAndJudge(next);
    }
  };
  await Promise.all(Array.from({ length: 4 }, askOn));
  return found;
}

/** Where a form leads, with what the browser was to remember: what was typed is shown once more there. */
function nextOf({ headers }: Odd, { headers: said }: Answer): Odd | undefined {
  const given = said['set-cookie']?.map((each) => each.split(';', 1)[0]);
  if (!said.location || !given) return undefined;
  const names = new Set(given.map((each) => each.split('=', 1)[0]));
  const kept = (headers?.Cookie ?? '').split('; ').filter((each) => !names.has(each.split('=', 1)[0]));
  return { method: 'GET', path: said.location, headers: { ...headers, Cookie: [...given, ...kept].join('; ') } };
}

function faultOf({ status, headers, body }: Answer): string | undefined {
  if (status >= 500) return `${status}`;
  const said = `${JSON.stringify(headers)}\n${body}`;
  for (const each of inside) if (each.test(said)) return `the inside: ${each.exec(said)}`;
  if (headers['content-type']?.startsWith('text/html') && said.includes('<script>alert(1)')) return 'a script';
  if (String(headers['set-cookie']).includes('mallory')) return 'a cookie of theirs';
  if (!/^\/(?![/\\])/.test(headers.location ?? '/')) return 'a way off to another site';
  // What is no HTTP is refused before it reaches us, with nothing but a status.
  const unread = (status === 400 || status === 431) && headers['content-length'] === '0';
  if (!unread && headers['x-content-type-options'] !== 'nosniff') return 'no headers of ours';
  return undefined;
}
