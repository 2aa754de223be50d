import type { Connection } from '../../engine/engine.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { type Decision, Rules } from '../plan/rules.ts';

/** What a move remembers on the target, beside the data: the same transaction holds rows and checkpoint, so both survive or neither. */
const TABLES = `
  CREATE SCHEMA flashcase_move;
  COMMENT ON SCHEMA flashcase_move IS 'What "flashcase move" did. "move verify" reads it; it may be dropped when no one will verify again.';
  CREATE TABLE flashcase_move.run (
    run_id text PRIMARY KEY,
    state text NOT NULL CHECK (state IN ('creating', 'copying', 'finishing', 'done')),
    source_file text NOT NULL,
    snapshot_sha256 text NOT NULL,
    snapshot_bytes bigint NOT NULL,
    rules_hash text NOT NULL,
    decisions text NOT NULL,
    tables text NOT NULL,
    started_at timestamptz NOT NULL,
    finished_at timestamptz
  );
  CREATE TABLE flashcase_move.range (
    run_id text NOT NULL,
    table_name text NOT NULL,
    range_no integer NOT NULL,
    first_rowid bigint NOT NULL,
    last_rowid bigint NOT NULL,
    is_whole_table boolean NOT NULL,
    rows_copied bigint,
    rows_quarantined bigint,
    done_at timestamptz,
    PRIMARY KEY (run_id, table_name, range_no)
  );
  CREATE TABLE flashcase_move.definition (
    run_id text NOT NULL,
    table_name text NOT NULL,
    object_name text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('index', 'primary', 'unique', 'foreign')),
    sql text NOT NULL,
    weight integer NOT NULL,
    PRIMARY KEY (run_id, table_name, object_name)
  );
  CREATE TABLE flashcase_move.quarantine (
    run_id text NOT NULL,
    table_name text NOT NULL,
    source_rowid bigint NOT NULL,
    row_key text NOT NULL,
    reason text NOT NULL,
    detail text NOT NULL,
    cells text NOT NULL,
    quarantined_at timestamptz NOT NULL,
    PRIMARY KEY (run_id, table_name, source_rowid)
  )`;

export type RunState = 'creating' | 'copying' | 'finishing' | 'done';

export interface MoveRun {
  readonly id: string;
  readonly state: RunState;
  readonly sourceFile: string;
  readonly snapshotSha256: string;
  readonly snapshotBytes: number;
  readonly rulesHash: string;
  readonly decisions: readonly Decision[];
  /** Rows of each source table when the run began. */
  readonly tables: Readonly<Record<string, number>>;
}

export interface RowRange {
  readonly table: string;
  readonly no: number;
  readonly first: bigint;
  readonly last: bigint;
  readonly isWholeTable: boolean;
}

export interface TableAccount {
  readonly copied: number;
  readonly quarantined: number;
  readonly openRanges: number;
}

/** Stands in place of a snapshot's hash for a move that began on PostgreSQL: its tables were there before. */
const BEGAN_HERE = 'began on PostgreSQL';

/** True for a move home: what PostgreSQL has was not made by it. */
export const isHomeRun = ({ snapshotSha256 }: Pick<MoveRun, 'snapshotSha256'>): boolean => snapshotSha256 === BEGAN_HERE;

/** The record of a move that begins on PostgreSQL. */
export const homeRun = (id: string, sqliteFile: string): MoveRun => ({
  id,
  state: 'creating',
  sourceFile: sqliteFile,
  snapshotSha256: BEGAN_HERE,
  snapshotBytes: 0,
  rulesHash: new Rules([]).hash,
  decisions: [],
  tables: {},
});

/** Makes the bookkeeping. Runs in the caller's transaction. */
export async function createBookkeeping(target: Connection): Promise<void> {
  await target.script(TABLES);
}

export async function hasBookkeeping(target: Connection): Promise<boolean> {
  return (await target.query("SELECT 1 AS one FROM pg_namespace WHERE nspname = 'flashcase_move'")).length > 0;
}

