import { flashcase } from '../../schema/flashcase.ts';
import { checked, type RowOf } from '../../schema/index.ts';
import type { Session } from '../database.ts';

export type Passkey = RowOf<typeof flashcase.tables.passkey>;

export function insertPasskey(
  session: Session,
  values: Pick<Passkey, 'user_id' | 'credential_id' | 'public_key' | 'sign_count' | 'transports' | 'site' | 'name'>,
): Promise<Passkey> {
  return session.kysely
    .insertInto('passkey')
    .values(checked(flashcase.tables.passkey, { ...values, created_at: session.clock.now() }))
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** The passkeys of a user, the newest first. */
export function listPasskeys({ kysely }: Session, userId: bigint): Promise<Passkey[]> {
  return kysely.selectFrom('passkey').selectAll().where('user_id', '=', userId).orderBy('id', 'desc').execute();
}

export function findPasskey({ kysely }: Session, credentialId: string): Promise<Passkey | undefined> {
  return kysely.selectFrom('passkey').selectAll().where('credential_id', '=', credentialId).executeTakeFirst();
}

/** Notes down a use. False when the passkey has been removed meanwhile. */
export async function usePasskey({ kysely, clock }: Session, id: bigint, signCount: bigint): Promise<boolean> {
  const { numUpdatedRows } = await kysely
    .updateTable('passkey')
    .set({ sign_count: signCount, last_used_at: clock.now() })
    .where('id', '=', id)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** False when the user has no such passkey. */
export async function renamePasskey({ kysely }: Session, userId: bigint, id: bigint, name: string): Promise<boolean> {
  const query = kysely.updateTable('passkey').set({ name }).where('user_id', '=', userId).where('id', '=', id);
  return (await query.executeTakeFirst()).numUpdatedRows === 1n;
}

/** False when the user has no such passkey. */
export async function deletePasskey({ kysely }: Session, userId: bigint, id: bigint): Promise<boolean> {
  const query = kysely.deleteFrom('passkey').where('user_id', '=', userId).where('id', '=', id);
  return (await query.executeTakeFirst()).numDeletedRows === 1n;
}

export async function deletePasskeysOf({ kysely }: Session, userId: bigint): Promise<void> {
  await kysely.deleteFrom('passkey').where('user_id', '=', userId).execute();
}
