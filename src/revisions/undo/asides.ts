import { catalogQuery } from '../../engine/catalog-query.ts';
import type { Connection, Engine } from '../../engine/engine.ts';
import { ASIDE_PREFIX } from '../../engine/schema-form.ts';
import { readAsideName } from '../compile/aside.ts';

/** A table or column that a revision dropped, as it is kept until `finish`. */
export interface Aside {
  readonly revision: string;
  /** For people: `table card` or `column card.note`. */
  readonly what: string;
  /** The table it is, or is in, as it is called now. */
  readonly table: string;
  /** The column as it is called now; absent for a table. */
  readonly column?: string;
  readonly columns: readonly string[];
}

/** What is kept aside in this PostgreSQL schema, in the order of the revisions. The catalog itself is the list: nothing can disagree with it. */
export async function readAsides(connection: Connection, engine: Engine): Promise<Aside[]> {
  if (engine.capabilities.isLocalFile) return [];
  const rows = (await catalogQuery(
    connection,
    { table: 'c.relname::text', column: 'a.attname::text' },
    `FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
      WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
        AND (starts_with(c.relname, $1) OR starts_with(a.attname, $1)) ORDER BY c.relname, a.attnum`,
    [ASIDE_PREFIX],
  )) as unknown as { table: string; column: string }[];
  const found = [...Map.groupBy(rows, (row) => row.table)].flatMap(([table, parts]): Aside[] => {
    const columns = parts.map((part) => part.column);
    const own = readAsideName(table);
    if (own !== undefined)
      return [
        {
          revision: own.revision,
          what: `table ${own.name}`,
          table,
          columns: columns.filter((name) => !name.startsWith(ASIDE_PREFIX)),
        },
      ];
    return columns.flatMap((column) => {
      const name = readAsideName(column);
      return name === undefined
        ? []
        : [{ revision: name.revision, what: `column ${table}.${name.name}`, table, column, columns: [] }];
    });
  });
  return found.toSorted((a, b) => (a.revision < b.revision ? -1 : a.revision > b.revision ? 1 : 0));
}

/** The same as the compiler looks for it. */
export async function asidesOf(connection: Connection, engine: Engine): Promise<ReadonlyMap<string, readonly string[]>> {
  return new Map(
    (await readAsides(connection, engine)).map(({ table, column, columns }) => [
      column === undefined ? table : `${table}.${column}`,
      columns,
    ]),
  );
}
