import type { Column, ColumnType } from '../../schema/column.ts';
import { type CarriedTable, MOST_KEY_COLUMNS } from '../carried-tables.ts';
import { quoted } from '../source/source-tables.ts';
import { PASS_SETTING } from '../state/postgres-state.ts';
import { WITNESS_SQL } from '../state/witness.ts';

/** SQLSTATE of a write the fence refuses. */
export const FENCE_SQLSTATE = 'FC001';

export const POSTGRES_JOURNAL = 'flashcase_move.journal';

/** Every trigger of the capture begins with this. */
export const TRIGGER_PREFIX = 'flashcase_move_';

/**
 * The key begins with the transaction: a carrier asks for what came after a snapshot, which is a range of transactions. Keys are compared bytewise.
 * `captured` is what was installed, as the catalogs spelled it then: whatever differs from it later was changed by somebody.
 */
export const CAPTURE_TABLES_SQL = `
  CREATE TABLE IF NOT EXISTS ${POSTGRES_JOURNAL} (
    seq bigint GENERATED ALWAYS AS IDENTITY,
    xid xid8 NOT NULL,
    table_no integer NOT NULL,
    is_truncate boolean NOT NULL DEFAULT false,
    ${Array.from({ length: MOST_KEY_COLUMNS }, (_, i) => `k${i + 1} text COLLATE "C"`).join(', ')},
    PRIMARY KEY (xid, seq)
  );
  CREATE TABLE IF NOT EXISTS flashcase_move.captured (
    relation oid NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    definition text NOT NULL,
    PRIMARY KEY (relation, kind, name)
  );
  ${WITNESS_SQL}`;

/** Nobody but the owner may change search path and settings a function of the owner's rights runs with. */
const SAFE = 'SECURITY DEFINER SET search_path = pg_catalog, pg_temp';

/** What makes the text of a type depend on the session, and the value it is fixed to. */
const SPELLED_BY: Partial<Record<ColumnType, string>> = {
  timestamp: "SET TimeZone = 'UTC' SET DateStyle = 'ISO, YMD'",
  float64: 'SET extra_float_digits = 1',
  bytes: "SET bytea_output = 'hex'",
};

/** The settings under which keys are spelled, for a session that reads them. */
export const SPELLING_SETTINGS =
  "SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; SET extra_float_digits = 1; SET bytea_output = 'hex'";

export const journalFunction = (no: number): string => `journal_${no}`;

/** Functions used by all tables: the fence, and the mark of a TRUNCATE. */
const SHARED_FUNCTIONS: Readonly<Record<string, string>> = {
  /**
   * In READ COMMITTED each query of the function sees the newest commit. A transaction with an older snapshot would still see an open side after
   * the fence went up and its writers were waited for: the row lock fails for it instead.
   */
  fence: `
DECLARE
  is_open boolean;
  move text;
BEGIN
  IF current_setting('transaction_isolation') IN ('repeatable read', 'serializable') THEN
    SELECT is_writable, run_id INTO is_open, move FROM flashcase_move.side WHERE id = 1 FOR SHARE;
  ELSE
    SELECT is_writable, run_id INTO is_open, move FROM flashcase_move.side WHERE id = 1;
  END IF;
  IF is_open IS NOT TRUE THEN
    RAISE EXCEPTION USING ERRCODE = '${FENCE_SQLSTATE}',
      MESSAGE = format('%I may not be written here: in the move %s of FlashCase this database follows the SQLite file, or is about to.', TG_TABLE_NAME, move),
      DETAIL = 'A row written here would be lost or would overwrite another.',
      HINT = 'Write where the move has its data now; "flashcase move status" says where. Nothing was changed.';
  END IF;
  IF TG_LEVEL = 'STATEMENT' THEN RETURN NULL; END IF;
  IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
  RETURN NEW;
END`,
  journal_truncate: `
BEGIN
  INSERT INTO ${POSTGRES_JOURNAL} (xid, table_no, is_truncate) VALUES (pg_current_xact_id(), TG_ARGV[0]::integer, true);
  RETURN NULL;
END`,
};

