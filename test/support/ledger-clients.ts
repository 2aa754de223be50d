import { setTimeout as delay } from 'node:timers/promises';
import type { Journal } from './journal.ts';
import type { Student } from './load-population.ts';

/** One write of a client. Ids travel as text because journals are JSON. */
export type LedgerWrite =
  | { readonly kind: 'review'; readonly userId: string; readonly cardId: string; readonly quality: number }
  | { readonly kind: 'register' }
  | { readonly kind: 'login'; readonly username: string }
  | { readonly kind: 'newCard'; readonly deckId: string; readonly back: string }
  | { readonly kind: 'editCard'; readonly cardId: string; readonly back: string }
  | { readonly kind: 'deleteCard'; readonly cardId: string }
  | { readonly kind: 'newDeck' }
  | { readonly kind: 'editDeck'; readonly deckId: string; readonly description: string }
  | { readonly kind: 'deleteDeck'; readonly deckId: string }
  | { readonly kind: 'report'; readonly userId: string; readonly cardId: string };

export const PASSWORD = 'a long password';
/** A request that waited longer has failed, whatever came of it: a browser's user has gone. */
const LONGEST_MS = 10_000;
/** One write in this many is read back at once, from a server that need not be the one that wrote it. */
const READ_BACK_EVERY = 3;

/** What all clients saw together. */
export class LedgerCounts {
  acknowledged = 0;
  reads = 0;
  longestMs = 0;
  /** An unexpected status, no answer, or one that came too late. */
  readonly failed: string[] = [];
  /** An answer that is not what had been acknowledged before the question was sent. */
  readonly wrong: string[] = [];
  /** Told the milliseconds of each answer. */
  onAnswer: (tookMs: number) => void = () => {};
  /** Acknowledged reviews of each deck. */
  readonly reviewsOf = new Map<string, number>();
}

interface Reply {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** What the clients of one round share. */
interface LedgerRoom {
  /** The server the next request goes to. */
  readonly base: () => string;
  readonly journal: Journal;
  readonly counts: LedgerCounts;
  /** What passes between two writes of a client: nothing when absent. */
  readonly think?: () => Promise<unknown>;
}

/** One student at work: sends a write of any kind, waits for its answer, now and then reads it back. Never sends anything twice. */
export class LedgerClient {
  readonly #number: number;
  readonly #student: Student;
  readonly #base: () => string;
  readonly #random: () => number;
  readonly #journal: Journal;
  readonly #counts: LedgerCounts;
  readonly #think: () => Promise<unknown>;
  readonly #cards: string[] = [];
  readonly #decks: string[] = [];
  readonly #usernames: string[] = [];
  #turn = 0;

