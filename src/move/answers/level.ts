import type { Engine } from '../../engine/engine.ts';
import type { Direction } from '../live/carrying.ts';
import { readSideState } from '../state/postgres-state.ts';
import { JOURNAL_TABLE, readMoveState } from '../state/sqlite-state.ts';

/** Tells whether the side that follows has what the primary had at a moment, while others go on writing. Claims and changes nothing. */
export interface Level {
  /** What is committed on the primary by now. */
  mark(): Promise<bigint>;
  /** True when the side that follows has everything up to a mark. */
  has(mark: bigint): Promise<boolean>;
}

const numberOf = (row: Readonly<Record<string, unknown>> | undefined): bigint => BigInt(row?.m_mark as string);

/** @param lag changed keys SQLite does not have; asked only where it follows. */
export function levelOf(direction: Direction, sqlite: Engine, postgres: Engine, lag: () => Promise<number>): Level {
  if (direction === 'forward')
    return {
      // The last row of the journal is never pruned.
      mark: () =>
        sqlite.read(async (file) =>
          numberOf((await file.query(`SELECT CAST(coalesce(max(seq), 0) AS TEXT) AS m_mark FROM ${JOURNAL_TABLE}`))[0]),
        ),
      has: async (mark) => ((await postgres.read(readSideState))?.position ?? -1n) >= mark,
    };
  return {
    mark: () =>
      postgres.read(async (server) =>
        numberOf((await server.query('SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS m_mark'))[0]),
      ),
    // Transactions that change no carried table move the numbers on, and not the position.
    has: async (mark) => ((await sqlite.read(readMoveState))?.position ?? -1n) >= mark || (await lag()) === 0,
  };
}
