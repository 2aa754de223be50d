import type { Connection } from '../../engine/engine.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { type AnswersCompared, readAnswers } from '../answers/answer-files.ts';
import { postgresCaptureProblems } from '../capture/postgres-capture.ts';
import { POSTGRES_JOURNAL } from '../capture/postgres-capture-sql.ts';
import { sqliteCaptureProblems } from '../capture/sqlite-capture.ts';
import { type RestMark, readRestMarks } from '../latency/rest-mark.ts';
import { type MoveEvent, readEvents } from '../state/events.ts';
import { readSideState, type SideState } from '../state/postgres-state.ts';
import { JOURNAL_TABLE, type MoveState, readMoveState } from '../state/sqlite-state.ts';
import type { SetBack } from '../state/witness.ts';
import { isAbandoned } from '../switch/recover.ts';
import { openCarrier } from './carrying.ts';
import { findSetBack } from './find-set-back.ts';
import type { LiveOptions } from './live-options.ts';
import { ALARM_BYTES, ALARM_JOURNAL_BYTES, ALARM_ROWS, freeBytesOf, mebibytes, NO_ROOM, RESERVE_BYTES } from './room.ts';
import { whileReachable, withPostgres, withSqlite } from './sides.ts';

export interface MoveStatus {
  /** `undefined`: no move is under way. */
  readonly state: MoveState | undefined;
  /** `undefined` when PostgreSQL cannot be reached, or nothing is there yet. */
  readonly side: SideState | undefined;
  readonly primary: 'sqlite' | 'postgres';
  /** Keys the side that follows does not have; `undefined` when it cannot be told. */
  readonly behind: number | undefined;
  readonly journalRows: number;
  /** What the shadow compared (`move shadow`); `undefined` when it never was on. */
  readonly answers: AnswersCompared | undefined;
  /** On the disk of the SQLite file. */
  readonly freeBytes: number | undefined;
  /** Of PostgreSQL's journal; `undefined` when it cannot be told. */
  readonly postgresJournalBytes: number | undefined;
  /** The parts of the move that rest for users' sake now, and why. */
  readonly rests: readonly RestMark[];
  /** A switch whose process is gone: the next command puts it right. */
  readonly isInterrupted: boolean;
  /** The side that was set back to an earlier state, and where the move was: nothing is carried until somebody decides (witness.ts). */
  readonly setBack: SetBack | undefined;
  /** What stands in the way, as sentences. */
  readonly problems: readonly string[];
  readonly events: readonly MoveEvent[];
}

/** Keys the side that follows does not have; asked of the carrier, which knows what it would bring, without claiming anything. */
async function lagOf(options: LiveOptions, { phase, runId }: MoveState, signal: AbortSignal): Promise<number | undefined> {
  if (phase !== 'forward' && phase !== 'reverse') return undefined;
  const carrier = await openCarrier(options, phase, runId);
  try {
    return (await carrier.lag(signal)).keys;
  } finally {
    await carrier.close();
  }
}

async function look(
  options: LiveOptions,
  sqlite: Connection,
  state: MoveState,
  problems: string[],
): Promise<Pick<MoveStatus, 'side' | 'behind' | 'postgresJournalBytes' | 'setBack'>> {
  try {
    const ask = async (postgres: Connection, signal: AbortSignal) => {
      const side = await readSideState(postgres);
      if (side === undefined) return { side, behind: undefined, postgresJournalBytes: undefined, setBack: undefined };
      problems.push(...(await postgresCaptureProblems(postgres, options.tables)));
      const setBack = await findSetBack(sqlite, postgres, options);
      if (setBack !== undefined) problems.push(`${setBack.message} ${setBack.hint}`);
      const [row] = await postgres.query(`SELECT pg_total_relation_size('${POSTGRES_JOURNAL}')::text AS m_bytes`);
      return {
        side,
        behind: await lagOf(options, state, signal),
        postgresJournalBytes: Number(row?.m_bytes),
        setBack: setBack?.details as SetBack | undefined,
      };
    };
    return await whileReachable(options.postgresUrl, (signal) =>
      withPostgres(options.postgresUrl, (postgres) => ask(postgres, signal), signal),
    );
  } catch (error) {
    if (!(error instanceof FlashcaseError) || error.code !== 'FC_DB_UNREACHABLE') throw error;
    problems.push(`PostgreSQL cannot be reached: ${error.message}`);
    return { side: undefined, behind: undefined, postgresJournalBytes: undefined, setBack: undefined };
  }
}

/** What may come to an end before the move does, as sentences. */
function roomProblems(
  {
    events,
    journalRows,
    freeBytes,
    postgresJournalBytes = 0,
  }: Pick<MoveStatus, 'events' | 'journalRows' | 'freeBytes' | 'postgresJournalBytes'>,
  isOver: boolean,
): string[] {
  const ended = events.findLast(({ kind }) => kind === NO_ROOM);
  if (ended !== undefined)
    return [
      `It was ended at ${ended.at.slice(0, 19)} UTC: ${mebibytes(Number(ended.details.freeBytes))} were left on the disk of the SQLite file.`,
    ];
  if (isOver) return [];
  return [
    ...(freeBytes !== undefined && freeBytes < ALARM_BYTES
      ? [`${mebibytes(freeBytes)} are free beside the SQLite file; at ${mebibytes(RESERVE_BYTES)} the move ends by itself.`]
      : []),
    ...(journalRows > ALARM_ROWS ? [`${journalRows} keys wait in the journal of the SQLite file: is a follower running?`] : []),
    ...(postgresJournalBytes > ALARM_JOURNAL_BYTES
      ? [`The journal of PostgreSQL has ${mebibytes(postgresJournalBytes)}: is a follower running?`]
      : []),
  ];
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
        answers: undefined,
        freeBytes: undefined,
        postgresJournalBytes: undefined,
        rests: [],
        isInterrupted: false,
        setBack: undefined,
        problems: [],
        events: [],
      };
    const isOver = state.phase === 'finished' || state.phase === 'aborting';
    const problems: string[] = isOver ? [] : await sqliteCaptureProblems(sqlite, options.tables);
    const { side, behind, postgresJournalBytes, setBack } = await look(options, sqlite, state, problems);
    const events = await readEvents(sqlite);
    const [journal] = await sqlite.query(`SELECT count(*) AS m_count FROM ${JOURNAL_TABLE}`);
    const journalRows = Number(journal?.m_count);
    const freeBytes = freeBytesOf(options.sqliteFile);
    const answers = await readAnswers(options.sqliteFile);
    if (answers !== undefined && answers.differing > 0)
      problems.push(`${answers.differing} answers to users differ between the sides; flashcase move shadow names them.`);
    const nowMs = Number(options.clock.now().micros / 1000n);
    problems.push(...roomProblems({ events, journalRows, freeBytes, postgresJournalBytes }, isOver));
    return {
      state,
      side,
      primary: state.phase === 'reverse' || state.phase === 'finished' ? 'postgres' : 'sqlite',
      behind,
      journalRows,
      answers,
      freeBytes,
      postgresJournalBytes,
      rests: await readRestMarks(options.sqliteFile, nowMs),
      isInterrupted: state.attempt !== undefined && isAbandoned(state.attempt, nowMs),
      setBack,
      problems,
      events,
    };
  });
}
