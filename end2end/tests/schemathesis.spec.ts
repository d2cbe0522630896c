import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { demo, expect, test } from '../support/alone';
import { schemathesis } from '../support/environment';

const minutes = 60_000;
const settings = path.resolve(import.meta.dirname, '../schemathesis.toml');

test('the API keeps what its description promises, whatever it is asked', async ({ visitor, alone }, { outputDir }) => {
  test.setTimeout(15 * minutes);
  const { server, mailbox } = alone;
  await visitor.signIn(demo.olivia, mailbox);
  await visitor.keys.open();
  const key = await visitor.keys.made('Schemathesis', '1');
  await visitor.page.goto('about:blank');
  const { code, said } = await run(outputDir, [
    ...['--config-file', settings, 'run', `${server.url}/api/v2/openapi.json`],
    ...['--header', `Authorization: Bearer ${key}`, '--checks', 'all', '--no-color'],
  ]);
  expect(code, said).toBe(0);
  // It has asked for all there is, and the key held to the end.
  const counted = /Selected: (\d+)\/(\d+)\s+Tested: (\d+)/.exec(said);
  expect(counted, said).not.toBeNull();
  const [selected, all, tested] = (counted ?? []).slice(1).map(Number);
  expect(selected).toBe(all);
  expect(tested).toBe(all);
  expect(all).toBeGreaterThan(25);
  const still = await fetch(`${server.url}/api/v2/me`, { headers: { Authorization: `Bearer ${key}` } });
  expect(still.status).toBe(200);
});

/** Runs it to its end, however that is; what it keeps, it keeps in `folder`. */
async function run(folder: string, args: string[]): Promise<{ code: number; said: string }> {
  await mkdir(folder, { recursive: true });
  return new Promise((resolve, reject) => {
    const options = { cwd: folder, timeout: 14 * minutes, maxBuffer: 64 << 20 };
    const child = execFile(schemathesis, args, options, (error, stdout, stderr) => {
      if (error && child.exitCode === null) reject(new Error(`${schemathesis} cannot be run: ${error.message}`));
      else resolve({ code: child.exitCode ?? 1, said: `${stdout}\n${stderr}` });
    });
  });
}
