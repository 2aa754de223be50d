import { catalogQuery } from '../../engine/catalog-query.ts';
import type { Connection } from '../../engine/engine.ts';
import { DERIVED_PREFIX, LEDGER_TABLE, PROGRESS_TABLE } from '../../engine/schema-form.ts';

/** What one table has now that another state of it has not. */
export interface Writes {
  readonly table: string;
  readonly added: number;
  readonly changed: number;
  readonly deleted: number;
  /** Set where the table (or view, index, trigger) itself was made, changed or dropped. */
  readonly object?: 'made' | 'changed' | 'dropped';
  /** Ids handed out whose rows may be gone again. */
  readonly ids?: number;
}

export function describeWrites({ table, added, changed, deleted, object, ids }: Writes): string {
  const parts = [
    ...(object === undefined ? [] : [`${object} since`]),
    ...(added === 0 ? [] : [`${added} rows added`]),
    ...(changed === 0 ? [] : [`${changed} rows changed`]),
    ...(deleted === 0 ? [] : [`${deleted} rows deleted`]),
    ...(ids === undefined ? [] : [`${ids} ids handed out`]),
  ];
  return `${table}: ${parts.join(', ')}`;
}

interface Stored {
  readonly kind: string;
  readonly name: string;
  readonly sql: string;
}

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;
/** Tables of this tool; they differ by times only. */
const OWN = new Set([LEDGER_TABLE, PROGRESS_TABLE]);

/**
 * Compares `main` with the attached database `expected`, object by object and row by row, storage classes included: whatever anybody
 * wrote, by whatever way. Empty when both hold the same.
 */
export async function writtenSince(connection: Connection): Promise<Writes[]> {
  const now = await objectsOf(connection, 'main');
  const then = await objectsOf(connection, 'expected');
  const found: Writes[] = [];
  for (const [key, object] of now) {
    const before = then.get(key);
    if (before?.sql === object.sql) continue;
    const added = object.kind === 'table' && before === undefined ? await count(connection, `main.${quote(object.name)}`) : 0;
    found.push({ table: object.name, added, changed: 0, deleted: 0, object: before === undefined ? 'made' : 'changed' });
  }
  for (const [key, object] of then)
    if (!now.has(key)) found.push({ table: object.name, added: 0, changed: 0, deleted: 0, object: 'dropped' });
  for (const [key, object] of now) {
    if (object.kind !== 'table' || !then.has(key) || /^\s*create\s+virtual/i.test(object.sql)) continue;
    const writes = await rowsWritten(connection, object.name);
    if (writes !== undefined) found.push(writes);
  }
  const named = new Set(found.map((writes) => writes.table));
  return [...found, ...(await idsHandedOut(connection)).filter((writes) => !named.has(writes.table))];
}

async function objectsOf(connection: Connection, database: string): Promise<Map<string, Stored>> {
  const rows = (await catalogQuery(
    connection,
    { kind: 'type', name: 'name', sql: 'sql', table: 'tbl_name' },
    `FROM ${database}.sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
     AND substr(name, 1, ${DERIVED_PREFIX.length}) <> '${DERIVED_PREFIX}' ORDER BY name`,
  )) as unknown as (Stored & { table: string })[];
  return new Map(rows.filter((row) => !OWN.has(row.table)).map((row) => [`${row.kind} ${row.name}`, row]));
}

async function count(connection: Connection, rest: string): Promise<number> {
  const [row] = await catalogQuery(connection, { total: 'count(*)' }, `FROM ${rest}`);
  return Number(row?.total);
}

async function columnsOf(connection: Connection, database: string, table: string): Promise<{ name: string; pk: number }[]> {
  const rows = await catalogQuery(
    connection,
    { name: 'name', pk: 'pk' },
    'FROM pragma_table_xinfo(?, ?) WHERE hidden = 0 ORDER BY cid',
    [table, database],
  );
  return rows as unknown as { name: string; pk: number }[];
}

async function rowsWritten(connection: Connection, table: string): Promise<Writes | undefined> {
  const columns = await columnsOf(connection, 'main', table);
  const shared = new Set((await columnsOf(connection, 'expected', table)).map((column) => column.name));
  const compared = columns.filter((column) => shared.has(column.name));
  const [isWithoutRowid] = await catalogQuery(
    connection,
    { found: '1' },
    "FROM pragma_table_list WHERE schema = 'main' AND name = ? AND wr = 1",
    [table],
  );
  const names = new Set(columns.map((column) => column.name.toLowerCase()));
  const rowid = ['rowid', '_rowid_', 'oid'].find((name) => !names.has(name));
  const key =
    isWithoutRowid === undefined && rowid !== undefined
      ? [rowid]
      : compared.filter((column) => column.pk > 0).map((column) => quote(column.name));
  const isSame = key.map((name) => `e.${name} IS n.${name}`).join(' AND ');
  const [ours, theirs] = [`main.${quote(table)}`, `expected.${quote(table)}`];
  const added = await count(connection, `${ours} n WHERE NOT EXISTS (SELECT 1 FROM ${theirs} e WHERE ${isSame})`);
  const deleted = await count(connection, `${theirs} e WHERE NOT EXISTS (SELECT 1 FROM ${ours} n WHERE ${isSame})`);
  const values = compared.map(({ name }) => {
    const column = quote(name);
    return `(e.${column} IS n.${column} COLLATE BINARY AND typeof(e.${column}) = typeof(n.${column}))`;
  });
  const changed =
    values.length === 0
      ? 0
      : await count(connection, `${ours} n JOIN ${theirs} e ON ${isSame} WHERE NOT (${values.join(' AND ')})`);
  return added + deleted + changed === 0 ? undefined : { table, added, changed, deleted };
}

/** Ids of rows that are gone again were seen by somebody: they must not come twice. */
async function idsHandedOut(connection: Connection): Promise<Writes[]> {
  const has = async (database: string): Promise<boolean> =>
    (await catalogQuery(connection, { found: '1' }, `FROM ${database}.sqlite_schema WHERE name = 'sqlite_sequence'`)).length > 0;
  if (!(await has('main')) || !(await has('expected'))) return [];
  const rows = await catalogQuery(
    connection,
    { table: 'n.name', ids: 'n.seq - coalesce(e.seq, 0)' },
    'FROM main.sqlite_sequence n LEFT JOIN expected.sqlite_sequence e ON e.name = n.name WHERE n.seq > coalesce(e.seq, 0)',
  );
  return rows.map((row) => ({ table: String(row.table), added: 0, changed: 0, deleted: 0, ids: Number(row.ids) }));
}
