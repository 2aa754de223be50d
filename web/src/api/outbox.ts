import { createStore } from '../lib/store.ts';
import type { Refused, StudyEvent } from '../offline/database.ts';
import { type CardChange, dropEvent, forgetRefused, keepEvent, readEvents, readRefused, settleEvent } from '../offline/events.ts';
import { keptCard } from '../offline/kept-day.ts';
import { serverNow } from '../offline/server-clock.ts';
import { ApiError, api, dataOf } from './client.ts';
import { queries } from './query-client.ts';

/**
 * Answers on their way to the server. Each is kept in this browser until the server has said that it is saved, and is sent again with
 * the same key: the server counts one key once, so no answer is lost and none counts twice.
 */
interface Outbox {
  readonly waiting: readonly StudyEvent[];
  /** At least one sending failed: worth telling. */
  readonly isDelayed: boolean;
  /** This browser keeps nothing: what waits is lost when the page is closed. */
  readonly isUnkept: boolean;
  /** Answers the server will never take, as when the card is gone; why, in its words. */
  readonly refused: readonly Refused[];
  /** Answers that were saved as given now, because the clock of this device says what cannot be. */
  readonly timeless: number;
}

const EMPTY: Outbox = { waiting: [], isDelayed: false, isUnkept: false, refused: [], timeless: 0 };
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;

export const outbox = createStore<Outbox>(EMPTY);

/** The last card that an answer made a leech of, until its student has seen that. */
export const leech = createStore<{ readonly cardId: number; readonly lapses: number } | undefined>(undefined);

let owner: number | undefined;
let isSending = false;
/** Asked for while something is on its way already: what that meets may say nothing of now. */
let isWantedAgain = false;
/** The key on its way right now: whether it has arrived is not known. */
let underWay: string | undefined;
/** Keys whose sending got no answer: the server may have them. */
const tried = new Set<string>();
let failures = 0;
let pause: ReturnType<typeof setTimeout> | undefined;

const change = (part: Partial<Outbox>): void => outbox.set({ ...outbox.get(), ...part });

/** Tells the other tabs of this browser what has left the outbox. */
const tabs = 'BroadcastChannel' in window ? new BroadcastChannel('flashcase.outbox') : undefined;

const withoutEvent = (key: string) => change({ waiting: outbox.get().waiting.filter((event) => event.key !== key) });

async function forget(event: StudyEvent, refused?: Refused): Promise<void> {
  await settleEvent(event, refused);
  withoutEvent(event.key);
  tabs?.postMessage(event.key);
}

/** 128 random bits. `crypto.randomUUID` is missing where a home server is reached over plain http. */
export function randomKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Takes up the answers this browser still holds of a user. */
export async function openOutbox(userId: number): Promise<void> {
  if (owner !== userId) {
    owner = userId;
    failures = 0;
    outbox.set(EMPTY);
    const [waiting, refused] = [await readEvents(userId), await readRefused(userId)];
    if (owner !== userId) return;
    // Whether one of them was sent before a reload, nobody knows.
    for (const { key } of waiting) tried.add(key);
    const known = new Set(waiting.map(({ key }) => key));
    change({ waiting: [...waiting, ...outbox.get().waiting.filter(({ key }) => !known.has(key))], refused });
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

/** For what is studied or marked here: somebody else may have signed in since, in another tab, and then the server refuses it. */
export const ofOwner = (): { header?: { 'x-flashcase-user': string } } =>
  owner === undefined ? {} : { header: { 'x-flashcase-user': String(owner) } };

let lastAt = 0;

/** After the one before it, whatever the clock says: what was answered later comes later. */
function nextAt(): number {
  lastAt = Math.max(serverNow(), lastAt + 1);
  return lastAt;
}

async function add(content: Omit<StudyEvent, 'key' | 'userId'>, card?: CardChange): Promise<string> {
  const key = randomKey();
  if (owner === undefined) return key;
  const event = { ...content, key, userId: owner };
  const isKept = await keepEvent(event, card);
  change({ waiting: [...outbox.get().waiting, event], ...(isKept ? {} : { isUnkept: true }) });
  // While the server is away, the pause that is running decides: not every answer asks it again.
  if (failures === 0) void send();
  return key;
}

export type Review = Required<Pick<StudyEvent, 'cardId' | 'deckId' | 'grade' | 'durationMs' | 'at'>> &
  Pick<StudyEvent, 'interval'>;

/** When an answer is given, in milliseconds of the server's clock. */
export const answerTime = nextAt;

/** Keeps an answer, with its card as it leaves it, and sends it. Gives its key once both are kept. */
export function addReview(review: Review, card: CardChange | undefined): Promise<string> {
  return add(review, card);
}

/** Takes an answer back: here, while it has not been sent, and at the server once it may have arrived. Gives the key of what is sent. */
export async function undoReview({
  cardId,
  deckId,
  key,
}: Pick<StudyEvent, 'cardId' | 'deckId' | 'key'>): Promise<string | undefined> {
  const unsent = outbox.get().waiting.find((event) => event.key === key);
  if (unsent === undefined || underWay === key || tried.has(key)) return add({ cardId, deckId, undoes: key, at: nextAt() });
  // First, so that no sending takes it up.
  withoutEvent(key);
  await dropEvent(unsent);
  tabs?.postMessage(unsent.key);
  return undefined;
}

export function sendNow(): void {
  clearTimeout(pause);
  if (isSending) isWantedAgain = true;
  else void send();
}

/** What was read is forgotten here first: a line that is gone from the page does not come back with a reload. */
export async function dismissRefused(): Promise<void> {
  const read = outbox.get().refused;
  await forgetRefused(read.map(({ key }) => key));
  change({ refused: outbox.get().refused.filter((one) => !read.includes(one)), timeless: 0 });
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
        await settle(review);
      } catch (error) {
        if (owner !== sender || !(error instanceof ApiError)) return;
        // The sign-in page comes up; the next sign-in opens the outbox again.
        if (error.status === 401) return;
        if (!error.isTransient) {
          // What never arrived need not be taken back.
          const isMoot = review.undoes !== undefined && error.status === 404;
          await settle(review, isMoot ? undefined : await refusal(review, error));
          continue;
        }
        held.add(review.cardId);
        retryAfterSeconds = Math.max(retryAfterSeconds, error.retryAfterSeconds ?? 0);
        change({ isDelayed: true });
        // Nobody there, or asked to wait: the others would fare no better.
        if (error.status === 0 || error.retryAfterSeconds !== undefined) break;
      }
    }
  } finally {
    isSending = false;
    underWay = undefined;
    // Somebody signed in meanwhile, perhaps somebody else; their answers have waited for this.
    const isNext = owner !== sender || isWantedAgain;
    isWantedAgain = false;
    if (isNext) void send();
  }
  if (outbox.get().waiting.length === 0) return;
  const wait = Math.max(Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS), retryAfterSeconds * 1000);
  failures += 1;
  clearTimeout(pause);
  pause = setTimeout(() => void send(), wait);
}