  constructor(number: number, student: Student, random: () => number, { base, journal, counts, think }: LedgerRoom) {
    this.#number = number;
    this.#student = student;
    this.#random = random;
    this.#base = base;
    this.#journal = journal;
    this.#counts = counts;
    this.#think = think ?? (async () => {});
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#think();
      const write = this.#choose();
      // Reviews and accounts have keys of their own, as `httpViolations` knows them.
      const key = `${write.kind === 'review' || write.kind === 'register' ? 'r0' : 'w0'}c${this.#number}t${this.#turn++}`;
      await this.#journal.sent(key, write);
      const reply = await this.#send(write, key).catch(async (error: unknown) => {
        this.#counts.failed.push(`${key} ${write.kind}: no answer, ${String((error as Error).cause ?? error)}`);
        await delay(20);
      });
      if (reply === undefined) continue;
      const expected = EXPECTED[write.kind];
      if (reply.status !== expected) {
        this.#counts.failed.push(`${key} ${write.kind}: ${reply.status} ${JSON.stringify(reply.body)}`);
        await this.#journal.fail(key, `${reply.status} ${String(reply.body.code)}`);
        continue;
      }
      await this.#journal.ok(key, answerOf(write, reply.body));
      this.#counts.acknowledged++;
      this.#remember(write, key, reply.body);
      if (this.#turn % READ_BACK_EVERY === 0) await this.#readBack(write, key, reply.body);
    }
  }

  #pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.#random() * list.length)] as T;
  }

  #choose(): LedgerWrite {
    const chance = this.#random();
    const deck = this.#student.decks[0] as Student['decks'][number];
    const userId = String(this.#student.id);
    const back = (): string => 'Consideration, “Gegenleistung” 対価 🂡. '.repeat(1 + Math.floor(this.#random() * 30));
    if (chance < 0.003) return { kind: 'register' };
    if (chance < 0.005 && this.#usernames.length > 0) return { kind: 'login', username: this.#pick(this.#usernames) };
    if (chance < 0.035) return { kind: 'newDeck' };
    if (chance < 0.06 && this.#decks.length > 0)
      return { kind: 'editDeck', deckId: this.#pick(this.#decks), description: back().slice(0, 500) };
    if (chance < 0.07 && this.#decks.length > 3) return { kind: 'deleteDeck', deckId: this.#pick(this.#decks) };
    if (chance < 0.11) return { kind: 'report', userId, cardId: String(this.#pick(deck.cardIds)) };
    if (chance < 0.25) return { kind: 'newCard', deckId: String(deck.id), back: back() };
    if (chance < 0.35 && this.#cards.length > 0) return { kind: 'editCard', cardId: this.#pick(this.#cards), back: back() };
    if (chance < 0.38 && this.#cards.length > 3) return { kind: 'deleteCard', cardId: this.#pick(this.#cards) };
    return { kind: 'review', userId, cardId: String(this.#pick(deck.cardIds)), quality: Math.floor(this.#random() * 6) };
  }

  #send(write: LedgerWrite, key: string): Promise<Reply> {
    switch (write.kind) {
      case 'review':
        return this.#ask('POST', `/study/review/${write.cardId}`, { quality: write.quality }, { 'idempotency-key': key });
      case 'register':
        return this.#ask('POST', '/auth/register', { email: `${key}@example.org`, username: key, password: PASSWORD });
      case 'login':
        return this.#ask('POST', '/auth/login', new URLSearchParams({ username: write.username, password: PASSWORD }));
      case 'newCard':
        return this.#ask('POST', '/cards/', { deck_id: Number(write.deckId), front: key, back: write.back });
      case 'editCard':
        return this.#ask('PUT', `/cards/${write.cardId}`, { back: write.back });
      case 'deleteCard':
        return this.#ask('DELETE', `/cards/${write.cardId}`);
      case 'newDeck':
        return this.#ask('POST', '/decks/', { name: key });
      case 'editDeck':
        return this.#ask('PUT', `/decks/${write.deckId}`, { description: write.description });
      case 'deleteDeck':
        return this.#ask('DELETE', `/decks/${write.deckId}`);
      case 'report':
        return this.#ask('POST', '/reports/', {
          report_type: 'card',
          content_id: Number(write.cardId),
          reason: 'other',
          description: key,
        });
    }
  }

  async #ask(method: string, path: string, body?: object, headers: Readonly<Record<string, string>> = {}): Promise<Reply> {
    const began = performance.now();
    const isForm = body instanceof URLSearchParams;
    const response = await fetch(`${this.#base()}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.#student.token}`,
        ...(body === undefined || isForm ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
      // A late answer is told from none.
      signal: AbortSignal.timeout(6 * LONGEST_MS),
    });
    const text = await response.text();
    const took = performance.now() - began;
    this.#counts.longestMs = Math.max(this.#counts.longestMs, took);
    this.#counts.onAnswer(took);
    if (took > LONGEST_MS) this.#counts.failed.push(`${method} ${path}: answered after ${Math.round(took)} ms`);
    return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) };
  }

  #remember(write: LedgerWrite, key: string, body: Record<string, unknown>): void {
    if (write.kind === 'newCard') this.#cards.push(String(body.id));
    if (write.kind === 'newDeck') this.#decks.push(String(body.id));
    if (write.kind === 'register') this.#usernames.push(key);
    if (write.kind === 'deleteCard') this.#cards.splice(this.#cards.indexOf(write.cardId), 1);
    if (write.kind === 'deleteDeck') this.#decks.splice(this.#decks.indexOf(write.deckId), 1);
    if (write.kind === 'review') {
      const deckId = String(this.#student.decks[0]?.id);
      this.#counts.reviewsOf.set(deckId, (this.#counts.reviewsOf.get(deckId) ?? 0) + 1);
    }
  }

  /** Asks for what was just acknowledged. */
  async #readBack(write: LedgerWrite, key: string, answer: Record<string, unknown>): Promise<void> {
    const deckId = String(this.#student.decks[0]?.id);
    const question = questionAfter(write, key, answer) ?? {
      path: `/decks/${deckId}/metadata`,
      status: 200,
      is: isAtLeast(this.#counts.reviewsOf.get(deckId) ?? 0),
    };
    const reply = await this.#ask('GET', question.path, undefined, question.headers).catch((error: unknown) => {
      this.#counts.failed.push(`GET ${question.path}: no answer, ${String((error as Error).cause ?? error)}`);
    });
    if (reply === undefined) return;
    this.#counts.reads++;
    if (reply.status !== question.status) {
      const list =
        reply.status === 404 || reply.status === 200 || reply.status === 401 ? this.#counts.wrong : this.#counts.failed;
      list.push(`GET ${question.path} after ${write.kind} ${key}: ${reply.status} ${JSON.stringify(reply.body)}`);
    } else if (question.is?.(reply.body) === false) {
      this.#counts.wrong.push(`GET ${question.path} after ${write.kind} ${key}: ${JSON.stringify(reply.body).slice(0, 300)}`);
    }
  }
}

interface Question {
  readonly path: string;
  readonly status: number;
  readonly is?: (body: Record<string, unknown>) => boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

const isAtLeast =
  (reviews: number) =>
  ({ total_reviews }: Record<string, unknown>): boolean =>
    Number(total_reviews) >= reviews;

/** What to ask for to see a write again; `undefined` for one that is seen in the counters of its deck. */
function questionAfter(write: LedgerWrite, key: string, answer: Record<string, unknown>): Question | undefined {
  switch (write.kind) {
    case 'newCard':
      return { path: `/cards/${answer.id}`, status: 200, is: ({ front, back }) => front === key && back === write.back };
    case 'editCard':
      return { path: `/cards/${write.cardId}`, status: 200, is: ({ back }) => back === write.back };
    case 'deleteCard':
      return { path: `/cards/${write.cardId}`, status: 404 };
    case 'newDeck':
      return { path: `/decks/${answer.id}`, status: 200, is: ({ name }) => name === key };
    case 'editDeck':
      return { path: `/decks/${write.deckId}`, status: 200, is: ({ description }) => description === write.description };
    case 'deleteDeck':
      return { path: `/decks/${write.deckId}`, status: 404 };
    case 'report':
      return { path: `/reports/${answer.id}`, status: 200, is: ({ description }) => description === key };
    case 'login':
      return {
        path: '/auth/me',
        status: 200,
        is: ({ username }) => username === write.username,
        headers: { authorization: `Bearer ${answer.access_token}` },
      };
    default:
      return undefined;
  }
}

const EXPECTED: Readonly<Record<LedgerWrite['kind'], number>> = {
  review: 200,
  register: 201,
  login: 200,
  newCard: 201,
  editCard: 200,
  deleteCard: 204,
  newDeck: 201,
  editDeck: 200,
  deleteDeck: 204,
  report: 201,
};

/** The part of an answer that must be found again in the database. */
function answerOf(write: LedgerWrite, body: Record<string, unknown>): unknown {
  if (write.kind === 'review')
    return { easeFactor: body.new_ease_factor, interval: body.new_interval, repetitions: body.new_repetitions };
  if (write.kind === 'login') return { token: body.access_token };
  return body.id === undefined ? {} : { id: String(body.id) };
}
