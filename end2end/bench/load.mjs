// Usage: node load.mjs URL NAME=VALUE   Loads a page twice in one browser with this cookie, the second time with what
// the first has left in its cache, and prints as JSON what went over the wire, heads included.
import { existsSync } from 'node:fs';
import { chromium } from '@playwright/test';

const [url, cookie] = process.argv.slice(2);
const [name, ...value] = cookie.split('=');
const installed = ['/usr/bin/chromium', '/usr/bin/chromium-headless-shell'];
const executablePath = [process.env.CHROMIUM, ...installed].find((file) => file && existsSync(file));
// Chromium's sandbox refuses to start under root, which is what containers give us.
const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];

const browser = await chromium.launch({
  executablePath,
  args: ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', ...sandbox],
});
try {
  const context = await browser.newContext();
  await context.addCookies([{ name, value: value.join('='), url: new URL(url).origin }]);
  const first = await load(context);
  const second = await load(context);
  console.log(JSON.stringify({ paint: first.paint, first: first.all, second: second.all }));
} finally {
  await browser.close();
}

async function load(context) {
  const page = await context.newPage();
  const requests = new Map();
  const known = (id) => requests.get(id) ?? {};
  const protocol = await context.newCDPSession(page);
  protocol.on('Network.requestWillBeSent', ({ requestId, request }) => {
    if (request.url.startsWith('http')) requests.set(requestId, { url: request.url, bytes: 0, cached: false });
  });
  protocol.on('Network.requestServedFromCache', ({ requestId }) => (known(requestId).cached = true));
  protocol.on('Network.responseReceived', ({ requestId, response }) => {
    if (response.fromDiskCache) known(requestId).cached = true;
  });
  protocol.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    known(requestId).bytes = encodedDataLength;
  });
  await protocol.send('Network.enable');
  const answer = await page.goto(url);
  if (!answer?.ok()) throw new Error(`${url} is answered ${answer?.status()}`);
  await page.locator('html[data-hydrated="1"]').waitFor({ state: 'attached', timeout: 15_000 });
  await page.waitForLoadState('networkidle');
  const blocking = await page.evaluate(() =>
    performance
      .getEntriesByType('resource')
      .filter((entry) => entry.renderBlockingStatus === 'blocking')
      .map((entry) => entry.name),
  );
  const before = [page.url(), ...blocking];
  await page.close();
  const fetched = [...requests.values()].filter((request) => !request.cached);
  return { all: sum(fetched), paint: sum(fetched.filter((request) => before.includes(request.url))) };
}

function sum(requests) {
  return { requests: requests.length, bytes: requests.reduce((bytes, request) => bytes + request.bytes, 0) };
}