/** Writes the key of the row, and the one it had before when that was another. */
function journalBody({ no, key }: CarriedTable): string {
  const targets = key.map((_, i) => `k${i + 1}`).join(', ');
  const write = (row: 'OLD' | 'NEW'): string =>
    `INSERT INTO ${POSTGRES_JOURNAL} (xid, table_no, ${targets}) VALUES (pg_current_xact_id(), ${no}, ${key.map((column) => `${row}.${quoted(column)}::text`).join(', ')});`;
  const isMoved = key.map((column) => `OLD.${quoted(column)} IS DISTINCT FROM NEW.${quoted(column)}`).join(' OR ');
  return `
BEGIN
  IF TG_OP <> 'DELETE' THEN
    ${write('NEW')}
    IF TG_OP = 'INSERT' THEN RETURN NULL; END IF;
    IF NOT (${isMoved}) THEN RETURN NULL; END IF;
  END IF;
  ${write('OLD')}
  RETURN NULL;
END`;
}

function functionSql(name: string, body: string, settings: string): string[] {
  const whole = `flashcase_move.${quoted(name)}()`;
  return [
    `CREATE OR REPLACE FUNCTION ${whole} RETURNS trigger LANGUAGE plpgsql ${SAFE} ${settings} AS $body$${body}$body$`,
    // Firing a trigger takes no right to its function; making another trigger of it would.
    `REVOKE ALL ON FUNCTION ${whole} FROM PUBLIC`,
  ];
}

/** The statements that make the functions behind the triggers. */
export function functionsSql(tables: readonly CarriedTable[]): string[] {
  return [
    ...Object.entries(SHARED_FUNCTIONS).flatMap(([name, body]) => functionSql(name, body, '')),
    ...tables.flatMap((carried) => {
      const types = new Set(carried.key.map((column) => (carried.table.columns[column] as Column).type));
      return functionSql(
        journalFunction(carried.no),
        journalBody(carried),
        [...types].flatMap((type) => SPELLED_BY[type] ?? []).join(' '),
      );
    }),
  ];
}

export interface CaptureTrigger {
  readonly name: string;
  /** All after `CREATE TRIGGER name`, but for `ON table`, which goes where `%` stands. */
  readonly text: string;
}

const NOT_PASSING = `pg_catalog.current_setting('${PASS_SETTING}', true) IS DISTINCT FROM 'on'`;
/** True in a worker of logical replication. */
const REPLICATES = "pg_catalog.current_setting('session_replication_role') = 'replica'";

/**
 * The triggers of one table. Row triggers of a partitioned table reach every partition, also one that is made later and one that is written
 * directly; statement triggers do not, and each partition gets its own. A plain table is fenced by statement: one question instead of one for each row.
 * Logical replication fires no statement triggers, and its rows are asked for.
 */
export function triggersOf({ no }: CarriedTable, kind: 'plain' | 'partitioned' | 'partition'): CaptureTrigger[] {
  const trigger = (name: string, when: string, level: 'ROW' | 'STATEMENT', run: string, only = ''): CaptureTrigger => ({
    name: TRIGGER_PREFIX + name,
    text: `${when} ON % FOR EACH ${level} WHEN (${NOT_PASSING}${only}) EXECUTE FUNCTION flashcase_move.${run}`,
  });
  return [
    trigger('fence_truncate', 'BEFORE TRUNCATE', 'STATEMENT', 'fence()'),
    trigger('truncate', 'AFTER TRUNCATE', 'STATEMENT', `journal_truncate('${no}')`),
    ...(kind === 'partition'
      ? []
      : [
          trigger('fence', 'BEFORE INSERT OR UPDATE OR DELETE', kind === 'plain' ? 'STATEMENT' : 'ROW', 'fence()'),
          ...(kind === 'plain'
            ? [trigger('fence_replication', 'BEFORE INSERT OR UPDATE OR DELETE', 'ROW', 'fence()', ` AND ${REPLICATES}`)]
            : []),
          trigger('journal', 'AFTER INSERT OR UPDATE OR DELETE', 'ROW', `${quoted(journalFunction(no))}()`),
        ]),
  ];
}
