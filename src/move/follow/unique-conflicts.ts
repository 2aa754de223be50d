import { type Column, type ColumnType, sqlFor } from '../../schema/column.ts';
import type { CarriedTable } from '../carried-tables.ts';
import { quoted } from '../source/source-tables.ts';
import { type Reference, referencesOf } from './references.ts';
import { GONE, matching, stageOf } from './stage.ts';

/** A unique constraint or index of the target, whatever it is made of. */
interface UniqueEntry {
  readonly name: string;
  /** Expressions over the columns of the table. */
  readonly parts: readonly string[];
  readonly where: string | undefined;
  /** The columns it depends on, as far as they are known. */
  readonly columns: readonly string[];
}

export function uniqueEntriesOf({ table }: CarriedTable): UniqueEntry[] {
  const named = (text: string): string[] =>
    Object.keys(table.columns).filter((column) => new RegExp(`\\b${column}\\b`).test(text));
  return [
    ...table.uniques.map(({ name, columns }) => ({ name, parts: columns.map(quoted), where: undefined, columns })),
    ...table.indexes
      .filter(({ isUnique }) => isUnique)
      .map((index) => {
        const where = index.where === undefined ? undefined : sqlFor(index.where, 'postgres');
        const columns = index.columns.flatMap((part) =>
          part.name === undefined ? named(sqlFor(part.expression, 'postgres')) : [part.name],
        );
        return {
          name: index.name,
          parts: index.columns.map((part) =>
            part.name === undefined ? `(${sqlFor(part.expression, 'postgres')})` : quoted(part.name),
          ),
          where,
          columns: [...new Set(columns)],
        };
      }),
  ];
}

/** The rows of a table (or its stage) as the entry sees them: all columns, and `flashcase_u0`, …. */
function seenBy(entry: UniqueEntry, from: string, more?: string): string {
  const conditions = [entry.where, more].filter((text) => text !== undefined).map((text) => `(${text})`);
  return `(SELECT *, ${entry.parts.map((part, i) => `${part} AS flashcase_u${i}`).join(', ')} FROM ${from}${conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`})`;
}

const sameValue = (a: string, b: string, entry: UniqueEntry): string =>
  entry.parts.map((_, i) => `${a}.flashcase_u${i} = ${b}.flashcase_u${i}`).join(' AND ');

/** Keys and place of the rows of the target that hold a value another staged row is about to take, and that the batch writes or removes itself. */
function inTheWaySql(carried: CarriedTable, entry: UniqueEntry): string {
  const stage = stageOf(carried);
  return `SELECT DISTINCT ${carried.key.map((column) => `t.${quoted(column)}`).join(', ')}
    FROM ${seenBy(entry, quoted(carried.table.name))} AS t
    JOIN ${seenBy(entry, stage, `NOT ${GONE}`)} AS s ON ${sameValue('t', 's', entry)} AND NOT (${matching('t', 's', carried.key)})
    JOIN ${stage} AS own ON ${matching('own', 't', carried.key)}`;
}

/** A value no application stores, another one for each `n`; `undefined` for types that have none. */
function placeholder(table: string, name: string, column: Column, entry: number): string | undefined {
  if (column.isNullable) return 'NULL';
  if (column.oneOf !== undefined) return undefined;
  const lowest = `(SELECT least(min(${quoted(name)}), 0) FROM ${quoted(table)}) - w.n`;
  const values: Readonly<Partial<Record<ColumnType, string>>> = {
    text: `'flashcase_move parked ${entry}.' || w.n`,
    bytes: `convert_to('flashcase_move parked ${entry}.' || w.n, 'UTF8')`,
    int64: lowest,
    int32: lowest,
    timestamp: `timestamptz '4713-01-02 00:00:00+00 BC' + interval '1 day' * ${entry} + interval '1 microsecond' * w.n`,
    float64: `-1e300 - 1e290 * (w.n + ${entry} * 1e6)`,
  };
  return values[column.type];
}

/**
 * The statements that take rows out of the way of values that travel between rows of one batch. Such a row is taken out of the table, and its
 * own upsert puts it back in the same transaction; where that would make references act (cascade), it stays and gets a placeholder instead.
 */
export function parkSql(carried: CarriedTable, tables: readonly CarriedTable[]): string[] {
  const { table, key } = carried;
  const name = quoted(table.name);
  const isHeld = referencesOf(tables).some(
    ({ parent, key: { onDelete } }: Reference) => parent.no === carried.no && onDelete !== undefined,
  );
  return uniqueEntriesOf(carried).map((entry, n) => {
    const way = inTheWaySql(carried, entry);
    if (!isHeld) return `DELETE FROM ${name} AS d USING (${way}) AS w WHERE ${matching('d', 'w', key)}`;
    const places = entry.columns
      .filter((column) => !key.includes(column))
      .flatMap((column) => {
        const definition = table.columns[column] as Column;
        const value = definition.computed === undefined ? placeholder(table.name, column, definition, n) : undefined;
        return value === undefined ? [] : [{ column, value, isNull: value === 'NULL' }];
      });
    const place = places.find(({ isNull }) => isNull) ?? places[0];
    if (place !== undefined) {
      return `UPDATE ${name} AS d SET ${quoted(place.column)} = ${place.value}
        FROM (SELECT w.*, row_number() OVER () AS n FROM (${way}) AS w) AS w WHERE ${matching('d', 'w', key)}`;
    }
    // Every column of it belongs to the key: the row itself changed its key, and goes on under the new one.
    return `UPDATE ${name} AS d SET ${key.map((column) => `${quoted(column)} = s.${quoted(column)}`).join(', ')}
      FROM ${stageOf(carried)} AS g, ${seenBy(entry, stageOf(carried), `NOT ${GONE}`)} AS s, ${seenBy(entry, name)} AS t
      WHERE g.${GONE} AND ${matching('g', 'd', key)} AND ${matching('t', 'd', key)} AND ${sameValue('t', 's', entry)} AND NOT (${matching('t', 's', key)})`;
  });
}

/** The condition under which a staged row `s` has a value of a unique key that another row rightly has; to be asked before the batch is applied. */
export function duplicateCondition(carried: CarriedTable, entry: UniqueEntry): string {
  const stage = stageOf(carried);
  const { key } = carried;
  const own = `(SELECT * FROM ${seenBy(entry, stage, `NOT ${GONE}`)} AS o WHERE ${matching('o', 's', key)})`;
  const rowKey = (alias: string): string => `(${key.map((column) => `${alias}.${quoted(column)}`).join(', ')})`;
  return `NOT s.${GONE} AND EXISTS (SELECT 1 FROM ${own} AS u WHERE EXISTS (
      SELECT 1 FROM ${seenBy(entry, quoted(carried.table.name))} AS t WHERE ${sameValue('t', 'u', entry)} AND NOT (${matching('t', 'u', key)})
        AND NOT EXISTS (SELECT 1 FROM ${stage} AS x WHERE ${matching('x', 't', key)}))
    OR EXISTS (SELECT 1 FROM ${seenBy(entry, stage, `NOT ${GONE}`)} AS e WHERE ${sameValue('e', 'u', entry)} AND ${rowKey('e')} < ${rowKey('u')}))`;
}
