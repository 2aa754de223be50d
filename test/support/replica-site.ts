import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { systemClock } from '../../src/db/clock.ts';
import type { ReplicaOutcome } from '../../src/db/replicas.ts';
import { type InstalledDatabase, openSwitchingDatabase } from '../../src/db/switching-database.ts';
import { openFresh, settingsFor } from './fresh.ts';
import { startPostgres, type TestServer } from './servers.ts';
import { type Standby, startStandby } from './standby.ts';

/** A PostgreSQL with a streaming replica, and FlashCase's database on it. */
export interface ReplicaSite {
  readonly primary: TestServer;
  readonly standby: Standby;
  onPrimary(sql: string): Promise<Record<string, unknown>[]>;
  onStandby(sql: string): Promise<Record<string, unknown>[]>;
  /** The database of a server. @param replicas its `DATABASE_REPLICA_URLS`; that of the standby when absent */
  open(options?: { readonly replicas?: string; readonly url?: string; readonly directUrl?: string }): Promise<OpenSite>;
  end(): Promise<void>;
}

export interface OpenSite {
  readonly database: InstalledDatabase;
  /** Who answered what a replica might have answered, since the last call. */
  outcomes(): ReplicaOutcome[];
  readonly notes: string[];
  /** Returns when so many replicas are used. */
  using(count: number): Promise<void>;
  close(): Promise<void>;
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end().catch(() => {});
  }
}

/** @param bin of the PostgreSQL to start */
export async function startReplicaSite(bin: string): Promise<ReplicaSite> {
  const primary = await startPostgres({ bin });
  await (await openFresh({ url: primary.url })).close();
  const standby = await startStandby(primary, bin);
  const opened = new Set<OpenSite>();
  return {
    primary,
    standby,
    onPrimary: (sql) => query(primary.url, sql),
    onStandby: (sql) => query(standby.url, sql),
    async open({ replicas = standby.url, url = primary.url, directUrl } = {}) {
      const seen: ReplicaOutcome[] = [];
      const notes: string[] = [];
      const place = { url, ...(directUrl === undefined ? {} : { directUrl }) };
      const database = await openSwitchingDatabase(settingsFor(place, { DATABASE_REPLICA_URLS: replicas }), systemClock(), {
        onReplicaRead: (outcome) => seen.push(outcome),
        onNote: (line) => notes.push(line),
      });
      const site: OpenSite = {
        database,
        outcomes: () => seen.splice(0),
        notes,
        async using(count) {
          while ((database.replicas?.standing().usable ?? 0) !== count) await delay(20);
        },
        async close() {
          if (opened.delete(site)) await database.close();
        },
      };
      opened.add(site);
      return site;
    },
    async end() {
      for (const site of opened) await site.close();
      await standby.stop();
      await primary.stop();
    },
  };
}

/** Stops the replica from showing anything new until `resume`. */
export async function pauseReplay(t: TestContext, site: ReplicaSite): Promise<{ resume(): Promise<void> }> {
  await site.onStandby('SELECT pg_wal_replay_pause()');
  // It is asked for; the pause itself comes with the next record, which a quiet primary does not write for seconds.
  while ((await site.onStandby('SELECT pg_get_wal_replay_pause_state() AS state'))[0]?.state !== 'paused') {
    await site.onPrimary("SELECT pg_logical_emit_message(true, 'test', 'a record')");
    await delay(20);
  }
  const resume = async () => {
    await site.onStandby('SELECT pg_wal_replay_resume()').catch(() => {});
  };
  t.after(resume);
  return { resume };
}
