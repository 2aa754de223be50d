import { isDeepStrictEqual } from 'node:util';
import type { Session } from '../db/database.ts';
import type { VisibleCard } from '../db/stores/cards.ts';
import { countReview, uncountReview } from '../db/stores/deck-stats.ts';
import { countOutcome, uncountOutcome } from '../db/stores/review-counts.ts';
import { columnsOf, loggedReviewOf, stateColumnsOf } from '../db/stores/standing.ts';
import {
  type CardState,
  insertReceipt,
  insertStudyLog,
  listCardLog,
  rewriteFollowing,
  type StudyLog,
  saveCardState,
  saveMarks,
} from '../db/stores/study.ts';
import { listStudySettings } from '../db/stores/study-settings.ts';
import type { User } from '../db/stores/users.ts';
import type { Timestamp } from '../schema/index.ts';
import { gradeOf } from '../study/grade.ts';
import { type Outcome, outcomeOf } from '../study/outcome.ts';
import { type History, isDateAlone, kindOf, type LoggedReview, replay, standingAfter, standingBy } from '../study/replay.ts';
import { isLeech, type StudySettings } from '../study/settings.ts';
import { NEVER_STUDIED, type Standing } from '../study/standing.ts';
import { studyDaysBetween } from '../study/study-day.ts';

/** An answer that comes after ones which were given later, or an undo. */
export type Amendment = { readonly at: Timestamp; readonly idempotencyId: string | undefined } & (
  | {
      readonly kind: 'answer';
      readonly quality: number;
      readonly durationMs: number | null;
      readonly promised: number | undefined;
    }
  | { readonly kind: 'undo'; readonly undoes: bigint }
);

/** No row has it; only until the new one is there. */
const NOT_YET = -1n;

type SettingsOf = (version: number) => StudySettings | undefined;

interface Replayed {
  readonly standing: Standing;
  readonly before: Standing;
}

/** A log with what follows from it. */
interface Run {
  readonly history: History;
  readonly rows: ReadonlyMap<bigint, Replayed>;
  /** The rows as they were replayed. */
  readonly log: ReadonlyMap<bigint, LoggedReview>;
}

function run(cardId: bigint, log: readonly LoggedReview[], settingsOf: SettingsOf): Run {
  const rows = new Map<bigint, Replayed>();
  const history = replay(cardId, log, settingsOf, ({ row, standing }, before) => rows.set(row.id, { standing, before }));
  return { history, rows, log: new Map(log.map((row) => [row.id, row])) };
}

/** Follows from what came before: what an import or the original wrote is what it is. */
const follows = (row: LoggedReview): boolean =>
  isDateAlone(row) ||
  (row.scheduler !== undefined &&
    row.quality !== undefined &&
    row.settingsVersion !== undefined &&
    row.kind !== 'manual' &&
    row.kind !== 'undo');

/** When the answer that each row rests on was given, by the row. The same order as `replay`'s. */
function restsOn(log: readonly LoggedReview[]): ReadonlyMap<bigint, Timestamp | undefined> {
  const takenBack = new Set(log.filter(({ kind }) => kind === 'undo').map(({ undoes }) => undoes));
  const before = new Map<bigint, Timestamp | undefined>();
  let inEffect: Timestamp | undefined;
  let shown: LoggedReview[] = [];
  for (const row of log) {
    if (row.kind === 'cram') continue;
    if (row.kind === 'undo') {
      shown = shown.filter(({ id }) => id !== row.undoes);
      continue;
    }
    before.set(row.id, takenBack.has(row.id) ? shown.at(-1)?.reviewedAt : inEffect);
    if (isDateAlone(row)) continue;
    if (!takenBack.has(row.id)) inEffect = row.reviewedAt;
    shown.push(row);
  }
  return before;
}

/** The log with the new row in its place, and the days since the answer before counted anew where that is another one now. */
function withRow(log: readonly LoggedReview[], late: LoggedReview, settingsOf: SettingsOf): LoggedReview[] {
  const at = log.findLastIndex(({ reviewedAt }) => !late.reviewedAt.isBefore(reviewedAt)) + 1;
  const all = log.toSpliced(at, 0, late);
  const [was, is] = [restsOn(log), restsOn(all)];
  return all.map((row) => {
    const [then, now] = [was.get(row.id), is.get(row.id)];
    if (!follows(row) || (row !== late && then?.text === now?.text)) return row;
    const settings = settingsOf(row.settingsVersion as number);
    if (settings === undefined) return row;
    return { ...row, elapsedDays: now === undefined ? 0 : studyDaysBetween(now, row.reviewedAt, settings) };
  });
}

/** How each answer in effect is counted. */
function outcomesOf({ history, rows }: Run): ReadonlyMap<bigint, Outcome> {
  return new Map(
    history
      .filter(({ row }) => row.kind !== 'manual')
      .map(({ row }) => [row.id, outcomeOf({ ...row, at: row.reviewedAt }, (rows.get(row.id) as Replayed).before)]),
  );
}

async function recount(session: Session, user: User, deckId: bigint, was: Run, is: Run): Promise<void> {
  const [before, after] = [outcomesOf(was), outcomesOf(is)];
  for (const [id, outcome] of before) {
    if (isDeepStrictEqual(outcome, after.get(id))) continue;
    // Counted anew from the whole log, the new row included: that is the end of it.
    if ((await uncountOutcome(session, user.id, deckId, outcome)) === 'counted anew') return;
  }
  for (const [id, outcome] of after)
    if (!isDeepStrictEqual(outcome, before.get(id))) await countOutcome(session, user.id, deckId, outcome);
}

