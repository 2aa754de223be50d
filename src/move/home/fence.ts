import type { Connection, Row } from '../../engine/engine.ts';
import { HOME_RECORD, HOME_SCHEMA } from '../../engine/schema-form.ts';
import { FENCE_SQLSTATE, TRIGGER_PREFIX } from '../capture/postgres-capture-sql.ts';
import { quoted } from '../source/source-tables.ts';
import { lockTables, whenLocksAreFree } from '../target/when-locks-are-free.ts';
import type { HomeOptions } from './home-options.ts';

/**
 * `fenced`: PostgreSQL refuses writes, and the file is being made. `publishing`: the file is complete, and gets its name, or has it. `published`:
 * the file is the primary. Whoever has to know in `publishing` looks whether the file is there.
 */
export type HomeState = 'fenced' | 'publishing' | 'published';

/** What PostgreSQL keeps of a move home, in the schema that holds the fence as well. */
export interface HomeRecord {
  readonly runId: string;
  readonly file: string;
  readonly state: HomeState;
  /** The epoch of the file; PostgreSQL had the one before. */
  readonly epoch: number;
  /** JSON of what the run found out before it gave the file its name. */
  readonly result: string | undefined;
}

const RECORD_SQL = `
  CREATE SCHEMA ${HOME_SCHEMA};
  COMMENT ON SCHEMA ${HOME_SCHEMA} IS 'The fence of a move home to SQLite: this database is written no more. "flashcase move abort" removes it while the file is not there.';
  CREATE TABLE ${HOME_RECORD} (
    id integer PRIMARY KEY CHECK (id = 1),
    run_id text NOT NULL,
    file text NOT NULL,
    state text NOT NULL CHECK (state IN ('fenced', 'publishing', 'published')),
    epoch bigint NOT NULL,
    result text,
    fenced_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    published_at timestamptz
  );
  CREATE FUNCTION ${HOME_SCHEMA}.fence() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
  BEGIN
    RAISE EXCEPTION USING ERRCODE = '${FENCE_SQLSTATE}',
      MESSAGE = format('%I may not be written here: FlashCase moves this database home to an SQLite file, or has done so.', TG_TABLE_NAME),
      DETAIL = 'A row written here would be lost.',
      HINT = 'The table ${HOME_RECORD} names the file. Nothing was changed.';
  END $body$`;

/** The record of the move home this database is in, or was left by. */
export async function readHome(postgres: Connection): Promise<HomeRecord | undefined> {
  const [found] = await postgres.query(`SELECT to_regclass('${HOME_RECORD}') IS NOT NULL AS m_found`);
  if (found?.m_found !== true) return undefined;
  const [row] = await postgres.query(
    `SELECT run_id AS m_run, file AS m_file, state AS m_state, epoch AS m_epoch, result AS m_result FROM ${HOME_RECORD}`,
  );
  if (row === undefined) return undefined;
  return {
    runId: row.m_run as string,
    file: row.m_file as string,
    state: row.m_state as HomeState,
    epoch: Number(row.m_epoch),
    result: (row.m_result as string | null) ?? undefined,
  };
}

/** A table with its partitions: TRUNCATE reaches each by its own name, and no trigger of the table sees that. */
const relationsOf = (postgres: Connection, table: string): Promise<Row[]> =>
  postgres.query(
    `SELECT c.oid::regclass::text AS m_name, c.oid = to_regclass($1) AS m_root FROM pg_class AS c
     WHERE c.oid = to_regclass($1) OR c.oid IN (SELECT relid FROM pg_partition_tree(to_regclass($1)))`,
    [quoted(table)],
  );

