import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { liveOptions } from '../../src/cli/move/live-options.ts';
import { withSides } from '../../src/move/live/sides.ts';
import { startMove } from '../../src/move/live/start.ts';
import { cutover } from '../../src/move/switch/cutover.ts';
import { rollback } from '../../src/move/switch/rollback.ts';
import { revisions } from '../../src/versions/index.ts';
import { startPostgres } from '../../test/support/servers.ts';
import { generate } from './generate.ts';
import { connected } from './limit.ts';

/**
 * Measures how long writes wait at a switch, there and back, under load, for databases of several sizes in one run:
 * `node bench/move/switch.ts [--rows 10000,1000000] [--switches 200] [--writers 4]`. Beside it, in the same run: two synced commits on each side,
 * one after the other, which no switch can do without (held, drained, decided, opened).
 */
const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '10000,1000000' },
    switches: { type: 'string', default: '200' },
    writers: { type: 'string', default: '4' },
  },
});

const silent = { phase() {}, expect() {}, rows() {}, bytes() {}, done() {}, note() {} };
const folder = mkdtempSync(join(tmpdir(), 'flashcase-bench-'));
const server = await startPostgres({ fsync: true });

function percentile(sorted: readonly number[], share: number): string {
  return `${Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] as number)} ms`;
}

function report(name: string, pauses: readonly number[]): void {
  const sorted = [...pauses].sort((a, b) => a - b);
  console.log(
    `  ${name.padEnd(9)} p50 ${percentile(sorted, 0.5)}  p99 ${percentile(sorted, 0.99)}  longest ${percentile(sorted, 1)}  (${sorted.length} times)`,
  );
}

/** Two synced commits on each side, one after the other. */
async function bareCommits(file: string, url: string): Promise<number[]> {
  return withSides({ sqliteFile: file, postgresUrl: url }, async ({ sqlite, postgres }) => {
    const times: number[] = [];
    for (let i = 0; i < 50; i++) {
      const began = performance.now();
      for (let commit = 0; commit < 2; commit++) {
        await sqlite.execute('UPDATE flashcase_move SET pass = 0');
        await postgres.execute('UPDATE flashcase_move.side SET held_by = held_by');
      }
      times.push(performance.now() - began);
    }
    return times;
  });
}

async function measure(rows: number): Promise<void> {
  const name = `bench_switch_${rows}`;
  await connected(server.url, async (client) => {
    await client.query(`CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8'`);
  });
  const address = new URL(server.url);
  address.pathname = `/${name}`;
  const url = address.toString();
  const file = join(folder, `${rows}.db`);
  await generate(file, rows);
  const options = liveOptions(file, url);
  await startMove({
    ...options,
    revisions,
    sourceFile: file,
    workFolder: `${file}.move`,
    rules: undefined,
    rulesFile: '',
    isStartingOver: false,
    events: silent,
  });
  const writers = Array.from(
    { length: Number(values.writers) },
    () => new Worker(new URL('./switch-writer.ts', import.meta.url), { workerData: { file, url } }),
  );
  const pauses: { cutover: number[]; rollback: number[] } = { cutover: [], rollback: [] };
  const bare = await bareCommits(file, url);
  for (let i = 0; i < Number(values.switches); i += 2) {
    pauses.cutover.push((await cutover(options)).pauseMs);
    pauses.rollback.push((await rollback(options)).pauseMs);
  }
  const ended = await Promise.all(
    writers.map(async (writer) => {
      writer.postMessage('end');
      return ((await once(writer, 'message')) as [{ written: number; longestMs: number }])[0];
    }),
  );
  console.log(
    `${rows} rows, ${values.writers} writers, ${ended.reduce((sum, { written }) => sum + written, 0)} writes meanwhile, the longest took ${Math.round(Math.max(...ended.map(({ longestMs }) => longestMs)))} ms`,
  );
  report('commits', bare);
  report('cutover', pauses.cutover);
  report('rollback', pauses.rollback);
}

try {
  for (const rows of values.rows.split(',')) await measure(Number(rows));
} finally {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
