import { lasting } from '../lib/storage.ts';
import { createStore } from '../lib/store.ts';
import { ApiError, api, dataOf } from './client.ts';
import { queries } from './query-client.ts';

/**
 * Answers on their way to the server. Each is kept, in memory and in this browser, until the server has said that it is saved, and
 * is sent again with the same key: the server counts one key once, so no answer is lost and none counts twice.
 */
interface Review {
  readonly key: string;
  readonly cardId: number;
  readonly deckId: number;
  readonly quality: number;
  /** For the order; milliseconds of this browser's clock. */
  readonly at: number;
}

interface Outbox {
  readonly waiting: readonly Review[];
  /** At least one sending failed: worth telling. */
  readonly isDelayed: boolean;
  /** Answers the server will never take, as when the card is gone; why, in its words. */
  readonly refused: readonly string[];
}

const EMPTY: Outbox = { waiting: [], isDelayed: false, refused: [] };
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;

export const outbox = createStore<Outbox>(EMPTY);

let owner: number | undefined;
let isSending = false;
let failures = 0;
let pause: ReturnType<typeof setTimeout> | undefined;

/** One entry for each answer: two tabs that wrote a common list would overwrite each other's. */
const prefixOf = (userId: number): string => `flashcase.review.${userId}.`;

const change = (part: Partial<Outbox>): void => outbox.set({ ...outbox.get(), ...part });

function forget(review: Review): void {
  if (owner !== undefined) lasting.remove(prefixOf(owner) + review.key);
  change({ waiting: outbox.get().waiting.filter(({ key }) => key !== review.key) });
}

/** 128 random bits. `crypto.randomUUID` is missing where a home server is reached over plain http. */
function randomKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function readKept(userId: number): Review[] {
  return lasting
    .keys(prefixOf(userId))
    .flatMap((key) => {
      try {
        return [JSON.parse(lasting.read(key) ?? '') as Review];
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
    outbox.set({ ...EMPTY, waiting: readKept(userId) });
  }
  sendNow();
}

/** After signing out: what is not sent stays in this browser until the same user signs in again. */
export function closeOutbox(): void {
  owner = undefined;
  clearTimeout(pause);
  outbox.set(EMPTY);
}

export function addReview(review: Pick<Review, 'cardId' | 'deckId' | 'quality'>): void {
  if (owner === undefined) return;
  const entry = { ...review, key: randomKey(), at: Date.now() };
  lasting.write(prefixOf(owner) + entry.key, JSON.stringify(entry));
  change({ waiting: [...outbox.get().waiting, entry] });
  // While the server is away, the pause that is running decides: not every answer asks it again.
  if (failures === 0) void send();
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
        await dataOf(
          api.POST('/api/v1/study/review/{card_id}', {
            params: { path: { card_id: String(review.cardId) }, header: { 'idempotency-key': review.key } },
            body: { quality: review.quality },
            // Goes on when the tab is closed right after the last answer.
            keepalive: true,
          }),
        );
        if (owner !== sender) return;
        settle(review);
      } catch (error) {
        if (owner !== sender || !(error instanceof ApiError)) return;
        // The sign-in page comes up; the next sign-in opens the outbox again.
        if (error.status === 401) return;
        if (!error.isTransient) {
          change({ refused: [...outbox.get().refused, error.message] });
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
    // Somebody else signed in meanwhile; their answers have waited for this.
    if (owner !== sender) void send();
  }
  if (outbox.get().waiting.length === 0) return;
  const wait = Math.max(Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS), retryAfterSeconds * 1000);
  failures += 1;
  clearTimeout(pause);
  pause = setTimeout(() => void send(), wait);
}

function settle(review: Review): void {
  failures = 0;
  const isLast = outbox.get().waiting.length === 1;
  // Before the outbox is seen empty: whoever waits for that must not read the counts of before.
  if (isLast) void queries.invalidateQueries({ queryKey: ['decks'] });
  forget(review);
  if (isLast) change({ isDelayed: false });
}

window.addEventListener('online', sendNow);
window.addEventListener('storage', ({ key, newValue }) => {
  // Another tab had it saved.
  const saved = newValue === null ? outbox.get().waiting.find((review) => key?.endsWith(`.${review.key}`)) : undefined;
  if (saved !== undefined) change({ waiting: outbox.get().waiting.filter((review) => review !== saved) });
});
