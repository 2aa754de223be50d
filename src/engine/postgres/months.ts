import { type Month, monthAfter } from '../../schema/month.ts';
import { catalogQuery } from '../catalog-query.ts';
import type { Connection, Row } from '../engine.ts';

/**
 * A storage form: a table that is stored by the months (UTC) of one of its columns. To every query, and in the form of the schema, it is the
 * table that its revisions made. Its partitions are `<table>_2026_11`, a month each; `<table>_older` for all before the oldest month there can be;
 * and `<table>_default`, which takes what has no month, so that no write is ever refused, and is to be empty always.
 */
export interface MonthTable {
  readonly oid: number;
  readonly name: string;
  readonly column: string;
  /** In their order. */
  readonly months: readonly Month[];
  /** Where `<table>_older` ends: the first month that can be made. */
  readonly begins: Month;
}

export const monthPartition = (table: string, month: Month): string => `${table}_${month.replace('-', '_')}`;
export const olderPartition = (table: string): string => `${table}_older`;
export const defaultPartition = (table: string): string => `${table}_default`;

/** The bounds are read by the session that spelled them, so its time zone and date style make no difference. */
const bound = (word: string): string =>
  `to_char((regexp_match(pg_get_expr(k.relpartbound, k.oid), '${word} \\(''([^'']+)''\\)'))[1]::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')`;

const PARTITIONS = {
  oid: 'c.oid::bigint',
  table: 'c.relname::text',
  column: 'a.attname::text',
  partition: 'k.relname::text',
  isPlain: "k.relkind = 'r' AND k.relnamespace = current_schema()::regnamespace",
  isDefault: "pg_get_expr(k.relpartbound, k.oid) = 'DEFAULT'",
  from: bound('FROM'),
  to: bound('TO'),
};

/** Servers before 14 have no detaching that is under way. */
const FROM = `FROM pg_partitioned_table p JOIN pg_class c ON c.oid = p.partrelid
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = p.partattrs[0] AND a.atttypid = 'timestamptz'::regtype
  JOIN pg_inherits i ON i.inhparent = c.oid JOIN pg_class k ON k.oid = i.inhrelid
  WHERE p.partstrat = 'r' AND p.partnatts = 1 AND p.partexprs IS NULL AND coalesce(to_jsonb(i) ->> 'inhdetachpending', 'false') = 'false'`;

/** The month that begins at a moment; `undefined` where none does. */
const beginning = (text: unknown): Month | undefined =>
  typeof text === 'string' && /^\d{4}-\d\d-01 00:00:00\.0+$/.test(text) ? text.slice(0, 7) : undefined;

function monthTable(rows: readonly Row[]): MonthTable | undefined {
  const { oid, table, column } = rows[0] as Row;
  const name = String(table);
  const months: Month[] = [];
  let begins: Month | undefined;
  let hasDefault = false;
  for (const row of rows) {
    const [from, to] = [beginning(row.from), beginning(row.to)];
    if (row.isPlain !== true) return undefined;
    if (row.isDefault === true && row.partition === defaultPartition(name)) hasDefault = true;
    else if (row.from === null && to !== undefined && row.partition === olderPartition(name)) begins = to;
    else if (from !== undefined && to === monthAfter(from) && row.partition === monthPartition(name, from)) months.push(from);
    else return undefined;
  }
  if (!hasDefault || begins === undefined) return undefined;
  return { oid: Number(oid), name, column: String(column), months: months.toSorted(), begins };
}

/**
 * The tables of a schema that are stored by months. One that is partitioned in any other way is none of them.
 * @param schemaName the current one when absent
 */
export async function readMonthTables(connection: Connection, schemaName?: string): Promise<MonthTable[]> {
  const where =
    schemaName === undefined ? 'c.relnamespace = current_schema()::regnamespace' : 'c.relnamespace = to_regnamespace($1)';
  const rows = await catalogQuery(
    connection,
    PARTITIONS,
    `${FROM} AND ${where} ORDER BY c.oid`,
    schemaName === undefined ? [] : [schemaName],
  );
  return [...Map.groupBy(rows, ({ oid }) => oid).values()].flatMap((partitions) => monthTable(partitions) ?? []);
}

/** One table's, as above. */
export async function readMonthTable(connection: Connection, name: string, schemaName?: string): Promise<MonthTable | undefined> {
  return (await readMonthTables(connection, schemaName)).find((table) => table.name === name);
}

/** Months after this one that are there without a gap; -1 where this one is missing. */
export function monthsAhead({ months }: Pick<MonthTable, 'months'>, now: Month): number {
  const there = new Set(months);
  let ahead = -1;
  for (let month = now; there.has(month); month = monthAfter(month)) ahead++;
  return ahead;
}
