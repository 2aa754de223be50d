import type { Connection } from '../../engine/engine.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { postgresCaptureProblems } from '../capture/postgres-capture.ts';
import { sqliteCaptureProblems } from '../capture/sqlite-capture.ts';
import { type MoveEvent, readEvents } from '../state/events.ts';
import { readSideState, type SideState } from '../state/postgres-state.ts';
import { JOURNAL_TABLE, type MoveState, readMoveState } from '../state/sqlite-state.ts';
import { isAbandoned } from '../switch/recover.ts';
import type { LiveOptions } from './live-options.ts';
import { withPostgres, withSqlite } from './sides.ts';

export interface MoveStatus {
  /** `undefined`: no move is under way. */
  readonly state: MoveState | undefined;
  /** `undefined` when PostgreSQL cannot be reached, or nothing is there yet. */
  readonly side: SideState | undefined;
  readonly primary: 'sqlite' | 'postgres';
  /** Keys the side that follows does not have; `undefined` when it cannot be told. */
  readonly behind: number | undefined;
  readonly journalRows: number;
  /** A switch whose process is gone: the next command puts it right. */
  readonly isInterrupted: boolean;
  /** What stands in the way, as sentences. */
  readonly problems: readonly string[];
  readonly events: readonly MoveEvent[];
}

const countOf = async (connection: Connection, sql: string, parameters: readonly unknown[] = []): Promise<number> =>
  Number((await connection.query(sql, parameters))[0]?.m_count);

async function look(
  options: LiveOptions,
  state: MoveState,
  problems: string[],
): Promise<{ side: SideState | undefined; behind: number | undefined }> {
  try {
    return await withPostgres(options.postgresUrl, async (postgres) => {
      const side = await readSideState(postgres);
      if (side === undefined) return { side, behind: undefined };
      problems.push(...(await postgresCaptureProblems(postgres, options.tables)));
      const behind =
        state.phase === 'reverse'
          ? await countOf(postgres, 'SELECT count(*) AS m_count FROM flashcase_move.journal WHERE xid >= $1::text::xid8', [
              String(state.position),
            ])
          : undefined;
      return { side, behind };
    });
  } catch (error) {
    if (!(error instanceof FlashcaseError) || error.code !== 'FC_DB_UNREACHABLE') throw error;
    problems.push(`PostgreSQL cannot be reached: ${error.message}`);
    return { side: undefined, behind: undefined };
  }
}

/** Where a move stands. Changes nothing on either side. */
export async function moveStatus(options: LiveOptions): Promise<MoveStatus> {
  return withSqlite(options.sqliteFile, async (sqlite) => {
    const state = await readMoveState(sqlite);
    if (state === undefined)
      return {
        state,
        side: undefined,
        primary: 'sqlite',
        behind: undefined,
        journalRows: 0,
        isInterrupted: false,
        problems: [],
        events: [],
      };
    const problems: string[] = state.phase === 'finished' ? [] : await sqliteCaptureProblems(sqlite, options.tables);
    const { side, behind } = await look(options, state, problems);
    const isForward = state.phase === 'forward' && side !== undefined;
    return {
      state,
      side,
      primary: state.phase === 'reverse' || state.phase === 'finished' ? 'postgres' : 'sqlite',
      behind: isForward
        ? await countOf(sqlite, `SELECT count(*) AS m_count FROM ${JOURNAL_TABLE} WHERE seq > ?`, [side.position])
        : behind,
      journalRows: await countOf(sqlite, `SELECT count(*) AS m_count FROM ${JOURNAL_TABLE}`),
      isInterrupted: state.attempt !== undefined && isAbandoned(state.attempt, Number(options.clock.now().micros / 1000n)),
      problems,
      events: await readEvents(sqlite),
    };
  });
}