/** Why an answer is not saved, with its card where that is known. Kept: what is said once to an empty room is not said. */
async function refusal({ key, userId, deckId, cardId }: StudyEvent, { message }: ApiError): Promise<Refused> {
  const front = (await keptCard(userId, deckId, cardId))?.card.front;
  const short = front !== undefined && front.length > 60 ? `${front.slice(0, 60)} …` : front;
  return { key, userId, message, ...(short === undefined ? {} : { front: short }) };
}

/** Sends one event and waits for the server's word. It goes on when the tab is closed right after the last answer. */
async function deliver({ key, userId, cardId, grade, quality, durationMs, interval, undoes, at }: StudyEvent): Promise<void> {
  // Somebody else may have signed in since, in another tab: the server takes an answer as its own student's only.
  const header = { 'idempotency-key': key, 'x-flashcase-user': String(userId) };
  const params = { path: { card_id: String(cardId) }, header };
  const time = new Date(at).toISOString();
  if (undoes !== undefined) {
    const body = { review_id: undoes, undone_at: time };
    await dataOf(api.POST('/api/v1/study/undo/{card_id}', { params, body, keepalive: true }));
    return;
  }
  const review = {
    ...(grade === undefined ? {} : { grade }),
    ...(quality === undefined ? {} : { quality }),
    ...(durationMs === undefined ? {} : { duration_ms: durationMs }),
    ...(interval === undefined ? {} : { interval }),
  };
  const post = (body: typeof review & { answered_at?: string }) =>
    dataOf(api.POST('/api/v1/study/review/{card_id}', { params, body, keepalive: true }));
  const { is_leech, lapses } = await post({ ...review, answered_at: time }).catch((error: unknown) => {
    if (!(error instanceof ApiError && error.code === 'FC_ANSWER_TIME')) throw error;
    // The answer counts, its time does not: as given now, and its student is told.
    change({ timeless: outbox.get().timeless + 1 });
    return post(review);
  });
  if (is_leech) leech.set({ cardId, lapses });
}

async function settle(event: StudyEvent, refused?: Refused): Promise<void> {
  failures = 0;
  const isLast = outbox.get().waiting.length === 1;
  // Before the outbox is seen empty: whoever waits for that must not read the counts of before.
  if (isLast) for (const what of ['decks', 'stats', 'card']) void queries.invalidateQueries({ queryKey: [what] });
  await forget(event, refused);
  if (refused !== undefined) change({ refused: [...outbox.get().refused, refused] });
  if (outbox.get().waiting.length === 0) change({ isDelayed: false, isUnkept: false });
}

window.addEventListener('online', sendNow);
// Phones tell nothing when the connection is back while a page is not seen.
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible' && outbox.get().waiting.length > 0) sendNow();
});
tabs?.addEventListener('message', ({ data }) => withoutEvent(String(data)));
