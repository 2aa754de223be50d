import type { ColumnType as KyselyColumn } from 'kysely';
import type { Column, ColumnType, SqlText, ValueOf } from './column.ts';
import { objectName } from './name.ts';
import { refuseNameClashes } from './name-clashes.ts';

/** A column or an expression of an index. */
export type IndexPart =
  | { readonly name: string; readonly expression?: undefined; readonly isDescending: boolean }
  | { readonly name?: undefined; readonly expression: SqlText; readonly isDescending: boolean };

export interface Index {
  readonly name: string;
  readonly columns: readonly IndexPart[];
  readonly isUnique: boolean;
  /** Partial: only rows for which this holds. */
  readonly where?: SqlText;
}

export interface Unique {
  readonly name: string;
  readonly columns: readonly string[];
}

export type ReferenceAction = 'cascade' | 'set null' | 'set default' | 'restrict';

export interface ForeignKey {
  readonly name: string;
  readonly columns: readonly string[];
  readonly references: { readonly table: string; readonly columns: readonly string[] };
  /** Absent: the change is refused at the end of the statement. */
  readonly onDelete?: ReferenceAction;
  readonly onUpdate?: ReferenceAction;
  /** Checked at the commit instead of after each statement. */
  readonly isDeferred?: boolean;
}

/** A condition every row fulfils (or leaves unknown). */
export interface Check {
  readonly name: string;
  readonly expression: SqlText;
}

/** Runs once for each changed row. */
export interface Trigger {
  readonly name: string;
  readonly timing: 'before' | 'after';
  readonly event: 'insert' | 'update' | 'delete';
  /** Updates of these columns only. */
  readonly updateOf?: readonly string[];
  readonly when?: SqlText;
  /** SQLite: the statements between BEGIN and END. PostgreSQL: the body of a PL/pgSQL function, with its RETURN. */
  readonly body: { readonly sqlite: string; readonly postgres: string };
}

export interface View {
  readonly name: string;
  readonly query: SqlText;
  /** Tables and views it reads: they are made before it, and it makes room while one of them is built anew. */
  readonly reads: readonly string[];
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
  readonly triggers: readonly Trigger[];
  /** Kept by engines that have comments. */
  readonly comment?: string;
  /** The name before a rename; a mark for `revision --autogenerate`, to be taken out once the rename is a revision. */
  readonly renamedFrom?: string;
}

/** How an index is written: its columns, or its columns and the condition of a partial one. */
export type IndexParts =
  | readonly string[]
  | { readonly columns: readonly (string | { readonly sqlite: string; readonly postgres: string })[]; readonly where?: SqlText };
type Reference =
  | string
  | {
      readonly to: string;
      readonly onDelete?: ReferenceAction;
      readonly onUpdate?: ReferenceAction;
      readonly isDeferred?: boolean;
      readonly name?: string;
    };

export interface TableParts<C extends Record<string, Column>> {
  readonly columns: C;
  readonly primaryKey: readonly (keyof C & string)[];
  readonly partitionedKey?: readonly (keyof C & string)[];
  readonly uniques?: Readonly<Record<string, readonly (keyof C & string)[]>>;
  /** Name to columns; `-name` sorts descending, `(lower(name))` is an expression, `{ columns, where }` a partial index. */
  readonly indexes?: Readonly<Record<string, IndexParts>>;
  readonly uniqueIndexes?: Readonly<Record<string, IndexParts>>;
  /** Column (or columns joined by a comma) to `table.column` (`table.a,b`), with its actions where it has some. */
  readonly references?: Readonly<Record<string, Reference>>;
  readonly checks?: Readonly<Record<string, SqlText>>;
  readonly triggers?: Readonly<Record<string, Omit<Trigger, 'name'>>>;
  readonly comment?: string;
  readonly renamedFrom?: string;
}

