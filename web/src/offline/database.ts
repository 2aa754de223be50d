import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import type { Deck, StudyCard, StudyQueue, User } from '../api/types.ts';

/** An answer on its way to the server, or the taking back of one. */
export interface StudyEvent {
  readonly key: string;
  readonly userId: number;
  readonly cardId: number;
  readonly deckId: number;
  /** 1 Again, 2 Hard, 3 Good, 4 Easy. */
  readonly grade?: number;
  /** Kept by a page of release 0.1, in place of the grade. */
  readonly quality?: number;
  readonly durationMs?: number;
  /** The days that its button promised. */
  readonly interval?: number;
  /** The key of the answer that this takes back, in place of a grade. */
  readonly undoes?: string;
  /** When it was given, in milliseconds of the server's clock as this browser knows it; also the order. */
  readonly at: number;
}

/** One that the server will never take, and why, until its student has seen that. */
export interface Refused {
  readonly key: string;
  readonly userId: number;
  readonly message: string;
  /** Of its card, where that is known: the first that is forgotten when its student signs out. */
  readonly front?: string;
}

/** What a round in a deck needs besides its cards. */
export interface KeptDay {
  readonly userId: number;
  readonly deckId: number;
  readonly deck: Deck;
  /** The decks below it, once they were studied together. */
  readonly below?: readonly number[];
  readonly settings: StudyQueue['settings'];
  /** Absent in days kept by an older page. */
  readonly load?: StudyQueue['load'];
  readonly secondsPerCard: number | null;
}

export interface KeptCard {
  readonly userId: number;
  readonly deckId: number;
  readonly cardId: number;
  /** Its place in what the server gave. */
  readonly rank: number;
  /** As the last answer left it. */
  readonly card: StudyCard;
  /** When it was last answered here, in this browser's milliseconds; 0 for never. */
  readonly touchedAt: number;
  /** As it was before each answer, newest first: for taking that back. */
  readonly past: readonly { readonly key: string; readonly card: StudyCard }[];
}

interface Stores extends DBSchema {
  events: { key: string; value: StudyEvent; indexes: { user: number } };
  refused: { key: string; value: Refused; indexes: { user: number } };
  days: { key: [userId: number, deckId: number]; value: KeptDay };
  cards: { key: [userId: number, deckId: number, cardId: number]; value: KeptCard };
  people: { key: string; value: User };
}

export type KeptDatabase = IDBPDatabase<Stores>;

let opening: Promise<KeptDatabase | undefined> | undefined;

/** Some browsers say neither yes nor no: then nothing is kept, and nobody waits. */
const PATIENCE_MS = 3000;

/** What is kept in this browser; `undefined` where it keeps nothing, as in some private windows. */
export function keptDatabase(): Promise<KeptDatabase | undefined> {
  opening ??= Promise.race([
    open(),
    new Promise<undefined>((resolve) => {
      setTimeout(resolve, PATIENCE_MS);
    }),
  ]);
  return opening;
}

function open(): Promise<KeptDatabase | undefined> {
  return openDB<Stores>('flashcase', 1, {
    upgrade(database) {
      database.createObjectStore('events', { keyPath: 'key' }).createIndex('user', 'userId');
      database.createObjectStore('refused', { keyPath: 'key' }).createIndex('user', 'userId');
      database.createObjectStore('days', { keyPath: ['userId', 'deckId'] });
      database.createObjectStore('cards', { keyPath: ['userId', 'deckId', 'cardId'] });
      database.createObjectStore('people');
    },
    // A newer page wants to change the stores: this one lets go, and does without until it is loaded anew.
    blocking(_, __, event) {
      (event.target as IDBDatabase).close();
    },
    terminated() {
      opening = undefined;
    },
  }).catch(() => undefined);
}

/** Runs work on what is kept, and gives `otherwise` where that fails: a full disk or a browser that keeps nothing stops nobody. */
export async function attempt<T>(work: (database: KeptDatabase) => Promise<T>, otherwise: T): Promise<T> {
  try {
    const database = await keptDatabase();
    return database === undefined ? otherwise : await work(database);
  } catch (error) {
    console.warn('This browser could not keep or read something.', error);
    return otherwise;
  }
}

/** Every key of the cards of a user, or of one deck. */
export const cardsOf = (userId: number, deckId?: number): IDBKeyRange =>
  deckId === undefined ? IDBKeyRange.bound([userId], [userId, []]) : IDBKeyRange.bound([userId, deckId], [userId, deckId, []]);
