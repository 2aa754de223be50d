import type { PostgresConnection } from '../../engine/postgres/connection.ts';
import { translatePostgresError } from '../../engine/postgres/errors.ts';
import { SPELLING_SETTINGS } from '../capture/postgres-capture-sql.ts';
import type { CarriedTable } from '../carried-tables.ts';
import { carriedColumns, type TextRow } from '../follow/postgres-journal.ts';
import { quoted } from '../source/source-tables.ts';

const ROWS_A_FETCH = 2000;
const asText = { getTypeParser: () => (text: string) => text } as never;

/**
 * Every row of a table in the order of its key, in pages of PostgreSQL's own text, in the caller's transaction. The next page is on its way while
 * one is worked on.
 */
export async function* sourceRows(
  { client }: PostgresConnection,
  carried: CarriedTable,
  where: string,
): AsyncGenerator<readonly TextRow[]> {
  const run = async (text: string): Promise<TextRow[]> => {
    try {
      return (await client.query<(string | null)[]>({ text, rowMode: 'array', types: asText })).rows ?? [];
    } catch (error) {
      throw translatePostgresError(error, where);
    }
  };
  const columns = carriedColumns(carried).map(([name]) => quoted(name));
  const key = carried.table.primaryKey.map(quoted).join(', ');
  await run(`${SPELLING_SETTINGS}; SET cursor_tuple_fraction = 1`);
  await run(
    `DECLARE home_rows NO SCROLL CURSOR FOR SELECT ${columns.join(', ')} FROM ${quoted(carried.table.name)} ORDER BY ${key}`,
  );
  const fetch = (): Promise<TextRow[]> => {
    const page = run(`FETCH ${ROWS_A_FETCH} FROM home_rows`);
    // Awaited one page later; until then a failure is nobody's.
    page.catch(() => {});
    return page;
  };
  for (let next = fetch(); ; ) {
    const page = await next;
    if (page.length === 0) break;
    next = fetch();
    yield page;
  }
  await run('CLOSE home_rows');
}
