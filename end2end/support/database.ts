import { randomBytes } from 'node:crypto';
import path from 'node:path';
import pg from 'pg';
import { database, postgresAdmin } from './environment';

export interface Database {
  url: string;
  drop(): Promise<void>;
}

/** An empty database of the kind this run is about; the SQLite file lies in `folder` and goes with it. */
export async function freshDatabase(folder: string): Promise<Database> {
  if (database === 'sqlite') {
    return { url: `sqlite:${path.join(folder, 'selfsame.db')}`, drop: async () => {} };
  }
  if (!postgresAdmin) {
    throw new Error('Set SELFSAME_E2E_POSTGRES to a Postgres URL whose user may create databases.');
  }
  const name = `selfsame_e2e_${randomBytes(6).toString('hex')}`;
  await administer(`create database ${name}`);
  const url = new URL(postgresAdmin);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => administer(`drop database if exists ${name} with (force)`) };
}

async function administer(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: postgresAdmin });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
