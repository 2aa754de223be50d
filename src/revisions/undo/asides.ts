import { catalogQuery } from '../../engine/catalog-query.ts';
import type { Connection, Engine } from '../../engine/engine.ts';
import { ASIDE_PREFIX } from '../../engine/schema-form.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { type Present, readAsideName } from '../compile/aside.ts';
import type { Target } from '../compile/target.ts';
import type { Revision } from '../revision.ts';

/** A table or column that a revision dropped, as it is kept until `finish`. */
export interface Aside {
  readonly revision: string;
  /** For people: `table card` or `column card.note`. */
  readonly what: string;
  /** The table it is, or is in, as it is called now. */
  readonly table: string;
  /** The column as it is called now; absent for a table. */
  readonly column?: string;
}

/** What is kept aside in this PostgreSQL schema, in the order of the revisions. The catalog itself is the list: nothing can disagree with it. */
export async function readAsides(connection: Connection, engine: Engine): Promise<Aside[]> {
  const found = [...(await readTables(connection, engine))].flatMap(([table, parts]): Aside[] => {
    const own = readAsideName(table);
    // What was kept aside in it before is kept with it.
    if (own !== undefined) return [{ revision: own.revision, what: `table ${own.name}`, table }];
    return parts.flatMap(({ column }) => {
      const name = readAsideName(column);
      return name === undefined ? [] : [{ revision: name.revision, what: `column ${table}.${name.name}`, table, column }];
    });
  });
  return found.toSorted((a, b) => (a.revision < b.revision ? -1 : a.revision > b.revision ? 1 : 0));
}

/** The same as the compiler looks for it, also what is kept inside a table that is aside itself. */
export async function asidesOf(connection: Connection, engine: Engine): Promise<Present> {
  const isAside = (name: string): boolean => name.startsWith(ASIDE_PREFIX);
  return new Map(
    [...(await readTables(connection, engine))].flatMap(([table, parts]) => {
      const columns = parts.map((part) => part.column).filter((name) => !isAside(name));
      const inside = parts
        .filter((part) => isAside(part.column))
        .map(({ column, sequence }) => [`${table}.${column}`, { columns: [], ...(sequence === null ? {} : { sequence }) }]) as [
        string,
        { columns: string[]; sequence?: string },
      ][];
      return [...(isAside(table) ? ([[table, { columns }]] as typeof inside) : []), ...inside];
    }),
  );
}

/** A way back finds what is kept aside when it comes to it: a step before may have renamed the table it is in. */
export async function withAsides(connection: Connection, engine: Engine, target: Target): Promise<Target> {
  if (target.keeping?.kind !== 'back') return target;
  return { ...target, keeping: { ...target.keeping, present: await asidesOf(connection, engine) } };
}

/** Throws where a revision is to be applied again while names it needs aside are taken by what its way back did not bring home. */
export async function refuseLeftAside(
  connection: Connection,
  engine: Engine,
  { id, name }: Pick<Revision, 'id' | 'name'>,
): Promise<void> {
  const left = (await readAsides(connection, engine)).filter(({ revision }) => revision === id);
  if (left.length === 0) return;
  throw new FlashcaseError('FC_REVISION_FAILED', {
    what: `Revision ${id} ${name} was applied before, and its way back left what it kept aside: ${left.map(({ what }) => what).join(', ')}. Nothing was changed.`,
    where: engine.location,
    hint: `Take what you need out of it; flashcase db finish ${id} drops it for good. Then run the same command again.`,
    details: { revision: id },
  });
}

interface Part {
  readonly table: string;
  readonly column: string;
  readonly sequence: string | null;
}

/** The tables that are aside with all their columns, and of others the columns that are. */
async function readTables(connection: Connection, engine: Engine): Promise<Map<string, Part[]>> {
  if (engine.capabilities.isLocalFile) return new Map();
  const rows = (await catalogQuery(
    connection,
    {
      table: 'c.relname::text',
      column: 'a.attname::text',
      sequence: `(SELECT s.relname::text FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
                   WHERE d.classid = 'pg_class'::regclass AND d.refobjid = c.oid AND d.refobjsubid = a.attnum AND d.deptype = 'a')`,
    },
    `FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
      WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
        AND (starts_with(c.relname, $1) OR starts_with(a.attname, $1)) ORDER BY c.relname, a.attnum`,
    [ASIDE_PREFIX],
  )) as unknown as Part[];
  return Map.groupBy(rows, (row) => row.table);
}
