import type { Connection } from '../../engine/engine.ts';
import { PARTITION_SCHEMA } from '../../engine/schema-form.ts';
import type { StorageForm } from './partitioned.ts';

/**
 * How far a table has come on its way into another storage form; each is committed with what it says.
 * `made`: the other table is there, empty. `copying`: writes are noted, rows are copied. `copied`: all that was there when it began.
 * `referenced`: every row's parents were found. `verified`: compared. `swapped`: the other table serves.
 */
export type BuildState = 'made' | 'copying' | 'copied' | 'referenced' | 'verified' | 'swapped';

export interface Build {
  readonly target: StorageForm;
  readonly state: BuildState;
  /** Rows before this moment were copied, as the server spells it; `undefined` before the first. */
  readonly copiedTo: string | undefined;
  readonly copiedRows: number;
  readonly beganAt: string;
  readonly startedBy: string;
}

const RUN = `${PARTITION_SCHEMA}.run`;

/** The tables of the record; `key` are the columns of the journal, `columns` the same with their types. */
export const stateSql = (key: string, columns: string): string => `
  CREATE SCHEMA ${PARTITION_SCHEMA};
  COMMENT ON SCHEMA ${PARTITION_SCHEMA} IS 'A table of FlashCase is being stored in another form. "flashcase db partition status" says how far it is; "undo" gives it up.';
  CREATE TABLE ${RUN} (
    id integer PRIMARY KEY CHECK (id = 1),
    target text NOT NULL CHECK (target IN ('months', 'whole')),
    state text NOT NULL,
    copied_to timestamptz,
    copied_rows bigint NOT NULL DEFAULT 0,
    began_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    started_by text NOT NULL
  );
  CREATE TABLE ${PARTITION_SCHEMA}.journal (seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, ${columns});
  CREATE INDEX ON ${PARTITION_SCHEMA}.journal (${key});
  CREATE TABLE ${PARTITION_SCHEMA}.carrying (${columns}, PRIMARY KEY (${key}));`;

/** The build a database is in; `undefined` where there is none. */
export async function readBuild(connection: Connection): Promise<Build | undefined> {
  const [found] = await connection.query(`SELECT to_regclass('${RUN}') IS NOT NULL AS p_found`);
  if (found?.p_found !== true) return undefined;
  const [row] = await connection.query(
    `SELECT target AS p_target, state AS p_state, copied_to::text AS p_to, copied_rows::float8 AS p_rows, began_at::text AS p_began, started_by AS p_by FROM ${RUN}`,
  );
  if (row === undefined) return undefined;
  return {
    target: row.p_target as StorageForm,
    state: row.p_state as BuildState,
    copiedTo: (row.p_to as string | null) ?? undefined,
    copiedRows: Number(row.p_rows),
    beganAt: String(row.p_began),
    startedBy: String(row.p_by),
  };
}

export async function insertBuild(connection: Connection, target: StorageForm, startedBy: string): Promise<void> {
  await connection.execute(`INSERT INTO ${RUN} (id, target, state, started_by) VALUES (1, $1, 'made', $2)`, [target, startedBy]);
}

/** Part of the transaction that does what the state says. */
export async function setBuildState(connection: Connection, state: BuildState): Promise<void> {
  await connection.execute(`UPDATE ${RUN} SET state = $1`, [state]);
}

/** Part of the transaction that copied them. @param to before this moment everything is there now, as the server spells it */
export async function setCopied(connection: Connection, to: string, rows: number): Promise<void> {
  await connection.execute(`UPDATE ${RUN} SET copied_to = $1::timestamptz, copied_rows = copied_rows + $2`, [to, rows]);
}

/** Part of the transaction that empties the table that is built: nothing is copied any more, and no later state is true. */
export async function copyAnew(connection: Connection): Promise<void> {
  await connection.execute(`UPDATE ${RUN} SET state = 'copying', copied_to = NULL, copied_rows = 0 WHERE state <> 'made'`);
}
