import type { Connection, Engine } from '../../engine/engine.ts';
import { sequenceName } from '../../engine/postgres/ddl.ts';
import { FlashcaseError } from '../../errors/index.ts';
import type { Schema } from '../../schema/table.ts';
import type { MoveEvents } from '../move-events.ts';
import type { Pace } from '../move-options.ts';
import { quoted } from '../source/source-tables.ts';
import type { Definition } from '../target/definitions.ts';

/** Connections that build indexes at the same time. */
const BUILDERS = 2;
/** For each index build; two at once must fit the smallest server worth moving to. */
const MAINTENANCE_MEMORY = '256MB';

/** Gives every job to the next free connection, in order; the first failure stops all. */
async function inParallel<T>(
  target: Engine,
  jobs: readonly T[],
  work: (connection: Connection, job: T) => Promise<void>,
  pace: Pace | undefined,
): Promise<void> {
  const queue = [...jobs];
  const lane = (): Promise<void> =>
    target.dedicated(async (connection) => {
      await connection.script(`SET maintenance_work_mem = '${MAINTENANCE_MEMORY}'`);
      for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
        const began = performance.now();
        await work(connection, job);
        if (queue.length > 0) await pace?.(performance.now() - began);
      }
    });
  const results = await Promise.allSettled(
    Array.from({ length: Math.min(BUILDERS, jobs.length) }, () =>
      lane().catch((error: unknown) => {
        queue.length = 0;
        throw error;
      }),
    ),
  );
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

/** Says which key or index could not be made, and what to do; the plan lets nothing through that fails here, but for long texts kept. */
async function explained({ table, name }: Pick<Definition, 'table' | 'name'>, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof FlashcaseError) || (error.code !== 'FC_DB_FAILED' && error.code !== 'FC_DB_CONSTRAINT')) throw error;
    throw new FlashcaseError('FC_MOVE_FAILED', {
      what: `${name} on ${table} cannot be built: ${error.why ?? error.message}.`,
      where: `${table}, ${name}`,
      why: 'The rows as they were decided do not allow it.',
      hint: 'Change the decision about these rows in the rules file, then run with --start-over.',
      cause: error,
    });
  }
}

async function names(connection: Connection, sql: string): Promise<Set<string>> {
  return new Set((await connection.query(sql)).map((row) => String(row.found)));
}

const existingIndexes = (connection: Connection): Promise<Set<string>> =>
  names(
    connection,
    `SELECT c.relname::text AS found FROM pg_class AS c WHERE c.relkind = 'i' AND c.relnamespace = current_schema()::regnamespace`,
  );

const existingConstraints = (connection: Connection): Promise<Set<string>> =>
  names(
    connection,
    `SELECT r.relname || '.' || c.conname AS found FROM pg_constraint AS c JOIN pg_class AS r ON r.oid = c.conrelid
     WHERE c.connamespace = current_schema()::regnamespace`,
  );

/** Makes constraints of the unique indexes of that name, and declares the foreign keys without checking them yet. */
async function declareKeys(connection: Connection, definitions: readonly Definition[]): Promise<void> {
  const existing = await existingConstraints(connection);
  const missing = definitions.filter(({ table, name }) => !existing.has(`${table}.${name}`));
  for (const { table, name, kind } of missing) {
    if (kind !== 'primary' && kind !== 'unique') continue;
    await connection.script(
      `ALTER TABLE ${quoted(table)} ADD CONSTRAINT ${quoted(name)} ${kind === 'primary' ? 'PRIMARY KEY' : 'UNIQUE'} USING INDEX ${quoted(name)}`,
    );
  }
  for (const { table, name, kind, sql } of missing) {
    if (kind === 'foreign')
      await connection.script(`ALTER TABLE ${quoted(table)} ADD CONSTRAINT ${quoted(name)} ${sql} NOT VALID`);
  }
}

/**
 * Builds keys, indexes and foreign keys after the data exactly as the revisions had defined them, longest first over two connections, then
 * gathers statistics. What is already there is left: an interrupted call is simply repeated. At the end every foreign key is valid.
 * Keys are built as plain unique indexes, which several connections may do at once on one table, and become constraints of the same name
 * afterwards, which costs nothing.
 * @param rows rows of each table, for the order.
 */
export async function finishSchema(
  target: Engine,
  schema: Schema,
  definitions: readonly Definition[],
  rows: (table: string) => number,
  events: MoveEvents,
  pace?: Pace,
): Promise<void> {
  const existing = await target.dedicated(existingIndexes);
  const cost = ({ table, weight }: Definition): number => rows(table) * weight;
  const builds = definitions
    .filter(({ kind, name }) => kind !== 'foreign' && !existing.has(name))
    .sort((a, b) => cost(b) - cost(a));
  events.phase('indexes', `building ${builds.length} keys and indexes`);
  const make = async (connection: Connection, build: Definition): Promise<void> => {
    const started = performance.now();
    await explained(build, () => connection.script(build.sql));
    events.done('index', { name: build.name, table: build.table, milliseconds: Math.round(performance.now() - started) });
  };
  await inParallel(target, builds, make, pace);
  events.phase('keys', 'checking foreign keys and gathering statistics');
  await target.dedicated((connection) => declareKeys(connection, definitions));
  // One table at a time for each connection: two checks of one table would wait for each other.
  const tables = Object.keys(schema.tables).sort((a, b) => rows(b) - rows(a));
  const check = async (connection: Connection, table: string): Promise<void> => {
    for (const { name, kind, table: owner } of definitions) {
      if (kind === 'foreign' && owner === table)
        await explained({ table, name }, () =>
          connection.script(`ALTER TABLE ${quoted(table)} VALIDATE CONSTRAINT ${quoted(name)}`),
        );
    }
    await connection.script(`ANALYZE ${quoted(table)}`);
  };
  await inParallel(target, tables, check, pace);
}

/**
 * Sets every sequence so that no id is handed out twice: past `sqlite_sequence` and past the highest id (facts T-21, T-22).
 * @param sequences highest id SQLite ever handed out, by table.
 */
export async function setSequences(
  connection: Connection,
  schema: Schema,
  sequences: ReadonlyMap<string, bigint>,
): Promise<void> {
  for (const table of Object.values(schema.tables)) {
    for (const [column, definition] of Object.entries(table.columns)) {
      if (!definition.isGenerated) continue;
      const [row] = await connection.query(`SELECT max(${quoted(column)})::text AS highest FROM ${quoted(table.name)}`);
      const highest = typeof row?.highest === 'string' ? BigInt(row.highest) : 0n;
      const promised = sequences.get(table.name) ?? 0n;
      const last = highest > promised ? highest : promised;
      await connection.query('SELECT setval($1::regclass, $2::bigint, $3::boolean)', [
        quoted(sequenceName(table, column)),
        String(last > 0n ? last : 1n),
        last > 0n,
      ]);
    }
  }
}
