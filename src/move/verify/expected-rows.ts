import type { DatabaseSync } from 'node:sqlite';
import { codecOf } from '../../schema/codec.ts';
import type { Column, Value } from '../../schema/column.ts';
import { rowToJson, type StoredCell } from '../../schema/stored-cell.ts';
import type { Schema, Table } from '../../schema/table.ts';
import { Timestamp } from '../../schema/timestamp.ts';
import { applyRemedy, isChanging } from '../plan/apply-remedy.ts';
import { keyJson, keyText, rolesOf } from '../plan/findings.ts';
import { judgeCell } from '../plan/judge-cell.ts';
import type { Rules } from '../plan/rules.ts';
import { quoted, type SourceTable } from '../source/source-tables.ts';
import { type FoundRow, storedRowReader } from '../source/stored-rows.ts';
import type { DigestReaders } from './digest-threads.ts';

/** A row as the target must hold it. */
export interface ExpectedRow {
  readonly values: readonly (Value | null)[];
}

export interface Approved {
  /** Rows found in quarantine, byte for byte. */
  quarantined: number;
  /** Rows stored with a value an approved decision changed. */
  changed: number;
}

/** A row of the source the target cannot hold as it is, and no decision says why. */
export interface Unexplained {
  readonly key: string;
  readonly column: string;
  readonly source: string;
  readonly why: string;
}

/** The source as it is now, what was decided, and what was set aside. */
export interface SourceView {
  readonly db: DatabaseSync;
  readonly schema: Schema;
  readonly rules: Rules;
  source(table: string): SourceTable;
  /** Cells of the rows the run set aside, by row id. */
  quarantined(table: string): ReadonlyMap<bigint, string>;
  /** Who digests rows of the source, as this view sees them. */
  readonly readers: DigestReaders;
}

type Read = (value: unknown) => Value | undefined;

