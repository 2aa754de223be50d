import { lasting } from '../lib/storage.ts';
import { createStore } from '../lib/store.ts';
import { ApiError, api, dataOf } from './client.ts';
import { queries } from './query-client.ts';
import type { Preview } from './types.ts';

/**
 * Answers on their way to the server. Each is kept, in memory and in this browser, until the server has said that it is saved, and
 * is sent again with the same key: the server counts one key once, so no answer is lost and none counts twice.
 */
interface Entry {
  readonly key: string;
  readonly cardId: number;
  readonly deckId: number;
  /** 1 Again, 2 Hard, 3 Good, 4 Easy. */
  readonly grade?: number;
  /** Kept by a page of release 0.1, in place of the grade. */
  readonly quality?: number;
  readonly durationMs?: number;
  /** The key of the answer that this takes back, in place of a grade. */
  readonly undoes?: string;
  /** When it was given, in milliseconds of this browser's clock; also the order. */
  readonly at: number;
}

interface Outbox {
  readonly waiting: readonly Entry[];
  /** At least one sending failed: worth telling. */
  readonly isDelayed: boolean;
  /** Answers the server will never take, as when the card is gone; why, in its words. */
  readonly refused: readonly string[];
}

const EMPTY: Outbox = { waiting: [], isDelayed: false, refused: [] };
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;

export const outbox = createStore<Outbox>(EMPTY);

/** What each grade will do next, by the key of the answer that led there; for cards that come back in the same round. */
export const nextPreviews = createStore<ReadonlyMap<string, readonly Preview[]>>(new Map());

/** The last card that an answer made a leech of, until its student has seen that. */
export const leech = createStore<{ readonly cardId: number; readonly lapses: number } | undefined>(undefined);

let owner: number | undefined;
let isSending = false;
/** The key on its way right now: whether it has arrived is not known. */
let underWay: string | undefined;
/** Keys whose sending got no answer: the server may have them. */
const tried = new Set<string>();
let failures = 0;
let pause: ReturnType<typeof setTimeout> | undefined;

/** One entry for each answer: two tabs that wrote a common list would overwrite each other's. */
const prefixOf = (userId: number): string => `flashcase.review.${userId}.`;

const change = (part: Partial<Outbox>): void => outbox.set({ ...outbox.get(), ...part });

function forget(review: Entry): void {
  if (owner !== undefined) lasting.remove(prefixOf(owner) + review.key);
  change({ waiting: outbox.get().waiting.filter(({ key }) => key !== review.key) });
}

/** 128 random bits. `crypto.randomUUID` is missing where a home server is reached over plain http. */
function randomKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function readKept(userId: number): Entry[] {
  return lasting
    .keys(prefixOf(userId))
    .flatMap((key) => {
      try {
        return [JSON.parse(lasting.read(key) ?? '') as Entry];
      } catch {
        return [];
      }
    })
    .sort((a, b) => a.at - b.at);
}

/** Takes up the answers this browser still holds of a user. */
export function openOutbox(userId: number): void {
  if (owner !== userId) {
    owner = userId;
    failures = 0;
    const waiting = readKept(userId);
    // Whether one of them was sent before a reload, nobody knows.
    for (const { key } of waiting) tried.add(key);
    outbox.set({ ...EMPTY, waiting });
  }
  sendNow();
}

/** After signing out: what is not sent stays in this browser until the same user signs in again. */
export function closeOutbox(): void {
  owner = undefined;
  clearTimeout(pause);
  outbox.set(EMPTY);
  leech.set(undefined);
}

/** Whose answers these are. */
export const ownerOfOutbox = (): number | undefined => owner;

function add(content: Omit<Entry, 'key' | 'at'>): string {
  const entry = { ...content, key: randomKey(), at: Date.now() };
  if (owner === undefined) return entry.key;
  lasting.write(prefixOf(owner) + entry.key, JSON.stringify(entry));
  change({ waiting: [...outbox.get().waiting, entry] });
  // While the server is away, the pause that is running decides: not every answer asks it again.
  if (failures === 0) void send();
  return entry.key;
}

/** Keeps an answer and sends it. Gives its key. */
export function addReview(review: Required<Pick<Entry, 'cardId' | 'deckId' | 'grade' | 'durationMs'>>): string {
  return add(review);
}

