import type { Session } from '../db/database.ts';
import { findCard } from '../db/stores/cards.ts';
import { recordOperation } from '../db/stores/operations.ts';
import { type CardState, type Marks, saveMarks } from '../db/stores/study.ts';
import type { User } from '../db/stores/users.ts';
import { FlashcaseError } from '../errors/index.ts';
import { Timestamp } from '../schema/index.ts';
import { startOfStudyDay, studyDay } from '../study/study-day.ts';
import { holdCard } from './study.ts';
import { studySettings } from './study-settings.ts';

/** What a student marks on a card. `is_buried`: not before tomorrow. */
export interface MarksInput {
  readonly is_suspended?: boolean | undefined;
  readonly is_buried?: boolean | undefined;
  readonly flag?: number | undefined;
}

export interface MarksAnswer {
  readonly card_id: bigint;
  readonly is_suspended: boolean;
  readonly buried_until: Timestamp | null;
  readonly flag: number;
}

/** Marks as JSON holds them; of those that were changed. */
export interface KeptMarks {
  readonly is_suspended?: boolean;
  readonly buried_until?: string | null;
  readonly flag?: number;
}

/** What taking a mark back needs. */
export interface MarksInverse {
  readonly was: KeptMarks;
  readonly left: KeptMarks;
}

export const MARKS = ['is_suspended', 'buried_until', 'flag'] as const;

export const keptMarks = (marks: Marks, names: readonly (keyof Marks)[]): KeptMarks =>
  Object.fromEntries(
    names.map((name) => [name, marks[name] instanceof Timestamp ? (marks[name] as Timestamp).text : marks[name]]),
  );

async function heldState(session: Session, user: User, cardId: bigint): Promise<CardState> {
  const card = await findCard(session, user.id, cardId);
  if (card === undefined) throw new FlashcaseError('FC_NOT_FOUND', { what: 'Card not found' });
  return (await holdCard(session, user, card)).state;
}

/** Suspends, buries until the next study day, or flags a card; what is left out stays as it is. */
export async function markCard(session: Session, user: User, cardId: bigint, input: MarksInput): Promise<MarksAnswer> {
  const state = await heldState(session, user, cardId);
  const settings = await studySettings(session, user.id);
  const tomorrow = startOfStudyDay(studyDay(session.clock.now(), settings) + 1, settings);
  const marks: Marks = {
    is_suspended: input.is_suspended ?? state.is_suspended,
    buried_until: input.is_buried === undefined ? state.buried_until : input.is_buried ? tomorrow : null,
    flag: input.flag ?? state.flag,
  };
  const [was, left] = [keptMarks(state, MARKS), keptMarks(marks, MARKS)];
  const changed = MARKS.filter((name) => was[name] !== left[name]);
  if (changed.length > 0) {
    await saveMarks(session, user.id, cardId, marks);
    const marksInverse: MarksInverse = { was: keptMarks(state, changed), left: keptMarks(marks, changed) };
    await recordOperation(session, user.id, 'mark_card', cardId, { marks: marksInverse });
  }
  return { card_id: cardId, ...marks };
}

/** Gives a card the marks of before, if they are still as they were left (`FC_CHANGED_MEANWHILE`). */
export async function putMarksBack(session: Session, user: User, cardId: bigint, { was, left }: MarksInverse): Promise<void> {
  const now = keptMarks(await heldState(session, user, cardId), MARKS);
  if (MARKS.some((name) => left[name] !== undefined && left[name] !== now[name])) {
    throw new FlashcaseError('FC_CHANGED_MEANWHILE', {
      what: 'This card was marked otherwise since: this cannot be taken back',
      hint: 'Mark it as you want it to be.',
    });
  }
  const { buried_until, ...marks } = was;
  const date =
    buried_until === undefined
      ? {}
      : { buried_until: buried_until === null ? null : (Timestamp.parse(buried_until) as Timestamp) };
  await saveMarks(session, user.id, cardId, { ...marks, ...date });
}
