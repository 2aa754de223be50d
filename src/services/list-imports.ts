import type { Session } from '../db/database.ts';
import { listOperations } from '../db/stores/operations.ts';
import type { User } from '../db/stores/users.ts';
import type { Timestamp } from '../schema/index.ts';
import { ownDeck } from './decks.ts';
import { KEEP_DELETED_DAYS } from './housekeeping.ts';
import { IMPORT, type ImportAbout } from './import-journal.ts';
import type { ImportUndone } from './undo-import.ts';

/** An import into a deck, as its history shows it. */
export interface PastImport {
  readonly id: bigint;
  readonly imported_at: Timestamp;
  readonly format: string;
  readonly added: number;
  readonly updated: number;
  readonly undone_at: Timestamp | null;
  readonly kept: number;
}

/** What a user imported into their own deck and can still take back, or took back, the newest first. */
export async function listImports(session: Session, user: User, deckId: bigint): Promise<PastImport[]> {
  await ownDeck(session, user, deckId);
  const since = session.clock.now().plusDays(-KEEP_DELETED_DAYS);
  const operations = await listOperations(session, user.id, IMPORT, since);
  return operations.flatMap(({ id, created_at, undone_at, inverse }) => {
    const { import: about, undone } = JSON.parse(inverse) as { import?: ImportAbout; undone?: ImportUndone };
    if (about === undefined || !about.decks.some((deck) => deck.id === String(deckId))) return [];
    const { format, added, updated } = about;
    return [{ id, imported_at: created_at, format, added, updated, undone_at, kept: undone?.kept ?? 0 }];
  });
}
