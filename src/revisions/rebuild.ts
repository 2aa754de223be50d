import type { Connection, Engine } from '../engine/engine.ts';
import { FlashcaseError } from '../errors/index.ts';
import type { Rebuild } from './compile/action.ts';
import { compareValues, lost, refuseOtherObjects, refuseOtherRows } from './rebuild/proof.ts';
import { changesSoFar, readObjects, type StoredObject, takeStock } from './rebuild/stock.ts';
import { attachedAfter, doesNotFit, refuseUnknownParts } from './rebuild/strangers.ts';

/**
 * Changes a table on SQLite by building it anew, inside an open transaction with foreign keys off: new table, rows by column name,
 * drop, rename (in this order: renaming the old one first would repoint every foreign key at it, facts F7). Indexes and triggers come
 * back with their own text, views are untouched, the id sequence goes on where it was. A column that changes its name does so in the old
 * table first, so that SQLite itself corrects references, views and triggers of others.
 *
 * Then it proves that nothing was lost, and throws before the commit otherwise:
 * - the rebuilt table: every carried value of every row equals the old one, storage class included; its text is the announced one.
 * - every other table: SQLite counts each row that an INSERT, UPDATE or DELETE writes, also those of triggers, foreign key actions,
 *   virtual tables' shadow tables, tables without rowid, and a DELETE of everything (`total_changes`). Not counted are the victims of REPLACE,
 *   but the row that replaces one is. The new table starts empty and ends with as many rows as the old one, each of them counted once; so
 *   when the count rose by exactly that, no other row of the database was written. Hashing them would say the same for the price of
 *   reading the whole file twice. What is not counted (DDL) changes a text or a number of rows.
 * - every object's text, the rows of every table, and the id sequences, before and after. The caller checks all foreign keys last.
 */
export async function rebuild(connection: Connection, engine: Engine, action: Rebuild): Promise<void> {
  const { quote } = engine.ddl;
  const { from, to } = action;
  await requireForeignKeysOff(connection);
  const before = await takeStock(connection, quote);
  const wasSound = (await brokenReference(connection, quote, before.objects)) === undefined;
  refuseUnknownParts(engine, from, before.objects);
  const total = before.rows.get(from.name) ?? 0;
  const temporary = freeName(`__new_${to.name}`, before.objects);
  const written = await changesSoFar(connection);

  for (const sql of engine.ddl.createTable(to, { as: temporary })) await connection.script(sql);
  const columns = [...(action.rowid === undefined ? [] : [action.rowid]), ...action.columns.map(quote)].join(', ');
  await connection.script(`INSERT INTO ${quote(temporary)} (${columns}) SELECT ${columns} FROM ${action.source}`);
  await compareValues(connection, engine, action, temporary, total);

  const objects = await renameColumns(connection, quote, action, temporary, before.objects);
  const { kept, declared } = attachedAfter(engine, from, to, before.objects, objects);
  await takeItsPlace(connection, quote, temporary, to.name);
  for (const object of [...declared, ...kept]) {
    await connection.script(object.sql).catch((error: unknown) => {
      throw doesNotFit(object, error);
    });
  }
  const corrections = await restoreSequence(connection, before.sequences.get(from.name), to.name, engine.ddl.createTable(to));

  const others = objects.filter((object) => object.table !== from.name || object.kind === 'view');
  const created = engine.ddl.createTable(to).map((sql): StoredObject => ({ kind: 'table', name: to.name, table: to.name, sql }));
  const after = await takeStock(connection, quote);
  refuseOtherObjects([...others, ...created, ...declared, ...kept], after.objects);
  refuseOtherRows(before, after, to.name);
  const broken = wasSound ? await brokenReference(connection, quote, after.objects) : undefined;
  if (broken !== undefined) throw lost(`a view or trigger would not work any more: ${broken}`);
  const beyond = (await changesSoFar(connection)) - written - corrections - total;
  if (beyond !== 0) throw lost(`${Math.abs(beyond)} rows beyond the ${total} of ${from.name} would be written or deleted`);
}

