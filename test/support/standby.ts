import { execFileSync } from 'node:child_process';
import { appendFileSync, chownSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { freePort, startPostgres, type TestServer } from './servers.ts';

/** A streaming standby of a test server. */
export interface Standby extends TestServer {
  /** Returns when it has replayed all the primary has written. */
  caughtUp(): Promise<void>;
  /** Gets nothing from the primary any more: what that acknowledges from now on is missing here. */
  cutOff(): Promise<void>;
  /** Becomes a primary of its own. */
  promote(): Promise<void>;
}

async function ask(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end().catch(() => {});
  }
}

async function until(url: string, sql: string): Promise<void> {
  while ((await ask(url, sql))[0]?.done !== true) await delay(50);
}

/** Makes a base backup of a running server, as pg_basebackup does (not every package brings it), and starts it as an asynchronous standby. */
export async function startStandby(primary: TestServer, bin: string): Promise<Standby> {
  const dataDir = join(dirname(primary.dataDir), `standby-${await freePort()}`);
  const client = new pg.Client({ connectionString: primary.url });
  await client.connect();
  await client.query("SELECT pg_backup_start('standby', true)");
  // A file that goes away meanwhile is made good by the log.
  execFileSync('cp', ['-a', primary.dataDir, dataDir]);
  const { labelfile } = (await client.query('SELECT labelfile FROM pg_backup_stop(false)')).rows[0] as { labelfile: string };
  await client.end();
  for (const name of ['postmaster.pid', 'postmaster.opts']) rmSync(join(dataDir, name), { force: true });
  const { uid, gid } = statSync(dataDir);
  for (const [name, content] of [
    ['backup_label', labelfile],
    ['standby.signal', ''],
  ] as const) {
    writeFileSync(join(dataDir, name), content);
    chownSync(join(dataDir, name), uid, gid);
  }
  appendFileSync(
    join(dataDir, 'postgresql.auto.conf'),
    `primary_conninfo = 'host=127.0.0.1 port=${primary.port} user=postgres'\n`,
  );
  const server = await startPostgres({ bin, dataDir });
  return {
    ...server,
    async caughtUp() {
      // At the beginning of a piece of the log there is nothing to switch, and the next record would come with a checkpoint's.
      await ask(primary.url, "SELECT pg_logical_emit_message(true, 'test', 'a record')");
      const [row] = await ask(primary.url, 'SELECT pg_current_wal_insert_lsn()::text AS lsn');
      await ask(primary.url, 'SELECT pg_switch_wal()');
      await until(server.url, `SELECT pg_last_wal_replay_lsn() >= '${String(row?.lsn)}'::pg_lsn AS done`);
    },
    async cutOff() {
      await ask(server.url, "ALTER SYSTEM SET primary_conninfo = ''");
      await ask(server.url, 'SELECT pg_reload_conf()');
      await until(server.url, 'SELECT count(*) = 0 AS done FROM pg_stat_wal_receiver');
    },
    async promote() {
      await ask(server.url, 'SELECT pg_promote()');
      await until(server.url, 'SELECT NOT pg_is_in_recovery() AS done');
    },
    async stop() {
      await server.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
