import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { demo, expect, test } from '../support/alone';
import { repository } from '../support/environment';
import { type Mailbox, pause } from '../support/mailbox';

/** The script of the README, word for word. */
function script(): string {
  const readme = readFileSync(path.join(repository, 'README.md'), 'utf8');
  const found = /<!-- api-script -->\n+```sh\n([^]*?)```\n+<!-- \/api-script -->/.exec(readme)?.[1];
  if (!found) throw new Error('README.md holds no script between its marks.');
  return found;
}

/** Runs it as somebody does who pastes it into a file, and types what it asks for. */
async function run(args: string[], password: string, mailbox: Mailbox): Promise<{ code: number | null; said: string }> {
  const shell = spawn('sh', ['-c', script(), 'users.sh', ...args]);
  let said = '';
  const keep = (chunk: Buffer) => (said += chunk.toString());
  shell.stdout.on('data', keep);
  shell.stderr.on('data', keep);
  const ended = once(shell, 'exit');
  await heard(() => said, 'Password: ');
  shell.stdin.write(`${password}\n`);
  // With a wrong password it ends here.
  await heard(
    () => said,
    'Code: ',
    () => shell.exitCode !== null,
  );
  if (shell.exitCode === null) shell.stdin.end(`${await mailbox.code(args[1])}\n`);
  const [code] = (await ended) as [number | null];
  return { code, said };
}

async function heard(said: () => string, wanted: string, over: () => boolean = () => false): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!said().includes(wanted) && !over()) {
    if (Date.now() > deadline) throw new Error(`The script never said "${wanted}":\n${said()}`);
    await pause(25);
  }
}

test('the script of the README signs in, lists users and makes one, as it stands there', async ({ alone }) => {
  const { server, mailbox } = alone;
  const args = [server.url, demo.olivia.email, 'nina@acme.example', 'Nina', 'Novák "N." \\ Co'];
  const first = await run(args, demo.olivia.password, mailbox);
  expect(first.code, first.said).toBe(0);
  for (const { email } of [demo.una, demo.olivia, demo.max]) expect(first.said).toContain(email);
  expect(first.said).toMatch(/^Made: \/api\/v2\/users\/\S+$/m);
  const letter = await mailbox.next('nina@acme.example', { kind: 'activation' });
  expect(letter.text).toContain('Nina');

  const again = await run(args, demo.olivia.password, mailbox);
  expect(again.code, again.said).toBe(0);
  // Asked for twice by the same name, it was made once, and answered alike.
  expect(again.said.match(/^Made: .*$/m)?.[0]).toBe(first.said.match(/^Made: .*$/m)?.[0]);
  expect(await mailbox.staysEmpty('nina@acme.example')).toBe(true);
});

test('with a wrong password it says so and ends', async ({ alone }) => {
  const { server, mailbox } = alone;
  const args = [server.url, demo.olivia.email, 'nina@acme.example', 'Nina', 'Novak'];
  const { code, said } = await run(args, 'not the password of anybody', mailbox);
  expect(code).not.toBe(0);
  expect(said).toContain('sign_in_refused');
  expect(said).not.toContain('Made: ');
});