/** The run this target belongs to; `undefined` when no move ever began here. */
export async function readRun(target: Connection): Promise<MoveRun | undefined> {
  if (!(await hasBookkeeping(target))) return undefined;
  const [row, other] = await target.query(
    `SELECT run_id AS move_run, state AS move_state, source_file, snapshot_sha256, snapshot_bytes, rules_hash, decisions, tables
     FROM flashcase_move.run`,
  );
  if (row === undefined) return undefined;
  if (other !== undefined) {
    throw new FlashcaseError('FC_MOVE_TARGET_UNFIT', {
      what: 'The target holds the bookkeeping of several moves.',
      hint: 'Create an empty database and name it with --to.',
    });
  }
  return {
    id: row.move_run as string,
    state: row.move_state as RunState,
    sourceFile: row.source_file as string,
    snapshotSha256: row.snapshot_sha256 as string,
    snapshotBytes: Number(row.snapshot_bytes),
    rulesHash: row.rules_hash as string,
    decisions: JSON.parse(row.decisions as string) as Decision[],
    tables: JSON.parse(row.tables as string) as Record<string, number>,
  };
}

export async function insertRun(target: Connection, run: MoveRun): Promise<void> {
  await target.execute(
    `INSERT INTO flashcase_move.run (run_id, state, source_file, snapshot_sha256, snapshot_bytes, rules_hash, decisions, tables, started_at)
     VALUES ($1, 'creating', $2, $3, $4, $5, $6, $7, clock_timestamp())`,
    [
      run.id,
      run.sourceFile,
      run.snapshotSha256,
      run.snapshotBytes,
      run.rulesHash,
      JSON.stringify(run.decisions),
      JSON.stringify(run.tables),
    ],
  );
}

export async function insertRanges(target: Connection, run: MoveRun, ranges: readonly RowRange[]): Promise<void> {
  const columns = <T>(read: (range: RowRange) => T): T[] => ranges.map(read);
  await target.execute(
    `INSERT INTO flashcase_move.range (run_id, table_name, range_no, first_rowid, last_rowid, is_whole_table)
     SELECT $1, * FROM unnest($2::text[], $3::integer[], $4::bigint[], $5::bigint[], $6::boolean[])`,
    [
      run.id,
      columns(({ table }) => table),
      columns(({ no }) => no),
      columns(({ first }) => String(first)),
      columns(({ last }) => String(last)),
      columns(({ isWholeTable }) => isWholeTable),
    ],
  );
}

export async function setRunState(target: Connection, run: MoveRun, state: RunState): Promise<void> {
  await target.execute(
    "UPDATE flashcase_move.run SET state = $2, finished_at = CASE WHEN $2 = 'done' THEN clock_timestamp() END WHERE run_id = $1",
    [run.id, state],
  );
}

/** The ranges not copied yet. */
export async function openRanges(target: Connection, run: MoveRun): Promise<RowRange[]> {
  const rows = await target.query(
    `SELECT table_name::text AS moved_table, range_no, first_rowid::text AS first_rowid, last_rowid::text AS last_rowid, is_whole_table
     FROM flashcase_move.range WHERE run_id = $1 AND done_at IS NULL ORDER BY table_name, range_no`,
    [run.id],
  );
  return rows.map((row) => ({
    table: row.moved_table as string,
    no: row.range_no as number,
    first: BigInt(row.first_rowid as string),
    last: BigInt(row.last_rowid as string),
    isWholeTable: row.is_whole_table as boolean,
  }));
}

/** Rows copied and quarantined so far, by table. */
export async function readAccounts(target: Connection, run: MoveRun): Promise<ReadonlyMap<string, TableAccount>> {
  const rows = await target.query(
    `SELECT table_name::text AS moved_table, coalesce(sum(rows_copied), 0)::bigint AS copied, coalesce(sum(rows_quarantined), 0)::bigint AS set_aside,
       count(*) FILTER (WHERE done_at IS NULL) AS open_ranges
     FROM flashcase_move.range WHERE run_id = $1 GROUP BY table_name`,
    [run.id],
  );
  return new Map(
    rows.map((row) => [
      row.moved_table as string,
      { copied: Number(row.copied), quarantined: Number(row.set_aside), openRanges: Number(row.open_ranges) },
    ]),
  );
}
