import type { ColumnType as KyselyColumn } from 'kysely';
import type { Column, ColumnType, ValueOf } from './column.ts';

export interface IndexColumn {
  readonly name: string;
  readonly isDescending: boolean;
}

export interface Index {
  readonly name: string;
  readonly columns: readonly IndexColumn[];
  readonly isUnique: boolean;
}

export interface Unique {
  readonly name: string;
  readonly columns: readonly string[];
}

export interface ForeignKey {
  readonly name: string;
  readonly columns: readonly string[];
  readonly references: { readonly table: string; readonly columns: readonly string[] };
}

/** An SQL condition both engines understand word for word. */
export interface Check {
  readonly name: string;
  readonly expression: string;
}

export interface Table<C extends Record<string, Column> = Record<string, Column>> {
  readonly name: string;
  readonly columns: C;
  readonly primaryKey: readonly string[];
  /**
   * The key on an engine that partitions or distributes the table: it must hold the partition and the distribution column.
   * Absent where both engines use `primaryKey`.
   */
  readonly partitionedKey?: readonly string[];
  readonly uniques: readonly Unique[];
  readonly indexes: readonly Index[];
  readonly foreignKeys: readonly ForeignKey[];
  readonly checks: readonly Check[];
}

interface TableParts<C extends Record<string, Column>> {
  readonly columns: C;
  readonly primaryKey: readonly (keyof C & string)[];
  readonly partitionedKey?: readonly (keyof C & string)[];
  readonly uniques?: Readonly<Record<string, readonly (keyof C & string)[]>>;
  /** Name to columns; `-name` sorts descending. */
  readonly indexes?: Readonly<Record<string, readonly string[]>>;
  readonly uniqueIndexes?: Readonly<Record<string, readonly string[]>>;
  /** Column (or columns joined by a comma) to `table.column` (`table.a,b`). */
  readonly references?: Readonly<Record<string, string>>;
  readonly checks?: Readonly<Record<string, string>>;
}

/** Describes a table once; throws on a reference to a column that does not exist. */
export function table<const C extends Record<string, Column>>(name: string, parts: TableParts<C>): Table<C> {
  const known = (column: string): string => {
    if (!(column in parts.columns)) throw new Error(`table ${name} has no column ${column}`);
    return column;
  };
  const indexed = (entries: Readonly<Record<string, readonly string[]>> | undefined, isUnique: boolean): Index[] =>
    Object.entries(entries ?? {}).map(([indexName, columns]) => ({
      name: indexName,
      isUnique,
      columns: columns.map((column) => ({
        name: known(column.startsWith('-') ? column.slice(1) : column),
        isDescending: column.startsWith('-'),
      })),
    }));
  return {
    name,
    columns: parts.columns,
    primaryKey: parts.primaryKey.map(known),
    ...(parts.partitionedKey === undefined ? {} : { partitionedKey: parts.partitionedKey.map(known) }),
    uniques: Object.entries(parts.uniques ?? {}).map(([uniqueName, columns]) => ({
      name: uniqueName,
      columns: columns.map(known),
    })),
    indexes: [...indexed(parts.indexes, false), ...indexed(parts.uniqueIndexes, true)],
    foreignKeys: Object.entries(parts.references ?? {}).map(([columns, target]) => {
      const own = columns.split(',').map(known);
      const [targetTable = '', targetColumns = ''] = target.split('.');
      return {
        name: `fk_${name}_${own.join('_')}`,
        columns: own,
        references: { table: targetTable, columns: targetColumns.split(',') },
      };
    }),
    checks: Object.entries(parts.checks ?? {}).map(([checkName, expression]) => ({ name: checkName, expression })),
  };
}

/** Tables in an order in which each follows those it references (a table may reference itself). */
export interface Schema<T extends Record<string, Table> = Record<string, Table>> {
  readonly tables: T;
}

/**
 * Puts tables together. Throws when a name means two types in two tables: results are decoded by column name on both engines
 * (SQLite gives a boolean and an int the same storage class), so one name must mean one type.
 */
export function schema<const T extends Record<string, Table>>(tables: T): Schema<T> {
  const types = new Map<string, ColumnType>();
  for (const [key, entry] of Object.entries(tables)) {
    if (key !== entry.name) throw new Error(`table ${entry.name} is listed as ${key}`);
    for (const [name, column] of Object.entries(entry.columns)) {
      const before = types.get(name);
      if (before !== undefined && before !== column.type)
        throw new Error(`column ${name} is ${before} in one table and ${column.type} in ${key}`);
      types.set(name, column.type);
    }
    for (const key_ of entry.foreignKeys) {
      const target = tables[key_.references.table];
      if (target === undefined) throw new Error(`${entry.name} references unknown table ${key_.references.table}`);
      for (const column of key_.references.columns) {
        if (!(column in target.columns)) throw new Error(`${entry.name} references unknown column ${target.name}.${column}`);
      }
    }
  }
  return { tables };
}

/** Column name to type over all tables, for decoding results. */
export function columnTypes(of: Schema): ReadonlyMap<string, ColumnType> {
  return new Map(
    Object.values(of.tables).flatMap((entry) => Object.entries(entry.columns).map(([name, column]) => [name, column.type])),
  );
}

type Stored<C> = C extends Column<infer T, infer N, boolean> ? (N extends true ? ValueOf[T] | null : ValueOf[T]) : never;

/** A row as it is read. */
export type RowOf<T> = T extends Table<infer C> ? { readonly [K in keyof C]: Stored<C[K]> } : never;

/** The tables as Kysely types: what is selected, inserted and updated. */
export type TablesOf<S> =
  S extends Schema<infer T>
    ? {
        [K in keyof T]: T[K] extends Table<infer C>
          ? {
              [N in keyof C]: C[N] extends Column<ColumnType, boolean, true>
                ? KyselyColumn<Stored<C[N]>, Stored<C[N]> | undefined, Stored<C[N]>>
                : KyselyColumn<Stored<C[N]>, Stored<C[N]>, Stored<C[N]>>;
            }
          : never;
      }
    : never;
