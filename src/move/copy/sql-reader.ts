import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { FlashcaseError } from '../../errors/index.ts';
import type { Column } from '../../schema/column.ts';
import { cellOf, cellSql, type StoredCell } from '../../schema/stored-cell.ts';
import { quoted } from '../source/source-tables.ts';
import type { BinaryWriter } from './binary-writer.ts';
import { exactSql, writeExact } from './exact-cells.ts';
import type { AfterRefusal, RefusalReason } from './page-reader/refusal.ts';

/** The key of a row, one cell a key column. */
export type SqlKey = readonly StoredCell[];

export interface SqlRefusal {
  readonly key: SqlKey;
  readonly column: string;
  readonly reason: RefusalReason;
}

/** Rows after one key (without it) up to another (with it); open where one is not given. */
export interface SqlRange {
  readonly after?: SqlKey | undefined;
  readonly to?: SqlKey | undefined;
}

export interface SqlStep {
  /** Rows written. */
  readonly rows: number;
  /** The last row looked at, also when it was refused; `undefined` when there was none. To go on later: `after` it. */
  readonly lastKey: SqlKey | undefined;
  readonly done: boolean;
}

/** The columns that name a row of a table and are never NULL: its row id, or the primary key of one made `WITHOUT ROWID`. Throws `FC_MOVE_SOURCE_UNFIT`. */
export function keyColumnsOf(db: DatabaseSync, table: string): readonly string[] {
  const columns = db.prepare(`PRAGMA main.table_xinfo(${quoted(table)})`).all() as { name: string; pk: number }[];
  const isWithoutRowid = db.prepare("SELECT wr FROM pragma_table_list WHERE schema = 'main' AND name = ?").get(table)?.wr === 1;
  if (isWithoutRowid) {
    return columns
      .filter(({ pk }) => pk > 0)
      .toSorted((a, b) => a.pk - b.pk)
      .map(({ name }) => quoted(name));
  }
  const names = new Set(columns.map(({ name }) => name.toLowerCase()));
  const free = ['rowid', '_rowid_', 'oid'].find((name) => !names.has(name));
  if (free !== undefined) return [free];
  throw new FlashcaseError('FC_MOVE_SOURCE_UNFIT', {
    what: 'Columns named rowid, _rowid_ and oid hide the row id.',
    where: table,
    hint: 'Rename one of them.',
  });
}

/** The cell as a parameter and its place in the statement. A text goes as its bytes: as a string it could not hold every text. */
export function parameterOf(cell: StoredCell): { readonly sql: string; readonly value: SQLInputValue } {
  switch (cell.kind) {
    case 'null':
      return { sql: '?', value: null };
    case 'integer':
    case 'real':
      return { sql: '?', value: cell.value };
    case 'blob':
      return { sql: '?', value: cell.bytes };
    case 'text':
      // Without the plus the cast would have an affinity, and change what it is compared with.
      return { sql: '+CAST(? AS TEXT)', value: cell.bytes };
  }
}

/**
 * Reads a table by SQL and writes COPY tuples by the codecs: slower than the page reader, for every table there is, and the same bytes.
 * It shares no decoding with the page reader, which is proven against it.
 */
export class SqlScan {
  readonly #columns: readonly (readonly [string, Column])[];
  readonly #keyWidth: number;
  readonly #rows: Iterator<readonly unknown[]>;
  #isDone = false;

  /** @param columns names and types in the order of the target. Throws what SQLite says when there is no such table or column. */
  constructor(db: DatabaseSync, table: string, columns: readonly (readonly [string, Column])[], range: SqlRange = {}) {
    this.#columns = columns;
    const key = keyColumnsOf(db, table);
    this.#keyWidth = key.length;
    const limits: string[] = [];
    const values: SQLInputValue[] = [];
    for (const [operator, limit] of [
      ['>', range.after],
      ['<=', range.to],
    ] as const) {
      if (limit === undefined) continue;
      const parameters = limit.map(parameterOf);
      limits.push(`(${key.join(', ')}) ${operator} (${parameters.map(({ sql }) => sql).join(', ')})`);
      values.push(...parameters.map(({ value }) => value));
    }
    const statement = db.prepare(
      `SELECT ${[...key.map(cellSql), ...columns.map(([name, column]) => exactSql(quoted(name), column))].join(', ')} FROM main.${quoted(table)}
       ${limits.length === 0 ? '' : `WHERE ${limits.join(' AND ')}`} ORDER BY ${key.join(', ')}`,
    );
    statement.setReadBigInts(true);
    statement.setReturnArrays(true);
    this.#rows = statement.iterate(...values) as unknown as Iterator<readonly unknown[]>;
  }

  /**
   * Goes on where the last call ended, until the writer is full, the range is done, or `onRefused` says `'stop'`. To be repeated until `done`;
   * the last call may write nothing.
   */
  read(writer: BinaryWriter, onRefused: (refusal: SqlRefusal) => AfterRefusal): SqlStep {
    let rows = 0;
    let last: readonly unknown[] | undefined;
    while (!this.#isDone && !writer.isFull) {
      const next = this.#rows.next();
      if (next.done === true) {
        this.#isDone = true;
        break;
      }
      last = next.value;
      const refused = this.#write(last, writer);
      if (refused === undefined) rows++;
      else if (onRefused({ key: this.#keyOf(last), ...refused }) === 'stop') break;
    }
    return { rows, lastKey: last === undefined ? undefined : this.#keyOf(last), done: this.#isDone };
  }

  /** Ends the statement of a scan that is not read to its end. */
  close(): void {
    this.#isDone = true;
    this.#rows.return?.();
  }

  #write(cells: readonly unknown[], writer: BinaryWriter): Omit<SqlRefusal, 'key'> | undefined {
    const start = writer.length;
    writer.startTuple(this.#columns.length);
    const refused = writeExact(writer, this.#columns, cells, 2 * this.#keyWidth);
    if (refused !== undefined) writer.rewind(start);
    return refused;
  }

  #keyOf(cells: readonly unknown[]): SqlKey {
    return Array.from({ length: this.#keyWidth }, (_, i) => cellOf(cells[2 * i], cells[2 * i + 1]));
  }
}
