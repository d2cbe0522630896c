import { existsSync } from 'node:fs';
import path from 'node:path';

const here = import.meta.dirname;

export const repository = path.resolve(here, '../..');
export const results = path.resolve(here, '../test-results');
export const binary = process.env.SELFSAME_BINARY ?? path.join(repository, 'target/release/selfsame');

export const database = chosenDatabase();
export const postgresAdmin = process.env.SELFSAME_E2E_POSTGRES;
/** The program that asks the API whatever its description allows; `cargo xtask test` fetches it. */
export const schemathesis = process.env.SELFSAME_SCHEMATHESIS ?? 'schemathesis';
/** How much is told: all, most (on Postgres what leads through everything), or brief (the rest once, in English). */
export const extent = process.env.SELFSAME_E2E_EXTENT ?? 'all';
export const screens = Boolean(process.env.SCREENS);

function chosenDatabase(): 'sqlite' | 'postgres' {
  const chosen = process.env.SELFSAME_E2E_DATABASE ?? 'sqlite';
  if (chosen === 'sqlite' || chosen === 'postgres') return chosen;
  throw new Error(`SELFSAME_E2E_DATABASE is "${chosen}"; it may be sqlite or postgres.`);
}

/** Undefined leaves the choice to Playwright, which then takes the browser it has installed itself. */
export function browser(): string | undefined {
  const folders = ['/usr/bin', ...(process.env.PATH ?? '').split(path.delimiter)];
  // The shell is the same Chromium without a window around the page, and takes a sixth less time.
  const found = ['chromium-headless-shell', 'chromium'].flatMap((name) => folders.map((each) => path.join(each, name)));
  return [process.env.CHROMIUM, ...found].find((file) => file && existsSync(file));
}
