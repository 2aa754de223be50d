import type { Session } from '../db/database.ts';
import { heldCardsAmong } from '../db/stores/mark-cards.ts';
import { foundCards } from '../db/stores/search-cards.ts';
import { columnsOf, loggedReviewOf, stateColumnsOf } from '../db/stores/standing.ts';
import {
  type CardState,
  holdCardStates,
  insertStudyLog,
  listCardLogs,
  type StudyLog,
  saveCardState,
} from '../db/stores/study.ts';
import { makeStates } from '../db/stores/suspend-cards.ts';
import type { User } from '../db/stores/users.ts';
import type { Timestamp } from '../schema/index.ts';
import { memoryOfInterval } from '../study/fsrs.ts';
import { type History, replay, standingAfter, standingBy } from '../study/replay.ts';
import { repetitionsOf } from '../study/schedulers.ts';
import type { StudySettings } from '../study/settings.ts';
import { NEVER_STUDIED, type Standing } from '../study/standing.ts';
import { startOfStudyDay, studyDay, studyDaysBetween } from '../study/study-day.ts';
import type { PutBack } from './operations.ts';
import { timeOfRow } from './study.ts';
import { keptStudySettings, listStudySettings } from './study-settings.ts';

/** A row of the log that says where a student put a card. */
export interface PlacedCard {
  readonly card: string;
  readonly row: string;
}

/** Where a student puts cards: back among the new ones, or so many study days from today. */
export type Place = { readonly kind: 'new' } | { readonly kind: 'due'; readonly days: number };

/** What a student's cards are placed by. */
interface Rules {
  readonly settings: StudySettings;
  readonly versions: ReadonlyMap<number, StudySettings>;
  readonly now: Timestamp;
}

async function rulesOf(session: Session, user: User): Promise<Rules> {
  const settings = await keptStudySettings(session, user.id);
  return { settings, versions: await listStudySettings(session, user.id), now: session.clock.now() };
}

/** The rows of the log of some cards, and where they have led. */
async function historiesOf(session: Session, user: User, cards: readonly bigint[], { versions }: Rules) {
  const logs = Map.groupBy(await listCardLogs(session, user.id, cards), ({ card_id }) => card_id);
  const historyOf = (cardId: bigint, more: readonly StudyLog[] = []): History =>
    replay(cardId, [...(logs.get(cardId) ?? []), ...more].map(loggedReviewOf), (version) => versions.get(version));
  return historyOf;
}

interface Placed {
  /** As the log has it: a date alone leaves the memory of the answer before, by the weights of that answer. */
  readonly logged: Standing;
  readonly standing: Standing;
  /** How many study days the last answer lies back, where only the date is given. */
  readonly elapsedDays: number | null;
}

/** Where a card stands once it was put there. */
function placed(history: History, days: number, { settings, now }: Rules): Placed {
  const before = standingBy(history, settings);
  const due = startOfStudyDay(studyDay(now, settings) + days, settings);
  const { answeredAt } = before;
  if (before.phase === 'review' && answeredAt !== undefined)
    return {
      logged: { ...standingAfter(history), due },
      standing: { ...before, due },
      elapsedDays: Math.max(0, studyDaysBetween(answeredAt, now, settings)),
    };
  // On its steps, or never asked: as one that is known so far that the next question is in so many days.
  const interval = Math.max(1, days);
  const isFsrs = settings.scheduler === 'fsrs-6';
  const memory = isFsrs ? (before.memory ?? memoryOfInterval(settings, before.easeFactor, interval)) : undefined;
  const standing: Standing = {
    ...before,
    ...{ scheduler: isFsrs ? 'fsrs-6' : 'sm2', phase: 'review', step: 0, interval, memory, due },
    repetitions: repetitionsOf(interval),
    // A card without any would be a new one.
    reviewCount: Math.max(1, before.reviewCount),
    lastRating: undefined,
    answeredAt: undefined,
  };
  return { logged: standing, standing, elapsedDays: null };
}

const REST = { grade: null, duration_ms: null, idempotency_id: null, last_rating: null } as const;

