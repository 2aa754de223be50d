import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface PgloaderRun {
  readonly seconds: number;
  readonly version: string;
}

/** pgloader's version, or `undefined` where it is not installed. */
export function pgloaderVersion(): string | undefined {
  try {
    return /version "([^"]+)"/.exec(execFileSync('pgloader', ['--version']).toString())?.[1];
  } catch {
    return undefined;
  }
}

/** The whole job by pgloader with the settings that were best on this data (facts of the project: larger batches, two readers, 8 GB heap). */
export async function runPgloader(file: string, url: string, version: string): Promise<PgloaderRun> {
  const folder = mkdtempSync(join(tmpdir(), 'flashcase-pgloader-'));
  const script = join(folder, 'move.load');
  writeFileSync(
    script,
    `LOAD DATABASE FROM sqlite://${file} INTO ${url}
     WITH include drop, create tables, create indexes, reset sequences, workers = 4, concurrency = 2, batch rows = 25000, batch size = 64MB, prefetch rows = 100000
     SET work_mem TO '256MB', maintenance_work_mem TO '256MB', synchronous_commit TO 'off';\n`,
  );
  try {
    const started = performance.now();
    const { stdout, stderr } = await promisify(execFile)('pgloader', ['--dynamic-space-size', '8192', script], {
      maxBuffer: 1 << 26,
    }).catch((error: unknown) => {
      // Some builds do not take the size of the heap.
      if (!/dynamic-space-size/.test(String((error as { stderr?: string }).stderr ?? error))) throw error;
      return promisify(execFile)('pgloader', [script], { maxBuffer: 1 << 26 });
    });
    if (/heap exhausted|FATAL/i.test(stdout + stderr)) throw new Error(`pgloader failed: ${(stdout + stderr).slice(-2000)}`);
    return { seconds: (performance.now() - started) / 1000, version };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
