import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { citus } from './citus.ts';

export interface Place {
  /** For DATABASE_URL. */
  readonly url: string;
  /** For DATABASE_DIRECT_URL, where a pooler stands between. */
  readonly directUrl?: string;
  /** Whoever makes the tables stores the reviews by months. */
  readonly isByMonths?: boolean;
  /** … spreads the tables over the nodes of a Citus cluster. */
  readonly isDistributed?: boolean;
  drop(): Promise<void>;
}

export interface Target {
  readonly name: string;
  /** Why it could not run here, for `skip`; false where it runs. */
  readonly skip: string | false;
  /** A new empty database. */
  fresh(): Promise<Place>;
  /** A new database with today's tables: a copy, where test/run.ts made one to copy; else empty, for `openFresh` to fill. */
  withTables(): Promise<Place>;
}

/** A database with today's tables that nobody connects to, made once by test/run.ts: of this name on each server, of this file for SQLite. */
export const PATTERN = 'flashcase_pattern';
const patternOf = (serverUrl: string): Place | undefined =>
  process.env.FLASHCASE_TEST_PATTERN === undefined
    ? undefined
    : { url: withDatabase(serverUrl, PATTERN), drop: () => Promise.resolve() };

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

/** A new database on a server, with a random name where none is given: empty, or a copy of the one at `pattern`, which nobody may be connected to. */
export async function createDatabase(
  serverUrl: string,
  pattern?: Place,
  name = `test_${randomBytes(8).toString('hex')}`,
): Promise<Place> {
  const template = pattern === undefined ? 'template0' : new URL(pattern.url).pathname.slice(1);
  // Copied as files: by the log, as is the default, it took two to six times as long, and dropping it three to five times.
  await onServer(serverUrl, `CREATE DATABASE ${name} TEMPLATE ${template} ENCODING 'UTF8' STRATEGY file_copy`);
  return { url: withDatabase(serverUrl, name), drop: () => onServer(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

/** A new folder for a file that does not exist yet. */
function newFile(): Place {
  const folder = mkdtempSync(join(tmpdir(), 'flashcase-test-'));
  return { url: `sqlite:///${join(folder, 'flashcase.db')}`, drop: async () => rmSync(folder, { recursive: true, force: true }) };
}

/** The same with today's tables. */
function copiedFile(): Place {
  const place = newFile();
  const { FLASHCASE_TEST_PATTERN: pattern } = process.env;
  if (pattern !== undefined) copyFileSync(pattern, place.url.slice('sqlite:///'.length));
  return place;
}

/** Every engine the suite runs on. Servers are started by test/run.ts and named in the environment. */
export function engines(): Target[] {
  const { FLASHCASE_TEST_POSTGRES: newest, FLASHCASE_TEST_POSTGRES_15: oldest, FLASHCASE_TEST_PGBOUNCER: pooled } = process.env;
  const notRun = (url: string | undefined, what: string): string | false =>
    url === undefined ? `not run: no ${what} here` : false;
  const onServer = (name: string, url: string | undefined, what: string): Target => ({
    name,
    skip: notRun(url, what),
    fresh: () => createDatabase(url as string),
    withTables: () => createDatabase(url as string, patternOf(url as string)),
  });
  const throughPooler = (direct: Place): Place => ({
    url: withDatabase(pooled as string, new URL(direct.url).pathname.slice(1)),
    directUrl: direct.url,
    drop: direct.drop,
  });
  const server = onServer('postgres 18', newest, 'PostgreSQL 18');
  return [
    { name: 'sqlite', skip: false, fresh: async () => newFile(), withTables: async () => copiedFile() },
    server,
    onServer('postgres 15', oldest, 'PostgreSQL 15'),
    {
      name: 'postgres 18 through pgbouncer',
      skip: notRun(newest === undefined ? undefined : pooled, 'PgBouncer'),
      fresh: async () => throughPooler(await server.fresh()),
      withTables: async () => throughPooler(await server.withTables()),
    },
  ];
}

/** For `skip`, of what only `npm run test:long` runs. */
export const leftToLongRuns: string | false =
  process.env.FLASHCASE_TEST_ENGINES === 'all' ? false : 'not run: npm run test:long runs it';

/** For suites that kill, load and switch: PostgreSQL 15 only in a long run. Conformance, revisions and a live move meet it every day. */
export const newestServers = (targets: Target[]): Target[] =>
  targets.map((target) =>
    target.name === 'postgres 15' && target.skip === false ? { ...target, skip: leftToLongRuns } : target,
  );

/** The forms that tell apart what FlashCase does itself, for suites whose SQL is the same on every server: all of them only in a long run. */
export function everydayEngines(): Target[] {
  return engines().map((target) =>
    target.name === 'sqlite' || target.name === 'postgres 18'
      ? target
      : { ...target, skip: target.skip === false ? leftToLongRuns : target.skip },
  );
}

/** … and a real Citus with the tables spread over its nodes, where there is one (test/run.ts): for what a user of the product is promised. */
export const withCitus = (targets: Target[]): Target[] => [...targets, citus()];

/** SQLite, and in a long run PostgreSQL: for what the page does by itself, whatever is behind its server. */
export const onBoth = (): Target[] =>
  everydayEngines()
    .slice(0, 2)
    .map((target) => (target.name === 'sqlite' || leftToLongRuns === false ? target : { ...target, skip: leftToLongRuns }));

/** Every engine, and PostgreSQL once more with the reviews stored by months: for what is done with reviews. */
export function storageForms(): Target[] {
  const all = engines();
  const newest = all.find(({ name }) => name === 'postgres 18') as Target;
  return [
    ...all,
    {
      ...newest,
      name: 'postgres 18, reviews by months',
      fresh: async () => ({ ...(await newest.fresh()), isByMonths: true }),
      withTables: async () => ({ ...(await newest.withTables()), isByMonths: true }),
    },
  ];
}
