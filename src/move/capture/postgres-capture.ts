import type { Connection, Row } from '../../engine/engine.ts';
import { FlashcaseError } from '../../errors/index.ts';
import type { CarriedTable } from '../carried-tables.ts';
import { quoted } from '../source/source-tables.ts';
import { readSideState, SIDE_SQL } from '../state/postgres-state.ts';
import { firstWitness, WITNESS_TABLE } from '../state/witness.ts';
import { lockTables, whenLocksAreFree } from '../target/when-locks-are-free.ts';
import { CAPTURE_TABLES_SQL, functionsSql, TRIGGER_PREFIX, triggersOf } from './postgres-capture-sql.ts';

/** The table and all its partitions; `is_leaf` also for a plain table. Found through the search path, as the application finds it. */
const RELATIONS_SQL = `
  SELECT t.relid::oid::bigint AS m_oid, t.relid::oid::regclass::text AS m_name, t.level AS m_level, c.relkind::text AS m_kind
  FROM pg_partition_tree(to_regclass($1)) AS t JOIN pg_class AS c ON c.oid = t.relid
  UNION ALL
  SELECT c.oid::bigint, c.oid::regclass::text, 0, c.relkind::text FROM pg_class AS c WHERE c.oid = to_regclass($1) AND c.relkind <> 'p' AND NOT c.relispartition
  ORDER BY m_level, m_oid`;

/** Columns and capture triggers of relations, spelled by the catalogs: what `captured` keeps. */
const DEFINITIONS_SQL = `
  SELECT a.attrelid AS relation, 'column' AS kind, a.attname::text AS name,
    format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END || CASE WHEN a.attgenerated = '' THEN '' ELSE ' GENERATED' END AS definition
  FROM pg_attribute AS a WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
  UNION ALL
  SELECT g.tgrelid, 'trigger', g.tgname::text,
    concat_ws(' ', pg_get_triggerdef(g.oid), g.tgenabled, p.prosecdef, p.proconfig::text, md5(p.prosrc))
  FROM pg_trigger AS g JOIN pg_proc AS p ON p.oid = g.tgfoid
  WHERE g.tgrelid = ANY ($1::oid[]) AND starts_with(g.tgname, '${TRIGGER_PREFIX}')`;

const oids = (relations: readonly Row[]): string => `{${relations.map((row) => String(row.m_oid)).join(',')}}`;

const relationsOf = (postgres: Connection, { table }: CarriedTable): Promise<Row[]> =>
  postgres.query(RELATIONS_SQL, [quoted(table.name)]);

/** Makes the triggers of a table and its partitions, or of some of them. */
async function installOn(postgres: Connection, carried: CarriedTable, relations: readonly Row[]): Promise<void> {
  for (const { m_name: name, m_level: level, m_kind: kind } of relations) {
    const triggers = triggersOf(carried, level !== 0 ? 'partition' : kind === 'p' ? 'partitioned' : 'plain');
    for (const trigger of triggers) {
      await postgres.script(
        `DROP TRIGGER IF EXISTS ${quoted(trigger.name)} ON ${String(name)};
         CREATE TRIGGER ${quoted(trigger.name)} ${trigger.text.replace(' ON % ', () => ` ON ${String(name)} `)}`,
      );
    }
  }
  // For replication roles as well; by each relation, because not every version tells the partitions.
  for (const { m_name: name } of relations) {
    const triggers = await postgres.query(
      `SELECT tgname::text AS m_trigger FROM pg_trigger WHERE tgrelid = to_regclass($1) AND starts_with(tgname, '${TRIGGER_PREFIX}') AND tgenabled <> 'A'`,
      [name],
    );
    for (const { m_trigger: trigger } of triggers)
      await postgres.script(`ALTER TABLE ONLY ${String(name)} ENABLE ALWAYS TRIGGER ${quoted(String(trigger))}`);
  }
  await postgres.execute(`INSERT INTO flashcase_move.captured (relation, kind, name, definition) ${DEFINITIONS_SQL}`, [
    oids(relations),
  ]);
}

