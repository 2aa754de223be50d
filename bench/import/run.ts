// The whole way of a student who moves here: an Anki package with its history into a new installation; each run in a process of its own,
// for its memory. Beside it, in the same run, what no importer can do without: reading the file, and the same rows by a plain INSERT.
// node bench/import/run.ts [NOTES] [REVIEWS] [sqlite | URL of an empty PostgreSQL database]
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [notes = '100000', reviews = '1000000', where = 'sqlite'] = process.argv.slice(2);
const once = fileURLToPath(new URL('once.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'flashcase-bench-'));
const file = join(folder, 'collection.apkg');
const url = where === 'sqlite' ? `sqlite:///${join(folder, 'flashcase.db')}` : where;

interface Result {
  readonly seconds: number;
  readonly processorSeconds: number;
  readonly mebibytes: number;
  readonly rows: number;
}

function run(what: string): Result {
  const output = execFileSync(process.execPath, [...process.execArgv, once, what, file, url, notes, reviews], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const result = JSON.parse(output) as Result;
  const { seconds, processorSeconds, mebibytes, rows } = result;
  console.log(
    `${what.padEnd(8)} ${seconds.toFixed(1).padStart(6)} s ${processorSeconds.toFixed(1).padStart(6)} s of processor ${String(mebibytes).padStart(5)} MiB ${rows.toLocaleString('en').padStart(10)} rows ${Math.round(
      rows / seconds,
    )
      .toLocaleString('en')
      .padStart(9)} rows/s`,
  );
  return result;
}

try {
  run('write');
  console.log(`package: ${(statSync(file).size / 1024 / 1024).toFixed(1)} MiB`);
  const read = run('read');
  const imported = run('import');
  const plain = run('plain');
  console.log(
    `the import takes ${(imported.seconds / (read.seconds + plain.seconds)).toFixed(1)} times the time of reading the file and inserting its rows plainly`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
