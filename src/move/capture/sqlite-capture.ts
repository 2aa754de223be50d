import { catalogQuery } from '../../engine/catalog-query.ts';
import type { Connection } from '../../engine/engine.ts';
import { DERIVED_PREFIX, MOVE_PREFIX } from '../../engine/schema-form.ts';
import { ddl } from '../../engine/sqlite/ddl.ts';
import { FlashcaseError } from '../../errors/index.ts';
import type { CarriedTable } from '../carried-tables.ts';
import {
  inWriteTransaction,
  JOURNAL_TABLE,
  type Phase,
  readMoveState,
  STATE_SQL,
  STATE_TABLE,
  STATE_TABLES,
} from '../state/sqlite-state.ts';
import { type CaptureTrigger, captureTriggers, formMark, formMarkIn, triggerPrefix } from './capture-triggers.ts';
import { readTableFacts, type TableFacts } from './table-facts.ts';

const { quote } = ddl;

interface StoredObject {
  readonly kind: string;
  readonly name: string;
  readonly table: string;
  readonly sql: string;
}

export interface SqliteMoveStart {
  readonly runId: string;
  /** Where to, for people. */
  readonly target: string;
  readonly epoch: number;
}

/**
 * Begins a move in the SQLite file: state row, journal, fence and journal triggers, in one transaction. From its commit on, every program's
 * write to a carried table journals its key.
 * Throws `FC_MOVE_UNDERWAY` in a file that is in a move, `FC_MOVE_SOURCE_UNFIT` where a table cannot be captured or a name is taken.
 */
export async function installSqliteCapture(
  sqlite: Connection,
  tables: readonly CarriedTable[],
  begin: SqliteMoveStart,
): Promise<void> {
  const target = withoutPassword(begin.target);
  await inWriteTransaction(sqlite, async () => {
    await refuseTaken(sqlite);
    await sqlite.script(STATE_SQL);
    await sqlite.execute(
      `INSERT INTO ${STATE_TABLE} (id, run_id, target, phase, epoch, is_writable) VALUES (1, ?, ?, 'copying', ?, 1)`,
      [begin.runId, target, begin.epoch],
    );
    for (const carried of tables) {
      const facts = await requireFacts(sqlite, carried);
      for (const { sql } of captureTriggers(carried, facts, target)) await sqlite.script(sql);
      await requireWritable(sqlite, facts);
    }
  });
}

/** Whoever reads the file or meets the fence reads it. */
const withoutPassword = (target: string): string => target.replace(/(:\/\/[^/@:]*):[^@]*@/, '$1@').replace(/\p{Cc}/gu, ' ');

/**
 * Takes everything of a move out of the SQLite file, in one transaction: its schema is then, text by text, what it was before. Does nothing in a
 * file that is in no move.
 * @param only leaves a file alone that is in another move, or in another phase of this one: who asked was asleep meanwhile.
 */
export async function removeSqliteCapture(
  sqlite: Connection,
  only?: { readonly runId: string; readonly phase: Phase },
): Promise<void> {
  await inWriteTransaction(sqlite, async () => {
    const state = only === undefined ? undefined : await readMoveState(sqlite);
    if (only !== undefined && (state?.runId !== only.runId || state.phase !== only.phase)) return;
    const objects = await ownObjects(sqlite);
    for (const { kind, name } of objects) if (kind === 'trigger') await sqlite.script(`DROP TRIGGER ${quote(name)}`);
    for (const { kind, name } of objects)
      if (kind === 'table' && STATE_TABLES.includes(name)) await sqlite.script(`DROP TABLE ${quote(name)}`);
  });
}

/** Notes and fences nothing any more, and forgets what was noted; the state stays. In the caller's transaction. */
export async function stopSqliteCapture(sqlite: Connection): Promise<void> {
  for (const { kind, name } of await ownObjects(sqlite))
    if (kind === 'trigger') await sqlite.script(`DROP TRIGGER ${quote(name)}`);
  await sqlite.execute(`DELETE FROM ${JOURNAL_TABLE}`);
}

/**
 * What is not as `installSqliteCapture` would make it now, one sentence each: then writes may have been missed, and nothing more may be
 * carried. Empty when all is well.
 */
export async function sqliteCaptureProblems(sqlite: Connection, tables: readonly CarriedTable[]): Promise<string[]> {
  const objects = await ownObjects(sqlite);
  const problems = stateProblems(objects);
  const state = objects.some(({ name }) => name === STATE_TABLE) ? await readMoveState(sqlite) : undefined;
  if (state === undefined) return [...problems, 'The state of the move is gone.'];
  const expected = new Set<string>();
  for (const carried of tables) {
    const facts = await readTableFacts(sqlite, carried.table.name);
    if (facts === undefined) {
      problems.push(`Table ${carried.table.name} is gone.`);
      continue;
    }
    const triggers = captureTriggers(carried, facts, state.target);
    for (const { name } of triggers) expected.add(name);
    problems.push(...tableProblems(carried, facts, triggers, objects));
  }
  for (const { kind, name, table } of objects)
    if (kind === 'trigger' && !expected.has(name) && tables.some((carried) => carried.table.name === table))
      problems.push(`Trigger ${name} is none of this move.`);
  return [...problems, ...(await laterTriggers(sqlite, tables))];
}

