import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import type { Place, Target } from './database.ts';

/** A coordinator and two workers on loopback, made by the script that FLASHCASE_CITUS names (its head tells how it is used). */
export interface CitusCluster {
  readonly folder: string;
  stop(): Promise<void>;
}

const run = promisify(execFile);

export type CitusNode = 'coordinator' | 'worker1' | 'worker2';
export const WORKERS: readonly CitusNode[] = ['worker1', 'worker2'];

const script = (...args: string[]): Promise<{ stdout: string }> =>
  run('bash', [process.env.FLASHCASE_CITUS as string, ...args], { maxBuffer: 1 << 24 });

/** Why no cluster can be started here, for `skip`. */
export const noCitus: string | false =
  process.env.FLASHCASE_CITUS === undefined ? 'not run: no Citus here (FLASHCASE_CITUS)' : false;

const MEMORY = '/dev/shm';
const ROOM = 2 * 1024 ** 3;

/**
 * In memory where there is room: three servers make some hundred files each for every database, and sync them. Nodes are killed here, never the machine, so what
 * they acknowledge is as safe there as on a disk.
 */
function roomyFolder(): string {
  if (!existsSync(MEMORY)) return tmpdir();
  const { bavail, bsize } = statfsSync(MEMORY);
  return bavail * bsize > ROOM ? MEMORY : tmpdir();
}

/** Starts a cluster; in a folder that has one, the nodes of it that are down. */
export async function startCitus(folder = mkdtempSync(join(roomyFolder(), 'flashcase-citus-'))): Promise<CitusCluster> {
  await script('start', folder);
  return {
    folder,
    async stop() {
      await script('stop', folder);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The cluster that test/run.ts started for all in a long run, else one of one's own. For tests that leave its nodes alone. */
export async function sharedCitus(): Promise<CitusCluster> {
  const folder = process.env.FLASHCASE_TEST_CITUS;
  return folder === undefined ? startCitus() : { folder, stop: async () => {} };
}

/** The process of a node, to be killed. */
export const nodePid = (folder: string, node: CitusNode): number =>
  Number(readFileSync(join(folder, node, 'postmaster.pid'), 'utf8').split('\n')[0]);

/** The address of a database at a node. */
export function nodeUrl(folder: string, node: CitusNode, database: string): string {
  const ports = [...readFileSync(join(folder, node, 'postgresql.conf'), 'utf8').matchAll(/^port = (\d+)$/gm)];
  return `postgres://postgres@127.0.0.1:${ports.at(-1)?.[1]}/${database}`;
}

async function atNode(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}

/** A new database in a cluster, empty; whoever makes the tables spreads them. */
export async function citusDatabase(folder: string): Promise<Place> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  await script('database', folder, name);
  const url = nodeUrl(folder, 'coordinator', name);
  // Two a worker. The 32 by default are for clusters that grow, and take seven times as long to make.
  await atNode(url, `ALTER DATABASE ${name} SET citus.shard_count = 4`);
  return {
    url,
    isDistributed: true,
    async drop() {
      for (const node of ['coordinator', ...WORKERS] as const) {
        await atNode(nodeUrl(folder, node, 'postgres'), `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      }
    },
  };
}

/** A new database, whose tables `openFresh` spreads, in the cluster that tests share: test/run.ts starts one in long runs. `skip` says why there is none. */
export function citus(folder = process.env.FLASHCASE_TEST_CITUS): Target {
  return {
    name: 'citus',
    skip:
      folder === undefined ? 'not run: no Citus here (npm run test:long has it, where FLASHCASE_CITUS names its script)' : false,
    fresh: () => citusDatabase(folder as string),
    withTables: () => citusDatabase(folder as string),
  };
}
