import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { demo, expect, test } from '../support/alone';
import { repository } from '../support/environment';
import { type Mailbox, pause } from '../support/mailbox';

/** What the README shows between marks of this name, word for word. */
function shown(name: string): string {
  const readme = readFileSync(path.join(repository, 'README.md'), 'utf8');
  const marked = new RegExp(`<!-- ${name} -->\\n+\`\`\`sh\\n([^]*?)\`\`\`\\n+<!-- /${name} -->`);
  const found = marked.exec(readme)?.[1];
  if (!found) throw new Error(`README.md holds nothing between the marks ${name}.`);
  return found;
}

/** Runs it as somebody does who pastes it into a file, and types what it asks for. */
async function run(args: string[], password: string, mailbox: Mailbox): Promise<{ code: number | null; said: string }> {
  const shell = spawn('sh', ['-c', shown('api-script'), 'users.sh', ...args]);
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
  expect(letter.text).toContain('Acme Ltd');

  const again = await run(args, demo.olivia.password, mailbox);
  expect(again.code, again.said).toBe(0);
  // Asked for twice in the same words, it was made once, and answered alike.
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

test('an address may have any letters, and a corrected name is another request', async ({ alone }) => {
  const { server, mailbox } = alone;
  const args = [server.url, demo.olivia.email, 'nina@bücher.example', 'Nina'];
  const made = await run([...args, 'Novak'], demo.olivia.password, mailbox);
  expect(made.code, made.said).toBe(0);
  const corrected = await run([...args, 'Novák'], demo.olivia.password, mailbox);
  expect(corrected.code).not.toBe(0);
  expect(corrected.said).toContain('taken');
  expect(corrected.said).not.toContain('key_reused');
});

test('a program with a key needs one line', async ({ visitor, alone }, { outputDir }) => {
  const { server, mailbox } = alone;
  await visitor.signIn(demo.olivia, mailbox);
  await visitor.keys.open();
  const key = await visitor.keys.made('Nightly', '1');
  await mkdir(outputDir, { recursive: true });
  await writeFile(path.join(outputDir, 'key.txt'), `Authorization: Bearer ${key}\n`, { mode: 0o600 });
  const line = shown('api-key').replace('https://account.example.com', server.url);
  const { stdout } = await promisify(execFile)('sh', ['-c', line], { cwd: outputDir });
  for (const { email } of [demo.una, demo.olivia, demo.max]) expect(stdout).toContain(email);
});