/**
 * Puts some hundred cards somewhere, each by a row of the log that says so: answers stay as they were given, and count in the statistics. A
 * card that is new stays so, whatever is made new. @returns the rows, and how many cards are where it was wanted
 */
export async function placeCards(
  session: Session,
  user: User,
  cardIds: readonly bigint[],
  place: Place,
): Promise<{ readonly placed: readonly PlacedCard[]; readonly held: number }> {
  const rules = await rulesOf(session, user);
  const { settings, now } = rules;
  const held = await heldCardsAmong(session, user.id, cardIds);
  if (place.kind === 'due' && held.length > 0) await makeStates(session, user.id, held, now);
  const states = (await holdCardStates(session, user.id, held)).filter(
    ({ review_count }) => place.kind === 'due' || review_count > 0,
  );
  const ids = states.map(({ card_id }) => card_id);
  const historyOf = place.kind === 'due' ? await historiesOf(session, user, ids, rules) : undefined;
  const rows: PlacedCard[] = [];
  for (const state of states) {
    const at = timeOfRow(state, now);
    const madeNew = { ...NEVER_STUDIED, due: at };
    const { logged, standing, elapsedDays } =
      place.kind === 'new' || historyOf === undefined
        ? { logged: madeNew, standing: madeNew, elapsedDays: null }
        : placed(historyOf(state.card_id), place.days, rules);
    const { id } = await insertStudyLog(session, user.id, {
      ...{ ...columnsOf(logged, at), ...REST, card_id: state.card_id, reviewed_at: at, due_date: logged.due ?? at },
      ...{ created_at: now, kind: 'manual', settings_version: settings.version, elapsed_days: elapsedDays, undoes: null },
    });
    // As a replay has it: what was given is as if it had been answered then, a date alone changes no answer.
    const answered = elapsedDays === null ? { answeredAt: at, lastRating: undefined } : {};
    await saveCardState(session, state, stateColumnsOf({ ...standing, ...answered }, at));
    rows.push({ card: String(state.card_id), row: String(id) });
  }
  return { placed: rows, held: held.length };
}

/** Takes places back, those on which nothing was answered or given since: by a row of the log that says so. */
export async function putPlacesBack(
  session: Session,
  user: User,
  places: readonly PlacedCard[],
  named: number,
): Promise<PutBack> {
  const rules = await rulesOf(session, user);
  const rowOf = new Map(places.map(({ card, row }) => [BigInt(card), BigInt(row)]));
  const ids = await heldCardsAmong(session, user.id, [...rowOf.keys()]);
  const states = await holdCardStates(session, user.id, ids);
  const historyOf = await historiesOf(session, user, ids, rules);
  const stays = new Set(rowOf.keys());
  for (const state of states) {
    const undoes = rowOf.get(state.card_id) as bigint;
    if (historyOf(state.card_id).at(-1)?.row.id !== undoes) continue;
    stays.delete(state.card_id);
    await takeBack(session, user, state, undoes, historyOf, rules);
  }
  const kept = await foundCards(session, user.id, [...stays].slice(0, named));
  return { takenBack: places.length - stays.size, kept, keptCount: stays.size };
}

async function takeBack(
  session: Session,
  user: User,
  state: CardState,
  undoes: bigint,
  historyOf: Awaited<ReturnType<typeof historiesOf>>,
  { settings, now }: Rules,
): Promise<void> {
  const at = timeOfRow(state, now);
  const undo = { ...REST, card_id: state.card_id, reviewed_at: at, created_at: now, kind: 'undo', undoes, elapsed_days: 0 };
  const told = { ...columnsOf(NEVER_STUDIED, at), ...undo, due_date: at, settings_version: settings.version };
  const standing = standingBy(historyOf(state.card_id, [{ ...told, id: -1n, user_id: user.id }]), settings);
  await insertStudyLog(session, user.id, { ...told, ...columnsOf(standing, at), ...REST, due_date: standing.due ?? at });
  await saveCardState(session, state, stateColumnsOf(standing, at));
}
