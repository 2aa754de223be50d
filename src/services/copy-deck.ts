import type { Session } from '../db/database.ts';
import { writingMany } from '../db/stores/bulk-rows.ts';
import { hasChangedSince, listPlainCardsOfDeck } from '../db/stores/copies.ts';
import { countCopies } from '../db/stores/deck-listings.ts';
import { type Deck, holdDeck, insertDeck, updateDeck } from '../db/stores/decks.ts';
import { listNotesOfDeck } from '../db/stores/notes.ts';
import { recordOperation } from '../db/stores/operations.ts';
import { holdSubscription, updateSubscription } from '../db/stores/subscriptions.ts';
import type { User } from '../db/stores/users.ts';
import { FlashcaseError } from '../errors/index.ts';
import { Timestamp } from '../schema/index.ts';
import { type CountedDeck, readableDeck } from './decks.ts';
import { GivingWay } from './giving-way.ts';
import { beyondRows } from './operations.ts';
import { insertCopies, itemOfCard, itemsOfNotes, type SourceItem, TypeCopies } from './shared-notes.ts';

/** Notes copied together; others are answered between. */
const PAGE = 100;

/** What taking a copy back needs. */
export interface CopyInverse {
  readonly source: string;
  /** Versions that it left: of the deck, and of every note and card in it. */
  readonly left: string;
  readonly made: string;
  readonly subscription?: string;
  readonly isCounted: boolean;
}

export interface Copy {
  readonly deck: Deck;
  readonly cards: number;
  readonly now: Timestamp;
}

/** All that a deck shares, in parts. */
async function* itemsOfDeck(session: Session, deckId: bigint): AsyncGenerator<SourceItem[]> {
  for (let after: bigint | undefined; ; ) {
    const notes = await listNotesOfDeck(session, deckId, { after, limit: PAGE });
    if (notes.length > 0) yield await itemsOfNotes(session, notes);
    after = notes.at(-1)?.id;
    if (notes.length < PAGE) break;
  }
  for (let after: bigint | undefined; ; ) {
    const cards = await listPlainCardsOfDeck(session, deckId, { after, limit: PAGE });
    if (cards.length > 0) yield cards.map(itemOfCard);
    after = cards.at(-1)?.id;
    if (cards.length < PAGE) return;
  }
}

/** Copies a deck with all its notes into a new deck of the user's. @param onCopied told which note each became */
export async function copyDeck(
  session: Session,
  user: User,
  source: Deck,
  onCopied: (items: readonly SourceItem[], noteIds: readonly bigint[]) => Promise<void> = async () => {},
): Promise<Copy> {
  const { name, description, school, course, professor, year } = source;
  const deck = await insertDeck(session, user.id, { name, description, school, course, professor, year });
  const now = session.clock.now();
  const types = new TypeCopies(session, user);
  const way = new GivingWay();
  let cards = 0;
  await writingMany(session, async () => {
    for await (const items of itemsOfDeck(session, source.id)) {
      await onCopied(items, await insertCopies(session, deck.id, items, types, now));
      for (const item of items) cards += item.cards.filter(({ deleted_at }) => deleted_at === null).length;
      await way.now();
    }
  });
  return { deck, cards, now };
}

/** Records a copy, and counts it for its source. */
export async function recordCopy(
  session: Session,
  user: User,
  name: 'clone_deck' | 'subscribe',
  source: Deck & { readonly is_owner: boolean | null },
  { deck, now }: Copy,
  subscription?: bigint,
): Promise<void> {
  // Who copies their own deck makes it no more wanted.
  const isCounted = source.is_owner !== true;
  const inverse: CopyInverse = {
    source: String(source.id),
    left: deck.updated_at.text,
    made: now.text,
    ...(subscription === undefined ? {} : { subscription: String(subscription) }),
    isCounted,
  };
  await recordOperation(session, user.id, name, deck.id, beyondRows({ copy: inverse }));
  if (isCounted) await countCopies(session, source.id, 1);
}

/** A deck of the user's own with the notes, types and tags of one they may read, without anybody's history. */
export async function cloneDeck(session: Session, user: User, deckId: bigint): Promise<CountedDeck> {
  const source = await readableDeck(session, user, deckId);
  const copy = await copyDeck(session, user, source);
  await recordCopy(session, user, 'clone_deck', source, copy);
  return { ...copy.deck, is_owner: true, card_count: copy.cards, due_count: copy.cards };
}

/** Takes a copy back, as long as nothing in it was changed, added or studied (`FC_CHANGED_MEANWHILE`). */
export async function removeCopy(session: Session, deckId: bigint, inverse: CopyInverse): Promise<void> {
  const deck = await holdDeck(session, deckId);
  const isUntouched =
    deck?.updated_at.text === inverse.left &&
    !(await hasChangedSince(session, deckId, Timestamp.parse(inverse.made) as Timestamp));
  if (!isUntouched)
    throw new FlashcaseError('FC_CHANGED_MEANWHILE', {
      what: 'This deck was changed or studied since: its copying cannot be taken back',
      why: 'What you did in it would be lost with it.',
      hint: 'Delete the deck if you do not want it any more.',
    });
  const now = session.clock.now();
  await updateDeck(session, deckId, { deleted_at: now });
  if (inverse.subscription !== undefined) {
    const subscription = await holdSubscription(session, BigInt(inverse.subscription));
    if (subscription?.ended_at === null) await updateSubscription(session, subscription.id, { ended_at: now });
  }
  if (inverse.isCounted) await countCopies(session, BigInt(inverse.source), -1);
}
