import { flashcase } from '../../schema/flashcase.ts';
import { checked, type RowOf, type Timestamp } from '../../schema/index.ts';
import type { Session } from '../database.ts';

export type OneTimeToken = RowOf<typeof flashcase.tables.one_time_token>;

export async function insertOneTimeToken(
  session: Session,
  values: Pick<OneTimeToken, 'purpose' | 'user_id' | 'token_hash' | 'expires_at'>,
): Promise<void> {
  await session.kysely
    .insertInto('one_time_token')
    .values(checked(flashcase.tables.one_time_token, { ...values, created_at: session.clock.now() }))
    .execute();
}

/** A token of a purpose that has neither ended nor been used. */
export function findOneTimeToken(
  { kysely, clock }: Session,
  purpose: string,
  tokenHash: string,
): Promise<OneTimeToken | undefined> {
  return kysely
    .selectFrom('one_time_token')
    .selectAll()
    .where('token_hash', '=', tokenHash)
    .where('purpose', '=', purpose)
    .where('expires_at', '>', clock.now())
    .executeTakeFirst();
}

/** Uses a token up: of many who come with it at once, one gets it. */
export async function takeOneTimeToken(session: Session, purpose: string, tokenHash: string): Promise<OneTimeToken | undefined> {
  const found = await findOneTimeToken(session, purpose, tokenHash);
  if (found === undefined) return undefined;
  const { numDeletedRows } = await session.kysely.deleteFrom('one_time_token').where('id', '=', found.id).executeTakeFirst();
  return numDeletedRows === 1n ? found : undefined;
}

/** Ends every token that a user has not used, whatever it is for. */
export async function deleteOneTimeTokensOf({ kysely }: Session, userId: bigint): Promise<void> {
  await kysely.deleteFrom('one_time_token').where('user_id', '=', userId).execute();
}

/** Removes the tokens of anybody that have ended. */
export async function deleteEndedOneTimeTokens({ kysely }: Session, now: Timestamp): Promise<void> {
  await kysely.deleteFrom('one_time_token').where('expires_at', '<=', now).execute();
}
