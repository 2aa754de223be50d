import type { Session } from '../database.ts';
import { isInEffect } from './in-effect.ts';
import type { CardState, StudyLog } from './study.ts';

export type { CardState, StudyLog };

/** Where a user stands with a card; `undefined` when they never studied it. */
export function findCardState({ kysely }: Session, userId: bigint, cardId: bigint): Promise<CardState | undefined> {
  return kysely
    .selectFrom('card_state')
    .selectAll()
    .where('user_id', '=', userId)
    .where('card_id', '=', cardId)
    .executeTakeFirst();
}

/** The reviews of a card by a user, newest first, without what was taken back and without cram, which changes no date. */
export function listCardReviews({ kysely }: Session, userId: bigint, cardId: bigint, limit: number): Promise<StudyLog[]> {
  return (
    kysely
      .selectFrom('study_log')
      .selectAll()
      .where('user_id', '=', userId)
      .where('card_id', '=', cardId)
      .where((eb) => eb.or([eb('kind', 'is', null), eb('kind', 'not in', ['undo', 'cram'])]))
      // Where its student put it is no review; what an import says instead of them has no settings of its own.
      .where((eb) => eb.or([eb('kind', 'is', null), eb('kind', '<>', 'manual'), eb('settings_version', 'is', null)]))
      .where(isInEffect)
      .orderBy('reviewed_at', 'desc')
      .orderBy('id', 'desc')
      .limit(limit)
      .execute()
  );
}
