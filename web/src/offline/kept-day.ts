import type { Deck, StudyCard, StudyQueue, User } from '../api/types.ts';
import { LOOK_AHEAD_MS, queueOf } from '../lib/study-round.ts';
import { attempt, cardsOf, type KeptCard, type Refused } from './database.ts';
import { forgetMedia, keepMedia } from './kept-media.ts';
import { millisOf } from './schedule.ts';

const ME = 'me';

/** Of the answers the server will never take only the reason stays, no text of a card. */
async function forgetFronts(
  refused: { getAll(): Promise<Refused[]>; put(one: Refused): Promise<unknown> },
  isMeant: (userId: number) => boolean,
): Promise<void> {
  for (const { front, ...rest } of await refused.getAll())
    if (front !== undefined && isMeant(rest.userId)) void refused.put(rest);
}

/** Keeps who is signed in, for a start without a connection, and throws away what was kept for somebody else. */
export async function keepPerson(user: User): Promise<void> {
  await attempt(async (database) => {
    const writing = database.transaction(['people', 'days', 'cards', 'refused'], 'readwrite');
    const { id } = user;
    void writing.objectStore('people').put(user, ME);
    for (const name of ['days', 'cards'] as const) {
      const store = writing.objectStore(name);
      for (const key of await store.getAllKeys()) if (key[0] !== id) void store.delete(key as never);
    }
    await forgetFronts(writing.objectStore('refused'), (userId) => userId !== id);
    await writing.done;
  }, undefined);
  await forgetMedia(user.id);
}

export const keptPerson = (): Promise<User | undefined> => attempt((database) => database.get('people', ME), undefined);

/** Nobody is signed in any more: nothing of what they study stays. Unsent answers, and why others were refused, stay without a card's text. */
export async function forgetPerson(): Promise<void> {
  await attempt(async (database) => {
    const writing = database.transaction(['people', 'days', 'cards', 'refused'], 'readwrite');
    for (const name of ['people', 'days', 'cards'] as const) void writing.objectStore(name).clear();
    await forgetFronts(writing.objectStore('refused'), () => true);
    await writing.done;
  }, undefined);
  await forgetMedia();
}

let isAsked = false;

/** Browsers throw away what pages keep when room gets scarce, or after a week without a visit, unless they are asked not to. */
function askToStay(): void {
  if (isAsked) return;
  isAsked = true;
  void navigator.storage?.persist?.().catch(() => false);
}

interface Given {
  readonly userId: number;
  readonly deck: Deck;
  /** The decks below it; `undefined` where it is studied alone. */
  readonly lower: readonly Deck[] | undefined;
  readonly queue: StudyQueue;
  /** When the server was asked, in this browser's milliseconds. */
  readonly askedAt: number;
  /** All of today's cards, not only the next ones. */
  readonly isWhole: boolean;
  /** Cards whose last answers have not arrived: the server did not know where they stand. */
  readonly unsent: ReadonlySet<number>;
}

/**
 * Keeps what is to be studied in a deck, or in one with those below it: each card with its own deck, which can be studied alone from then on.
 * What was answered here after the server looked is known better here.
 */
export async function keepDay({ userId, deck, lower, queue, askedAt, isWhole, unsent }: Given): Promise<void> {
  askToStay();
  await attempt(async (database) => {
    const writing = database.transaction(['days', 'cards'], 'readwrite');
    const { settings, load, seconds_per_card: secondsPerCard } = queue;
    const days = writing.objectStore('days');
    const asked = new Set(queue.cards.map(({ deck_id }) => deck_id));
    for (const one of [deck, ...(lower ?? []).filter(({ id }) => asked.has(id))]) {
      const below = one === deck && lower !== undefined ? lower.map(({ id }) => id) : (await days.get([userId, one.id]))?.below;
      const day = { userId, deckId: one.id, deck: one, settings, load, secondsPerCard };
      void days.put(below === undefined ? day : { ...day, below });
    }
    const cards = writing.objectStore('cards');
    const meant = new Set([deck.id, ...(lower ?? []).map(({ id }) => id)]);
    const there = await cards.getAll(lower === undefined ? cardsOf(userId, deck.id) : cardsOf(userId));
    const kept = new Map(there.filter(({ deckId }) => meant.has(deckId)).map((one) => [one.cardId, one]));
    const isKnownBetter = (one: KeptCard) => one.touchedAt >= askedAt || unsent.has(one.cardId);
    for (const [rank, card] of queue.cards.entries()) {
      const one = kept.get(card.id);
      kept.delete(card.id);
      if (one !== undefined && isKnownBetter(one)) void cards.put({ ...one, rank });
      else void cards.put({ userId, deckId: card.deck_id, cardId: card.id, rank, card, touchedAt: 0, past: one?.past ?? [] });
    }
    if (isWhole) {
      for (const one of kept.values()) if (!isKnownBetter(one)) void cards.delete([one.userId, one.deckId, one.cardId]);
    }
    await writing.done;
  }, undefined);
  void keepMedia(userId, queue.cards);
}

