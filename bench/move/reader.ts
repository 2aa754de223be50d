import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { BinaryWriter } from '../../src/move/copy/binary-writer.ts';
import { openPageReader } from '../../src/move/copy/page-reader/page-reader.ts';
import { RecordDigest } from '../../src/move/copy/page-reader/record-digest.ts';
import { SqlScan } from '../../src/move/copy/sql-reader.ts';
import { flashcase } from '../../src/schema/flashcase.ts';
import { generate } from './generate.ts';

/**
 * How fast rows are read and written as COPY tuples, without a server: the page reader beside the SQL path, over the same tables.
 * `node bench/move/reader.ts [rows] [file]`; a file that is there is used as it is.
 */
const TABLES = ['study_log', 'card', 'card_state', 'user'] as const;
const ROUNDS = 5;

interface Result {
  readonly rows: number;
  readonly bytes: number;
  /** Processor time, so that what else the machine does counts less. */
  readonly seconds: number;
}

interface Reading {
  read(writer: BinaryWriter): { readonly rows: number; readonly done: boolean };
}

function drain(reading: Reading): Result {
  const writer = new BinaryWriter();
  const start = process.cpuUsage();
  let rows = 0;
  let bytes = 0;
  for (let done = false; !done; ) {
    const step = reading.read(writer);
    rows += step.rows;
    bytes += writer.length;
    done = step.done;
    writer.clear();
  }
  const { user, system } = process.cpuUsage(start);
  return { rows, bytes, seconds: (user + system) / 1e6 };
}

/** The best of some rounds: the file is in the page cache, the code is compiled. */
function best(rounds: number, measure: () => Result): Result {
  return Array.from({ length: rounds }, measure).reduce((a, b) => (b.seconds < a.seconds ? b : a));
}

const onRefused = (refusal: unknown): never => {
  throw new Error(`refused: ${JSON.stringify(refusal, (_, value) => (typeof value === 'bigint' ? String(value) : value))}`);
};
const show = (name: string, { rows, bytes, seconds }: Result): string =>
  `${name.padEnd(28)} ${(rows / seconds / 1e6).toFixed(2)} M rows/s  ${(bytes / seconds / 1e6).toFixed(0)} MB/s  ${seconds.toFixed(3)} s`;

const folder = mkdtempSync(join(tmpdir(), 'flashcase-bench-'));
try {
  const [rows = '1430000', given] = process.argv.slice(2);
  const file = given ?? join(folder, 'source.db');
  if (statSync(file, { throwIfNoEntry: false }) === undefined) await generate(file, Number(rows));
  const snapshot = join(folder, 'snapshot.db');
  const source = new DatabaseSync(file);
  source.exec(`VACUUM INTO '${snapshot.replaceAll("'", "''")}'`);
  source.close();

  const db = new DatabaseSync(snapshot, { readOnly: true });
  const reader = openPageReader(snapshot);
  for (const name of TABLES) {
    const columns = Object.entries(flashcase.tables[name].columns);
    const why = reader.canRead(name, columns);
    if (why !== undefined) throw new Error(`${name}: ${why}`);
    const pages = best(ROUNDS, () => {
      const scan = reader.scan(name, columns);
      return drain({ read: (writer) => scan.read(writer, onRefused) });
    });
    const hashed = best(ROUNDS, () => {
      // Object ids only change what is hashed, not how long it takes.
      const digest = new RecordDigest(columns.map(() => 20));
      const scan = reader.scan(name, columns, { digest });
      return drain({ read: (writer) => scan.read(writer, onRefused) });
    });
    const sql = best(2, () => {
      const scan = new SqlScan(db, name, columns);
      return drain({ read: (writer) => scan.read(writer, onRefused) });
    });
    console.log(`${name}, ${pages.rows} rows, ${columns.length} columns`);
    console.log(show('  page reader', pages));
    console.log(show('  page reader and SHA-256', hashed));
    console.log(show('  SQL', sql));
    console.log(`  ratio SQL / page reader      ${(sql.seconds / pages.seconds).toFixed(1)}`);
  }
  reader.close();
  db.close();
  console.log(
    `memory at most ${Math.round(process.resourceUsage().maxRSS / 1024)} MB, file ${Math.round(statSync(snapshot).size / 1e6)} MB`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
