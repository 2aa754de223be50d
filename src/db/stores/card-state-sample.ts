import { type RawBuilder, sql } from 'kysely';
import type { Session } from '../database.ts';
import type { CardState, StudyLog } from './study.ts';

/** Which card states: every hundredth, another hundredth each time the remainder is another one; or all. */
export interface Sample {
  readonly remainder: number | undefined;
  readonly limit: number;
  readonly after?: Pick<CardState, 'user_id' | 'card_id'>;
}

const isChosen = (remainder: number): RawBuilder<boolean> => sql<boolean>`(card_id + 31 * user_id) % 100 = ${remainder}`;

export async function countCardStates({ kysely }: Session): Promise<number> {
  const { count } = await kysely
    .selectFrom('card_state')
    .select((eb) => eb.fn.countAll().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** A page of the chosen card states, by user and card. */
export function listCardStates({ kysely }: Session, { remainder, limit, after }: Sample): Promise<CardState[]> {
  let query = kysely.selectFrom('card_state').selectAll().orderBy('user_id').orderBy('card_id').limit(limit);
  if (remainder !== undefined) query = query.where(isChosen(remainder));
  if (after !== undefined)
    query = query.where((eb) =>
      eb.or([eb('user_id', '>', after.user_id), eb.and([eb('user_id', '=', after.user_id), eb('card_id', '>', after.card_id)])]),
    );
  return query.execute();
}

/** All reviews of a card by a user, oldest first. */
export function reviewsOf(
  { kysely }: Session,
  { user_id, card_id }: Pick<CardState, 'user_id' | 'card_id'>,
): Promise<StudyLog[]> {
  return kysely
    .selectFrom('study_log')
    .selectAll()
    .where('user_id', '=', user_id)
    .where('card_id', '=', card_id)
    .orderBy('reviewed_at')
    .orderBy('id')
    .execute();
}
