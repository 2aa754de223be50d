import { catalogQuery } from '../engine/catalog-query.ts';
import type { Connection, Engine } from '../engine/engine.ts';
import { FlashcaseError } from '../errors/index.ts';
import type { Rebuild } from './compile/action.ts';

interface StoredObject {
  readonly kind: string;
  readonly name: string;
  readonly table: string;
  readonly sql: string;
}

/**
 * Changes a table on SQLite by building it anew, inside an open transaction with foreign keys off: new table, rows by column name,
 * drop, rename (in this order: renaming the old one first would repoint every foreign key at it, facts F7). Triggers and indexes the
 * new table does not declare come back with their own text, views are untouched, the id sequence goes on where it was.
 *
 * Then it proves that nothing was lost, and throws before the commit otherwise: every carried value of every row equals the old one; not
 * one row of any other table was written (SQLite's own count of changes, which includes cascades and triggers); the rows of every
 * table are as many as before; every other object has its text; the id sequences are as they were.
 */
export async function rebuild(connection: Connection, engine: Engine, action: Rebuild): Promise<void> {
  const { quote } = engine.ddl;
  const { from, to } = action;
  await requireForeignKeysOff(connection);
  const objects = await readObjects(connection);
  const before = await countAll(connection, quote);
  // A run killed before its commit leaves nothing behind: a table of this name is somebody's.
  let temporary = `__new_${to.name}`;
  while (before.has(temporary)) temporary += '_';
  const sequences = await readSequences(connection);
  const attached = objects.filter(
    (object) => object.table === from.name && (object.kind === 'trigger' || object.kind === 'index'),
  );
  const declared = new Set([...from.indexes, ...to.indexes, ...from.triggers, ...to.triggers].map((part) => part.name));
  const kept = attached.filter((object) => !declared.has(object.name));

  // Views and triggers that name the table stay as they are while it is away; without this, the rename checks and rewrites them.
  const legacyAlter = (await connection.query('PRAGMA legacy_alter_table'))[0]?.legacy_alter_table;
  await connection.script('PRAGMA legacy_alter_table = ON');
  const written = await changesSoFar(connection);
  try {
    for (const object of attached) if (object.kind === 'trigger') await connection.script(`DROP TRIGGER ${quote(object.name)}`);
    for (const sql of engine.ddl.createTable(to, { as: temporary })) await connection.script(sql);
    const columns = action.columns.map(quote).join(', ');
    await connection.script(`INSERT INTO ${quote(temporary)} (${columns}) SELECT ${columns} FROM ${action.source}`);
    await compareValues(connection, quote, action, temporary);
    await connection.script(`DROP TABLE ${quote(from.name)}`);
    await connection.script(`ALTER TABLE ${quote(temporary)} RENAME TO ${quote(to.name)}`);
  } finally {
    await connection.script(`PRAGMA legacy_alter_table = ${legacyAlter === 1 ? 'ON' : 'OFF'}`);
  }
  const total = before.get(from.name) ?? 0;
  const touched = (await changesSoFar(connection)) - written;
  if (touched !== total) throw lost(`${touched - total} rows beyond the ${total} of ${from.name} would be written or deleted`);
  for (const index of to.indexes) await connection.script(engine.ddl.createIndex(to, index));
  for (const trigger of to.triggers) for (const sql of engine.ddl.createTrigger(to, trigger)) await connection.script(sql);
  for (const object of kept) await restore(connection, object);
  await restoreSequences(connection, sequences, from.name, to.name);

  const after = await countAll(connection, quote);
  for (const [table, count] of before) {
    const name = table === from.name ? to.name : table;
    if (after.get(name) !== count) throw lost(`${table} had ${count} rows and would have ${after.get(name) ?? 'none'}`);
  }
  refuseLostObjects(objects, await readObjects(connection), new Set([from.name, to.name]), declared);
  refuseLostSequences(sequences, await readSequences(connection), from.name, to.name);
}

/** Inside a transaction the pragma that switches them off does nothing, silently, and dropping the old table would empty its children (F1). */
async function requireForeignKeysOff(connection: Connection): Promise<void> {
  const [row] = await connection.query('PRAGMA foreign_keys');
  if (row?.foreign_keys === 0) return;
  throw lost(
    'foreign keys are still enforced on this connection, so dropping the old table would delete or change the rows that refer to it',
  );
}

/**
 * Compares each carried value of the new table with the old table's, row by row, in SQLite itself. Rows meet by the carried primary key;
 * where that does not come along, whole rows are compared as sets.
 */
