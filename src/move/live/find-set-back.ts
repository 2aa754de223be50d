import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from '../../engine/engine.ts';
import type { FlashcaseError } from '../../errors/index.ts';
import { journalSetBackAt, SqliteJournal } from '../follow/sqlite-journal.ts';
import { readSideState, type SideState } from '../state/postgres-state.ts';
import { type MoveState, readMoveState } from '../state/sqlite-state.ts';
import { readWitnesses, setBackError, sideSetBack, WITNESSES_SQL } from '../state/witness.ts';
import { turningOf } from '../switch/turning.ts';
import type { LiveOptions } from './live-options.ts';
import { withSides } from './sides.ts';

/** Both sides are read one after the other; whoever carries in between is a sign that nothing is wrong. */
const TRIES = 10;
const AGAIN_MS = 20;

/**
 * Which side of a move was set back to an earlier state, as the error that says what to do; `undefined` when both go on from one another, and when nothing
 * can be said yet. Asks both sides, changes nothing.
 */
export async function findSetBack(
  sqlite: Connection,
  postgres: Connection,
  options: LiveOptions,
): Promise<FlashcaseError | undefined> {
  for (let i = 0; i < TRIES; i++) {
    const state = await readMoveState(sqlite);
    const side = await readSideState(postgres);
    if (state === undefined || (state.phase !== 'forward' && state.phase !== 'reverse') || side?.runId !== state.runId)
      return undefined;
    const found = await look(state, side, postgres, options);
    if (found === undefined) return undefined;
    const isSame =
      fixed(await readMoveState(sqlite)) === fixed(state) && (await readSideState(postgres))?.position === side.position;
    if (isSame) return found;
    await delay(AGAIN_MS);
  }
  return undefined;
}

/** What a carrier or a switch changes. */
const fixed = (state: MoveState | undefined): string =>
  JSON.stringify([state?.phase, state?.epoch, state?.witness, String(state?.position)]);

async function look(
  state: MoveState,
  side: SideState,
  postgres: Connection,
  options: LiveOptions,
): Promise<FlashcaseError | undefined> {
  const { sqliteAt, postgresAt } = turningOf(options, state.runId, 'look');
  // Only a decision in the file raises an epoch.
  if (side.epoch > state.epoch) return setBackError('sqlite', side.isWritable ? 'reverse' : 'forward', sqliteAt);
  const [row] = await postgres.query(
    `SELECT ${WITNESSES_SQL} AS m_witnesses, pg_snapshot_xmax(pg_current_snapshot()) < '${state.position}'::xid8 AS m_low`,
  );
  const phase = state.phase as 'forward' | 'reverse';
  const setBack =
    sideSetBack(state.witness, readWitnesses(row?.m_witnesses)) ??
    (row?.m_low === true ? 'postgres' : undefined) ??
    (phase === 'forward' ? journalSetBack(options.sqliteFile, side) : undefined);
  if (setBack === undefined) return undefined;
  if (setBack === 'sqlite') return setBackError(setBack, phase, sqliteAt);
  return setBackError(
    setBack,
    phase === 'reverse' && side.epoch < state.epoch && !side.isWritable ? 'decided' : phase,
    postgresAt,
  );
}

/** By the row of the file's journal up to which PostgreSQL has everything. */
function journalSetBack(sqliteFile: string, { position, positionWord }: SideState): 'sqlite' | 'postgres' | undefined {
  const journal = new SqliteJournal(sqliteFile);
  try {
    const state = journal.begin(position);
    return state === undefined ? undefined : journalSetBackAt(state, position, positionWord);
  } finally {
    journal.close();
  }
}

/** The same, where SQLite follows: what differs can be named then. */
export async function reverseSetBack(options: LiveOptions): Promise<FlashcaseError | undefined> {
  return withSides(options, async ({ sqlite, postgres }) => {
    if ((await readMoveState(sqlite))?.phase !== 'reverse') return undefined;
    const setBack = await findSetBack(sqlite, postgres, options);
    return setBack?.details?.phase === 'reverse' ? setBack : undefined;
  });
}
