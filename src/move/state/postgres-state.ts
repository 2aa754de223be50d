import type { Connection } from '../../engine/engine.ts';

/** The setting a carrier sets in its transaction (`SET LOCAL flashcase_move.pass = 'on'`): neither fence nor journal see what it writes. */
export const PASS_SETTING = 'flashcase_move.pass';

/** The row of the PostgreSQL side: docs/design/move.md says what each field means. */
export interface SideState {
  readonly runId: string;
  readonly epoch: number;
  readonly isWritable: boolean;
  /** The id of the attempt that fenced this side last, while it is fenced by a rollback. */
  readonly heldBy: string | undefined;
  /** The `seq` of the SQLite journal up to which everything was carried here. */
  readonly position: bigint;
  /** The word of that row. */
  readonly positionWord: bigint | null;
  readonly followerToken: number;
  readonly follower: string | undefined;
  /** ISO 8601, UTC. */
  readonly followedAt: string | undefined;
  /** Since `followedAt`, by the server's own clock: that of this machine may go wrong by more than a follower may be silent. */
  readonly silentMs: number | undefined;
}

/** Made with the bookkeeping schema `flashcase_move` around it (target/bookkeeping.ts), in the caller's transaction. */
export const SIDE_SQL = `
  CREATE TABLE flashcase_move.side (
    id integer PRIMARY KEY CHECK (id = 1),
    run_id text NOT NULL,
    epoch bigint NOT NULL,
    is_writable boolean NOT NULL,
    held_by text,
    position bigint NOT NULL,
    position_word bigint,
    follower_token bigint NOT NULL DEFAULT 0,
    follower text,
    followed_at timestamptz
  )`;

/** The side's row; `undefined` before the copy is complete, and in a database no live move was made into. */
export async function readSideState(postgres: Connection): Promise<SideState | undefined> {
  const [found] = await postgres.query("SELECT to_regclass('flashcase_move.side') IS NOT NULL AS m_found");
  if (found?.m_found !== true) return undefined;
  const [row] = await postgres.query(
    `SELECT run_id AS m_run, epoch AS m_epoch, is_writable AS m_writable, held_by AS m_held, position::text AS m_position, position_word::text AS m_word, follower_token AS m_token,
       follower AS m_follower, to_char(followed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS m_followed,
       (extract(epoch FROM clock_timestamp() - followed_at) * 1000)::double precision AS m_silent FROM flashcase_move.side`,
  );
  if (row === undefined) return undefined;
  return {
    runId: row.m_run as string,
    epoch: Number(row.m_epoch),
    isWritable: row.m_writable as boolean,
    heldBy: (row.m_held as string | null) ?? undefined,
    position: BigInt(row.m_position as string),
    positionWord: row.m_word === null ? null : BigInt(row.m_word as string),
    followerToken: Number(row.m_token),
    follower: (row.m_follower as string | null) ?? undefined,
    followedAt: (row.m_followed as string | null) ?? undefined,
    silentMs: (row.m_silent as number | null) ?? undefined,
  };
}
