import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { sqlFor } from '../../schema/column.ts';
import { cellOf, cellSql, type StoredCell } from '../../schema/stored-cell.ts';
import type { Table } from '../../schema/table.ts';
import type { CarriedTable } from '../carried-tables.ts';
import { exactSql } from '../copy/exact-cells.ts';
import { keyColumnsOf, parameterOf } from '../copy/sql-reader.ts';
import { bytesSql, INDEX_ENTRY_BYTES, longEntriesOf } from '../plan/judge-keys.ts';
import { openSource } from '../source/snapshot.ts';
import { quoted, type SourceTable } from '../source/source-tables.ts';
import type { FoundRow } from '../source/stored-rows.ts';
import { JOURNAL_TABLE, STATE_TABLE, witnessOf } from '../state/sqlite-state.ts';
import type { Witness } from '../state/witness.ts';
import { writableColumns } from './stage.ts';

/** The key of a row as the journal has it, in the order of `CarriedTable.key`. */
export type JournalKey = readonly StoredCell[];

/** A journalled key, and its row as `writeExact` reads it. */
export interface ChangedRow {
  readonly key: JournalKey;
  readonly isThere: boolean;
  /** More than its cells has to be looked at: a condition, an allowed value, a size. */
  readonly isSuspicious: boolean;
  readonly cells: readonly unknown[];
  /** Where the cells of the table's writable columns begin in `cells`. */
  readonly first: number;
}

/** A row with what only its table can say about it. */
export interface StoredRow extends FoundRow {
  /** By the table's checks: it does not hold. */
  readonly failedChecks: readonly boolean[];
  /** By `longEntriesOf`: perhaps too long for an index of PostgreSQL. */
  readonly isLong: readonly boolean[];
}

/** What the state row and the journal say. */
export interface JournalState {
  readonly runId: string;
  readonly phase: string;
  readonly epoch: bigint;
  readonly witness: Witness;
  /** The newest `seq`, 0 when there is none, and its word. */
  readonly last: bigint;
  readonly lastWord: bigint | null;
  /** The word of the row that was asked for; null when there is none. */
  readonly wordThere: bigint | null;
}

/** Which side was set back, by the row of the journal at the position PostgreSQL has; `undefined` when the row is the one it knows. */
export function journalSetBackAt(
  { wordThere, last }: JournalState,
  position: bigint,
  word: bigint | null,
): 'sqlite' | 'postgres' | undefined {
  if (position === 0n || (wordThere !== null && wordThere === word)) return undefined;
  // Only what PostgreSQL had is ever removed, and never the row at its position: where numbers go on after that, PostgreSQL is the older one.
  return wordThere === null && last > position ? 'postgres' : 'sqlite';
}

interface Reader {
  readonly source: SourceTable;
  /** Reads the row id, or 0 where there is none. */
  readonly rowid: string;
  readonly changed: StatementSync;
  readonly find: Map<string, StatementSync>;
}

const keyColumn = (i: number): string => `k${i + 1}`;

function failedChecksSql(table: Table): string[] {
  return table.checks.map((check) => `coalesce(NOT (${sqlFor(check.expression, 'sqlite')}), 0)`);
}

function longSql(table: Table): string[] {
  return longEntriesOf(table).map(({ columns }) => `${bytesSql(columns)} > ${INDEX_ENTRY_BYTES}`);
}