async function insertSide(postgres: Connection, begin: CaptureBegin): Promise<void> {
  const side = await readSideState(postgres);
  if (side !== undefined && side.runId !== begin.runId) {
    throw new FlashcaseError('FC_MOVE_TARGET_UNFIT', {
      what: `The target belongs to another live move, ${side.runId}.`,
      hint: 'Create an empty database and name it with --to.',
    });
  }
  if (side !== undefined) return;
  if ((await postgres.query("SELECT to_regclass('flashcase_move.side') IS NULL AS m_missing"))[0]?.m_missing === true)
    await postgres.script(SIDE_SQL);
  await postgres.execute(
    'INSERT INTO flashcase_move.side (id, run_id, epoch, is_writable, position, position_word) VALUES (1, $1, $2, $5, $3, $4)',
    [
      begin.runId,
      String(begin.epoch),
      String(begin.position),
      begin.word === undefined ? null : String(begin.word),
      begin.isServing === true,
    ],
  );
}

async function insertFirstWitness(postgres: Connection, runId: string): Promise<void> {
  const { no, word } = firstWitness(runId);
  await postgres.execute(
    `INSERT INTO ${WITNESS_TABLE} (no, word) SELECT $1::bigint, $2::text WHERE NOT EXISTS (SELECT FROM ${WITNESS_TABLE})`,
    [no, word],
  );
}

export interface CaptureBegin {
  readonly runId: string;
  readonly epoch: number;
  /** The `seq` of the SQLite journal up to which the target has everything. */
  readonly position: bigint;
  /** The word of that row of the journal. */
  readonly word?: bigint | undefined;
  /** PostgreSQL is the primary, and stays open: the move began here. */
  readonly isServing?: boolean;
}

/**
 * Makes the side's row (not writable, unless it serves), the journal, and on every carried table the triggers of journal and fence, in one transaction. May be
 * called again: what is there is made anew, and partitions that came meanwhile get theirs; journal and side keep what they hold.
 */
export async function installPostgresCapture(
  postgres: Connection,
  tables: readonly CarriedTable[],
  begin: CaptureBegin,
): Promise<void> {
  await whenLocksAreFree(postgres, async () => {
    if (begin.isServing === true)
      await lockTables(
        postgres,
        tables.map(({ table }) => table.name),
      );
    await postgres.script('CREATE SCHEMA IF NOT EXISTS flashcase_move');
    await insertSide(postgres, begin);
    await postgres.script(CAPTURE_TABLES_SQL);
    await insertFirstWitness(postgres, begin.runId);
    for (const sql of functionsSql(tables)) await postgres.script(sql);
    await postgres.script('DELETE FROM flashcase_move.captured');
    for (const carried of tables) {
      const relations = await relationsOf(postgres, carried);
      if (relations.length === 0) {
        throw new FlashcaseError('FC_MOVE_TARGET_UNFIT', {
          what: `The table ${carried.table.name} is not in the target.`,
          hint: 'Copy first: flashcase move start.',
        });
      }
      await installOn(postgres, carried, relations);
    }
  });
}

/**
 * Gives partitions made since the capture was installed their statement triggers: without them a TRUNCATE of such a partition by its own name
 * would be neither refused nor seen. Their rows are captured from the beginning.
 * @returns how many there were.
 */
export async function coverNewPartitions(postgres: Connection, tables: readonly CarriedTable[]): Promise<number> {
  let covered = 0;
  for (const carried of tables) {
    const isNew = async (): Promise<Row[]> => {
      const known = await capturedRelations(postgres);
      return (await relationsOf(postgres, carried)).filter((row) => row.m_level !== 0 && !known.has(row.m_oid));
    };
    if ((await isNew()).length === 0) continue;
    await whenLocksAreFree(postgres, async () => {
      const relations = await isNew();
      await installOn(postgres, carried, relations);
      covered += relations.length;
    });
  }
  return covered;
}

const capturedRelations = async (postgres: Connection): Promise<ReadonlySet<unknown>> =>
  new Set(
    (await postgres.query('SELECT DISTINCT relation::bigint AS m_relation FROM flashcase_move.captured')).map(
      (row) => row.m_relation,
    ),
  );