/** Reads a value only when it is stored exactly as the column wants it; `undefined` sends the row to the slow path that names the reason. */
const READERS: Record<Column['type'], Read> = {
  int32: (value) => (typeof value === 'bigint' && BigInt.asIntN(32, value) === value ? Number(value) : undefined),
  int64: (value) => (typeof value === 'bigint' ? value : undefined),
  float64: (value) => (typeof value === 'number' && Number.isFinite(value) && !Object.is(value, -0) ? value : undefined),
  boolean: (value) => (value === 1n ? true : value === 0n ? false : undefined),
  text: (value) => (value instanceof Uint8Array ? textOf(value) : undefined),
  timestamp: (value) => (typeof value === 'string' ? Timestamp.fromCanonical(value) : undefined),
  bytes: (value) => (value instanceof Uint8Array ? value : undefined),
};

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function textOf(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Text is read as its bytes: as a string, bytes that are not UTF-8 would be replaced without a word. A blob there is marked by a string. */
function columnSql([name, column]: readonly [string, Column]): string {
  const c = quoted(name);
  if (column.type === 'text')
    return `CASE typeof(${c}) WHEN 'text' THEN CAST(${c} AS BLOB) WHEN 'blob' THEN 'blob' ELSE ${c} END`;
  return c;
}

/**
 * Reads a table of the source again by plain SQL, sharing only the codec with the copy, and says what the target must hold: exact rows as they
 * are, decided rows as decided, quarantined rows not at all (after comparing every bit of them with the quarantine).
 */
export class ExpectedRows {
  readonly approved: Approved = { quarantined: 0, changed: 0 };
  readonly unexplained: Unexplained[] = [];
  readonly #view: SourceView;
  readonly #source: SourceTable;
  readonly #quarantined: ReadonlyMap<bigint, string>;
  readonly #reader: (rowid: bigint) => FoundRow | undefined;
  /** Rules that empty references: only then does a properly stored row need a second look. */
  readonly mayEmptyReferences: boolean;

  constructor(view: SourceView, table: Table) {
    this.#view = view;
    this.#source = view.source(table.name);
    this.#quarantined = view.quarantined(table.name);
    this.#reader = storedRowReader(view.db, this.#source);
    this.mayEmptyReferences = view.rules.decisions.some(
      (rule) => rule.table === table.name && rule.kind === 'orphan' && rule.remedy === 'set_null',
    );
  }

  get table(): Table {
    return this.#source.table;
  }

  /** To be called after all rows were read: rows in quarantine that the source does not have. */
  finish(): void {
    const missing = this.#quarantined.size - this.approved.quarantined;
    if (missing > 0 && this.unexplained.length === 0) {
      this.unexplained.push({
        key: '*',
        column: '*',
        source: 'no row',
        why: `${missing} quarantined rows are not in the source`,
      });
    }
  }

  *rows(): Generator<ExpectedRow> {
    const columns = Object.entries(this.#source.table.columns);
    const readers = columns.map(([, column]) => READERS[column.type]);
    const allowed = columns.map(([, column]) => (column.oneOf === undefined ? undefined : new Set<unknown>(column.oneOf)));
    const nullable = columns.map(([, column]) => column.isNullable);
    const statement = this.#view.db.prepare(
      `SELECT ${this.#source.rowid}, ${columns.map(columnSql).join(', ')} FROM main.${quoted(this.#source.storedAs)}`,
    );
    statement.setReadBigInts(true);
    statement.setReturnArrays(true);
    const hasQuarantined = this.#quarantined.size > 0;
    for (const cells of statement.iterate() as unknown as Iterable<readonly unknown[]>) {
      const rowid = cells[0] as bigint;
      if (hasQuarantined && this.isQuarantined(rowid)) continue;
      const values: (Value | null)[] = [];
      for (let i = 0; i < columns.length; i++) {
        const stored = cells[i + 1];
        const value = stored === null ? (nullable[i] ? null : undefined) : (readers[i] as Read)(stored);
        if (value === undefined || (value !== null && allowed[i]?.has(value) === false)) break;
        values.push(value);
      }
      // A decision may also change cells that are stored properly: references emptied because their row is gone.
      if (values.length === columns.length && !this.mayEmptyReferences) yield { values };
      else {
        const decided = this.decide(rowid);
        if (decided !== undefined) yield decided;
      }
    }
  }

  /** A row that is not stored exactly, or was set aside: as it must be in the target, or `undefined` where it must not. */
  special(rowid: bigint): ExpectedRow | undefined {
    return this.isQuarantined(rowid) ? undefined : this.decide(rowid);
  }

  /** True for a row that was set aside; compares it with what was kept of it. */
  isQuarantined(rowid: bigint): boolean {
    const kept = this.#quarantined.get(rowid);
    if (kept === undefined) return false;
    const row = this.#reader(rowid);
    const names = Object.keys(this.#source.table.columns);
    const cells =
      row === undefined ? '' : rowToJson(Object.fromEntries(names.map((column, i) => [column, row.cells[i] as StoredCell])));
    if (cells === kept) this.approved.quarantined++;
    else if (row !== undefined) {
      this.unexplained.push({
        key: keyText(this.#source.table, row),
        column: '*',
        source: keyJson(this.#source.table, row),
        why: 'the row in quarantine is not the row of the source',
      });
    }
    return true;
  }

  /** The slow path: judges each cell of a row again and applies what was decided; `undefined` when nothing explains it. */
  decide(rowid: bigint): ExpectedRow | undefined {
    const row = this.#reader(rowid);
    if (row === undefined) return undefined;
    const { table } = this.#source;
    const roles = rolesOf(this.#view.schema, table);
    const values: (Value | null)[] = [];
    let isChanged = false;
    for (const [i, [name, column]] of Object.entries(table.columns).entries()) {
      const cell = row.cells[i] as StoredCell;
      const problem = judgeCell(column, cell, roles.get(name) ?? 'plain');
      if (problem === undefined) {
        values.push(exact(column, cell));
        continue;
      }
      const remedy = this.#view.rules.remedyFor({ table: table.name, column: name, kind: problem.kind });
      if (remedy === undefined || !isChanging(remedy)) {
        this.unexplained.push({
          key: keyText(table, row),
          column: name,
          source: cell.kind,
          why: `${problem.kind}: ${problem.why}`,
        });
        return undefined;
      }
      values.push(applyRemedy(column, cell, remedy));
      isChanged = true;
    }
    if (this.#emptyOrphans(values)) isChanged = true;
    if (isChanged) this.approved.changed++;
    return { values };
  }

  #emptyOrphans(values: (Value | null)[]): boolean {
    const { table } = this.#source;
    const names = Object.keys(table.columns);
    let isChanged = false;
    for (const key of table.foreignKeys) {
      if (this.#view.rules.remedyFor({ table: table.name, column: key.columns.join(','), kind: 'orphan' }) !== 'set_null')
        continue;
      const positions = key.columns.map((column) => names.indexOf(column));
      if (
        positions.some((i) => values[i] === null) ||
        this.#hasParent(
          key.references,
          positions.map((i) => values[i] ?? null),
        )
      )
        continue;
      for (const [n, column] of key.columns.entries()) {
        if (table.columns[column]?.isNullable === true) values[positions[n] as number] = null;
      }
      isChanged = true;
    }
    return isChanged;
  }

  /** True when the referenced row is in the source and was not set aside. */
  #hasParent(
    { table, columns }: { readonly table: string; readonly columns: readonly string[] },
    values: readonly (Value | null)[],
  ): boolean {
    const parent = this.#view.source(table);
    const where = columns.map((column) => `${quoted(column)} = ?`).join(' AND ');
    const statement = this.#view.db.prepare(`SELECT ${parent.rowid} AS id FROM main.${quoted(parent.storedAs)} WHERE ${where}`);
    statement.setReadBigInts(true);
    const stored = values.map((value, i) =>
      value === null ? null : codecOf((parent.table.columns[columns[i] as string] as Column).type).toSqlite(value),
    );
    const found = statement.all(...stored) as { id: bigint }[];
    return found.some(({ id }) => !this.#view.quarantined(table).has(id));
  }
}

/** An exactly stored cell as a value, by the column's own readers. */
function exact(column: Column, cell: StoredCell): Value | null {
  if (cell.kind === 'null') return null;
  const raw =
    cell.kind === 'integer' || cell.kind === 'real'
      ? cell.value
      : column.type === 'timestamp'
        ? cell.bytes.toString('latin1')
        : cell.bytes;
  return READERS[column.type](raw) as Value;
}
