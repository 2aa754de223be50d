import { FlashcaseError } from '../../errors/index.ts';
import { postgresCaptureProblems } from '../capture/postgres-capture.ts';
import { sqliteCaptureProblems } from '../capture/sqlite-capture.ts';
import { historyWords, type MoveEvent, openHistoryChange, readEvents } from '../state/events.ts';
import { readSideState, type SideState } from '../state/postgres-state.ts';
import { JOURNAL_TABLE, type MoveState, readMoveState } from '../state/sqlite-state.ts';
import { isAbandoned } from '../switch/recover.ts';
import { openCarrier } from './carrying.ts';
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

/** Keys the side that follows does not have; asked of the carrier, which knows what it would bring, without claiming anything. */
async function lagOf(options: LiveOptions, { phase, runId }: MoveState): Promise<number | undefined> {
  if (phase !== 'forward' && phase !== 'reverse') return undefined;
  const carrier = await openCarrier(options, phase, runId);
  try {
    return (await carrier.lag()).keys;
  } finally {
    await carrier.close();
  }
}

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
      return { side, behind: await lagOf(options, state) };
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
    const events = await readEvents(sqlite);
    const changed = openHistoryChange(events);
    if (changed !== undefined) problems.push(`${historyWords(changed)} Compare: flashcase move verify`);
    return {
      state,
      side,
      primary: state.phase === 'reverse' || state.phase === 'finished' ? 'postgres' : 'sqlite',
      behind,
      journalRows: Number((await sqlite.query(`SELECT count(*) AS m_count FROM ${JOURNAL_TABLE}`))[0]?.m_count),
      isInterrupted: state.attempt !== undefined && isAbandoned(state.attempt, Number(options.clock.now().micros / 1000n)),
      problems,
      events,
    };
  });
}