/**
 * Removes triggers, functions, journal and side, whatever of them is there. The bookkeeping of the copy stays. Users may write meanwhile: one table after
 * the other, so that no lock is kept while the next is waited for, and the side last, because a fence without it would refuse everybody. Killed, the same
 * call goes on.
 */
export async function removePostgresCapture(postgres: Connection): Promise<void> {
  // A partition's copy of a row trigger goes with that of its table.
  const triggers = await postgres.query(
    `SELECT g.tgname::text AS m_trigger, g.tgrelid::regclass::text AS m_name FROM pg_trigger AS g JOIN pg_proc AS p ON p.oid = g.tgfoid
     WHERE p.pronamespace = to_regnamespace('flashcase_move') AND g.tgparentid = 0 ORDER BY g.tgrelid, g.tgname`,
  );
  for (const [name, ofTable] of Map.groupBy(triggers, ({ m_name: table }) => String(table))) {
    const drops = ofTable.map(({ m_trigger: trigger }) => `DROP TRIGGER IF EXISTS ${quoted(String(trigger))} ON ${name}`);
    await whenLocksAreFree(postgres, () => postgres.script(drops.join(';')));
  }
  const functions = await postgres.query(
    `SELECT oid::regprocedure::text AS m_function FROM pg_proc WHERE pronamespace = to_regnamespace('flashcase_move') AND prorettype = 'trigger'::regtype`,
  );
  for (const { m_function: name } of functions) await postgres.script(`DROP FUNCTION IF EXISTS ${String(name)}`);
  for (const table of ['journal', 'captured', 'witness', 'side'])
    await whenLocksAreFree(postgres, () => postgres.script(`DROP TABLE IF EXISTS flashcase_move.${table}`));
}

/**
 * What somebody changed since the capture was installed, a sentence each: triggers that are missing, disabled or altered, columns that
 * changed, partitions that went with their rows. Empty when all is as it was. A partition that came has the row triggers of its table;
 * `coverNewPartitions` gives it the others.
 */
export async function postgresCaptureProblems(postgres: Connection, tables: readonly CarriedTable[]): Promise<string[]> {
  const [found] = await postgres.query(
    `SELECT to_regclass('flashcase_move.side') IS NOT NULL AND to_regclass('flashcase_move.journal') IS NOT NULL
       AND to_regclass('flashcase_move.captured') IS NOT NULL AND to_regclass('${WITNESS_TABLE}') IS NOT NULL AS m_found`,
  );
  if (found?.m_found !== true) return ['the journal of the move is not in this database'];
  const problems: string[] = [];
  const all: Row[] = [];
  for (const carried of tables) {
    const relations = await relationsOf(postgres, carried);
    if (relations.length === 0) problems.push(`${carried.table.name}: the table is gone`);
    all.push(...relations);
  }
  const differences = await postgres.query(
    `WITH now AS (${DEFINITIONS_SQL})
     SELECT coalesce(n.relation, c.relation)::bigint AS m_relation, coalesce(n.kind, c.kind) AS m_kind, coalesce(n.name, c.name) AS m_name,
       c.definition AS m_was, n.definition AS m_is
     FROM now AS n FULL JOIN flashcase_move.captured AS c ON c.relation = n.relation AND c.kind = n.kind AND c.name = n.name
     WHERE n.definition IS DISTINCT FROM c.definition ORDER BY 1, 2, 3`,
    [oids(all)],
  );
  const relationNames = new Map(all.map((row) => [row.m_oid, String(row.m_name)]));
  const known = await capturedRelations(postgres);
  const gone = new Set<unknown>();
  for (const { m_relation: relation, m_kind: kind, m_name: name, m_was: was, m_is: is } of differences) {
    const table = relationNames.get(relation);
    if (table === undefined) gone.add(relation);
    else if (!known.has(relation)) continue;
    else
      problems.push(
        `${table}: the ${String(kind)} ${String(name)} ${is === null ? 'is missing' : was === null ? 'was added' : 'was changed'}`,
      );
  }
  for (const relation of gone) problems.push(`a table or partition was dropped or detached (oid ${String(relation)})`);
  return problems;
}
