import { ask, formType } from '../support/http';
import { fromOwnPage, submitForm } from '../support/forms';
import { wordsIn } from '../support/words';
import { withServer } from '../support/server';
import { demo, expect, test as base } from '../support/test';

interface Site {
  /** Cookies of a signed-in user, as a header. */
  cookie: string;
  /** The hashed files that the sign-in page names. */
  assets: { js: string; css: string; wasm: string };
  signInAction: string;
}

const test = base.extend<object, { site: Site }>({
  site: [
    async ({ server, reader }, use) => {
      const html = (await ask(`${server.url}/sign-in`)).body.toString();
      const asset = (kind: string) => {
        const found = new RegExp(`/pkg/[\\w.-]+\\.${kind}`).exec(html)?.[0];
        if (!found) throw new Error(`The sign-in page names no ${kind} file:\n${html}`);
        return found;
      };
      const action = [...html.matchAll(/<form\b[^>]*\saction="([^"]+)"/g)].map((match) => match[1]);
      await use({
        cookie: reader.cookies.map(({ name, value }) => `${name}=${value}`).join('; '),
        assets: { js: asset('js'), css: asset('css'), wasm: asset('wasm') },
        signInAction: action.find((each) => each.startsWith('/do/')) ?? '/do/sign_in',
      });
    },
    { scope: 'worker' },
  ],
});

/** What only its owner sees, behind the tab. */
const behindSecurity = ['/password', '/factor', '/offer', '/activity', '/not-me'];

test('each answer carries the headers that keep browsers careful', async ({ server, site }) => {
  const signedIn = { Cookie: site.cookie };
  const questions: [string, Parameters<typeof ask>[1]?][] = [
    ['/'],
    ['/sign-in'],
    ['/sign-in/code'],
    ['/c/acme/account'],
    ['/c/acme/account', { headers: signedIn }],
    ...['', ...behindSecurity].map((page): [string, Parameters<typeof ask>[1]] => [
      `/c/acme/account/security${page}`,
      { headers: signedIn },
    ]),
    ['/c/borealis/account', { headers: signedIn }],
    ['/nothing'],
    ['/activate/nothing'],
    ['/reset/nothing'],
    ['/undo-email/nothing'],
    ['/not-me'],
    ['/sign-in/forgot'],
    ['/sign-in/recovery'],
    ['/sign-in/lost'],
    ['/plain.js'],
    ['/recovery-codes', { method: 'POST', headers: { ...fromOwnPage(server.url), ...signedIn } }],
    ['/pkg/nothing.js'],
    [site.assets.js],
    [site.assets.css],
    [site.assets.wasm],
    ['/favicon.svg'],
    ['/health/live'],
    ['/health/ready'],
    ['/dev/mail'],
    ['/sign-out', { method: 'POST' }],
    ['/sign-in', { method: 'TRACE' }],
    ['/sign-in', { method: 'DELETE', headers: fromOwnPage(server.url) }],
    ['/sign-in', { headers: { Host: 'evil.example' } }],
    ['/do/nothing', { method: 'POST', headers: { ...fromOwnPage(server.url), ...formType }, body: 'a=b' }],
  ];
  for (const [path, question] of questions) {
    await test.step(`${question?.method ?? 'GET'} ${path}`, async () => {
      const { headers } = await ask(server.url + path, question);
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['referrer-policy']).toBe('same-origin');
      expect(headers['cross-origin-opener-policy']).toBe('same-origin');
      expect(headers['cross-origin-resource-policy']).toBe('same-origin');
      expect(headers['content-security-policy']).toContain("default-src 'none'");
      expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
      for (const telltale of ['server', 'x-powered-by']) expect(headers[telltale]).toBeUndefined();
    });
  }
});

test('a page runs the scripts it names and no others', async ({ server, site }) => {
  const nonces = new Set<string>();
  for (const [path, cookie] of [
    ['/sign-in', ''],
    ['/sign-in', ''],
    ['/c/acme/account', site.cookie],
    ['/nothing', ''],
  ]) {
    const { scripts, nonce } = await expectCareful(server.url + path, cookie, ["'self'", "'wasm-unsafe-eval'"]);
    for (const tag of scripts) expect(tag).toContain(`nonce="${nonce}"`);
    nonces.add(nonce);
  }
  expect(nonces.size).toBe(4);
});

