import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { startPostgres } from '../../test/support/servers.ts';
import { generate } from './generate.ts';
import { connected, measureLimit } from './limit.ts';
import { pgloaderVersion, runPgloader } from './pgloader.ts';

/**
 * Measures a move of generated FlashCase data against the server-side COPY limit and against pgloader, in one run on one machine:
 * `node bench/move/run.ts [--rows 1000000] [--rounds 3] [--server URL] [--no-pgloader]`. Seconds are the best of the rounds; trust the ratios.
 */
const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '3' },
    server: { type: 'string' },
    'no-pgloader': { type: 'boolean', default: false },
  },
});

interface Once {
  readonly seconds: number;
  /** The comparison of both sides afterwards. */
  readonly verifySeconds: number;
  readonly parts: { readonly prepare: number; readonly data: number; readonly finish: number };
  readonly phases: readonly { readonly name: string; readonly seconds: number }[];
  readonly rows: number;
  readonly peakMegabytes: number;
}

const folder = mkdtempSync(join(tmpdir(), 'flashcase-bench-'));
const server =
  values.server === undefined
    ? await startPostgres({
        fsync: true,
        settings: { shared_buffers: '512MB', max_wal_size: '8GB', checkpoint_timeout: '30min' },
      })
    : undefined;
const base = values.server ?? (server?.url as string);

function databaseUrl(name: string): string {
  const url = new URL(base);
  url.pathname = `/${name}`;
  return url.toString();
}

async function fresh(name: string): Promise<string> {
  await connected(base, async (client) => {
    await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8'`);
    await client.query('CHECKPOINT');
  });
  return databaseUrl(name);
}

async function moveOnce(file: string): Promise<Once> {
  const script = fileURLToPath(new URL('./move-once.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script, file, await fresh('bench_move')], {
    maxBuffer: 1 << 20,
  });
  return JSON.parse(stdout) as Once;
}

const best = <T>(rounds: readonly T[], read: (round: T) => number): T => rounds.reduce((a, b) => (read(b) < read(a) ? b : a));
const line = (name: string, secondsTaken: number, note: string): void =>
  console.log(`${name.padEnd(46)} ${secondsTaken.toFixed(2).padStart(8)} s   ${note}`);

try {
  const file = join(folder, 'source.db');
  console.log(`generating about ${values.rows} rows …`);
  await generate(file, Number(values.rows));
  const rounds = Number(values.rounds);
  const moves: Once[] = [];
  const limits: number[] = [];
  const references: number[] = [];
  const loads: number[] = [];
  const version = values['no-pgloader'] ? undefined : pgloaderVersion();
  for (let round = 0; round < rounds; round++) {
    moves.push(await moveOnce(file));
    const limit = await measureLimit(databaseUrl('bench_move'), await fresh('bench_limit'));
    limits.push(Math.min(limit.frozenSeconds, limit.halvedSeconds));
    references.push(Math.min(limit.frozenSeconds, limit.halvedSeconds) + limit.indexSeconds);
    if (version !== undefined && round < 2) loads.push((await runPgloader(file, await fresh('bench_pgloader'), version)).seconds);
  }
  const whole = best(moves, ({ seconds }) => seconds);
  const data = best(moves, ({ parts }) => parts.data);
  const verified = best(moves, ({ seconds, verifySeconds }) => seconds + verifySeconds);
  const limit = Math.min(...limits);
  const reference = Math.min(...references);
  const loaded = loads.length === 0 ? undefined : Math.min(...loads);
  console.log(`\n${whole.rows} rows, ${(statSync(file).size / 1e6).toFixed(0)} MB of SQLite, best of ${rounds}\n`);
  line('limit: COPY BINARY from files, 2 connections', limit, `${Math.round(whole.rows / limit)} rows/s`);
  line('flashcase, data phase', data.parts.data, `${(data.parts.data / limit).toFixed(2)} x the limit (reach: 1.3)`);
  line('reference: the limit, then indexes and keys', reference, '');
  line(
    'flashcase, whole job with snapshot and checks',
    whole.seconds,
    `${(whole.seconds / reference).toFixed(2)} x the reference (reach: 1.05); peak ${Math.max(...moves.map(({ peakMegabytes }) => peakMegabytes)).toFixed(0)} MB (reach: 300)`,
  );
  for (const phase of whole.phases) line(`    ${phase.name}`, phase.seconds, '');
  const verifiedSeconds = verified.seconds + verified.verifySeconds;
  line(
    'the same and both sides compared',
    verifiedSeconds,
    `${(verifiedSeconds / reference).toFixed(2)} x the reference (reach: 1.25)`,
  );
  if (loaded === undefined)
    console.log(`not run: ${values['no-pgloader'] ? 'pgloader was left out' : 'pgloader is not installed'}`);
  else
    line(
      `pgloader ${version ?? ''}, whole job`,
      loaded,
      `${(loaded / whole.seconds).toFixed(2)} x flashcase (reach: 5.5), ${(loaded / verifiedSeconds).toFixed(2)} x with both sides compared (reach: 4.7)`,
    );
} finally {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
}