/** Takes an answer back: here, while it has not been sent, and at the server once it may have arrived. Gives the key of what is sent. */
export function undoReview({ cardId, deckId, key }: Pick<Entry, 'cardId' | 'deckId' | 'key'>): string | undefined {
  const unsent = outbox.get().waiting.find((entry) => entry.key === key);
  if (unsent === undefined || underWay === key || tried.has(key)) return add({ cardId, deckId, undoes: key });
  forget(unsent);
  return undefined;
}

export function sendNow(): void {
  clearTimeout(pause);
  void send();
}

export function dismissRefused(): void {
  change({ refused: [] });
}

async function send(): Promise<void> {
  if (isSending) return;
  const sender = owner;
  isSending = true;
  /** Cards whose older answer could not be saved: the newer ones must not overtake it. */
  const held = new Set<number>();
  let retryAfterSeconds = 0;
  try {
    for (;;) {
      const review = outbox.get().waiting.find(({ cardId }) => !held.has(cardId));
      if (review === undefined) break;
      try {
        underWay = review.key;
        tried.add(review.key);
        await deliver(review);
        if (owner !== sender) return;
        settle(review);
      } catch (error) {
        if (owner !== sender || !(error instanceof ApiError)) return;
        // The sign-in page comes up; the next sign-in opens the outbox again.
        if (error.status === 401) return;
        if (!error.isTransient) {
          // What never arrived need not be taken back.
          const isMoot = review.undoes !== undefined && error.status === 404;
          if (!isMoot) change({ refused: [...outbox.get().refused, error.message] });
          settle(review);
          continue;
        }
        held.add(review.cardId);
        retryAfterSeconds = Math.max(retryAfterSeconds, error.retryAfterSeconds ?? 0);
        change({ isDelayed: true });
        if (error.status === 0) break;
      }
    }
  } finally {
    isSending = false;
    underWay = undefined;
    // Somebody else signed in meanwhile; their answers have waited for this.
    if (owner !== sender) void send();
  }
  if (outbox.get().waiting.length === 0) return;
  const wait = Math.max(Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS), retryAfterSeconds * 1000);
  failures += 1;
  clearTimeout(pause);
  pause = setTimeout(() => void send(), wait);
}

/** Sends one entry and waits for the server's word. It goes on when the tab is closed right after the last answer. */
async function deliver({ key, cardId, grade, quality, durationMs, undoes, at }: Entry): Promise<void> {
  const params = { path: { card_id: String(cardId) }, header: { 'idempotency-key': key } };
  if (undoes !== undefined) {
    await dataOf(
      api.POST('/api/v1/study/undo/{card_id}', {
        params,
        body: { review_id: undoes, undone_at: new Date(at).toISOString() },
        keepalive: true,
      }),
    );
    return;
  }
  const body = {
    ...(grade === undefined ? {} : { grade }),
    ...(quality === undefined ? {} : { quality }),
    ...(durationMs === undefined ? {} : { duration_ms: durationMs }),
    answered_at: new Date(at).toISOString(),
  };
  const { previews, is_leech, lapses } = await dataOf(
    api.POST('/api/v1/study/review/{card_id}', { params, body, keepalive: true }),
  );
  nextPreviews.set(new Map([...nextPreviews.get(), [key, previews]]));
  if (is_leech) leech.set({ cardId, lapses });
}

function settle(review: Entry): void {
  failures = 0;
  const isLast = outbox.get().waiting.length === 1;
  // Before the outbox is seen empty: whoever waits for that must not read the counts of before.
  if (isLast) for (const what of ['decks', 'stats', 'card']) void queries.invalidateQueries({ queryKey: [what] });
  forget(review);
  if (isLast) change({ isDelayed: false });
}

window.addEventListener('online', sendNow);
window.addEventListener('storage', ({ key, newValue }) => {
  // Another tab had it saved.
  const saved = newValue === null ? outbox.get().waiting.find((review) => key?.endsWith(`.${review.key}`)) : undefined;
  if (saved !== undefined) change({ waiting: outbox.get().waiting.filter((review) => review !== saved) });
});