test('a plain page runs one small script and no wasm', async ({ server, site }) => {
  const nonces = new Set<string>();
  for (const [path, cookie] of [
    ['/sign-in/forgot', ''],
    ['/not-me', ''],
    ['/activate/nothing', ''],
    ['/reset/nothing', ''],
    ['/undo-email/nothing', ''],
    ['/c/acme/account/security/factor', site.cookie],
    ['/c/acme/account/security/offer', site.cookie],
    ['/c/acme/account/security/not-me', site.cookie],
  ]) {
    const { scripts, nonce, html } = await expectCareful(server.url + path, cookie, ["'self'"]);
    expect(scripts).toHaveLength(1);
    for (const part of ['defer', 'src="/plain.js"', `nonce="${nonce}"`]) expect(scripts[0]).toContain(part);
    expect(html).not.toMatch(/\.wasm\b/);
    nonces.add(nonce);
  }
  expect(nonces.size).toBe(8);
  const script = await ask(`${server.url}/plain.js`);
  expect(script.status).toBe(200);
  expect(script.headers['content-type']).toMatch(/javascript/);
  await expectNotModified(`${server.url}/plain.js`, String(script.headers.etag));
});

/** The policy of a page, with a nonce of its own and these other sources of scripts; says what scripts it names. */
async function expectCareful(
  url: string,
  cookie: string,
  sources: string[],
): Promise<{ html: string; scripts: string[]; nonce: string }> {
  const { headers, body } = await ask(url, { headers: { Cookie: cookie } });
  const policy = parsePolicy(String(headers['content-security-policy']));
  const nonce = /'nonce-([^']+)'/.exec(policy['script-src'] ?? '')?.[1] ?? '';
  // 128 bits need at least 22 characters of base64.
  expect(nonce.length).toBeGreaterThanOrEqual(22);
  const named = policy['script-src'].replace(/'nonce-[^']+'/, 'NONCE').split(' ');
  expect(named.sort()).toEqual([...sources, 'NONCE'].sort());
  expect(policy['style-src']).toBe("'self'");
  expect(policy['img-src']).toBe("'self' data: blob:");
  for (const own of ['connect-src', 'font-src', 'manifest-src', 'form-action']) expect(policy[own]).toBe("'self'");
  for (const none of ['default-src', 'base-uri', 'object-src', 'frame-ancestors']) expect(policy[none]).toBe("'none'");

  const html = body.toString();
  expect(html).not.toMatch(/<[^>]+\s(style|on\w+)\s*=/i);
  expect(html).not.toMatch(/<style\b/i);
  return { html, scripts: [...html.matchAll(/<script\b[^>]*>/g)].map(([tag]) => tag), nonce };
}

test('nothing that knows a user may be stored', async ({ server, site }) => {
  const security = behindSecurity.map((page) => `/security${page}`);
  for (const path of ['', '/email', '/security', ...security, '/groups', '/accounts']) {
    const answer = await ask(`${server.url}/c/acme/account${path}`, { headers: { Cookie: site.cookie } });
    expect(answer.headers['cache-control']).toContain('no-store');
  }
  const refused = await ask(server.url + site.signInAction, {
    method: 'POST',
    headers: { ...fromOwnPage(server.url), ...formType, Accept: 'application/json' },
    body: '',
  });
  expect(refused.headers['cache-control']).toContain('no-store');
});

test('a page under a file name is not found', async ({ server, site }) => {
  for (const path of ['/account/x.css', '/c/acme/account/x.css', '/c/acme/account/security/x.js']) {
    const answer = await ask(server.url + path, { headers: { Cookie: site.cookie } });
    expect(answer.status, path).toBe(404);
    expect(answer.body.toString()).not.toContain('Lindqvist');
  }
});

test('the hashed files are kept for ever, and come compressed', async ({ server, site }) => {
  const types = { js: /javascript/, css: /^text\/css/, wasm: /^application\/wasm/ };
  for (const kind of ['js', 'css', 'wasm'] as const) {
    const url = server.url + site.assets[kind];
    const plain = await ask(url);
    expect(plain.status).toBe(200);
    expect(plain.headers['content-type']).toMatch(types[kind]);
    expect(plain.headers['cache-control']).toMatch(/max-age=31536000/);
    expect(plain.headers['cache-control']).toMatch(/immutable/);
    expect(plain.headers['vary']).toMatch(/accept-encoding/i);
    expect(plain.headers['content-encoding']).toBeUndefined();
    for (const encoding of ['br', 'gzip']) {
      const packed = await ask(url, { headers: { 'Accept-Encoding': encoding } });
      expect(packed.headers['content-encoding']).toBe(encoding);
      expect(packed.body.length).toBeLessThan(plain.body.length);
    }
    const both = await ask(url, { headers: { 'Accept-Encoding': 'gzip, deflate, br' } });
    expect(both.headers['content-encoding']).toBe('br');
    await expectNotModified(url, String(plain.headers.etag));
  }
});