function suspiciousSql(table: Table): string {
  const allowed = writableColumns(table).flatMap(([name, { oneOf }]) =>
    oneOf === undefined
      ? []
      : [`coalesce(t.${quoted(name)} NOT IN (${oneOf.map((text) => `'${text.replaceAll("'", "''")}'`).join(', ')}), 0)`],
  );
  const all = [...failedChecksSql(table), ...allowed, ...longSql(table)];
  return all.length === 0 ? '0' : all.join(' OR ');
}

/**
 * The SQLite side of the carrier: the journal and the rows it names, read on a connection of its own in one read transaction, so that both are of
 * the same moment.
 */
export class SqliteJournal {
  readonly db: DatabaseSync;
  readonly #readers = new Map<number, Reader>();

  /** Throws `FC_MOVE_SOURCE_UNFIT` when there is no such file. */
  constructor(file: string) {
    this.db = openSource(file);
  }

  /** Starts the read transaction. Returns what this file says of itself, and the word of the row at a position; `undefined` when it is in no move. */
  begin(position = 0n): JournalState | undefined {
    this.db.exec('BEGIN');
    try {
      if (this.db.prepare('SELECT 1 FROM main.sqlite_schema WHERE name = ?').get(STATE_TABLE) === undefined) return undefined;
      const word = (seq: string): string => `(SELECT word FROM main.${JOURNAL_TABLE} WHERE seq = ${seq})`;
      const statement = this.db.prepare(
        `SELECT run_id AS runId, phase, epoch, witness, last, ${word('last')} AS lastWord, ${word('?')} AS wordThere
         FROM main.${STATE_TABLE}, (SELECT coalesce(max(seq), 0) AS last FROM main.${JOURNAL_TABLE})`,
      );
      statement.setReadBigInts(true);
      const row = statement.get(position) as Record<string, unknown> | undefined;
      if (row === undefined) return undefined;
      return { ...row, witness: witnessOf(row.witness, row.runId as string) } as unknown as JournalState;
    } catch (error) {
      this.end();
      throw error;
    }
  }

  end(): void {
    if (this.db.isTransaction) this.db.exec('ROLLBACK');
  }

  /** How many journal rows there are after a position. */
  count(after: bigint): number {
    return Number(this.db.prepare(`SELECT count(*) AS n FROM main.${JOURNAL_TABLE} WHERE seq > ?`).get(after)?.n);
  }

  /** The numbers of the tables with journal rows after a position. */
  changedTables(after: bigint, to: bigint): ReadonlySet<number> {
    const rows = this.db
      .prepare(`SELECT DISTINCT table_no AS no FROM main.${JOURNAL_TABLE} WHERE seq > ? AND seq <= ?`)
      .all(after, to) as { no: number }[];
    return new Set(rows.map(({ no }) => no));
  }

  /** The distinct keys of a table journalled after a position, each with its row. */
  *changed(carried: CarriedTable, after: bigint, to: bigint): Generator<ChangedRow> {
    const width = carried.key.length;
    const first = 2 + 2 * width;
    const rows = this.#reader(carried).changed.iterate(after, to, carried.no) as unknown as Iterable<readonly unknown[]>;
    for (const cells of rows) {
      yield {
        key: carried.key.map((_, i) => cellOf(cells[2 + 2 * i], cells[3 + 2 * i])),
        isThere: cells[0] === 1n,
        isSuspicious: cells[1] === 1n,
        cells,
        first,
      };
    }
  }

  /** The distinct keys of a table journalled after a position and not again after another one. */
  *settledKeys(carried: CarriedTable, after: bigint, to: bigint): Generator<JournalKey> {
    const keys = carried.key.map((_, i) => keyColumn(i));
    const statement = this.db.prepare(
      `SELECT DISTINCT ${keys.map((key) => cellSql(`j.${key}`)).join(', ')} FROM main.${JOURNAL_TABLE} AS j
       WHERE j.seq > ? AND j.seq <= ? AND j.table_no = ? AND NOT EXISTS (
         SELECT 1 FROM main.${JOURNAL_TABLE} AS n WHERE n.seq > ? AND n.table_no = j.table_no AND ${keys.map((key) => `n.${key} IS j.${key}`).join(' AND ')})`,
    );
    statement.setReadBigInts(true);
    statement.setReturnArrays(true);
    for (const cells of statement.iterate(after, to, carried.no, to) as unknown as Iterable<readonly unknown[]>)
      yield keys.map((_, i) => cellOf(cells[2 * i], cells[2 * i + 1]));
  }

  /** Reads the row of a key with every bit of it. There are several only where a column of the key is NULL. */
  find(carried: CarriedTable, key: JournalKey): StoredRow[] {
    const { table } = carried;
    const reader = this.#reader(carried);
    const parameters = key.map(parameterOf);
    const where = carried.key
      .map((column, i) =>
        key[i]?.kind === 'null' ? `${quoted(column)} IS NULL` : `${quoted(column)} = ${parameters[i]?.sql as string}`,
      )
      .join(' AND ');
    let statement = reader.find.get(where);
    if (statement === undefined) {
      const columns = Object.keys(table.columns).map((column) => cellSql(quoted(column)));
      statement = this.db.prepare(
        `SELECT ${[reader.rowid, ...columns, ...failedChecksSql(table), ...longSql(table)].join(', ')} FROM main.${quoted(table.name)} WHERE ${where}`,
      );
      statement.setReadBigInts(true);
      statement.setReturnArrays(true);
      reader.find.set(where, statement);
    }
    const values = parameters.flatMap(({ value }, i) => (key[i]?.kind === 'null' ? [] : [value]));
    const width = Object.keys(table.columns).length;
    const afterCells = 1 + 2 * width;
    return (statement.all(...values) as unknown as (readonly unknown[])[]).map((found) => ({
      rowid: found[0] as bigint,
      cells: Array.from({ length: width }, (_, i) => cellOf(found[1 + 2 * i], found[2 + 2 * i])),
      failedChecks: table.checks.map((_, i) => found[afterCells + i] === 1n),
      isLong: found.slice(afterCells + table.checks.length).map((value) => value === 1n),
    }));
  }

  /** True when some row has these values in some of its columns. */
  hasRow(carried: CarriedTable, columns: readonly string[], values: readonly StoredCell[]): boolean {
    // Left in the middle, a loop ends its statement; one that stays open would keep the read transaction, and later calls in the past.
    for (const _ of this.keysOf(carried, columns, values)) return true;
    return false;
  }

  /** The keys of the rows that have these values in some of their columns. */
  *keysOf(carried: CarriedTable, columns: readonly string[], values: readonly StoredCell[]): Generator<JournalKey> {
    const parameters = values.map(parameterOf);
    const where = columns.map((column, i) => `${quoted(column)} = ${parameters[i]?.sql as string}`).join(' AND ');
    const statement = this.db.prepare(
      `SELECT ${carried.key.map((column) => cellSql(quoted(column))).join(', ')} FROM main.${quoted(carried.table.name)} WHERE ${where}`,
    );
    statement.setReadBigInts(true);
    statement.setReturnArrays(true);
    const rows = statement.iterate(...parameters.map(({ value }) => value)) as unknown as Iterable<readonly unknown[]>;
    for (const cells of rows) yield carried.key.map((_, i) => cellOf(cells[2 * i], cells[2 * i + 1]));
  }

  source(carried: CarriedTable): SourceTable {
    return this.#reader(carried).source;
  }

  close(): void {
    this.#readers.clear();
    if (this.db.isOpen) this.db.close();
  }

  #reader(carried: CarriedTable): Reader {
    let reader = this.#readers.get(carried.no);
    if (reader === undefined) {
      const { table, no } = carried;
      const [only = '0'] = keyColumnsOf(this.db, table.name);
      const rowid = only.startsWith('"') ? '0' : only;
      const keys = carried.key.map((_, i) => `flashcase_${keyColumn(i)}`);
      const columns = writableColumns(table).map(([name, column]) => exactSql(`t.${quoted(name)}`, column));
      const changed = this.db.prepare(
        `SELECT t.${quoted(carried.key[0] as string)} IS NOT NULL, ${suspiciousSql(table)}, ${[...keys.map((key) => cellSql(`j.${key}`)), ...columns].join(', ')}
         FROM (SELECT DISTINCT ${keys.map((key, i) => `${keyColumn(i)} AS ${key}`).join(', ')} FROM main.${JOURNAL_TABLE}
           WHERE seq > ? AND seq <= ? AND table_no = ?) AS j
         LEFT JOIN main.${quoted(table.name)} AS t ON ${carried.key.map((column, i) => `t.${quoted(column)} = j.${keys[i] as string}`).join(' AND ')}`,
      );
      changed.setReadBigInts(true);
      changed.setReturnArrays(true);
      reader = {
        source: { table, storedAs: table.name, rowid, rows: 0, firstRowid: undefined, lastRowid: undefined },
        rowid,
        changed,
        find: new Map(),
      };
      this.#readers.set(no, reader);
    }
    return reader;
  }
}