/** A card that is suspended or buried now. */
export async function forgetCard(userId: number, deckId: number, cardId: number): Promise<void> {
  await attempt((database) => database.delete('cards', [userId, deckId, cardId]), undefined);
}

export const keptCard = (userId: number, deckId: number, cardId: number): Promise<KeptCard | undefined> =>
  attempt((database) => database.get('cards', [userId, deckId, cardId]), undefined);

export const keptDeck = async (userId: number, deckId: number): Promise<Deck | undefined> =>
  (await attempt((database) => database.get('days', [userId, deckId]), undefined))?.deck;

/** A time as the API writes it. */
const apiTime = (millis: number): string => new Date(millis).toISOString().slice(0, -1);

const byDue = (a: KeptCard, b: KeptCard): number => millisOf(a.card.due_date) - millisOf(b.card.due_date) || a.cardId - b.cardId;

/**
 * What to study now of what is kept, in the server's order: cards whose minutes are over, what the server asked besides, then cards whose
 * minutes are nearly over. What it asked and nobody has answered here is asked whatever its date: an exam brings cards forward.
 * `undefined` where nothing of the deck is kept.
 * @param now milliseconds of the server's clock
 * @param below with the decks below it, as they were when they were last studied together
 */
export async function keptQueue(
  userId: number,
  deckId: number,
  { now, limit, below }: { readonly now: number; readonly limit: number; readonly below: boolean },
): Promise<StudyQueue | undefined> {
  const [day, there] = await attempt(
    async (database) => {
      const reading = database.transaction(['days', 'cards']);
      return [
        await reading.objectStore('days').get([userId, deckId]),
        await reading.objectStore('cards').getAll(below ? cardsOf(userId) : cardsOf(userId, deckId)),
      ] as const;
    },
    [undefined, []] as const,
  );
  if (day === undefined) return undefined;
  const deckIds = [deckId, ...(below ? (day.below ?? []) : [])];
  const meant = new Set(deckIds);
  const all = there.filter((one) => meant.has(one.deckId));
  const isOver = ({ card }: KeptCard) => millisOf(card.due_date) <= now;
  const learning = all.filter(({ card }) => queueOf(card) === 'learning').sort(byDue);
  const isReady = (one: KeptCard) => {
    const queue = queueOf(one.card);
    return queue === 'new' || (queue === 'due' && (one.touchedAt === 0 || isOver(one)));
  };
  const ready = all.filter(isReady).sort((a, b) => a.rank - b.rank || byDue(a, b));
  const fresh = ready.filter(({ card }) => queueOf(card) === 'new').length;
  const nearly = learning.filter((one) => !isOver(one) && millisOf(one.card.due_date) <= now + LOOK_AHEAD_MS);
  const asked = [...learning.filter(isOver), ...ready, ...nearly];
  const later = all.filter((one) => !isReady(one) && !isOver(one)).sort(byDue)[0];
  return {
    now: apiTime(now),
    deck_ids: deckIds,
    counts: { new: fresh, learning: learning.length, due: ready.length - fresh },
    // What the day's limits leave for later is not kept.
    waiting: 0,
    catch_up: null,
    next_due: later?.card.due_date ?? null,
    seconds_per_card: day.secondsPerCard,
    settings: day.settings,
    load: day.load ?? null,
    cards: asked.slice(0, limit).map(({ card }): StudyCard => card),
  };
}

export interface KeptDeck {
  readonly id: number;
  readonly name: string;
  /** Cards to be asked now. */
  readonly cards: number;
  /** It was studied with the decks below it: they are counted with it. */
  readonly below: boolean;
}

/** The decks that can be studied without a connection; those below one that is studied with them are not named again. */
export async function keptDecks(userId: number, now: number): Promise<KeptDeck[]> {
  const days = await attempt((database) => database.getAll('days', IDBKeyRange.bound([userId], [userId, []])), []);
  const covered = new Set(days.flatMap(({ below }) => below ?? []));
  const decks = await Promise.all(
    days
      .filter(({ deckId }) => !covered.has(deckId))
      .map(async ({ deck, below }) => {
        const queue = await keptQueue(userId, deck.id, { now, limit: Number.POSITIVE_INFINITY, below: below !== undefined });
        return { id: deck.id, name: deck.name, cards: queue?.cards.length ?? 0, below: below !== undefined };
      }),
  );
  return decks.filter(({ cards }) => cards > 0);
}
