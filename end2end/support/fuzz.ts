import fc, { type Arbitrary } from 'fast-check';
import { fromOwnPage } from './forms';
import { formType, type Question } from './http';
import type { Reach, Shown } from './reach';

export type Odd = Question & { method: string; path: string };

const spiteful = [
  ...['', '\0', '%00', '-1', '99999999999999999999', 'NaN', 'null', '{}', '[]', '[[[[[[[[', '\ud83d\ude00'],
  ...["' OR 1=1 --", '"; DROP TABLE users; --', '${7*7}', '{{7*7}}', '%s%n', '$(id)', '../../../etc/passwd'],
  ...['"><script>alert(1)</script>', '</script><script>alert(1)</script>', '</textarea><script>alert(1)</script>'],
  ...['a\r\nSet-Cookie: mallory=1', '//evil.example', '/\\evil.example', 'https://evil.example', '\u202e\u2028\ufeff'],
  ...['a@b.example\r\nBcc: c@d.example', 'A'.repeat(10_000), 'ä'.repeat(300), '='.repeat(50), '&'.repeat(50)],
];

const text = fc.oneof(fc.constantFrom(...spiteful), fc.string({ unit: 'binary', maxLength: 40 }));
/** What a header can hold at all. */
const headerText = fc.oneof(
  text.map((each) => each.replace(/[^\t\x20-\x7e\x80-\xff]/g, '').slice(0, 2_000)),
  fc.string({ unit: 'grapheme-ascii', maxLength: 60 }),
);

function some<T>(...values: T[]): Arbitrary<T> {
  return fc.constantFrom(...values);
}

/** A path that is there, one that is changed in one place, or one out of pieces, none of them tidied up. */
function path({ paths }: Reach): Arbitrary<string> {
  const known = some(...paths);
  const steps = ['%00', '%ff', '%2e%2e', '..', '.', '', '%', '%zz', ';', '@', '"', '<', '\\', '\xff', '.css'];
  const piece = fc.oneof(
    text.map((each) => encodeURIComponent(each).slice(0, 3_000)),
    some(...steps, 'c', 'acme', 'account', 'manage', 'do', 'pkg', 'dev', 'sign-in', 'activate'),
    some('api', 'v2', 'users', 'groups', 'me', 'login'),
  );
  const changed = fc.tuple(known, fc.nat(8), piece).map(([whole, at, other]) => {
    const pieces = whole.split('/');
    pieces[1 + (at % Math.max(1, pieces.length - 1))] = other;
    return pieces.join('/');
  });
  const made = fc.array(piece, { maxLength: 6 }).map((pieces) => `/${pieces.join('/')}`);
  const asked = fc.tuple(some('page', 'q', 'kind', 'notice', 'next', 'lang', 'token', 'sort'), text);
  const query = fc.array(asked, { maxLength: 3 });
  return fc
    .tuple(fc.oneof({ weight: 3, arbitrary: known }, { weight: 2, arbitrary: changed }, made), fc.option(query))
    .map(([each, query]) => (query ? `${each}?${new URLSearchParams(query)}` : each));
}

function headers({ origin, cookie }: Reach): Arbitrary<Record<string, string>> {
  const mangled = fc.tuple(fc.nat(cookie.length), some('A', '=', ';', '%', '\xff', '')).map(([at, other]) => {
    return cookie.slice(0, at) + other + cookie.slice(at + 1);
  });
  const foreign = some<Record<string, string>>(
    {},
    { Origin: 'https://evil.example' },
    { 'Sec-Fetch-Site': 'cross-site' },
  );
  const names = ['Accept-Language', 'Range', 'If-Match', 'If-None-Match', 'Idempotency-Key', 'Referer', 'X-Request-Id'];
  const further = fc.dictionary(some(...names), headerText, { maxKeys: 2 });
  const bearer = headerText.map((each) => `Bearer ${each}`);
  return fc
    .record({
      cookie: fc.oneof({ weight: 8, arbitrary: fc.constant(cookie) }, mangled, headerText, fc.constant('')),
      from: fc.oneof({ weight: 8, arbitrary: fc.constant(fromOwnPage(origin)) }, foreign),
      accept: fc.oneof({ weight: 4, arbitrary: some('text/html', 'application/json', '*/*') }, headerText),
      place: fc.ipV4(),
      key: fc.oneof({ weight: 14, arbitrary: fc.constant(null) }, headerText, bearer),
      further,
    })
    .map(({ cookie, from, accept, place, key, further }) => ({
      ...{ Cookie: cookie, Accept: accept, 'X-Forwarded-For': place, ...from, ...further },
      ...(key === null ? {} : { Authorization: key }),
    }));
}

