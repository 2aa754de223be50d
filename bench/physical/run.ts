// What a lost disk takes with it, and how long until people study again: a PostgreSQL 15 that archives its log by pgBackRest is killed under writes at a random moment and its folder is gone; the cluster is restored from what is archived, and
// serves. Loss: from the newest commit that was acknowledged to the newest that came back. Time: from typing the command to a server that writes.
// node bench/physical/run.ts [GIBIBYTES] [ROUNDS]     needs pgbackrest in PATH and FLASHCASE_PG15_BIN
import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { restoreCluster } from '../../src/ops/physical/restore-cluster.ts';
import { takeSet } from '../../src/ops/physical/take-set.ts';
import { archiveSettings, notRun, serve, startBackedUp } from '../../test/physical/clusters.ts';
import { queryAll } from '../../test/physical/marks.ts';
import { openFresh } from '../../test/support/fresh.ts';
import { seededRandom } from '../../test/support/load.ts';
import { populate } from '../../test/support/load-population.ts';

const [gibibytes = '1', rounds = '5', seed = '1'] = process.argv.slice(2);
if (notRun !== false) throw new Error(notRun);
const ends: (() => Promise<void>)[] = [];
const cluster = await startBackedUp({ after: (end) => void ends.push(end as () => Promise<void>) }, { fsync: true });
const { server, options } = cluster;
const random = seededRandom(Number(seed));
const at = (port: number): string => cluster.url.replace(/:\d+\//, `:${port}/`);
const seconds = (from: number): number => Math.round(performance.now() - from) / 1000;
const losses: number[] = [];
const restores: number[] = [];

/** Commits ten times a second; what was acknowledged last, in milliseconds since 1970. */
function write(url: string): { acknowledged: () => number; end: () => Promise<void> } {
  let last = 0;
  let isOver = false;
  const done = (async () => {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => {});
    await client.connect();
    while (!isOver) {
      const now = Date.now();
      try {
        await client.query('INSERT INTO heartbeat VALUES ($1)', [now]);
      } catch {
        return;
      }
      last = now;
      await delay(100);
    }
  })();
  return {
    acknowledged: () => last,
    async end() {
      isOver = true;
      await done;
    },
  };
}

try {
  const database = await openFresh({ url: cluster.url });
  await populate(database, { students: 10, deckSizes: [500], isStudied: true });
  await database.close();
  // FlashCase's own rows are small; what counts for files is bytes, and these do not compress.
  await cluster.ask(
    'CREATE TABLE heartbeat (at bigint); CREATE TABLE ballast (bytes bytea); ALTER TABLE ballast ALTER bytes SET STORAGE EXTERNAL',
  );
  for (let i = 0; i < Number(gibibytes) * 8; i++)
    await cluster.ask(
      "INSERT INTO ballast SELECT decode(string_agg(md5(random()::text || n || m), ''), 'hex') FROM generate_series(1, 128) AS n, generate_series(1, 65536) AS m GROUP BY n",
    );
  let started = performance.now();
  const full = await takeSet(options, 'full');
  console.log(
    `full set: ${(full.clusterBytes / 2 ** 30).toFixed(2)} GiB in ${seconds(started)} s, ${((full.storedBytes ?? 0) / 2 ** 30).toFixed(2)} GiB stored`,
  );
  started = performance.now();
  await takeSet(options, 'incr');
  console.log(`incremental set: ${seconds(started)} s`);
  let running = server;
  for (let round = 0; round < Number(rounds); round++) {
    const writing = write(at(running.port));
    const began = Date.now();
    // Whenever in the minute after which PostgreSQL archives a piece that is not full.
    await delay(15_000 + random() * 60_000);
    await running.kill();
    await writing.end();
    const acknowledged = writing.acknowledged();
    renameSync(server.dataDir, `${server.dataDir}.lost`);
    started = performance.now();
    const found = await restoreCluster('latest', server.dataDir, options);
    running = await serve(server.dataDir, {
      ...archiveSettings(join(cluster.folder, 'physical')),
      fsync: 'on',
      full_page_writes: 'on',
      synchronous_commit: 'on',
    });
    const took = seconds(started);
    const [row] = await queryAll(at(running.port), 'SELECT max(at) AS newest FROM heartbeat');
    // Of a round in which no piece was archived all is lost: since its first commit.
    const loss = (acknowledged - Math.max(began, Number(row?.newest ?? began))) / 1000;
    losses.push(loss);
    restores.push(took);
    console.log(`round ${round + 1}: lost ${loss.toFixed(1)} s, serves after ${took} s (restore and checks ${found.seconds} s)`);
    rmSync(`${server.dataDir}.lost`, { recursive: true, force: true });
  }
  await running.stop();
  const sorted = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b);
  const median = (values: readonly number[]): number => sorted(values)[Math.floor(values.length / 2)] as number;
  console.log(
    `${gibibytes} GiB, ${rounds} rounds: lost ${median(losses).toFixed(1)} s (median), ${Math.max(...losses).toFixed(1)} s (most); serves after ${median(restores).toFixed(1)} s (median), ${Math.max(...restores).toFixed(1)} s (most)`,
  );
} finally {
  for (const end of ends.toReversed()) await end();
}
