import { codecOf } from '../../../schema/codec.ts';
import type { Column, ColumnType, Value } from '../../../schema/column.ts';
import type { ForeignKey, Table } from '../../../schema/table.ts';
import { quoted } from '../../source/source-tables.ts';
import { damagesOf } from './cell-damage.ts';
import { quarantineProbe, SET_ASIDE_ID, setAsideRow } from './probe-tables.ts';
import { type Cells, type SampleTable, SCRATCH_RUN } from './scratch.ts';

export interface Statement {
  readonly sql: string;
  readonly values: readonly (string | null)[];
}

/** One damage at one place of the scratch copy. */
export interface Plant {
  readonly kind: string;
  readonly table: string;
  /** Where, for people. */
  readonly place: string;
  readonly statements: readonly Statement[];
  /** A difference must name one of these columns; `*` is a whole row. */
  readonly columns: readonly string[];
  /** True where what was set aside is read again: of all others it is known. */
  readonly isAboutQuarantine?: boolean;
}

const textOf = (type: ColumnType, value: Value | null | undefined): string | null =>
  value === null || value === undefined ? null : codecOf(type).toPostgresText(value as never);

/** A key nobody has. */
const FRESH: Partial<Record<ColumnType, (column: string) => string>> = {
  int32: (c) => `${c} + 100000`,
  int64: (c) => `${c} + 100000`,
  text: (c) => `${c} || ' other'`,
  timestamp: (c) => `${c} + interval '1 second'`,
  bytes: (c) => `${c} || '\\x00'::bytea`,
};

class TablePlants {
  readonly #table: Table;
  readonly #rows: readonly Cells[];
  readonly #columns: readonly [string, Column][];

  constructor({ table, rows }: SampleTable) {
    this.#table = table;
    this.#rows = rows;
    this.#columns = Object.entries(table.columns);
  }

  *cells(): Generator<Plant> {
    for (const [i, [name, column]] of this.#columns.entries()) {
      for (const { name: kind, change } of damagesOf(column)) {
        for (const row of this.#rows) {
          const damaged = change(row[i] ?? null, column.type);
          if (damaged === undefined) continue;
          yield this.#plant(kind, name, [this.#update(row, { [name]: damaged })]);
          break;
        }
      }
    }
  }