function loggedReview(late: Amendment, settings: StudySettings): LoggedReview {
  const isAnswer = late.kind === 'answer';
  return {
    id: NOT_YET,
    reviewedAt: late.at,
    scheduler: settings.scheduler,
    // An answer's own kind follows from what comes before it.
    kind: isAnswer ? 'review' : 'undo',
    quality: isAnswer ? late.quality : undefined,
    durationMs: isAnswer ? (late.durationMs ?? undefined) : undefined,
    elapsedDays: undefined,
    settingsVersion: settings.version,
    undoes: isAnswer ? undefined : late.undoes,
    after: { ...NEVER_STUDIED, interval: (isAnswer ? late.promised : undefined) ?? -1 },
  };
}

/** The time of a new row: what an import brought counts itself and is never written anew, so nothing is put before it. */
function afterBrought(stored: readonly StudyLog[], at: Timestamp): Timestamp {
  const brought = stored.findLast((row) => row.scheduler !== null && row.settings_version === null)?.reviewed_at;
  return brought === undefined || brought.isBefore(at) ? at : brought.plusMicros(1n);
}

/**
 * Puts an undo, or an answer that comes late, where it was given in the log of a held card. What was answered never
 * changes; where the card stood after each answer further on, its state and what is counted are written as if everything had come in the
 * order in which it was given. Gives the new row.
 */
export async function amendLog(
  session: Session,
  user: User,
  { card, state }: { readonly card: VisibleCard; readonly state: CardState },
  amendment: Amendment,
  settings: StudySettings,
): Promise<StudyLog> {
  const versions = await listStudySettings(session, user.id);
  const settingsOf: SettingsOf = (version) => versions.get(version);
  const stored = await listCardLog(session, user.id, card.id);
  const late = { ...amendment, at: afterBrought(stored, amendment.at) };
  const log = stored.map(loggedReviewOf);
  const was = run(card.id, log, settingsOf);
  const is = run(card.id, withRow(log, loggedReview(late, settings), settingsOf), settingsOf);
  const [before, after] = [standingAfter(was.history), standingBy(is.history, settings)];

  const own = is.rows.get(NOT_YET);
  const isAnswer = late.kind === 'answer';
  const standing = own?.standing ?? standingAt(is.history, late.at);
  const row = {
    ...columnsOf(standing, late.at),
    // No answer was given: what counts ratings must not count the one of before once more.
    last_rating: isAnswer ? late.quality : null,
    card_id: card.id,
    reviewed_at: late.at,
    due_date: standing.due ?? late.at,
    created_at: session.clock.now(),
    idempotency_id: late.idempotencyId ?? null,
    kind: own === undefined ? 'undo' : kindOf(own.before),
    grade: isAnswer ? gradeOf(late.quality) : null,
    settings_version: settings.version,
    elapsed_days: is.log.get(NOT_YET)?.elapsedDays ?? 0,
    duration_ms: isAnswer ? late.durationMs : null,
    undoes: isAnswer ? null : late.undoes,
  };
  const { id } = await insertStudyLog(session, user.id, row);
  for (const logged of log) {
    const [then, now] = [was.rows.get(logged.id), is.rows.get(logged.id)];
    const elapsedDays = is.log.get(logged.id)?.elapsedDays;
    if (then === undefined || now === undefined || !follows(logged)) continue;
    if (isDeepStrictEqual(then, now) && elapsedDays === logged.elapsedDays) continue;
    await rewriteFollowing(session, user.id, logged.reviewedAt, logged.id, {
      ...columnsOf(now.standing, logged.reviewedAt),
      due_date: now.standing.due ?? logged.reviewedAt,
      kind: logged.kind === 'manual' ? 'manual' : kindOf(now.before),
      elapsed_days: elapsedDays ?? null,
    });
  }
  const loggedAt = state.last_reviewed_at.isBefore(late.at) ? late.at : state.last_reviewed_at;
  await saveCardState(session, state, stateColumnsOf(after, loggedAt));
  if (isAnswer) await countReview(session, user.id, card.deck_id, late.quality, late.at);
  else await uncountReview(session, user.id, card.deck_id, was.log.get(late.undoes)?.quality ?? null);
  await recount(session, user, card.deck_id, was, is);
  if (settings.suspendsLeeches) await markLeech(session, user, state, before, after, settings);
  if (late.idempotencyId !== undefined)
    await insertReceipt(session, user.id, { idempotency_id: late.idempotencyId, study_log_id: id, reviewed_at: late.at });
  return { ...row, id, user_id: user.id };
}

/** Where a card stood at a time, by the answers in effect. */
function standingAt(history: History, at: Timestamp): Standing {
  return history.findLast(({ row }) => row.reviewedAt.isBefore(at))?.standing ?? NEVER_STUDIED;
}

/** A card that has become a leech is set aside, one that is none any more comes again. */
async function markLeech(
  session: Session,
  user: User,
  state: CardState,
  before: Standing,
  after: Standing,
  { leechThreshold }: StudySettings,
): Promise<void> {
  if (isLeech(before.lapses, after.lapses, leechThreshold))
    await saveMarks(session, user.id, state.card_id, { is_suspended: true });
  else if (state.is_suspended && isLeech(after.lapses, before.lapses, leechThreshold))
    await saveMarks(session, user.id, state.card_id, { is_suspended: false });
}