/** An index from the way it is written. */
export function indexOf(name: string, written: IndexParts, isUnique: boolean): Index {
  const { columns, where } = 'columns' in written ? written : { columns: written, where: undefined };
  const part = (text: string | { readonly sqlite: string; readonly postgres: string }): IndexPart => {
    if (typeof text !== 'string') return { expression: text, isDescending: false };
    const isDescending = text.startsWith('-');
    const rest = isDescending ? text.slice(1) : text;
    return rest.startsWith('(') ? { expression: rest.slice(1, -1), isDescending } : { name: rest, isDescending };
  };
  return { name, isUnique, columns: columns.map(part), ...(where === undefined ? {} : { where }) };
}

/** Describes a table once; throws on a reference to a column that does not exist. */
export function table<const C extends Record<string, Column>>(name: string, parts: TableParts<C>): Table<C> {
  const known = (column: string): string => {
    if (!(column in parts.columns)) throw new Error(`table ${name} has no column ${column}`);
    return column;
  };
  const indexed = (entries: Readonly<Record<string, IndexParts>> | undefined, isUnique: boolean): Index[] =>
    Object.entries(entries ?? {}).map(([indexName, written]) => {
      const index = indexOf(indexName, written, isUnique);
      for (const part of index.columns) if (part.name !== undefined) known(part.name);
      return index;
    });
  refuseTwice(name, { 'the primary key': parts.primaryKey, 'the partitioned key': parts.partitionedKey ?? [], ...parts.uniques });
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
      const { to, name: given, ...actions } = typeof target === 'string' ? { to: target } : { name: undefined, ...target };
      const [targetTable = '', targetColumns = ''] = to.split('.');
      return {
        name: given ?? objectName('fk', name, ...own),
        columns: own,
        references: { table: targetTable, columns: targetColumns.split(',') },
        ...actions,
      };
    }),
    checks: Object.entries(parts.checks ?? {}).map(([checkName, expression]) => ({ name: checkName, expression })),
    triggers: Object.entries(parts.triggers ?? {}).map(([triggerName, trigger]) => ({ name: triggerName, ...trigger })),
    ...(parts.comment === undefined ? {} : { comment: parts.comment }),
    ...(parts.renamedFrom === undefined ? {} : { renamedFrom: parts.renamedFrom }),
  };
}

/** PostgreSQL makes no unique constraint that repeats another key of its `CREATE TABLE`, and says nothing: a later step would miss it. */
function refuseTwice(table: string, keys: Readonly<Record<string, readonly string[]>>): void {
  const known = new Map<string, string>();
  for (const [name, columns] of Object.entries(keys)) {
    const before = known.get(JSON.stringify(columns));
    if (before !== undefined) throw new Error(`table ${table}: ${name} repeats ${before}`);
    known.set(JSON.stringify(columns), name);
  }
}

/** Tables in an order in which each follows those it references (a table may reference itself). */
export interface Schema<T extends Record<string, Table> = Record<string, Table>> {
  readonly tables: T;
  /** Each follows those it reads. */
  readonly views: readonly View[];
}

/**
 * Puts tables and views together. Throws when a name means two types in two tables: results are decoded by column name on both engines
 * (SQLite gives a boolean and an int the same storage class), so one name must mean one type. Throws on names that clash or are too long.
 */
export function schema<const T extends Record<string, Table>>(tables: T, views: readonly View[] = []): Schema<T> {
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
  const readable = new Set(Object.keys(tables));
  for (const view of views) {
    for (const name of view.reads) if (!readable.has(name)) throw new Error(`view ${view.name} reads unknown ${name}`);
    readable.add(view.name);
  }
  refuseNameClashes({ tables, views });
  return { tables, views };
}

/** The columns of an index that holds every row by plain columns; `undefined` for a partial index and one of expressions. */
export function plainColumns(index: Index): readonly string[] | undefined {
  if (index.where !== undefined) return undefined;
  const names = index.columns.map((part) => part.name);
  return names.every((name) => name !== undefined) ? names : undefined;
}

/** The unique keys a table declares beside its primary key: constraints, and unique indexes of plain columns. */
export function uniqueKeysOf(table: Table): Unique[] {
  return [
    ...table.uniques,
    ...table.indexes.flatMap((index) => {
      const columns = index.isUnique ? plainColumns(index) : undefined;
      return columns === undefined ? [] : [{ name: index.name, columns }];
    }),
  ];
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
