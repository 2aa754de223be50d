import type { StudyCard } from '../api/types.ts';
import { lasting } from '../lib/storage.ts';
import { attempt, type KeptDatabase, type Refused, type StudyEvent } from './database.ts';

/** The steps back that are kept of a card; more than a round takes back. */
const MOST_PAST = 30;

/** As release 0.1 kept them, and as a browser without a database still does: one entry for each answer. */
const PREFIX = 'flashcase.review.';
const nameOf = ({ userId, key }: Pick<StudyEvent, 'userId' | 'key'>): string => `${PREFIX}${userId}.${key}`;

function inStorage(userId: number): StudyEvent[] {
  return lasting.keys(`${PREFIX}${userId}.`).flatMap((name) => {
    try {
      return [{ ...(JSON.parse(lasting.read(name) ?? '') as StudyEvent), userId }];
    } catch {
      return [];
    }
  });
}

/** A card beside the event that changes it. */
export interface CardChange {
  /** As the answer leaves it. */
  readonly after: StudyCard;
  readonly before: StudyCard;
}

type Writing = ReturnType<typeof startWriting>;
/** `strict`: kept means kept, also when the power fails. */
const startWriting = (database: KeptDatabase) => database.transaction(['events', 'cards'], 'readwrite', { durability: 'strict' });

/** Without a change only the server knows what the answer leads to; that there was one is known here. */
async function changeCard(
  writing: Writing,
  { userId, deckId, cardId, key }: StudyEvent,
  change: CardChange | undefined,
): Promise<void> {
  const cards = writing.objectStore('cards');
  const kept = await cards.get([userId, deckId, cardId]);
  if (change === undefined) {
    if (kept !== undefined) await cards.put({ ...kept, touchedAt: Date.now() });
    return;
  }
  const past = [{ key, card: change.before }, ...(kept?.past ?? [])].slice(0, MOST_PAST);
  const rank = kept?.rank ?? Number.MAX_SAFE_INTEGER;
  await cards.put({ userId, deckId, cardId, rank, card: change.after, touchedAt: Date.now(), past });
}

/** The card as it was before an answer. Where that is not known any more, only the server can say: it is left out until then. */
async function changeBack(writing: Writing, { userId, deckId, cardId }: StudyEvent, undone: string): Promise<void> {
  const cards = writing.objectStore('cards');
  const kept = await cards.get([userId, deckId, cardId]);
  if (kept === undefined) return;
  const at = kept.past.findIndex(({ key }) => key === undone);
  const before = kept.past[at]?.card;
  if (before === undefined) return cards.delete([userId, deckId, cardId]);
  await cards.put({ ...kept, card: before, touchedAt: Date.now(), past: kept.past.slice(at + 1) });
}

/** Keeps an event and what it does to its card, both or neither. False where it is kept in this page's memory only. */
export async function keepEvent(event: StudyEvent, change: CardChange | undefined): Promise<boolean> {
  const isKept = await attempt(async (database) => {
    const writing = startWriting(database);
    void writing.objectStore('events').put(event);
    if (event.undoes === undefined) await changeCard(writing, event, change);
    else await changeBack(writing, event, event.undoes);
    await writing.done;
    return true;
  }, false);
  return isKept || lasting.write(nameOf(event), JSON.stringify(event));
}

/** Throws an event away that never left this browser, with what it did to its card. */
export async function dropEvent(event: StudyEvent): Promise<void> {
  lasting.remove(nameOf(event));
  await attempt(async (database) => {
    const writing = startWriting(database);
    void writing.objectStore('events').delete(event.key);
    await changeBack(writing, event, event.key);
    await writing.done;
  }, undefined);
}

/** The server has it, or will never take it: then why. */
export async function settleEvent(event: StudyEvent, refused?: Refused): Promise<void> {
  await attempt(async (database) => {
    const writing = database.transaction(['events', 'refused'], 'readwrite');
    if (refused !== undefined) void writing.objectStore('refused').put(refused);
    void writing.objectStore('events').delete(event.key);
    await writing.done;
  }, undefined);
  lasting.remove(nameOf(event));
}

/** The events of a user in this browser, oldest first. */
export async function readEvents(userId: number): Promise<StudyEvent[]> {
  const kept = await attempt((database) => database.getAllFromIndex('events', 'user', userId), []);
  const known = new Set(kept.map(({ key }) => key));
  return [...kept, ...inStorage(userId).filter(({ key }) => !known.has(key))].sort((a, b) => a.at - b.at);
}

export const readRefused = (userId: number): Promise<Refused[]> =>
  attempt((database) => database.getAllFromIndex('refused', 'user', userId), []);

export async function forgetRefused(keys: readonly string[]): Promise<void> {
  await attempt(async (database) => {
    const writing = database.transaction('refused', 'readwrite');
    for (const key of keys) void writing.store.delete(key);
    await writing.done;
  }, undefined);
}