async function fenceTable(postgres: Connection, table: string): Promise<void> {
  const relations = await relationsOf(postgres, table);
  const make = (name: string, on: string, when: string): Promise<void> =>
    postgres.script(
      `CREATE TRIGGER ${TRIGGER_PREFIX}${name} ${when} EXECUTE FUNCTION ${HOME_SCHEMA}.fence()`.replace('%', () => on),
    );
  for (const { m_name: name, m_root: isRoot } of relations) {
    // Rows of a partition are seen by the table's own trigger, which every partition gets.
    if (isRoot === true) await make('home', String(name), 'BEFORE INSERT OR UPDATE OR DELETE ON % FOR EACH ROW');
    await make('home_truncate', String(name), 'BEFORE TRUNCATE ON % FOR EACH STATEMENT');
  }
  // For replication roles as well; by each relation, because not every version tells the partitions.
  for (const { m_name: name } of relations)
    for (const trigger of ['home', 'home_truncate'])
      await postgres.script(`ALTER TABLE ONLY ${String(name)} ENABLE ALWAYS TRIGGER ${TRIGGER_PREFIX}${trigger}`);
}

const by = (runId: string): string => `move ${runId} home`;
const addressOf = (file: string): string => `sqlite:///${file}`;

/**
 * Lets nobody write the carried tables any more, in one transaction that waits for those who are writing: a statement locks its table before it looks
 * for triggers, so whoever comes later is refused. The application's gate holds in the same commit.
 * Throws `FC_DB_LOCK_TIMEOUT` when somebody keeps a table.
 */
export async function raiseFence(postgres: Connection, options: HomeOptions, runId: string, epoch: number): Promise<HomeRecord> {
  await whenLocksAreFree(postgres, async () => {
    await lockTables(
      postgres,
      options.tables.map(({ table }) => table.name),
    );
    await postgres.script(RECORD_SQL);
    await postgres.execute(`INSERT INTO ${HOME_RECORD} (id, run_id, file, state, epoch) VALUES (1, $1, $2, 'fenced', $3)`, [
      runId,
      options.sqliteFile,
      String(epoch),
    ]);
    for (const { table } of options.tables) await fenceTable(postgres, table.name);
    const movedTo = addressOf(options.sqliteFile);
    await options.gate.turn(postgres, 'postgres', { state: 'holding', epoch: epoch - 1, movedTo, by: by(runId) });
  });
  return { runId, file: options.sqliteFile, state: 'fenced', epoch, result: undefined };
}

/** Opens PostgreSQL again, as it was before the move home. */
export async function liftFence(postgres: Connection, { gate }: HomeOptions, { runId, epoch }: HomeRecord): Promise<void> {
  await whenLocksAreFree(postgres, async () => {
    await postgres.script(`DROP SCHEMA ${HOME_SCHEMA} CASCADE`);
    await gate.turn(postgres, 'postgres', { state: 'open', epoch: epoch - 1, movedTo: '', by: `${by(runId)}, given up` });
  });
}

/** The file is made anew: whoever looks from this commit on need not look for it. */
export async function recordFenced(postgres: Connection): Promise<void> {
  await postgres.execute(`UPDATE ${HOME_RECORD} SET state = 'fenced', result = NULL`);
}

/** From this commit on the file may be there, and PostgreSQL is opened only when it is not. */
export async function recordPublishing(postgres: Connection, result: string): Promise<void> {
  await postgres.execute(`UPDATE ${HOME_RECORD} SET state = 'publishing', result = $1`, [result]);
}

/** The file has its name: servers that still look here are told where the data is. */
export async function leave(postgres: Connection, { gate }: HomeOptions, { runId, epoch, file }: HomeRecord): Promise<void> {
  await whenLocksAreFree(postgres, async () => {
    await postgres.execute(`UPDATE ${HOME_RECORD} SET state = 'published', published_at = clock_timestamp()`);
    await gate.turn(postgres, 'postgres', { state: 'moved', epoch, movedTo: addressOf(file), by: by(runId) });
  });
}

/** Opens the gate of the file, while it is made. */
export async function openFile(sqlite: Connection, { gate }: HomeOptions, { runId, epoch }: HomeRecord): Promise<void> {
  await gate.turn(sqlite, 'sqlite', { state: 'open', epoch, movedTo: '', by: by(runId) });
}
