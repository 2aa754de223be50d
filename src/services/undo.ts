import type { Session } from '../db/database.ts';
import { keepListing } from '../db/stores/deck-listings.ts';
import { holdDeck, ownsDeck } from '../db/stores/decks.ts';
import { findOperation, holdOperation, holdRow, markUndone, type Operation, putBack } from '../db/stores/operations.ts';
import { indexAgain } from '../db/stores/search-rows.ts';
import type { User } from '../db/stores/users.ts';
import { FlashcaseError } from '../errors/index.ts';
import { Timestamp } from '../schema/index.ts';
import { type CatchUpInverse, putPlanBack } from './catch-up.ts';
import { type ManyAbout, putManyBack } from './change-many.ts';
import { type NoteInverse, putNoteBack } from './change-note.ts';
import { type CopyInverse, removeCopy } from './copy-deck.ts';
import { ownDeck } from './decks.ts';
import { KEEP_DELETED_DAYS } from './housekeeping.ts';
import type { ImportAbout } from './import-journal.ts';
import { type RowChange, realRows } from './operations.ts';
import { type Memories, type ParametersInverse, putParametersBack } from './parameters.ts';
import { type MarksInverse, putMarksBack } from './study-marks.ts';
import { subscribeAgain } from './subscriptions.ts';
import { putUpdateBack, type UpdateInverse } from './take-update.ts';
import { type ImportUndone, undoImport } from './undo-import.ts';

/** An operation that was taken back. */
export interface Undone extends Pick<Operation, 'id' | 'name' | 'target_id' | 'undone_at'> {
  /** Of an import, and of a change of many notes: what went, and what stays. */
  readonly imported: ImportUndone | undefined;
}

/** What taking an operation back needs; which of them, its name says. */
interface Inverse {
  readonly rows?: readonly RowChange[];
  readonly note?: NoteInverse;
  readonly marks?: MarksInverse;
  readonly catchUp?: CatchUpInverse;
  readonly parameters?: ParametersInverse;
  readonly copy?: CopyInverse;
  readonly update?: UpdateInverse;
  /** The subscription that was ended. */
  readonly unsubscribed?: string;
  readonly import?: ImportAbout;
  readonly many?: ManyAbout;
  /** Of an import, or a change of many, that was taken back. */
  readonly undone?: ImportUndone;
}

/**
 * Takes a change back: a delete, an edit, a mark. Only while everything is as the change left it (`FC_CHANGED_MEANWHILE`): nobody's later
 * change is lost. An import, and a change of
 * many notes, is taken back as far as that goes (undo-import.ts, change-many.ts). Once: a repeated call gets the same answer. Another user's operation, and one of more than a month ago, is `FC_NOT_FOUND`.
 * @param memories of all cards under the parameters that come back, where `parametersBefore` told of some; cards without one are replayed here
 */
export async function undoOperation(session: Session, user: User, id: bigint, memories?: Memories): Promise<Undone> {
  const operation = await holdOperation(session, user.id, id);
  const now = session.clock.now();
  if (operation === undefined || operation.created_at.isBefore(now.plusDays(-KEEP_DELETED_DAYS))) {
    throw new FlashcaseError('FC_NOT_FOUND', {
      what: 'There is nothing to take back',
      why: `A change can be taken back for ${KEEP_DELETED_DAYS} days, by whoever made it.`,
    });
  }
  const inverse = JSON.parse(operation.inverse) as Inverse;
  const { note, marks, catchUp, parameters, copy, update, unsubscribed, import: about, many, undone } = inverse;
  if (operation.undone_at !== null) return { ...operation, imported: undone };
  const rows = realRows(inverse.rows ?? []);
  for (const row of rows) await putRowBack(session, user, row);
  await indexAgain(
    session,
    rows.filter(({ table }) => table === 'card').map((row) => BigInt(row.id)),
  );
  if (note !== undefined) await putNoteBack(session, user, operation.target_id, note);
  if (marks !== undefined) await putMarksBack(session, user, operation.target_id, marks);
  if (catchUp !== undefined) await putPlanBack(session, user, catchUp);
  if (parameters !== undefined) await putParametersBack(session, user, parameters, memories);
  if (copy !== undefined) await removeCopy(session, operation.target_id, copy);
  if (update !== undefined) await putUpdateBack(session, user, operation.target_id, update);
  if (unsubscribed !== undefined) await subscribeAgain(session, user, operation.target_id, BigInt(unsubscribed));
  const imported = about === undefined ? undefined : await undoImport(session, user, operation, about);
  const changed = many === undefined ? undefined : await putManyBack(session, user, operation, many);
  await markUndone(session, id, now);
  return { ...operation, undone_at: now, imported: imported ?? changed };
}

/** The parameters that taking this operation back would put in force; `undefined` where it changed none, or was taken back. */
export async function parametersBefore(session: Session, user: User, id: bigint): Promise<ParametersInverse | undefined> {
  const operation = await findOperation(session, user.id, id, 'change_parameters');
  return operation === undefined || operation.undone_at !== null
    ? undefined
    : (JSON.parse(operation.inverse) as Inverse).parameters;
}

async function putRowBack(session: Session, user: User, { table, id, was, left }: RowChange): Promise<void> {
  const rowId = BigInt(id);
  const row = await holdRow(session, table, rowId);
  if (row?.updated_at.text !== left) {
    throw new FlashcaseError('FC_CHANGED_MEANWHILE', {
      what: `The ${table} was changed since: this cannot be taken back`,
      why: 'The later change would be lost with it.',
      hint: 'Take the later change back first, or change it by hand.',
    });
  }
  // A deck that is deleted is not there for anybody, its owner asks for it back; of everything else the deck must be there.
  // An exam or a saved search is its student's own, as the operation is.
  if (row.deck_id !== undefined) await ownDeck(session, user, row.deck_id);
  else if (table === 'deck' && !(await ownsDeck(session, user.id, rowId)))
    throw new FlashcaseError('FC_NOT_FOUND', { what: 'Deck not found' });
  // With its old version: it is that version to the letter, and a chain of changes can be taken back one by one.
  if (Object.keys(was).length > 0)
    await putBack(
      session,
      table,
      rowId,
      Object.fromEntries(Object.entries(was).map(([name, value]) => [name, readBack(name, value)])),
    );
  const deck = table === 'deck' ? await holdDeck(session, rowId) : undefined;
  if (deck !== undefined) await keepListing(session, deck, session.clock.now());
}

/** A value as JSON has kept it: times are texts there. */
const readBack = (name: string, value: unknown): unknown =>
  name.endsWith('_at') && typeof value === 'string' ? Timestamp.parse(value) : value;
