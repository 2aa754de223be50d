import { isDeepStrictEqual } from 'node:util';
import type { Database, Session } from '../db/database.ts';
import { rebuildDeckStats, type WrongDeckStats, wrongDeckStats } from '../db/stores/deck-stats.ts';
import { type ColumnDifference, compareWithLog, repairCardState } from '../db/stores/replayed-state.ts';
import { type CardState, listCardLog, type StudyLog } from '../db/stores/study.ts';
import { findState, listLogs, listStates, listUserIds } from '../db/stores/study-recompute.ts';
import { listStudySettings } from '../db/stores/study-settings.ts';
import { Timestamp } from '../schema/index.ts';

/** Cards of one batch: bounds memory and how long a reader looks. */
const BATCH = 500;
const USERS = 500;
/** Differences told one by one; beyond them they are counted. */
const MOST_TOLD = 1000;
/** A review may come between two looks at a card. */
const LOOKS = 5;

/** What a card's row says and what its log says. */
export interface CardDifference {
  readonly user_id: bigint;
  readonly card_id: bigint;
  /** `card_state`: the row is missing; `study_log`: rows of the log do not follow from the ones before them. */
  readonly columns: readonly ColumnDifference[];
}

/** What is counted of a student in a deck, and what the log says; `user_deck_stats`: the row is missing, or nothing in the log asks for it. */
export interface DeckDifference {
  readonly user_id: bigint;
  readonly deck_id: bigint;
  readonly columns: readonly ColumnDifference[];
}

export interface Recomputed {
  readonly users: number;
  readonly cards: number;
  readonly answers: number;
  readonly differences: number;
  readonly told: readonly CardDifference[];
  readonly repaired: number;
  /** Decks whose counters (`user_deck_stats`) are not what the log says. */
  readonly deck_differences: number;
  readonly decks_told: readonly DeckDifference[];
  readonly decks_repaired: number;
}

const shown = (value: unknown): string => (value instanceof Timestamp ? value.text : String(value));

/** Why a card's row is not what its log, oldest first, leads to; nothing where it is. */
export async function stateProblem(session: Session, log: readonly StudyLog[], state: CardState): Promise<string | undefined> {
  if (log.length === 0 && state.review_count > 0) return 'it has a state and no review';
  const [first] = compareWithLog(state.card_id, state, log, await listStudySettings(session, state.user_id)).columns;
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
      return compareWithLog(cardId, state, log, await listStudySettings(session, userId)).columns;
  }
}

function deckColumns({ stored, computed }: WrongDeckStats): ColumnDifference[] {
  if (stored === undefined || computed === undefined)
    return [{ column: 'user_deck_stats', stored: stored ?? null, computed: computed ?? null }];
  return (Object.keys(computed) as (keyof typeof computed)[])
    .filter((column) => !isDeepStrictEqual(stored[column], computed[column]))
    .map((column) => ({ column, stored: stored[column], computed: computed[column] }));
}

/**
 * Replays the log of every card of every user, in batches, and compares with `card_state`; and what is counted in each deck with the log.
 * @param isRepairing writes what the log says where the two differ
 */
export async function recompute(database: Database, isRepairing: boolean): Promise<Recomputed> {
  const count = { users: 0, cards: 0, answers: 0, differences: 0, repaired: 0 };
  const told: CardDifference[] = [];
  const decks = { deck_differences: 0, decks_repaired: 0 };
  const decks_told: DeckDifference[] = [];

  async function checkDecks(userId: bigint): Promise<void> {
    const wrong = await database.read((session) => wrongDeckStats(session, userId));
    if (wrong.length === 0) return;
    decks.deck_differences += wrong.length;
    for (const deck of wrong.slice(0, Math.max(0, MOST_TOLD - decks_told.length)))
      decks_told.push({ user_id: userId, deck_id: deck.deckId, columns: deckColumns(deck) });
    if (!isRepairing) return;
    await database.write((session) => rebuildDeckStats(session, userId));
    decks.decks_repaired += wrong.length;
  }

  async function differs(userId: bigint, cardId: bigint): Promise<void> {
    const columns = await database.read((session) => lookAgain(session, userId, cardId));
    if (columns.length === 0) return;
    count.differences++;
    if (told.length < MOST_TOLD) told.push({ user_id: userId, card_id: cardId, columns });
    if (isRepairing && (await database.write((session) => repairCardState(session, userId, cardId)))) count.repaired++;
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
          if (compareWithLog(cardId, stateOf.get(cardId), log, batch.versions).columns.length > 0) await differs(userId, cardId);
        }
        if (batch.last === undefined) break;
        after = batch.last;
      }
      await checkDecks(userId);
    }
    afterUser = userIds.at(-1);
    if (userIds.length < USERS) return { ...count, told, ...decks, decks_told };
  }
}