async function compareValues(
  connection: Connection,
  quote: (name: string) => string,
  action: Rebuild,
  temporary: string,
): Promise<void> {
  const { from, to, carried } = action;
  const pairs = [...carried];
  const keyPairs = to.primaryKey.map((name): [string, string | undefined] => [name, carried.get(name)]);
  const [row] = await catalogQuery(connection, { total: 'count(*)' }, `FROM ${quote(from.name)}`);
  const total = Number(row?.total);
  const hasKey =
    keyPairs.length > 0 && keyPairs.every(([, old]) => old !== undefined) && from.primaryKey.length === to.primaryKey.length;
  let equal: number;
  if (hasKey) {
    const joined = keyPairs.map(([name, old]) => `n.${quote(name)} = o.${quote(old as string)}`).join(' AND ');
    const same = pairs.map(
      ([name, old]) =>
        `n.${quote(name)} IS o.${quote(old)} COLLATE BINARY AND typeof(n.${quote(name)}) = typeof(o.${quote(old)})`,
    );
    const [found] = await catalogQuery(
      connection,
      { total: 'count(*)' },
      `FROM ${quote(from.name)} AS o JOIN ${quote(temporary)} AS n ON ${joined} WHERE ${same.join(' AND ')}`,
    );
    equal = Number(found?.total);
  } else {
    const list = (side: 0 | 1): string => pairs.map((pair) => `${quote(pair[side])}, typeof(${quote(pair[side])})`).join(', ');
    const [found] = await catalogQuery(
      connection,
      { missing: 'count(*)' },
      `FROM (SELECT ${list(1)} FROM ${quote(from.name)} EXCEPT SELECT ${list(0)} FROM ${quote(temporary)})`,
    );
    const [copied] = await catalogQuery(connection, { total: 'count(*)' }, `FROM ${quote(temporary)}`);
    equal = pairs.length === 0 || Number(found?.missing) === 0 ? Number(copied?.total) : total - Number(found?.missing);
  }
  if (equal !== total) throw lost(`${total - equal} of ${total} rows of ${from.name} would not keep their values`);
}

async function restore(connection: Connection, object: StoredObject): Promise<void> {
  try {
    await connection.script(object.sql);
  } catch (error) {
    throw new FlashcaseError('FC_REVISION_FAILED', {
      what: `${object.kind} ${object.name}, which the model does not know, does not fit the changed table.`,
      why: error instanceof FlashcaseError ? (error.why ?? error.message) : String(error),
      hint: `Drop it first, or change it in the same revision: ${object.sql}`,
      cause: error,
    });
  }
}

/** Every row written on this connection so far, by statements, triggers and foreign key actions alike. */
async function changesSoFar(connection: Connection): Promise<number> {
  const [row] = await catalogQuery(connection, { total: 'total_changes()' }, '');
  return Number(row?.total);
}

async function readObjects(connection: Connection): Promise<StoredObject[]> {
  const rows = await catalogQuery(
    connection,
    { kind: 'type', name: 'name', table: 'tbl_name', sql: 'sql' },
    "FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type, name",
  );
  return rows as unknown as StoredObject[];
}

function refuseLostObjects(
  before: readonly StoredObject[],
  after: readonly StoredObject[],
  tables: ReadonlySet<string>,
  declared: ReadonlySet<string>,
): void {
  const texts = new Map(after.map((object) => [`${object.kind} ${object.name}`, object.sql]));
  for (const { kind, name, sql } of before) {
    if ((kind === 'table' && tables.has(name)) || (declared.has(name) && kind !== 'table')) continue;
    if (texts.get(`${kind} ${name}`) !== sql) throw lost(`${kind} ${name} would be lost or changed`);
  }
}

async function countAll(connection: Connection, quote: (name: string) => string): Promise<Map<string, number>> {
  const tables = await catalogQuery(
    connection,
    { object: 'name' },
    "FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
  );
  const counts = new Map<string, number>();
  for (const { object } of tables) {
    const [row] = await catalogQuery(connection, { total: 'count(*)' }, `FROM ${quote(String(object))}`);
    counts.set(String(object), Number(row?.total));
  }
  return counts;
}

type Sequences = ReadonlyMap<string, bigint>;

async function readSequences(connection: Connection): Promise<Sequences> {
  const [exists] = await catalogQuery(connection, { found: '1' }, "FROM sqlite_schema WHERE name = 'sqlite_sequence'");
  if (exists === undefined) return new Map();
  const rows = await catalogQuery(connection, { name: 'name', seq: 'seq' }, 'FROM sqlite_sequence');
  return new Map(rows.map((row) => [String(row.name), BigInt(row.seq as number | bigint)]));
}

/** Dropping a table forgets its sequence, and filling the new one sets it to the highest id left: ids of deleted rows would come again (F6). */
async function restoreSequences(connection: Connection, sequences: Sequences, from: string, to: string): Promise<void> {
  const promised = sequences.get(from);
  if (promised === undefined) return;
  const changed = await connection.execute('UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?', [promised, to]);
  // An emptied or never filled table has no entry yet; a table whose ids are no longer generated needs none.
  if (changed === 0 && (await isAutoincrement(connection, to)))
    await connection.execute('INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)', [to, promised]);
}

async function isAutoincrement(connection: Connection, table: string): Promise<boolean> {
  const [row] = await catalogQuery(connection, { sql: 'sql' }, "FROM sqlite_schema WHERE type = 'table' AND name = ?", [table]);
  return /\bAUTOINCREMENT\b/i.test(String(row?.sql));
}

function refuseLostSequences(before: Sequences, after: Sequences, from: string, to: string): void {
  for (const [table, seq] of before) {
    if (table === from) {
      if (after.has(to) && (after.get(to) as bigint) < seq) throw lost(`ids of ${to} would be handed out again`);
    } else if (after.get(table) !== seq) throw lost(`the id sequence of ${table} would be lost`);
  }
}

function lost(what: string): FlashcaseError {
  return new FlashcaseError('FC_REVISION_FAILED', {
    what: `The rebuilt table is not complete: ${what}.`,
    hint: 'Nothing was changed.',
  });
}
