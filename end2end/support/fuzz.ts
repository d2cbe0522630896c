import fc, { type Arbitrary } from 'fast-check';
import { decoded, type Form, formsIn, fromOwnPage } from './forms';
import { ask, formType, type Question } from './http';

/** What one visitor can reach. */
export interface Reach {
  origin: string;
  /** Of somebody who is signed in, as a header. */
  cookie: string;
  paths: string[];
  forms: Form[];
}

export type Odd = Question & { path: string };

/** Follows every link from these pages on, and notes every form on the way. */
export async function reach(origin: string, cookie: string, from: string[]): Promise<Reach> {
  const paths = new Set(from);
  const forms = new Map<string, Form>();
  for (const path of paths) {
    const { headers, body } = await ask(origin + path, { headers: { Cookie: cookie } });
    if (!headers['content-type']?.startsWith('text/html')) continue;
    const html = body.toString();
    for (const form of formsIn(html)) forms.set(`${form.action} ${Object.keys(form.values)}`, form);
    for (const [, link] of html.matchAll(/<a\b[^>]*\shref="([^"]+)"/g)) {
      const url = new URL(decoded(link), origin + path);
      // A list leads to lists without end: one of each kind of page is enough.
      if (url.origin === origin && paths.size < 200) paths.add(url.pathname);
    }
  }
  return { origin, cookie, paths: [...paths], forms: [...forms.values()].filter(({ action }) => !ends(action)) };
}

/** Whoever signs out by chance would ask the rest as a stranger. */
function ends(action: string): boolean {
  return /^\/sign-out\b/.test(action);
}

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

/** A path that is there, one that is changed in one place, or one out of pieces. */
function path({ paths }: Reach): Arbitrary<string> {
  const known = some(...paths);
  const piece = fc.oneof(
    text.map((each) => encodeURIComponent(each).slice(0, 3_000)),
    some('%00', '%ff', '%2e%2e', '..', '.', '', '%', '%zz', ';', '@', 'c', 'acme', 'account', 'api', 'v2', 'do', 'pkg'),
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
  const mangled = fc.tuple(fc.nat(cookie.length - 1), some('A', '=', ';', '%', '\xff', '')).map(([at, other]) => {
    return cookie.slice(0, at) + other + cookie.slice(at + 1);
  });
  const own = fc.constant(fromOwnPage(origin));
  const foreign = some<Record<string, string>>(
    {},
    { Origin: 'https://evil.example' },
    { 'Sec-Fetch-Site': 'cross-site' },
  );
  const names = ['Accept-Language', 'Range', 'If-Match', 'If-None-Match', 'Idempotency-Key', 'Referer', 'X-Request-Id'];
  const further = fc.dictionary(some(...names), headerText, { maxKeys: 2 });
  return fc
    .record({
      cookie: fc.oneof({ weight: 4, arbitrary: fc.constant(cookie) }, mangled, headerText, fc.constant('')),
      from: fc.oneof({ weight: 4, arbitrary: own }, foreign),
      accept: fc.oneof({ weight: 4, arbitrary: some('text/html', 'application/json', '*/*') }, headerText),
      place: fc.ipV4(),
      key: fc.option(fc.oneof(headerText, headerText.map((each) => `Bearer ${each}`)), { freq: 8 }),
      further,
    })
    .map(({ cookie, from, accept, place, key, further }) => ({
      ...{ Cookie: cookie, Accept: accept, 'X-Forwarded-For': place, ...from, ...further },
      ...(key === null ? {} : { Authorization: key }),
    }));
}

interface Letter {
  path?: string;
  type: string;
  body: string | Uint8Array;
}

/** A form with one field that says something odd, JSON, or anything. */
function letter({ forms }: Reach): Arbitrary<Letter> {
  const form = fc.tuple(some(...forms), fc.nat(20), text, fc.boolean()).map(([form, at, odd, whole]) => {
    const names = [...new Set([...Object.keys(form.values), ...form.labels.values()])];
    const values = { ...form.values, ...(names.length > 0 && { [names[at % names.length]]: odd }) };
    const sent = new URLSearchParams(values).toString();
    return { path: form.action, type: formType['Content-Type'], body: whole ? sent : sent.slice(0, sent.length / 2) };
  });
  const bytes = fc.uint8Array({ maxLength: 200 });
  const part = text.map((each) => {
    const head = `Content-Disposition: form-data; name="picture"; filename="${each}"`;
    return `--x\r\n${head}\r\n\r\n${each}\r\n--x--`;
  });
  const types = some(formType['Content-Type'], 'application/json', 'multipart/form-data; boundary=x', 'text/plain');
  const other = fc.record({ type: fc.oneof(types, headerText), body: fc.oneof(fc.json(), text, bytes, part) });
  return fc.oneof({ weight: 2, arbitrary: form }, other);
}

/** Requests that no page and no program of good will sends. */
export function odd(reach: Reach): Arbitrary<Odd> {
  const method = fc.oneof(
    { weight: 5, arbitrary: some('GET') },
    { weight: 5, arbitrary: some('POST') },
    some('HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'),
  );
  return fc
    .record({ method, path: path(reach), headers: headers(reach), letter: letter(reach) })
    .map(({ method, path, headers, letter }) => {
      if (method === 'GET' || method === 'HEAD') return { method, path, headers };
      const { type, body } = letter;
      const length = String(Buffer.byteLength(body));
      const sent = { ...headers, 'Content-Type': type, 'Content-Length': length };
      return { method, path: letter.path ?? path, headers: sent, body };
    });
}
