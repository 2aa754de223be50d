import { isDeepStrictEqual } from 'node:util';
import type { Database, Session } from '../db/database.ts';
import { isBehind, loggedReviewOf, stateColumnsOf } from '../db/stores/standing.ts';
import { type CardState, listCardLog, type StudyLog, saveCardState, takeCardState } from '../db/stores/study.ts';
import { findState, listLogs, listStates, listUserIds } from '../db/stores/study-recompute.ts';
import { listStudySettings } from '../db/stores/study-settings.ts';
import { Timestamp } from '../schema/index.ts';
import { replay, standingAfter } from '../study/replay.ts';
import type { StudySettings } from '../study/settings.ts';

/** Cards of one batch: bounds memory and how long a reader looks. */
const BATCH = 500;
const USERS = 500;
/** Differences told one by one; beyond them they are counted. */
const MOST_TOLD = 1000;
/** A review may come between two looks at a card. */
const LOOKS = 5;

/** Columns that release 0.1 keeps too; the others of a card it reviewed last are found when its log is next replayed. */
const OLD_COLUMNS = [
  'ease_factor',
  'interval',
  'repetitions',
  'last_rating',
  'next_review',
  'last_reviewed_at',
  'review_count',
] as const;

/** What a card's row says and what its log says. */
export interface CardDifference {
  readonly user_id: bigint;
  readonly card_id: bigint;
  /** `card_state`: the row is missing; `study_log`: rows of the log do not follow from the ones before them. */
  readonly columns: readonly { readonly column: string; readonly stored: unknown; readonly computed: unknown }[];
}

export interface Recomputed {
  readonly users: number;
  readonly cards: number;
  readonly answers: number;
  readonly differences: number;
  readonly told: readonly CardDifference[];
  readonly repaired: number;
}

type Versions = ReadonlyMap<number, StudySettings>;

/** Compares one card's row with the replay of its log. `values` are what the row should hold; absent for a card without a log. */
function compare(cardId: bigint, state: CardState | undefined, log: readonly StudyLog[], versions: Versions) {
  const columns: { column: string; stored: unknown; computed: unknown }[] = [];
  const newest = log.at(-1);
  if (newest === undefined) {
    if (state !== undefined && state.review_count > 0) {
      columns.push({ column: 'review_count', stored: state.review_count, computed: 0 });
    }
    return { columns, values: undefined };
  }
  const history = replay(
    cardId,
    log.map(loggedReviewOf),
    (version) => versions.get(version),
    ({ row, standing }) => {
      const { answeredAt: _, lastRating: __, ...computed } = standing;
      if (row.scheduler !== undefined && !isDeepStrictEqual(row.after, computed))
        columns.push({ column: `study_log ${row.id}`, stored: row.after, computed });
    },
  );
  const values = stateColumnsOf(standingAfter(history), newest.reviewed_at);
  if (state === undefined) columns.push({ column: 'card_state', stored: null, computed: values });
  else {
    const names = isBehind(state) ? OLD_COLUMNS : (Object.keys(values) as (keyof typeof values)[]);
    for (const name of names) {
      if (!isDeepStrictEqual(state[name], values[name]))
        columns.push({ column: name, stored: state[name], computed: values[name] });
    }
  }
  return { columns, values };
}

const shown = (value: unknown): string => (value instanceof Timestamp ? value.text : String(value));

/** Why a card's row is not what its log, oldest first, leads to; nothing where it is. */
export async function stateProblem(session: Session, log: readonly StudyLog[], state: CardState): Promise<string | undefined> {
  if (log.length === 0 && state.review_count > 0) return 'it has a state and no review';
  const [first] = compare(state.card_id, state, log, await listStudySettings(session, state.user_id)).columns;
  if (first === undefined) return undefined;
  if (first.column.startsWith('study_log ')) return `${first.column} does not follow from the one before it`;
  return `its ${first.column} is ${shown(first.stored)}, its reviews say ${shown(first.computed)}`;
}

/** Looks again at one card that differed, until nobody has reviewed it meanwhile. */
async function lookAgain(session: Session, userId: bigint, cardId: bigint) {
  for (let look = 1; ; look++) {
    const before = await findState(session, userId, cardId);
    const log = await listCardLog(session, userId, cardId);
    const state = await findState(session, userId, cardId);
    if (isDeepStrictEqual(before, state) || look === LOOKS)
      return compare(cardId, state, log, await listStudySettings(session, userId)).columns;
  }
}

/** Writes what the log says into a card's row, held meanwhile. Only the row: the log is never changed. */
async function repair(session: Session, userId: bigint, cardId: bigint): Promise<boolean> {
  const now = session.clock.now();
  const state = await takeCardState(session, userId, cardId, {
    ease_factor: 2.5,
    interval: 0,
    repetitions: 0,
    last_rating: null,
    next_review: now,
    last_reviewed_at: now,
    review_count: 0,
  });
  const { columns, values } = compare(
    cardId,
    state,
    await listCardLog(session, userId, cardId),
    await listStudySettings(session, userId),
  );
  if (values === undefined || columns.every(({ column }) => column.startsWith('study_log '))) return false;
  await saveCardState(session, userId, cardId, values);
  return true;
}

/**
 * Replays the log of every card of every user, in batches, and compares with `card_state`.
 * @param isRepairing writes what the log says where the two differ
 */
export async function recompute(database: Database, isRepairing: boolean): Promise<Recomputed> {
  const count = { users: 0, cards: 0, answers: 0, differences: 0, repaired: 0 };
  const told: CardDifference[] = [];

  async function differs(userId: bigint, cardId: bigint): Promise<void> {
    const columns = await database.read((session) => lookAgain(session, userId, cardId));
    if (columns.length === 0) return;
    count.differences++;
    if (told.length < MOST_TOLD) told.push({ user_id: userId, card_id: cardId, columns });
    if (isRepairing && (await database.write((session) => repair(session, userId, cardId)))) count.repaired++;
  }

  for (let afterUser: bigint | undefined; ; ) {
    const userIds = await database.read((session) => listUserIds(session, afterUser, USERS));
    for (const userId of userIds) {
      count.users++;
      for (let after: bigint | undefined; ; ) {
        const batch = await database.read(async (session) => {
          const states = await listStates(session, { userId, after }, BATCH);
          const last = states.length < BATCH ? undefined : states.at(-1)?.card_id;
          const logs = await listLogs(session, { userId, after, last });
          return { states, last, logs, versions: await listStudySettings(session, userId) };
        });
        const stateOf = new Map(batch.states.map((state) => [state.card_id, state]));
        const logOf = Map.groupBy(batch.logs, (row) => row.card_id);
        for (const cardId of new Set([...stateOf.keys(), ...logOf.keys()])) {
          const log = logOf.get(cardId) ?? [];
          count.cards++;
          count.answers += log.length;
          if (compare(cardId, stateOf.get(cardId), log, batch.versions).columns.length > 0) await differs(userId, cardId);
        }
        if (batch.last === undefined) break;
        after = batch.last;
      }
    }
    afterUser = userIds.at(-1);
    if (userIds.length < USERS) return { ...count, told };
  }
}
