import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { parseArgs } from 'node:util';
import { SqliteConnection } from '../../src/engine/sqlite/connection.ts';
import { ddl } from '../../src/engine/sqlite/ddl.ts';
import { installSqliteCapture } from '../../src/move/capture/sqlite-capture.ts';
import { carriedTables } from '../../src/move/carried-tables.ts';
import { float64, generatedId, int64, schema, table, text, timestamp } from '../../src/schema/index.ts';

/**
 * Measures what a live move costs the writers of the SQLite file: `node bench/move/capture.ts [--rounds 9] [--transactions 400] [--rows 5]`.
 * Each round runs the same writes on a file without and one with capture, transaction by transaction in turn, so that both meet the same
 * machine; a figure is the median over the rounds of their ratio.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    transactions: { type: 'string', default: '400' },
    rows: { type: 'string', default: '5' },
  },
});
const ROWS = 20_000;
const perTransaction = Number(values.rows);
const transactions = Number(values.transactions);

const card = table('card', {
  columns: {
    id: generatedId(),
    deck_id: int64(),
    position: int64(),
    front: text(),
    back: text(),
    stability: float64({ nullable: true }),
    updated_at: timestamp(),
  },
  primaryKey: ['id'],
  uniques: { card_position: ['deck_id', 'position'] },
  indexes: { ix_card_updated: ['deck_id', 'updated_at'] },
});
const tables = schema({ card });

type Write = (i: number) => void;

interface Side {
  readonly connection: SqliteConnection;
  readonly writes: Readonly<Record<'insert' | 'update' | 'delete', Write>>;
}

async function side(file: string, synchronous: string, isCaptured: boolean): Promise<Side> {
  const connection = new SqliteConnection({ file, readOnly: false, busyTimeoutMs: 0, columnTypes: new Map() });
  const db: DatabaseSync = connection.raw;
  db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}`);
  for (const sql of [...ddl.createTable(card), ...card.indexes.map((index) => ddl.createIndex(card, index))]) db.exec(sql);
  const insert = db.prepare('INSERT INTO card (deck_id, position, front, back, stability, updated_at) VALUES (?, ?, ?, ?, ?, ?)');
  const add: Write = (i) =>
    insert.run(
      i % 50,
      i,
      `What does the word number ${i} mean?`,
      'A sentence of some length that answers. '.repeat(4),
      i / 7,
      '2026-01-01 00:00:00.000000',
    );
  db.exec('BEGIN');
  for (let i = 0; i < ROWS; i++) add(i);
  db.exec('COMMIT');
  if (isCaptured)
    await installSqliteCapture(connection, carriedTables(tables, []), { runId: 'bench', target: 'nowhere', epoch: 1 });
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  const update = db.prepare('UPDATE card SET back = ?, stability = ?, updated_at = ? WHERE id = ?');
  const remove = db.prepare('DELETE FROM card WHERE id = ?');
  const placed = (i: number): number => 1 + ((i * 7919) % ROWS);
  return {
    connection,
    writes: {
      insert: (i) => add(ROWS + i),
      update: (i) => update.run('Another answer. '.repeat(8), i / 3, '2026-02-01 00:00:00.000000', placed(i)),
      delete: (i) => remove.run(placed(i)),
    },
  };
}

function timed({ connection }: Side, write: Write, first: number): number {
  const started = performance.now();
  connection.scriptSync('BEGIN IMMEDIATE');
  for (let i = first; i < first + perTransaction; i++) write(i);
  connection.scriptSync('COMMIT');
  return performance.now() - started;
}

const median = (of: readonly number[]): number => of.toSorted((a, b) => a - b)[of.length >> 1] as number;

const folder = mkdtempSync(join(tmpdir(), 'flashcase-bench-'));
try {
  for (const synchronous of ['FULL', 'NORMAL']) {
    const ratios = { insert: [] as number[], update: [] as number[], delete: [] as number[], mixed: [] as number[] };
    for (let round = 0; round < Number(values.rounds); round++) {
      const plain = await side(join(folder, `plain-${synchronous}-${round}.db`), synchronous, false);
      const captured = await side(join(folder, `captured-${synchronous}-${round}.db`), synchronous, true);
      const all = { without: 0, with: 0 };
      for (const kind of ['insert', 'update', 'delete'] as const) {
        const without: number[] = [];
        const withCapture: number[] = [];
        for (let i = 0; i < transactions; i++) {
          const runs = [
            () => without.push(timed(plain, plain.writes[kind], i * perTransaction)),
            () => withCapture.push(timed(captured, captured.writes[kind], i * perTransaction)),
          ];
          for (const run of i % 2 === 0 ? runs : runs.toReversed()) run();
        }
        ratios[kind].push(median(withCapture) / median(without));
        all.without += median(without);
        all.with += median(withCapture);
      }
      ratios.mixed.push(all.with / all.without);
      plain.connection.close();
      captured.connection.close();
    }
    for (const [kind, found] of Object.entries(ratios))
      console.log(
        `synchronous=${synchronous} ${kind.padEnd(6)} ${median(found).toFixed(2)} (${Math.min(...found).toFixed(2)} to ${Math.max(...found).toFixed(2)})`,
      );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
