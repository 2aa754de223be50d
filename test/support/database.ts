import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

export interface Place {
  /** For DATABASE_URL. */
  readonly url: string;
  /** For DATABASE_DIRECT_URL, where a pooler stands between. */
  readonly directUrl?: string;
  /** Whoever makes the tables stores the reviews by months. */
  readonly isByMonths?: boolean;
  drop(): Promise<void>;
}

export interface Target {
  readonly name: string;
  /** Why it could not run here, for `skip`; false where it runs. */
  readonly skip: string | false;
  /** A new empty database. */
  fresh(): Promise<Place>;
}

const withDatabase = (serverUrl: string, database: string): string => {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.toString();
};

async function onServer(serverUrl: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** A new database with a random name on a server: empty, or a copy of the one at `pattern`, which nobody may be connected to. */
export async function createDatabase(serverUrl: string, pattern?: Place): Promise<Place> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  const template = pattern === undefined ? 'template0' : new URL(pattern.url).pathname.slice(1);
  await onServer(serverUrl, `CREATE DATABASE ${name} TEMPLATE ${template} ENCODING 'UTF8'`);
  return { url: withDatabase(serverUrl, name), drop: () => onServer(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

/** A new folder for a file that does not exist yet. */
function newFile(): Place {
  const folder = mkdtempSync(join(tmpdir(), 'flashcase-test-'));
  return { url: `sqlite:///${join(folder, 'flashcase.db')}`, drop: async () => rmSync(folder, { recursive: true, force: true }) };
}

/** Every engine the suite runs on. Servers are started by test/run.ts and named in the environment. */
export function engines(): Target[] {
  const { FLASHCASE_TEST_POSTGRES: newest, FLASHCASE_TEST_POSTGRES_15: oldest, FLASHCASE_TEST_PGBOUNCER: pooled } = process.env;
  const notRun = (url: string | undefined, what: string): string | false =>
    url === undefined ? `not run: no ${what} here` : false;
  return [
    { name: 'sqlite', skip: false, fresh: async () => newFile() },
    { name: 'postgres 18', skip: notRun(newest, 'PostgreSQL 18'), fresh: () => createDatabase(newest as string) },
    { name: 'postgres 15', skip: notRun(oldest, 'PostgreSQL 15'), fresh: () => createDatabase(oldest as string) },
    {
      name: 'postgres 18 through pgbouncer',
      skip: notRun(newest === undefined ? undefined : pooled, 'PgBouncer'),
      async fresh() {
        const direct = await createDatabase(newest as string);
        return {
          url: withDatabase(pooled as string, new URL(direct.url).pathname.slice(1)),
          directUrl: direct.url,
          drop: direct.drop,
        };
      },
    },
  ];
}

/** Every engine, and PostgreSQL once more with the reviews stored by months: for what is done with reviews. */
export function storageForms(): Target[] {
  const all = engines();
  const newest = all.find(({ name }) => name === 'postgres 18') as Target;
  return [
    ...all,
    { ...newest, name: 'postgres 18, reviews by months', fresh: async () => ({ ...(await newest.fresh()), isByMonths: true }) },
  ];
}
