import type { Session } from '../db/database.ts';
import { findCard, holdCardRow } from '../db/stores/cards.ts';
import { findDeck, ownsDeck } from '../db/stores/decks.ts';
import { findNote, holdNote } from '../db/stores/notes.ts';
import type { Page } from '../db/stores/page.ts';
import { ownNotes, type SourceKind, trackedNote } from '../db/stores/subscriptions.ts';
import {
  answerSuggestion,
  holdSuggestion,
  insertSuggestion,
  listReceived,
  listSent,
  openSuggestionsOf,
  type ShownSuggestion,
  type Suggestion,
} from '../db/stores/suggestions.ts';
import type { User } from '../db/stores/users.ts';
import { FlashcaseError } from '../errors/index.ts';
import { editedFields, type Taken } from '../notes/merge-note.ts';
import { changeCard } from './cards.ts';
import { changeNote } from './change-note.ts';
import { fieldsOf } from './prepare-note.ts';
import { itemOfCard, sharedOf } from './shared-notes.ts';

/** Suggestions of one person for one deck that may wait for an answer. */
const MOST_OPEN = 100;

export const SUGGESTION_STATES = ['open', 'accepted', 'declined', 'withdrawn'] as const;

/** One field of a suggestion. */
export interface SuggestedField {
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

export interface SuggestionView extends Omit<ShownSuggestion, 'changes'> {
  readonly changes: readonly SuggestedField[];
}

const changesOf = ({ changes }: Suggestion): SuggestedField[] => JSON.parse(changes) as SuggestedField[];

/** What a suggestion is about, as its deck has it now. */
async function sourceNote(session: Session, user: User, deckId: bigint, kind: SourceKind, id: bigint) {
  if (kind === 'note') {
    const note = await findNote(session, user.id, id);
    return note?.deck_id === deckId ? note : undefined;
  }
  const card = await findCard(session, user.id, id);
  return card?.deck_id === deckId && card.note_id === null ? itemOfCard(card) : undefined;
}

/**
 * Proposes what a subscriber changed in a note to who publishes it, field by field as it stands now. One that waits already for the same
 * note gives way.
 */
export async function suggest(session: Session, user: User, noteId: bigint, comment: string | null): Promise<SuggestionView> {
  const tracked = await trackedNote(session, user.id, noteId);
  const [row] = tracked === undefined ? [] : await ownNotes(session, user.id, [noteId]);
  if (tracked === undefined || row === undefined)
    throw new FlashcaseError('FC_NOT_FOUND', { what: 'This note comes from no deck that you follow' });
  const deckId = tracked.source_deck_id;
  const deck = await findDeck(session, user.id, deckId);
  const source = deck === undefined ? undefined : await sourceNote(session, user, deckId, tracked.source_kind, tracked.source_id);
  if (deck === undefined || source === undefined)
    throw new FlashcaseError('FC_CONFLICT', {
      what: 'The deck you follow has this note no more',
      hint: 'Look at its update first.',
    });
  const shared = await sharedOf(session, [row, source]);
  const yours = shared(row, []);
  const theirs = shared(source, []);
  if (yours.shape !== theirs.shape)
    throw new FlashcaseError('FC_CONFLICT', { what: 'Your note is of another type than theirs: its fields cannot be suggested' });
  const changes = editedFields(JSON.parse(tracked.taken) as Taken, yours)
    .map((name): SuggestedField => ({ name, from: theirs.fields.get(name) ?? '', to: yours.fields.get(name) ?? '' }))
    .filter(({ from, to }) => from !== to);
  if (changes.length === 0)
    throw new FlashcaseError('FC_BAD_REQUEST', { what: 'You have changed nothing in this note', hint: 'Edit it first.' });
  const open = await openSuggestionsOf(session, user.id, deckId);
  const before = open.find((one) => one.source_kind === tracked.source_kind && one.source_id === tracked.source_id);
  if (before === undefined && open.length >= MOST_OPEN)
    throw new FlashcaseError('FC_CONFLICT', {
      what: `${MOST_OPEN} of your suggestions for this deck wait for an answer`,
      hint: 'Wait for one, or withdraw some.',
    });
  if (before !== undefined)
    await answerSuggestion(session, before.id, { status: 'withdrawn', answer: null, answered_at: session.clock.now() });
  const { source_kind, source_id } = tracked;
  const values = { user_id: user.id, deck_id: deckId, source_kind, source_id, comment };
  const made = await insertSuggestion(session, { ...values, changes: JSON.stringify(changes) });
  return { ...made, changes, deck_name: deck.name, username: user.username };
}

export interface SuggestionFilter {
  readonly scope: 'received' | 'sent';
  readonly deckId: bigint | undefined;
  readonly status: Suggestion['status'] | undefined;
}

/** A page of suggestions for one's own decks, or of those one made. */
export async function browseSuggestions(
  session: Session,
  user: User,
  { scope, ...filter }: SuggestionFilter,
  page: Page,
): Promise<SuggestionView[]> {
  const rows = await (scope === 'received' ? listReceived : listSent)(session, user.id, filter, page);
  return rows.map((row) => ({ ...row, changes: changesOf(row) }));
}

const notFound = (): FlashcaseError => new FlashcaseError('FC_NOT_FOUND', { what: 'Suggestion not found' });

/** A suggestion that waits for an answer, for whom it is to answer; anybody else's does not exist (`FC_NOT_FOUND`). */
async function heldOpen(session: Session, id: bigint, mayAnswer: (found: Suggestion) => Promise<boolean>): Promise<Suggestion> {
  const found = await holdSuggestion(session, id);
  if (found === undefined || !(await mayAnswer(found))) throw notFound();
  if (found.status !== 'open') throw new FlashcaseError('FC_CONFLICT', { what: `This suggestion is already ${found.status}` });
  return found;
}

const receivedBy = (session: Session, user: User) => (found: Suggestion) => ownsDeck(session, user.id, found.deck_id);

/** Makes a suggestion one's own change, which can be taken back as any other. A field that was changed meanwhile is not written over. */
export async function acceptSuggestion(session: Session, user: User, id: bigint): Promise<void> {
  const found = await heldOpen(session, id, receivedBy(session, user));
  // Held before it is read: a change that its owner makes meanwhile must not be written over.
  await (found.source_kind === 'note' ? holdNote : holdCardRow)(session, found.source_id);
  const source = await sourceNote(session, user, found.deck_id, found.source_kind, found.source_id);
  if (source === undefined) throw new FlashcaseError('FC_CONFLICT', { what: 'The note is there no more', hint: 'Decline it.' });
  const fields = fieldsOf(source);
  for (const { name, from, to } of changesOf(found)) {
    if ((fields.get(name) ?? '') !== from)
      throw new FlashcaseError('FC_CHANGED_MEANWHILE', {
        what: `${name} was changed since this was suggested`,
        hint: 'Change the note by hand, and decline the suggestion.',
      });
    fields.set(name, to);
  }
  if (found.source_kind === 'note') await changeNote(session, user, found.source_id, { fields });
  else await changeCard(session, user, found.source_id, { front: fields.get('Front') ?? '', back: fields.get('Back') ?? '' });
  await answerSuggestion(session, id, { status: 'accepted', answer: null, answered_at: session.clock.now() });
}

export async function declineSuggestion(session: Session, user: User, id: bigint, answer: string | null): Promise<void> {
  await heldOpen(session, id, receivedBy(session, user));
  await answerSuggestion(session, id, { status: 'declined', answer, answered_at: session.clock.now() });
}

/** Takes one's own suggestion back. */
export async function withdrawSuggestion(session: Session, user: User, id: bigint): Promise<void> {
  await heldOpen(session, id, async (found) => found.user_id === user.id);
  await answerSuggestion(session, id, { status: 'withdrawn', answer: null, answered_at: session.clock.now() });
}
