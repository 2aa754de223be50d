import { codecOf } from '../../schema/codec.ts';
import type { Column } from '../../schema/column.ts';
import type { StoredCell } from '../../schema/stored-cell.ts';
import type { ForeignKey } from '../../schema/table.ts';
import type { CarriedTable } from '../carried-tables.ts';
import { quoted } from '../source/source-tables.ts';
import { SEND } from '../verify/find-differences.ts';
import type { JournalKey } from './sqlite-journal.ts';
import { GONE, matching, stageOf } from './stage.ts';

/** A foreign key between two carried tables. */
export interface Reference {
  readonly key: ForeignKey;
  readonly child: CarriedTable;
  readonly parent: CarriedTable;
}

export function referencesOf(tables: readonly CarriedTable[]): readonly Reference[] {
  return tables.flatMap((child) =>
    child.table.foreignKeys.flatMap((key) => {
      const parent = tables.find(({ table }) => table.name === key.references.table);
      return parent === undefined ? [] : [{ key, child, parent }];
    }),
  );
}

/** PostgreSQL would change rows of the child by itself. */
export const isActing = ({ key: { onDelete, onUpdate } }: Reference): boolean =>
  [onDelete, onUpdate].some((action) => action !== undefined && action !== 'restrict');

/** Columns in the codecs' binary form, as hex: `c0`, `c1`, …; the key when none are named. */
export function hexSql(alias: string, { table, key }: CarriedTable, columns: readonly string[] = key): string {
  return columns
    .map((column, i) => `encode(${SEND[(table.columns[column] as Column).type]}(${alias}.${quoted(column)}), 'hex') AS c${i}`)
    .join(', ');
}

/** Reads back what `hexSql` selects, as SQLite stores it. */
export function fromHex(
  { table, key }: CarriedTable,
  row: Readonly<Record<string, unknown>>,
  columns: readonly string[] = key,
): JournalKey {
  return columns.map((column, i): StoredCell => {
    const codec = codecOf((table.columns[column] as Column).type);
    const value = codec.toSqlite(codec.fromBinary(Buffer.from(row[`c${i}`] as string, 'hex')));
    switch (typeof value) {
      case 'bigint':
        return { kind: 'integer', value };
      case 'number':
        return { kind: 'real', value };
      case 'string':
        return { kind: 'text', bytes: Buffer.from(value) };
      default:
        return { kind: 'blob', bytes: Buffer.from(value) };
    }
  });
}

/**
 * Rows that refer to what the batch takes away from a parent, and are in no stage: SQLite would have journalled them, had it been allowed to keep
 * its references. They are orphans there.
 */
export function bereftSql({ key, child, parent }: Reference, limit: number): string {
  const kept = parent.key;
  const canChange = key.references.columns.some((column) => !kept.includes(column));
  const changed = canChange
    ? ` OR (${key.references.columns.map((column) => `s.${quoted(column)}`).join(', ')}) IS DISTINCT FROM (${key.references.columns.map((column) => `p.${quoted(column)}`).join(', ')})`
    : '';
  return `SELECT DISTINCT ${hexSql('c', child)} FROM ${stageOf(parent)} AS s
    JOIN ${quoted(parent.table.name)} AS p ON ${matching('p', 's', kept)}
    JOIN ${quoted(child.table.name)} AS c ON ${matching('c', 'p', key.columns, key.references.columns)}
    WHERE (s.${GONE}${changed}) AND NOT EXISTS (SELECT 1 FROM ${stageOf(child)} AS x WHERE ${matching('x', 'c', child.key)}) LIMIT ${limit}`;
}

/** The condition under which a staged row `s` refers to a row that is not there; to be asked after the batch is applied. */
export function orphanCondition({ key, parent }: Reference): string {
  return `NOT s.${GONE} AND ${key.columns.map((column) => `s.${quoted(column)} IS NOT NULL`).join(' AND ')}
    AND NOT EXISTS (SELECT 1 FROM ${quoted(parent.table.name)} AS p WHERE ${matching('p', 's', key.references.columns, key.columns)})`;
}

/** Empties what may be empty of a reference in rows that go anyway, so that rows that hold each other can go one after the other. */
export function looseSql({ key, child }: Reference): string | undefined {
  const columns = key.columns.filter((column) => child.table.columns[column]?.isNullable === true && !child.key.includes(column));
  if (key.onDelete !== 'restrict' || columns.length === 0) return undefined;
  return `UPDATE ${quoted(child.table.name)} AS t SET ${columns.map((column) => `${quoted(column)} = NULL`).join(', ')}
    FROM ${stageOf(child)} AS s WHERE s.${GONE} AND ${matching('t', 's', child.key)}`;
}