function stateProblems(objects: readonly StoredObject[]): string[] {
  const texts = STATE_SQL.split(';').map((sql) => sql.trim());
  return STATE_TABLES.flatMap((name, i) => {
    const stored = objects.find((object) => object.kind === 'table' && object.name === name);
    if (stored === undefined) return [`Table ${name} is gone.`];
    return stored.sql === texts[i] ? [] : [`Table ${name} was changed.`];
  });
}

function tableProblems(
  { no, table }: CarriedTable,
  facts: TableFacts,
  triggers: readonly CaptureTrigger[],
  objects: readonly StoredObject[],
): string[] {
  const stored = objects.filter(({ kind, name }) => kind === 'trigger' && name.startsWith(triggerPrefix(no)));
  const madeFor = stored.flatMap(({ sql }) => formMarkIn(sql) ?? []);
  if (madeFor.some((mark) => mark !== formMark(facts)))
    return [`Table ${table.name} was changed since the move began (its columns, or one of its unique indexes).`];
  return triggers.flatMap(({ name, sql }) => {
    const found = stored.find((object) => object.name === name);
    if (found === undefined) return [`Trigger ${name} of table ${table.name} is gone.`];
    return found.sql === sql ? [] : [`Trigger ${name} of table ${table.name} was changed.`];
  });
}

/**
 * A trigger made after ours runs before it, and one that raises FAIL there would keep a row out of the journal. Those of derived indexes
 * raise nothing.
 */
async function laterTriggers(sqlite: Connection, tables: readonly CarriedTable[]): Promise<string[]> {
  const rows = await catalogQuery(
    sqlite,
    { name: 'name', table: 'tbl_name' },
    `FROM main.sqlite_schema AS later WHERE type = 'trigger' AND substr(name, 1, ${MOVE_PREFIX.length}) <> '${MOVE_PREFIX}'
     AND substr(name, 1, ${DERIVED_PREFIX.length}) <> '${DERIVED_PREFIX}' AND rowid > (SELECT min(own.rowid) FROM main.sqlite_schema AS own
       WHERE own.type = 'trigger' AND own.tbl_name = later.tbl_name AND substr(own.name, 1, ${MOVE_PREFIX.length}) = '${MOVE_PREFIX}')`,
  );
  const carried = new Set(tables.map(({ table }) => table.name));
  return rows
    .filter(({ table }) => carried.has(String(table)))
    .map(({ name, table }) => `Trigger ${String(name)} of table ${String(table)} was made since the move began.`);
}

/** Everything whose name is kept for moves. */
async function ownObjects(sqlite: Connection): Promise<StoredObject[]> {
  const rows = await catalogQuery(
    sqlite,
    { kind: 'type', name: 'name', table: 'tbl_name', sql: 'sql' },
    `FROM main.sqlite_schema WHERE lower(substr(name, 1, ${MOVE_PREFIX.length})) = '${MOVE_PREFIX}' ORDER BY rowid`,
  );
  return rows as unknown as StoredObject[];
}

async function refuseTaken(sqlite: Connection): Promise<void> {
  const [first] = await ownObjects(sqlite);
  if (first === undefined) return;
  const state = await readMoveState(sqlite).catch(() => undefined);
  if (state !== undefined) {
    throw new FlashcaseError('FC_MOVE_UNDERWAY', {
      what: `This file is in a move already: ${state.runId} to ${state.target}.`,
      hint: 'Look with flashcase move status; flashcase move abort ends it.',
    });
  }
  throw new FlashcaseError('FC_MOVE_SOURCE_UNFIT', {
    what: `The ${first.kind} ${first.name} has a name that a move needs. Nothing was changed.`,
    hint: 'Give it another name, or drop it if it is a leftover.',
  });
}

async function requireFacts(sqlite: Connection, { table, key }: CarriedTable): Promise<TableFacts> {
  const facts = await readTableFacts(sqlite, table.name);
  const missing = facts === undefined ? [] : key.filter((column) => !facts.columns.some(({ name }) => name === column));
  if (facts !== undefined && missing.length === 0) return facts;
  throw new FlashcaseError('FC_MOVE_SOURCE_UNFIT', {
    what: `The file has no ${facts === undefined ? 'table' : `column ${missing.join(', ')} in table`} ${table.name}. Nothing was changed.`,
    hint: 'Run flashcase db check and flashcase db upgrade, then plan again.',
  });
}

/** Compiles a write of each kind, so that no trigger of ours (or of anybody) can make the users' writes fail. */
async function requireWritable(sqlite: Connection, { name, columns }: TableFacts): Promise<void> {
  const column = quote(columns.find(({ isComputed }) => !isComputed)?.name ?? '');
  const table = quote(name);
  try {
    await sqlite.query(`EXPLAIN INSERT INTO ${table} (${column}) VALUES (NULL)`);
    await sqlite.query(`EXPLAIN UPDATE ${table} SET ${column} = NULL`);
    await sqlite.query(`EXPLAIN DELETE FROM ${table}`);
  } catch (error) {
    throw new FlashcaseError('FC_MOVE_SOURCE_UNFIT', {
      what: `Writes to table ${name} cannot be captured. Nothing was changed.`,
      ...(error instanceof FlashcaseError && error.why !== undefined ? { why: error.why } : {}),
      hint: 'Correct the trigger or index that is named, or use the offline move: flashcase move run.',
      cause: error,
    });
  }
}
