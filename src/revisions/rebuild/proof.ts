import { catalogQuery } from '../../engine/catalog-query.ts';
import type { Connection, Engine } from '../../engine/engine.ts';
import { FlashcaseError } from '../../errors/index.ts';
import type { Rebuild } from '../compile/action.ts';
import { rowidColumn } from '../compile/sqlite.ts';
import { countRows, type Stock, type StoredObject } from './stock.ts';

/** A rebuild that is not what was announced; the caller's transaction is rolled back. */
export function lost(what: string): FlashcaseError {
  return new FlashcaseError('FC_REVISION_FAILED', {
    what: `The rebuilt table is not complete: ${what}.`,
    hint: 'Nothing of this revision was changed.',
  });
}

/**
 * Compares each carried value of the new table with the old one's, storage class included, in SQLite itself: stronger than equal hashes,
 * and cheaper. Rows meet by their number; where the revision gives them other numbers, whole rows are compared, counted by their value.
 */
export async function compareValues(
  connection: Connection,
  engine: Engine,
  action: Rebuild,
  temporary: string,
  total: number,
): Promise<void> {
  const { quote } = engine.ddl;
  const { from, to, carried, rowid } = action;
  const copied = await countRows(connection, quote(temporary));
  if (copied !== total) throw lost(`${from.name} has ${total} rows and would have ${copied}`);
  const alias = rowidColumn(to);
  const carriedFrom = alias === undefined ? undefined : carried.get(alias);
  const number = carriedFrom === undefined ? rowid : quote(carriedFrom);
  const pairs = [...carried];
  let equal: number;
  if (number !== undefined) {
    const own = alias === undefined ? number : quote(alias);
    const same = pairs.map(([name, old]) => {
      const equal = `n.${quote(name)} IS o.${quote(old)} COLLATE BINARY`;
      // Two columns of one type cannot hold equal values of two storage classes; of two types they can (5 and 5.0).
      const isOneType = engine.ddl.columnType(from, old) === engine.ddl.columnType(to, name);
      return isOneType ? equal : `${equal} AND typeof(n.${quote(name)}) = typeof(o.${quote(old)})`;
    });
    equal = await countRows(
      connection,
      `${quote(from.name)} AS o JOIN ${quote(temporary)} AS n ON n.${own} = o.${number} WHERE ${['1', ...same].join(' AND ')}`,
    );
  } else {
    const rows = (side: 0 | 1, table: string): string => {
      const values = pairs.flatMap((pair) => [`${quote(pair[side])} COLLATE BINARY`, `typeof(${quote(pair[side])})`]);
      return `SELECT ${[...values, 'count(*) AS times'].join(', ')} FROM ${quote(table)}${values.length === 0 ? '' : ` GROUP BY ${values.join(', ')}`}`;
    };
    const [missing] = await catalogQuery(
      connection,
      { total: 'coalesce(sum(times), 0)' },
      `FROM (${rows(1, from.name)} EXCEPT ${rows(0, temporary)})`,
    );
    equal = total - Number(missing?.total);
  }
  if (equal !== total) throw lost(`${total - equal} of ${total} rows of ${from.name} would not keep their values`);
}

/** Refuses where an object is gone, is another, or is there without having been announced. */
export function refuseOtherObjects(expected: readonly StoredObject[], actual: readonly StoredObject[]): void {
  const key = ({ kind, name }: StoredObject): string => `${kind} ${name}`;
  const texts = new Map(actual.map((object) => [key(object), object.sql]));
  for (const object of expected) {
    const text = texts.get(key(object));
    if (text === undefined) throw lost(`${key(object)} would be lost`);
    if (text !== object.sql) throw lost(`${key(object)} would be another: ${oneLine(text)} instead of ${oneLine(object.sql)}`);
  }
  const announced = new Set(expected.map(key));
  for (const object of actual)
    if (!announced.has(key(object))) throw lost(`${key(object)} would be there, which nobody announced`);
}

/** Refuses where a table has another number of rows, or forgets ids it has handed out. @param table the rebuilt one. */
export function refuseOtherRows(before: Stock, after: Stock, table: string): void {
  for (const [name, count] of before.rows)
    if (after.rows.get(name) !== count) throw lost(`${name} had ${count} rows and would have ${after.rows.get(name) ?? 'none'}`);
  for (const [name, promised] of before.sequences) {
    const now = after.sequences.get(name);
    // The rebuilt table's own may rise to ids it was given by hand, and ends with its generated key.
    if (name === table ? now !== undefined && now < promised : now !== promised)
      throw lost(`ids of ${name} would be handed out again: the last was ${promised}, and would be ${now ?? 'forgotten'}`);
  }
}

const oneLine = (sql: string): string => sql.replaceAll(/\s+/g, ' ');
