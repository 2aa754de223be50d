import { catalogQuery } from '../engine/catalog-query.ts';
import type { Connection, Engine } from '../engine/engine.ts';
import { FlashcaseError } from '../errors/index.ts';
import type { Table } from '../schema/table.ts';
import type { Step } from './step.ts';

type ChangeTable = Extract<Step, { kind: 'changeTable' }>;

/**
 * Changes a table on SQLite by building it anew, inside an open transaction with foreign keys off: new table, rows by column name,
 * drop, rename (in this order: renaming the old one first would repoint every foreign key at it, facts F7). Triggers and the indexes
 * the new table does not declare come back with their own text, views are untouched, the id sequence goes on where it was.
 * Throws before the commit when a row count, another table's row count, or the sequence differs.
 */
export async function changeTable(connection: Connection, engine: Engine, step: ChangeTable): Promise<void> {
  const { quote } = engine.ddl;
  const { from, to } = step;
  const before = await countAll(connection, quote);
  // A run killed before its commit leaves nothing behind: a table of this name is somebody's.
  let temporary = `__new_${to.name}`;
  while (before.has(temporary)) temporary += '_';
  const sequence = await sequenceOf(connection, from.name);
  const declared = new Set([...from.indexes, ...to.indexes].map((index) => index.name));
  const attached = (await catalogQuery(
    connection,
    { kind: 'type', object: 'name', definition: 'sql' },
    "FROM sqlite_schema WHERE tbl_name = ? AND type IN ('trigger', 'index') AND sql IS NOT NULL ORDER BY type",
    [from.name],
  )) as { kind: string; object: string; definition: string }[];
  const kept = attached.filter((object) => object.kind === 'trigger' || !declared.has(object.object));
  const triggersElsewhere = attached.filter((object) => object.kind === 'trigger');

  // Views and triggers that name the table stay as they are while it is away; without this, the rename checks and rewrites them.
  const legacyAlter = (await connection.query('PRAGMA legacy_alter_table'))[0]?.legacy_alter_table;
  await connection.script('PRAGMA legacy_alter_table = ON');
  try {
    for (const trigger of triggersElsewhere) await connection.script(`DROP TRIGGER ${quote(trigger.object)}`);
    for (const sql of engine.ddl.createTable(to, { as: temporary })) await connection.script(sql);
    const columns = columnsToCopy(step);
    await connection.script(
      `INSERT INTO ${quote(temporary)} (${columns.map(([name]) => quote(name)).join(', ')}) SELECT ${columns.map(([, value]) => value).join(', ')} FROM ${quote(from.name)}`,
    );
    await connection.script(`DROP TABLE ${quote(from.name)}`);
    await connection.script(`ALTER TABLE ${quote(temporary)} RENAME TO ${quote(to.name)}`);
    for (const index of to.indexes) await connection.script(engine.ddl.createIndex(to, index));
    for (const object of kept) await connection.script(object.definition);
    if (sequence !== undefined)
      await connection.execute('UPDATE sqlite_sequence SET seq = ? WHERE name = ?', [sequence, to.name]);
    if (sequence !== undefined && (await sequenceOf(connection, to.name)) === undefined) {
      await connection.execute('INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)', [to.name, sequence]);
    }
  } finally {
    await connection.script(`PRAGMA legacy_alter_table = ${legacyAlter === 1 ? 'ON' : 'OFF'}`);
  }

  const after = await countAll(connection, quote);
  for (const [table, count] of before) {
    const name = table === from.name ? to.name : table;
    if (after.get(name) !== count) throw lost(`${table} had ${count} rows and would have ${after.get(name) ?? 'none'}`);
  }
  for (const trigger of triggersElsewhere) {
    const [found] = await catalogQuery(
      connection,
      { definition: 'sql' },
      "FROM sqlite_schema WHERE type = 'trigger' AND name = ?",
      [trigger.object],
    );
    if (found?.definition !== trigger.definition) throw lost(`trigger ${trigger.object} would be lost`);
  }
  if (sequence !== undefined && (await sequenceOf(connection, to.name)) !== sequence)
    throw lost(`ids of ${to.name} would be handed out again`);
}

/** Column of the new table to the SQL that fills it: its own namesake unless `values` says otherwise. By name, never by position (F9). */
function columnsToCopy({ from, to, values = {} }: ChangeTable): [string, string][] {
  return Object.keys(to.columns).flatMap((name): [string, string][] => {
    const given = values[name];
    if (given !== undefined) return [[name, given]];
    return name in from.columns ? [[name, `"${name.replaceAll('"', '""')}"`]] : [];
  });
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

async function sequenceOf(connection: Connection, table: Table['name']): Promise<number | bigint | undefined> {
  const [exists] = await catalogQuery(connection, { found: '1' }, "FROM sqlite_schema WHERE name = 'sqlite_sequence'");
  if (exists === undefined) return undefined;
  const [row] = await catalogQuery(connection, { seq: 'seq' }, 'FROM sqlite_sequence WHERE name = ?', [table]);
  return row?.seq as number | bigint | undefined;
}

function lost(what: string): FlashcaseError {
  return new FlashcaseError('FC_REVISION_FAILED', {
    what: `The rebuilt table is not complete: ${what}.`,
    hint: 'Nothing was changed. This is a bug; please report it.',
  });
}