/** Takes whatever comes for the wish to sign out, and rightly so; whoever asks has to stay signed in. */
const signsOut = '/sign-out';
/** What ends a sign-in, takes rights away or removes somebody: asked in all manners but the right one. */
const ends = /\/do\/(?:disable|leave|delete|remove|reset_user|end_(?!other))/;

/** A form as somebody filled it in: untouched, or with one field that is odd, missing, there twice or unknown. */
function filled({ action, pairs, names }: Shown): Arbitrary<[string, string][]> {
  const at = fc.nat(Math.max(0, pairs.length - 1));
  const without = (index: number) => pairs.filter((_, each) => each !== index);
  const odd = fc.tuple(some(...names, 'unknown'), text).map(([name, value]): [string, string][] => {
    const index = pairs.findIndex(([each]) => each === name);
    return [...without(index), [name, value]];
  });
  const less = at.map(without);
  if (ends.test(action)) return fc.oneof(odd, less);
  const twice = at.map((index) => [...pairs, ...pairs.slice(index, index + 1)]);
  return fc.oneof({ weight: 2, arbitrary: fc.constant(pairs) }, { weight: 4, arbitrary: odd }, less, twice);
}

interface Sent {
  type: string;
  body: string | Uint8Array;
}

function asMultipart(pairs: [string, string][]): Sent {
  const parts = pairs.map(([name, value]) => {
    return `--x\r\nContent-Disposition: form-data; name="${name}"; filename="${value}"\r\n\r\n${value}\r\n`;
  });
  return { type: 'multipart/form-data; boundary=x', body: `${parts.join('')}--x--\r\n` };
}

/** What a form sends: as forms do, cut off, or in the words of something else. */
function sent(pairs: [string, string][]): Arbitrary<Sent> {
  const type = formType['Content-Type'];
  const whole = new URLSearchParams(pairs).toString();
  const cut = { type, body: whole.slice(0, whole.length / 2) };
  const json = { type: 'application/json', body: JSON.stringify(Object.fromEntries(pairs)) };
  return fc.oneof({ weight: 6, arbitrary: some({ type, body: whole }) }, some(cut, json, asMultipart(pairs)));
}

/** What is no form at all. */
const anything: Arbitrary<Sent> = fc.record({
  type: fc.oneof(some(formType['Content-Type'], 'application/json', 'multipart/form-data; boundary=x'), headerText),
  body: fc.oneof(
    fc.json(),
    text,
    fc.uint8Array({ maxLength: 200 }),
    text.map((each) => asMultipart([['picture', each]]).body),
  ),
});

function posted(path: string, headers: Record<string, string>, { type, body }: Sent): Omit<Odd, 'method'> {
  return {
    path,
    headers: { ...headers, 'Content-Type': type, 'Content-Length': `${Buffer.byteLength(body)}` },
    body,
  };
}

/** Mostly requests that none of our pages and no well-meaning program would send. */
export function odd(reach: Reach): Arbitrary<Odd> {
  const asked = fc.record({ method: some('GET', 'GET', 'GET', 'HEAD'), path: path(reach), headers: headers(reach) });
  const shown = reach.forms.filter(({ action }) => action !== signsOut);
  const forms = fc.tuple(some(...shown), headers(reach)).chain(([form, headers]) =>
    filled(form).chain((pairs): Arbitrary<Odd> => {
      if (form.reads) {
        return fc.constant({ method: 'GET', path: `${form.action}?${new URLSearchParams(pairs)}`, headers });
      }
      return sent(pairs).map((each) => ({ method: 'POST', ...posted(form.action, headers, each) }));
    }),
  );
  const methods = some('POST', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND');
  const thrown = fc
    .tuple(methods, fc.oneof(path(reach), some(...shown.map(({ action }) => action))), headers(reach), anything)
    .map(([method, path, headers, each]) => ({ method, ...posted(path, headers, each) }));
  return fc.oneof(asked, { weight: 2, arbitrary: forms }, thrown);
}
