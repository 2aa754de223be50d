import { chmodSync, chownSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { clusterOptions } from '../../src/cli/backup/drill-options.ts';
import type { ClusterRestoreOptions } from '../../src/ops/physical/restore-cluster.ts';
import { setUpPhysical } from '../../src/ops/physical/setup.ts';
import { createDatabase } from '../support/database.ts';
import { settingsFor } from '../support/fresh.ts';
import { startPostgres, type TestServer } from '../support/servers.ts';

const pgbackrest = (process.env.PATH ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'pgbackrest'))
  .find((file) => existsSync(file));
const bin = process.env.FLASHCASE_PG15_BIN;

/** Why physical backups could not be tried here, for `skip`; false where they can. */
export const notRun: string | false =
  pgbackrest === undefined
    ? 'not run: no pgBackRest here'
    : bin === undefined
      ? 'not run: no PostgreSQL 15 here (FLASHCASE_PG15_BIN)'
      : false;

/** A cluster of PostgreSQL 15 that archives its log, with a database of FlashCase's to be, and what backups of it are told. */
export interface Archiving {
  readonly server: TestServer;
  readonly url: string;
  /** For the backups, the physical ones and what is restored; its owner is the server's. */
  readonly folder: string;
  readonly options: ClusterRestoreOptions;
  readonly env: Readonly<Record<string, string>>;
  /** One answer from the server. */
  ask(sql: string): Promise<Record<string, unknown>[]>;
  /** Options with more in the environment. */
  with(more: Readonly<Record<string, string>>): ClusterRestoreOptions;
}

/** A folder the server's own user may work in. */
export function ownedFolder(like: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'flashcase-physical-'));
  chmodSync(folder, 0o755);
  const { uid, gid } = statSync(like);
  if (process.getuid?.() === 0) chownSync(folder, uid, gid);
  return folder;
}

export const archiveSettings = (directory: string): Record<string, string> => ({
  archive_mode: 'on',
  archive_timeout: '60',
  archive_command: `${pgbackrest} --config=${directory}/pgbackrest.conf --stanza=flashcase archive-push %p`,
  track_commit_timestamp: 'on',
});

/** Starts one; it is stopped, and everything removed, when the test ends. */
export async function startArchiving(
  t: Pick<TestContext, 'after'>,
  { env: more = {}, fsync = false }: { readonly env?: Readonly<Record<string, string>>; readonly fsync?: boolean } = {},
): Promise<Archiving> {
  const folder = ownedFolder(tmpdir());
  const directory = join(folder, 'physical');
  const server = await startPostgres({ bin: bin as string, fsync, settings: archiveSettings(directory) });
  if (process.getuid?.() === 0) {
    const { uid, gid } = statSync(server.dataDir);
    chownSync(folder, uid, gid);
  }
  t.after(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const { url } = await createDatabase(server.url);
  const env = { BACKUP_DIRECTORY: join(folder, 'backups'), BACKUP_PHYSICAL: directory, POSTGRES_BIN: bin as string, ...more };
  const optionsWith = (given: Readonly<Record<string, string>>): ClusterRestoreOptions =>
    clusterOptions(settingsFor({ url }, { ...env, ...given }), () => {});
  return {
    server,
    url,
    folder,
    env: { DATABASE_URL: url, ...env },
    options: optionsWith({}),
    with: optionsWith,
    async ask(sql) {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      try {
        return (await client.query(sql)).rows;
      } finally {
        await client.end();
      }
    },
  };
}

/** The same, set up: the repository is there, and the log arrives in it. */
export async function startBackedUp(
  t: Pick<TestContext, 'after'>,
  given: Parameters<typeof startArchiving>[1] = {},
): Promise<Archiving> {
  const cluster = await startArchiving(t, given);
  await setUpPhysical(cluster.options, false);
  return cluster;
}

/** A server in a restored folder, as an operator starts it: it goes on to its target by itself, and then writes. */
export async function serve(dataDir: string, settings: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  const server = await startPostgres({ bin: bin as string, dataDir, settings });
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  while ((await client.query('SELECT pg_is_in_recovery() AS is_recovering')).rows[0]?.is_recovering === true) await delay(50);
  await client.end();
  return server;
}
