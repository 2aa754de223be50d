import type { Connection } from '../../engine/engine.ts';
import { ddl } from '../../engine/postgres/ddl.ts';
import { PARTITION_SCHEMA } from '../../engine/schema-form.ts';
import { inTransaction } from '../../move/target/connect.ts';
import { differenceOf, type RowDifference } from './carry.ts';
import { namesOf, type Partitioned, sameKey } from './partitioned.ts';

const { quote } = ddl;
const SNAPSHOT = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY';
const LISTED = 20;

export interface Compared {
  readonly rows: number;
  /** The first of them. */
  readonly differences: readonly RowDifference[];
}

/** Where the year of a row's time begins and ends, in the server's spelling, for every year that has rows in either table. */
async function years(connection: Connection, tables: readonly string[], time: string): Promise<{ from: string; to: string }[]> {
  const found = new Set<number>();
  for (const table of tables) {
    const [row] = await connection.query(
      `SELECT extract(year FROM min(${time}) AT TIME ZONE 'UTC')::float8 AS p_first, extract(year FROM max(${time}) AT TIME ZONE 'UTC')::float8 AS p_last FROM ${table}`,
    );
    if (row?.p_first === null || row === undefined) continue;
    for (let year = Number(row.p_first); year <= Number(row.p_last); year++) found.add(year);
  }
  const sorted = [...found].toSorted((a, b) => a - b);
  const begin = (year: number): string => `${String(year).padStart(4, '0')}-01-01 00:00:00+00`;
  // The first and the last piece reach to the ends of time: a row outside every year would be compared by nobody.
  return (sorted.length === 0 ? [0] : sorted).map((year, index) => ({
    from: index === 0 ? '-infinity' : begin(year),
    to: index >= sorted.length - 1 ? 'infinity' : begin(sorted[index + 1] as number),
  }));
}

/**
 * Compares every row of both tables, a year at a time, each in a snapshot of its own: how many there are and order-free sums over their texts, and
 * where these differ, row by row. Rows that wait in the journal are left out: they are compared when they are carried.
 */
export async function compareTables(
  connection: Connection,
  partitioned: Partitioned,
  onRows: (rows: number) => void,
): Promise<Compared> {
  const { live, made, key } = namesOf(partitioned);
  const time = quote(partitioned.column);
  const settled = `NOT EXISTS (SELECT 1 FROM ${PARTITION_SCHEMA}.journal j WHERE ${sameKey(key, 'j', 't')})`;
  const differences: RowDifference[] = [];
  let rows = 0;
  for (const { from, to } of await years(connection, [live, made], time)) {
    const range = `t.${time} >= $1::timestamptz AND t.${time} ${to === 'infinity' ? '<=' : '<'} $2::timestamptz`;
    const digest = (table: string): string =>
      `SELECT count(*)::float8 AS p_rows, coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text || ' ' || coalesce(sum(hashtextextended(t::text, 1)::numeric), 0)::text AS p_sums
       FROM ${table} t WHERE ${range} AND ${settled}`;
    const rowsOf = (table: string): string =>
      `SELECT ${key.map((column) => `t.${column}`).join(', ')}, t::text AS p_text FROM ${table} t WHERE ${range} AND ${settled}`;
    await inTransaction(
      connection,
      async () => {
        const [here] = await connection.query(digest(live), [from, to]);
        const [there] = await connection.query(digest(made), [from, to]);
        rows += Number(here?.p_rows);
        onRows(Number(here?.p_rows));
        if (here?.p_rows === there?.p_rows && here?.p_sums === there?.p_sums) return;
        const found = await connection.query(
          `SELECT concat_ws(', ', ${key.map((column) => `coalesce(l.${column}, m.${column})::text`).join(', ')}) AS p_key,
             l.p_text IS NULL AS p_gone, m.p_text IS NULL AS p_missing
           FROM (${rowsOf(live)}) l FULL JOIN (${rowsOf(made)}) m USING (${key.join(', ')})
           WHERE l.p_text IS DISTINCT FROM m.p_text LIMIT ${LISTED}`,
          [from, to],
        );
        differences.push(...found.map(differenceOf));
        // Sums that differ while no row does cannot be; said rather than passed over.
        if (found.length === 0) differences.push({ key: `${from} to ${to}`, what: 'different' });
      },
      SNAPSHOT,
    );
  }
  return { rows, differences: differences.slice(0, LISTED) };
}
