import type { Database } from '../db/database.ts';
import { closeAccount, closedAccounts, deleteDecksOf, deleteRestOf, deleteRowsOf, hasOtherAdmin } from '../db/stores/accounts.ts';
import { disownMedia, hashesOf, textsWithMedia } from '../db/stores/media.ts';
import { purgeCards, purgeDecks, purgeNotes } from '../db/stores/purge.ts';
import { takeUser, type User } from '../db/stores/users.ts';
import { FlashcaseError } from '../errors/index.ts';
import { MEDIA_PATH, mediaIn } from '../notes/media.ts';
import { takeUnchanged } from './accounts.ts';
import { isOfTheDatabase } from './of-the-database.ts';
import { pageByPage, untilNone } from './until-none.ts';

/** The trash is emptied of decks that were deleted longer ago (`housekeeping.ts`). */
const TRASH_DAYS = 31;

/**
 * Deletes an account, which cannot be taken back. When this resolves nobody gets in, its name is free, and its decks and reviews are seen by
 * nobody; `removeClosedAccounts` removes the rows, and goes on where it was killed. Copies that others made of its public decks are theirs and stay; so do
 * cards others have studied, for their history, and what it did as a moderator, without a name.
 * @param confirmed as it was when its owner gave the password for it
 * @throws FC_NOT_FOUND, FC_CONFLICT for the last administrator, FC_BAD_REQUEST where the password has changed since
 */
export async function deleteAccount(database: Database, userId: bigint, confirmed?: User): Promise<void> {
  await database.write(async (session) => {
    // All administrators are held first, in the order of their numbers: two who go at once come one after the other.
    const hasOther = await hasOtherAdmin(session, userId);
    // Whoever had the old password must not delete what a reset has just given back to its owner.
    const user = confirmed === undefined ? await takeUser(session, userId) : await takeUnchanged(session, confirmed);
    if (user === undefined) throw new FlashcaseError('FC_NOT_FOUND', { what: 'User not found' });
    if (user.is_admin && user.is_active && !hasOther)
      throw new FlashcaseError('FC_CONFLICT', {
        what: 'This is the last administrator',
        hint: 'Make somebody else one first: flashcase user grant-admin NAME.',
      });
    await closeAccount(session, userId, session.clock.now().plusDays(-TRASH_DAYS - 1));
  });
}

/**
 * Removes what is left of accounts that were deleted, in small units of work. Returns how many accounts there were.
 * @param stopping what is left is removed another time
 */
export async function removeClosedAccounts(database: Database, stopping?: AbortSignal): Promise<number> {
  const closed = await database.read(closedAccounts);
  if (closed.length === 0) return 0;
  // Work that had begun before may have made decks after their account was closed.
  const longAgo = database.clock.now().plusDays(-TRASH_DAYS - 1);
  const failures: unknown[] = [];
  /** An account that cannot be removed, whatever refers to it, keeps no other. */
  const each = async (work: (userId: bigint) => Promise<unknown>): Promise<void> => {
    for (const userId of closed) {
      if (stopping?.aborted === true) return;
      await work(userId).catch((error: unknown) => {
        if (isOfTheDatabase(error)) throw error;
        failures.push(error);
      });
    }
  };
  await each((userId) => database.write((session) => deleteDecksOf(session, userId, longAgo)));
  await each((userId) => untilNone(() => database.write((session) => deleteRowsOf(session, userId)), stopping));
  const before = database.clock.now().plusDays(-TRASH_DAYS);
  await pageByPage((after) => database.write((session) => purgeCards(session, before, after)), stopping);
  await untilNone(() => database.write((session) => purgeNotes(session, before)), stopping);
  await pageByPage((after) => database.write((session) => purgeDecks(session, before, after)), stopping);
  await each((userId) => removeMediaOf(database, userId, stopping));
  await each((userId) => database.write((session) => deleteRestOf(session, userId)));
  if (stopping?.aborted === true) return 0;
  if (failures.length > 0) throw failures[0];
  return closed.length;
}

/**
 * Removes pictures and sounds that nobody else gave and that no text shows, at once. Whose they were is forgotten with each: where it is
 * killed, the next night goes on.
 */
async function removeMediaOf(database: Database, userId: bigint, stopping: AbortSignal | undefined): Promise<void> {
  const hashes = await database.read((session) => hashesOf(session, userId));
  if (hashes.length === 0) return;
  const shown = new Set<string>();
  await database.read(async (session) => {
    for await (const text of textsWithMedia(session, MEDIA_PATH)) for (const hash of mediaIn(text)) shown.add(hash);
  });
  for (const hash of hashes) {
    if (stopping?.aborted === true) return;
    await database.write((session) => disownMedia(session, userId, hash, shown.has(hash)));
  }
}