  *rows(): Generator<Plant> {
    const row = this.#rows[this.#rows.length >> 1];
    if (row === undefined) return;
    const name = quoted(this.#table.name);
    const where = this.#where(row, 1);
    const all = this.#columns.map(([column]) => quoted(column));
    const whole = (kind: string, sql: string, values: readonly (string | null)[] = []): Plant => ({
      ...this.#plant(kind, '*', [{ sql, values }]),
      columns: ['*'],
    });
    yield whole('row: missing', `DELETE FROM ${name} WHERE ${where.sql}`, where.values);
    yield whole('row: all of a table missing', `DELETE FROM ${name}`);
    yield whole('row: there twice', `INSERT INTO ${name} SELECT * FROM ${name} WHERE ${where.sql}`, where.values);
    const part = this.#table.primaryKey.find((column) => FRESH[this.#typeOf(column)] !== undefined);
    if (part === undefined) return;
    const fresh = (FRESH[this.#typeOf(part)] as (column: string) => string)(quoted(part));
    yield whole(
      'row: too much',
      `INSERT INTO ${name} SELECT ${all.map((column) => (column === quoted(part) ? fresh : column)).join(', ')} FROM ${name} WHERE ${where.sql}`,
      where.values,
    );
    yield whole('row: under another key', `UPDATE ${name} SET ${quoted(part)} = ${fresh} WHERE ${where.sql}`, where.values);
  }

  /** What a wrong order of rows or columns does: every value is there, but not where it belongs. */
  *swaps(): Generator<Plant> {
    const plain = this.#columns.flatMap(([name, { type }], i) =>
      this.#table.primaryKey.includes(name) ? [] : [{ name, type, i }],
    );
    for (const { name, type, i } of plain) {
      const text = (row: Cells): string | null => textOf(type, row[i]);
      const [first] = this.#rows;
      const other = first && this.#rows.find((row) => text(row) !== text(first));
      if (first === undefined || other === undefined) continue;
      const statements = [this.#update(first, { [name]: text(other) }), this.#update(other, { [name]: text(first) })];
      yield this.#plant('values of two rows swapped', name, statements);
    }
    for (const { name, type, i } of plain) {
      const next = plain.find((column) => column.i > i && column.type === type);
      const row = next && this.#rows.find((cells) => textOf(type, cells[i]) !== textOf(type, cells[next.i]));
      if (next === undefined || row === undefined) continue;
      const change = { [name]: textOf(type, row[next.i]), [next.name]: textOf(type, row[i]) };
      yield this.#plant('values of two columns swapped', name, [this.#update(row, change)]);
    }
  }

  /** @param parents the sampled tables by name. */
  *references(parents: ReadonlyMap<string, SampleTable>): Generator<Plant> {
    for (const key of this.#table.foreignKeys) {
      const parent = parents.get(key.references.table);
      const plant = parent && this.#otherParent(key, parent);
      if (plant !== undefined) yield plant;
    }
  }

  #otherParent({ columns, references }: ForeignKey, parent: SampleTable): Plant | undefined {
    const names = Object.keys(parent.table.columns);
    const own = columns.map((column) => this.#columns.findIndex(([name]) => name === column));
    const theirs = references.columns.map((column) => names.indexOf(column));
    const tuple = (row: Cells, places: readonly number[]): (string | null)[] =>
      places.map((place, i) => textOf(this.#typeOf(columns[i] as string), row[place]));
    for (const row of this.#rows) {
      const before = tuple(row, own);
      if (before.includes(null)) continue;
      const other = parent.rows.map((entry) => tuple(entry, theirs)).find((after) => String(after) !== String(before));
      if (other === undefined) return undefined;
      const change = Object.fromEntries(columns.map((column, i) => [column, other[i] as string]));
      return {
        ...this.#plant('child: belongs to another parent', columns.join(','), [this.#update(row, change)]),
        columns: [...columns, '*'],
      };
    }
    return undefined;
  }

  #plant(kind: string, column: string, statements: readonly Statement[]): Plant {
    const isKey = this.#table.primaryKey.includes(column);
    const place = column === '*' ? this.#table.name : `${this.#table.name}.${column}`;
    // A row under another key is missing under its own.
    return { kind, table: this.#table.name, place, statements, columns: isKey ? [column, '*'] : [column] };
  }

  #typeOf(column: string): ColumnType {
    return (this.#table.columns[column] as Column).type;
  }

  #where(row: Cells, first: number): Statement {
    const parts = this.#table.primaryKey.map((column) => this.#columns.findIndex(([name]) => name === column));
    return {
      sql: this.#table.primaryKey.map((column, i) => `${quoted(column)} = $${first + i}`).join(' AND '),
      values: parts.map((place, i) => textOf(this.#typeOf(this.#table.primaryKey[i] as string), row[place])),
    };
  }

  #update(row: Cells, change: Readonly<Record<string, string | null>>): Statement {
    const names = Object.keys(change);
    const where = this.#where(row, names.length + 1);
    return {
      sql: `UPDATE ${quoted(this.#table.name)} SET ${names.map((name, i) => `${quoted(name)} = $${i + 1}`).join(', ')} WHERE ${where.sql}`,
      values: [...Object.values(change), ...where.values],
    };
  }
}

/** Damages of rows that were set aside: the quarantine is part of what a comparison must account for. */
function* quarantinePlants(): Generator<Plant> {
  const plant = (kind: string, sql: string, values: readonly (string | null)[] = []): Plant => ({
    kind,
    table: quarantineProbe.name,
    place: 'the quarantine',
    statements: [{ sql, values }],
    columns: ['*', 'probe_text'],
    isAboutQuarantine: true,
  });
  const ours = `run_id = '${SCRATCH_RUN}'`;
  yield plant(
    'quarantine: the kept bytes changed',
    `UPDATE flashcase_move.quarantine SET cells = replace(cells, '"a', '"A') WHERE ${ours}`,
  );
  yield plant('quarantine: a row set aside is not kept', `DELETE FROM flashcase_move.quarantine WHERE ${ours}`);
  yield plant(
    'quarantine: a row too much',
    `INSERT INTO flashcase_move.quarantine SELECT run_id, table_name, source_rowid + 1, row_key, reason, detail, cells, quarantined_at FROM flashcase_move.quarantine WHERE ${ours}`,
  );
  const columns = Object.values(quarantineProbe.columns);
  const harmless = columns.map(({ type }, i) =>
    textOf(type, typeof setAsideRow[i] === 'string' ? setAsideRow[i].replace('\0', '\uFFFD') : setAsideRow[i]),
  );
  const insert: Statement = {
    sql: `INSERT INTO ${quoted(quarantineProbe.name)} VALUES (${columns.map((_, i) => `$${i + 1}`).join(', ')})`,
    values: harmless,
  };
  yield { ...plant('quarantine: a row set aside is in its table as well', ''), statements: [insert] };
  yield {
    ...plant('text: a NUL replaced that no decision allows', ''),
    place: `${quarantineProbe.name}.probe_text`,
    statements: [
      insert,
      { sql: `DELETE FROM flashcase_move.quarantine WHERE ${ours} AND source_rowid = ${SET_ASIDE_ID}`, values: [] },
    ],
  };
}

/** Every damage of rows and values there is room for in the samples, one place after the other. */
export function* rowPlants(samples: readonly SampleTable[]): Generator<Plant> {
  const byName = new Map(samples.map((sample) => [sample.table.name, sample]));
  for (const sample of samples) {
    const plants = new TablePlants(sample);
    yield* plants.cells();
    yield* plants.rows();
    yield* plants.swaps();
    yield* plants.references(byName);
  }
  yield* quarantinePlants();
}
