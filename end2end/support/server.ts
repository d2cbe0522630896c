import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { type Database, freshDatabase } from './database';
import { binary } from './environment';
import { pause } from './mailbox';
import { freePort } from './ports';

const run = promisify(execFile);

/** One password for the people of the demo, so that tests may be any of them. */
export const demoPassword = 'tumbling-otter-marble-58';

export interface Settings {
  demo: boolean;
  smtpUrl: string;
  /** Where people reach it, if a proxy stands before it. */
  publicUrl?: string;
  /** The file of those who manage sign-ins. */
  providersFile?: string;
}

/** Where one installation keeps what it owns: it outlives a restart of its server. */
export class Home {
  private constructor(
    readonly folder: string,
    readonly database: Database,
    readonly keyFile: string | undefined,
  ) {}

  static async make(): Promise<Home> {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'selfsame-e2e-'));
    const database = await freshDatabase(folder);
    if (database.url.startsWith('sqlite:')) return new Home(folder, database, undefined);
    const keyFile = path.join(folder, 'secret.key');
    await writeFile(keyFile, randomBytes(32).toString('hex'));
    await chmod(keyFile, 0o600);
    return new Home(folder, database, keyFile);
  }

  async remove(): Promise<void> {
    await this.database.drop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

export class Server {
  output = '';
  private process: ChildProcess;
  private stopping = false;

  private constructor(
    readonly url: string,
    private readonly home: Home,
    private readonly settings: Settings,
    port: number,
  ) {
    const args = [
      'serve',
      ...['--listen', `127.0.0.1:${port}`],
      ...['--public-url', settings.publicUrl ?? url],
      ...['--database', home.database.url],
      ...['--data-dir', path.join(home.folder, 'data')],
      ...['--smtp-url', settings.smtpUrl],
      // Each test comes from an address of its own, so that limits per address hit only whom they should.
      ...['--trusted-proxies', '127.0.0.1'],
      ...(home.keyFile ? ['--secret-key-file', home.keyFile] : []),
      ...(settings.demo ? ['--demo'] : []),
      ...(settings.providersFile ? ['--providers-file', settings.providersFile] : []),
    ];
    this.process = spawn(binary, args, {
      cwd: home.folder,
      env: bareEnvironment(settings.demo ? { SELFSAME_DEMO_PASSWORD: demoPassword } : {}),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const keep = (chunk: Buffer) => (this.output += chunk.toString());
    this.process.stdout?.on('data', keep);
    this.process.stderr?.on('data', keep);
    this.process.on('error', (error) => (this.output += `\n${error.message}`));
  }

  static async start(home: Home, settings: Settings): Promise<Server> {
    const port = await freePort();
    const server = new Server(`http://127.0.0.1:${port}`, home, settings, port);
    await server.ready();
    return server;
  }

  private get ended(): boolean {
    return this.process.pid === undefined || this.process.exitCode !== null || this.process.signalCode !== null;
  }

  private async ready(): Promise<void> {
    const deadline = Date.now() + 20_000;
    while (Date.now() < deadline && !this.ended) {
      const answer = await fetch(`${this.url}/health/ready`).catch(() => undefined);
      if (answer?.ok) return;
      await pause(25);
    }
    this.process.kill('SIGKILL');
    throw new Error(`${binary} did not get ready:\n${this.output}`);
  }

  /** What a test may not leave behind: a dead server or a panic, caught or not. */
  assertSound(): void {
    if (this.ended && !this.stopping) throw new Error(`The server died:\n${this.output}`);
    const panic = /^.*panicked at[^]{0,600}/m.exec(this.output);
    if (panic) {
      this.output = this.output.replace(panic[0], '');
      throw new Error(`The server panicked:\n${panic[0]}`);
    }
  }

  async stop(): Promise<void> {
    if (this.stopping) return;
    this.assertSound();
    this.stopping = true;
    const exit = once(this.process, 'exit');
    this.process.kill('SIGTERM');
    const left = await Promise.race([exit, pause(35_000)]);
    if (!left) {
      this.process.kill('SIGKILL');
      throw new Error('The server was still there 35 s after it had been asked to end.');
    }
    if (this.process.exitCode !== 0) {
      throw new Error(`The server ended with ${this.process.exitCode ?? this.process.signalCode}:\n${this.output}`);
    }
  }

  /** The operator's command line, beside the running server. */
  async command(...args: string[]): Promise<string> {
    const env = bareEnvironment({
      SELFSAME_PUBLIC_URL: this.settings.publicUrl ?? this.url,
      SELFSAME_DATABASE: this.home.database.url,
      SELFSAME_DATA_DIR: path.join(this.home.folder, 'data'),
      SELFSAME_SMTP_URL: this.settings.smtpUrl,
      ...(this.home.keyFile ? { SELFSAME_SECRET_KEY_FILE: this.home.keyFile } : {}),
      ...(this.settings.providersFile ? { SELFSAME_PROVIDERS_FILE: this.settings.providersFile } : {}),
    });
    const { stdout } = await run(binary, args, { cwd: this.home.folder, env, timeout: 20_000 });
    return stdout;
  }
}

/** An installation of one test alone; nothing of it stays, whatever the test does. */
export async function withServer(settings: Settings, use: (server: Server) => Promise<void>): Promise<void> {
  const home = await Home.make();
  try {
    const server = await Server.start(home, settings);
    try {
      await use(server);
    } finally {
      await server.stop();
    }
  } finally {
    await home.remove();
  }
}

/** Whatever the caller's shell has set for Selfsame must not reach the servers under test. */
function bareEnvironment(extra: Record<string, string>): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('SELFSAME_'));
  return { ...Object.fromEntries(own), ...extra };
}