/** Inside a transaction the pragma that switches them off does nothing, silently, and dropping the old table would empty its children (F1). */
async function requireForeignKeysOff(connection: Connection): Promise<void> {
  const [row] = await connection.query('PRAGMA foreign_keys');
  if (row?.foreign_keys === 0) return;
  throw lost(
    'foreign keys are still enforced on this connection, so dropping the old table would delete or change the rows that refer to it',
  );
}

/** A run killed before its commit leaves nothing behind: whatever has this name is somebody's. */
function freeName(wanted: string, objects: readonly StoredObject[]): string {
  const taken = new Set(objects.map((object) => object.name.toLowerCase()));
  let name = wanted;
  while (taken.has(name.toLowerCase())) name += '_';
  return name;
}

/**
 * Renames in the old table, which is about to go: in two steps, since names may be swapped, and a dropped column may still have the new one.
 * Returns the objects with what SQLite has changed in them.
 */
async function renameColumns(
  connection: Connection,
  quote: (name: string) => string,
  { from, renames }: Rebuild,
  temporary: string,
  before: readonly StoredObject[],
): Promise<readonly StoredObject[]> {
  if (renames.length === 0) return before;
  const read = async (): Promise<StoredObject[]> => (await readObjects(connection)).filter((object) => object.name !== temporary);
  refuseOtherObjects(before, await read());
  const rename = (old: string, name: string): Promise<void> =>
    connection.script(`ALTER TABLE ${quote(from.name)} RENAME COLUMN ${quote(old)} TO ${quote(name)}`);
  const moved = new Set(renames.map((column) => column.from));
  for (const [i, column] of renames.entries()) await rename(column.from, `__renamed_${i}`);
  for (const [i, column] of renames.entries()) {
    const inTheWay = Object.keys(from.columns).find((name) => !moved.has(name) && name.toLowerCase() === column.to.toLowerCase());
    if (inTheWay !== undefined) await rename(inTheWay, `__dropped_${i}`);
    await rename(`__renamed_${i}`, column.to);
  }
  return read();
}

/**
 * What SQLite says of a view or trigger that names what is not there: it looks through all of them when a table is renamed, so one is
 * made for that.
 */
async function brokenReference(
  connection: Connection,
  quote: (name: string) => string,
  objects: readonly StoredObject[],
): Promise<string | undefined> {
  const probe = quote(freeName('__probe', objects));
  const renamed = quote(freeName('__probe_renamed', objects));
  await connection.script(`SAVEPOINT probe; CREATE TABLE ${probe} (a)`);
  try {
    await connection.script(`ALTER TABLE ${probe} RENAME TO ${renamed}`);
    return undefined;
  } catch (error) {
    return error instanceof FlashcaseError ? (error.why ?? error.message) : String(error);
  } finally {
    await connection.script('ROLLBACK TO probe; RELEASE probe');
  }
}

async function takeItsPlace(
  connection: Connection,
  quote: (name: string) => string,
  temporary: string,
  name: string,
): Promise<void> {
  // Views and triggers that name the table stay as they are while it is away; without this, the rename checks and rewrites them.
  const [row] = await connection.query('PRAGMA legacy_alter_table');
  await connection.script('PRAGMA legacy_alter_table = ON');
  try {
    await connection.script(`DROP TABLE ${quote(name)}`);
    await connection.script(`ALTER TABLE ${quote(temporary)} RENAME TO ${quote(name)}`);
  } finally {
    await connection.script(`PRAGMA legacy_alter_table = ${row?.legacy_alter_table === 1 ? 'ON' : 'OFF'}`);
  }
}

/**
 * Dropping a table forgets its sequence, and filling the new one sets it to the highest id left: ids of deleted rows would come again (F6).
 * Returns how many rows it wrote.
 */
async function restoreSequence(
  connection: Connection,
  promised: bigint | undefined,
  name: string,
  createTable: readonly string[],
): Promise<number> {
  if (promised === undefined) return 0;
  const changed = await connection.execute('UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?', [promised, name]);
  // An emptied or never filled table has no entry yet; a table whose ids are no longer generated needs none.
  if (changed > 0 || !createTable.some((sql) => / AUTOINCREMENT\b/.test(sql))) return changed;
  return connection.execute('INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)', [name, promised]);
}