test('the other files are asked for again and answered short', async ({ server }) => {
  const url = `${server.url}/favicon.svg`;
  const answer = await ask(url);
  expect(answer.status).toBe(200);
  expect(answer.headers['content-type']).toMatch(/^image\/svg\+xml/);
  expect(answer.headers['cache-control'] ?? '').not.toContain('immutable');
  await expectNotModified(url, String(answer.headers.etag));
});

test('the cookies of a sign-in are for this site and this browser alone', async ({
  server,
  people,
  mailbox,
  playwright,
}) => {
  const words = wordsIn('en');
  const person = await people.join();
  const browser = await playwright.request.newContext({
    baseURL: server.url,
    extraHTTPHeaders: { 'X-Forwarded-For': '198.18.254.1' },
    storageState: { cookies: [], origins: [] },
  });
  const first = await submitForm(
    browser,
    await browser.get('/sign-in'),
    {
      [words.email]: person.email,
      [words.password]: person.password,
    },
    { follow: false },
  );
  const halfWay = await browser.storageState();
  const code = await mailbox.code(person.email);
  const second = await submitForm(
    browser,
    await browser.get('/sign-in/code'),
    { [words.loginCode]: code },
    { follow: false },
  );
  const after = (await browser.storageState()).cookies;

  const set = [first, second].flatMap((answer) =>
    answer
      .headersArray()
      .filter(({ name }) => name.toLowerCase() === 'set-cookie')
      .map(({ value }) => value),
  );
  expect(set.length).toBeGreaterThanOrEqual(2);
  for (const cookie of set) {
    expect(cookie).toMatch(/;\s*HttpOnly/i);
    expect(cookie).toMatch(/;\s*SameSite=Lax/i);
    expect(cookie).toMatch(/;\s*Path=\/(;|$)/i);
    expect(cookie).not.toMatch(/;\s*Domain=/i);
  }

  const account = `${server.url}/c/acme/account`;
  const asCookie = (cookies: { name: string; value: string }[]) =>
    cookies.map((each) => `${each.name}=${each.value}`).join('; ');
  expect((await ask(account, { headers: { Cookie: asCookie(after) } })).status).toBe(200);
  const without = await Promise.all(
    after.map((left) => ask(account, { headers: { Cookie: asCookie(after.filter((each) => each !== left)) } })),
  );
  const sessions = after.filter((_, index) => without[index].status !== 200);
  expect(sessions).toHaveLength(1);
  const [session] = sessions;
  expect(session.expires).toBe(-1);
  // 256 bits need at least 43 characters of base64.
  expect(session.value.length).toBeGreaterThanOrEqual(43);

  expect((await ask(account, { headers: { Cookie: asCookie(halfWay.cookies) } })).status).not.toBe(200);
  expect(halfWay.cookies.map(({ value }) => value)).not.toContain(session.value);
  const planted = asCookie([{ name: session.name, value: 'A'.repeat(session.value.length) }]);
  const offered = await ask(`${server.url}/sign-in`, { headers: { Cookie: planted } });
  expect(String(offered.headers['set-cookie'] ?? '')).not.toContain('AAAAAAAAAA');

  const page = (await ask(account, { headers: { Cookie: asCookie(after) } })).body.toString();
  expect(page).not.toContain(session.value);
  await browser.dispose();
});

test('behind a proxy with TLS, browsers are told to stay there, and cookies are bound to the host', async ({
  mailbox,
  playwright,
}) => {
  const origin = 'https://selfsame.example';
  await withServer({ demo: true, smtpUrl: mailbox.url, publicUrl: origin }, async (server) => {
    const throughProxy = { Host: 'selfsame.example', 'X-Forwarded-Proto': 'https' };
    for (const path of ['/', '/sign-in', '/nothing', '/favicon.svg']) {
      const { headers } = await ask(server.url + path, { headers: throughProxy });
      expect(headers['strict-transport-security']).toMatch(/^max-age=31536000;\s*includeSubDomains/i);
    }
    const browser = await playwright.request.newContext({ baseURL: server.url, extraHTTPHeaders: throughProxy });
    const words = wordsIn('en');
    const entries = { [words.email]: demo.olivia.email, [words.password]: demo.olivia.password };
    const page = await browser.get('/sign-in');
    const answer = await submitForm(browser, page, entries, { follow: false, origin });
    const cookies = answer.headersArray().filter(({ name }) => name.toLowerCase() === 'set-cookie');
    expect(cookies.length).toBeGreaterThan(0);
    for (const { value } of cookies) {
      expect(value).toMatch(/^__Host-/);
      expect(value).toMatch(/;\s*Secure/i);
      expect(value).not.toMatch(/;\s*Domain=/i);
    }
    await browser.dispose();
  });
});

