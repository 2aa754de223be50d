import { FlashcaseError } from '../../errors/index.ts';
import { codecOf, type SqliteValue } from '../../schema/codec.ts';
import type { Column } from '../../schema/column.ts';
import type { CarriedTable } from '../carried-tables.ts';
import { carriedColumns, type TextRow } from './postgres-journal.ts';

/** A value PostgreSQL holds and SQLite cannot. */
export interface Unholdable {
  readonly table: string;
  /** Readable: `id=17`. */
  readonly key: string;
  readonly column: string;
  /** As PostgreSQL writes it. */
  readonly value: string;
  readonly why: string;
}

/** Named at once; the others show when these are corrected. */
export const MOST_NAMED = 20;

/** What SQLite stores for PostgreSQL's text, or a sentence that says why it cannot. */
function sqliteValue(column: Column, text: string): { readonly value: SqliteValue } | { readonly why: string } {
  const codec = codecOf(column.type);
  try {
    const value = codec.fromPostgresText(text);
    const refused = codec.refuse(value);
    return refused === undefined || column.type === 'timestamp' ? { value: codec.toSqlite(value) } : { why: `it ${refused}` };
  } catch (error) {
    if (!(error instanceof FlashcaseError) || !error.code.startsWith('FC_VALUE_')) throw error;
    return { why: column.type === 'timestamp' ? 'it lies outside the years 0001 to 9999' : error.message };
  }
}

/** A key as SQLite stores it; `undefined` for one it cannot store, which therefore names no row there. */
export function sqliteKey(carried: CarriedTable, key: TextRow): SqliteValue[] | undefined {
  const values: SqliteValue[] = [];
  for (const [i, name] of carried.key.entries()) {
    const text = key[i] ?? null;
    const found = text === null ? { value: null } : sqliteValue(carried.table.columns[name] as Column, text);
    if ('why' in found) return undefined;
    values.push(found.value);
  }
  return values;
}

/** A key for people: `user_id=1,card_id=7`. */
export function shownKey(carried: CarriedTable, key: TextRow): string {
  return carried.key.map((column, i) => `${column}=${key[i] ?? 'NULL'}`).join(',');
}

/** Turns rows of one table from PostgreSQL's text into SQLite's values. */
export class RowDecoder {
  readonly #carried: CarriedTable;
  readonly #columns: readonly [string, Column][];
  readonly #keyAt: readonly number[];

  constructor(carried: CarriedTable) {
    this.#carried = carried;
    this.#columns = carriedColumns(carried);
    const names = this.#columns.map(([name]) => name);
    this.#keyAt = carried.key.map((column) => names.indexOf(column));
  }

  keyOf(row: TextRow): TextRow {
    return this.#keyAt.map((at) => row[at] ?? null);
  }

  /** A row the file refuses as a whole. */
  refused(row: TextRow, why: string): Unholdable {
    return { table: this.#carried.table.name, key: shownKey(this.#carried, this.keyOf(row)), column: '', value: 'the row', why };
  }

  /** The row as SQLite stores it; what cannot be stored is added to `problems`, and there is no row. */
  decode(row: TextRow, problems: Unholdable[]): SqliteValue[] | undefined {
    const before = problems.length;
    const values = this.#columns.map(([name, column], i): SqliteValue => {
      const text = row[i] ?? null;
      if (text === null) return null;
      const found = sqliteValue(column, text);
      if ('value' in found) return found.value;
      problems.push({
        table: this.#carried.table.name,
        key: shownKey(this.#carried, this.keyOf(row)),
        column: name,
        value: text.length > 80 ? `${text.slice(0, 79)}…` : text,
        why: found.why,
      });
      return null;
    });
    return problems.length === before ? values : undefined;
  }
}

/** What stops a carrier until somebody changes these values. */
export function decisionNeeded(problems: readonly Unholdable[], where: string): FlashcaseError {
  const shown = problems.map(({ table, key, column, value, why }) =>
    [`${table} ${key}:`, column, `${value}: ${why}`].filter((part) => part !== '').join(' '),
  );
  return new FlashcaseError('FC_MOVE_DECISION_NEEDED', {
    what: `SQLite cannot hold what was written to PostgreSQL: ${shown.join('; ')}.`,
    where,
    why: 'Nothing is carried until this is decided, so that SQLite stays the PostgreSQL of one moment.',
    hint: 'Change these values in PostgreSQL (UPDATE … SET … WHERE …), or delete the rows; carrying goes on by itself. Or finish the move without a way back.',
    details: { problems },
  });
}