test('a form sent from anywhere else is refused and does nothing', async ({ server, site }) => {
  const origin = new URL(server.url).origin;
  const forgeries: [string, Record<string, string>][] = [
    ['another site', { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' }],
    ['a sibling', { 'Sec-Fetch-Site': 'same-site', Origin: 'http://sibling.127.0.0.1' }],
    ['another port', { Origin: 'http://127.0.0.1:1' }],
    ['an old browser elsewhere', { Origin: 'https://evil.example' }],
    ['a sandbox', { Origin: 'null' }],
    ['a lying origin', { 'Sec-Fetch-Site': 'cross-site', Origin: origin }],
    ['nowhere', {}],
  ];
  for (const [from, headers] of forgeries) {
    for (const path of ['/sign-out', '/preferences', site.signInAction]) {
      await test.step(`${path} from ${from}`, async () => {
        const answer = await ask(server.url + path, {
          method: 'POST',
          headers: { Cookie: site.cookie, ...formType, ...headers },
          body: 'theme=dark',
        });
        expect(answer.status).toBe(403);
        expect(answer.headers['set-cookie']).toBeUndefined();
      });
    }
  }
  const still = await ask(`${server.url}/c/acme/account`, { headers: { Cookie: site.cookie } });
  expect(still.status).toBe(200);
  for (const path of ['/sign-out', '/preferences?theme=dark', site.signInAction]) {
    const answer = await ask(server.url + path, { headers: { Cookie: site.cookie } });
    expect([400, 404, 405]).toContain(answer.status);
    expect(answer.headers['set-cookie']).toBeUndefined();
  }
});

test('strange methods, hosts and sizes are refused', async ({ server, site }) => {
  expect((await ask(`${server.url}/sign-in`, { method: 'TRACE' })).status).toBe(405);
  for (const host of ['evil.example', 'evil.example:80', `127.0.0.1.evil.example`]) {
    expect([400, 421]).toContain((await ask(`${server.url}/sign-in`, { headers: { Host: host } })).status);
  }
  const huge = {
    method: 'POST',
    headers: { ...fromOwnPage(server.url), ...formType },
    body: `email=${'a'.repeat(70_000)}`,
  };
  expect((await ask(server.url + site.signInAction, huge)).status).toBe(413);
  expect((await ask(`${server.url}/sign-in`, { headers: { 'X-Filler': 'a'.repeat(17_000) } })).status).toBe(431);
});

test('what goes wrong tells nothing about the inside', async ({ server }) => {
  const questions: [string, Parameters<typeof ask>[1]?][] = [
    ['/do/nothing', { method: 'POST', headers: { ...fromOwnPage(server.url), ...formType }, body: '%%%' }],
    ['/sign-in?__path=%2Fdo%2Fsign_in&__err=PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg', {}],
    ['/sign-in?__path=x&__err=%00', {}],
    ['/c/%00/account', {}],
    ['/c/..%2f..%2fetc/account', {}],
    ['/activate/%F0%9F%92%A9', {}],
  ];
  for (const [path, question] of questions) {
    const answer = await ask(server.url + path, question);
    expect(answer.status).toBeLessThan(500);
    expect(answer.body.toString()).not.toMatch(/<script>alert|sqlx|SELECT |panicked|\.rs\b|\/home\/|\/root\//);
  }
});

async function expectNotModified(url: string, etag: string): Promise<void> {
  expect(etag).toMatch(/^(W\/)?".+"$/);
  const again = await ask(url, { headers: { 'If-None-Match': etag } });
  expect(again.status).toBe(304);
  expect(again.body.length).toBe(0);
}

function parsePolicy(policy: string): Record<string, string> {
  const directives = policy
    .split(';')
    .map((directive) => directive.trim())
    .filter(Boolean);
  return Object.fromEntries(
    directives.map((directive) => {
      const [name, ...sources] = directive.split(/\s+/);
      return [name, sources.join(' ')];
    }),
  );
}
