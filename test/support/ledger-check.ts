import { createHash } from 'node:crypto';
import type { Database } from '../../src/db/database.ts';
import type { Operation } from './journal.ts';
import { findViolations, type StoredWrite } from './journal-check.ts';
import type { LedgerWrite } from './ledger-clients.ts';
import { httpViolations } from './load-http.ts';
import type { Student } from './load-population.ts';

interface Kept {
  readonly key: string;
  /** What it may say now: one text, and beside it those of edits whose answer nobody saw. */
  readonly texts: Set<string>;
  deletion: 'no' | 'yes' | 'unknown';
}

/** What the journal of the clients says there must be: cards and decks by their id. */
export interface Expected {
  readonly cards: ReadonlyMap<string, Kept>;
  readonly decks: ReadonlyMap<string, Kept>;
}

const KEY = /^w\d+c\d+t\d+$/;
const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');

export function expectedOf(operations: readonly Operation[]): Expected {
  const [cards, decks] = [new Map<string, Kept>(), new Map<string, Kept>()];
  for (const { key, content, outcome, answer } of operations) {
    const write = content as LedgerWrite;
    if (outcome === 'fail') continue;
    const { id } = (answer ?? {}) as { id?: string };
    if (write.kind === 'newCard' && id !== undefined) cards.set(id, { key, texts: new Set([write.back]), deletion: 'no' });
    if (write.kind === 'newDeck' && id !== undefined) decks.set(id, { key, texts: new Set(['']), deletion: 'no' });
    const kept =
      write.kind === 'editCard' || write.kind === 'deleteCard'
        ? cards.get(write.cardId)
        : write.kind === 'editDeck' || write.kind === 'deleteDeck'
          ? decks.get(write.deckId)
          : undefined;
    if (kept === undefined) continue;
    if (write.kind === 'deleteCard' || write.kind === 'deleteDeck') {
      kept.deletion = outcome === 'ok' ? 'yes' : 'unknown';
    } else if (write.kind === 'editCard' || write.kind === 'editDeck') {
      if (outcome === 'ok') kept.texts.clear();
      kept.texts.add(write.kind === 'editCard' ? write.back : write.description);
    }
  }
  return { cards, decks };
}

/** Creations compare by what cannot be edited later. */
function asCreated({ key, content, outcome, answer }: Operation): Operation[] {
  const write = content as LedgerWrite;
  const of = (stable: object, told: unknown = answer): Operation[] => [
    { key, content: { kind: write.kind, ...stable }, outcome, answer: told },
  ];
  if (write.kind === 'newCard') return of({ deckId: write.deckId });
  if (write.kind === 'newDeck') return of({});
  if (write.kind === 'report') return of({ userId: write.userId, cardId: write.cardId });
  return [];
}

/** Every id that clients were given, per kind of thing: none may have been handed out twice. */
function idsTwice(operations: readonly Operation[]): string[] {
  const seen = new Map<string, string>();
  const twice: string[] = [];
  for (const { key, content, outcome, answer } of operations) {
    const { id } = (answer ?? {}) as { id?: string };
    const { kind } = content as LedgerWrite;
    if (outcome !== 'ok' || id === undefined || !['newCard', 'newDeck', 'report', 'register'].includes(kind)) continue;
    const before = seen.get(`${kind} ${id}`);
    if (before !== undefined) twice.push(`handed out twice: the id of ${kind} ${id}, to ${before} and to ${key}`);
    seen.set(`${kind} ${id}`, key);
  }
  return twice;
}

/** Everything in which a database is not what was acknowledged, a sentence each; read by SQL. `isOurs` as in `httpViolations`. */
export async function ledgerViolations(
  database: Database,
  operations: readonly Operation[],
  isOurs?: (userId: bigint) => boolean,
): Promise<string[]> {
  const isStudy = ({ key }: Operation): boolean => key.startsWith('r');
  const violations = await httpViolations(database, operations.filter(isStudy), isOurs);
  violations.push(...idsTwice(operations));
  const { cards, decks, reports, tokens } = await database.read(async ({ kysely }) => ({
    cards: (await kysely.selectFrom('card').selectAll().execute()).filter(({ front }) => KEY.test(front)),
    decks: (await kysely.selectFrom('deck').selectAll().execute()).filter(({ name }) => KEY.test(name)),
    reports: (await kysely.selectFrom('report').selectAll().execute()).filter(({ reporter_id }) => isOurs?.(reporter_id) ?? true),
    tokens: await kysely.selectFrom('auth_session').select('token_hash').execute(),
  }));
  const stored: StoredWrite[] = [
    ...cards.map(({ id, front, deck_id }) => ({
      key: front,
      content: { kind: 'newCard', deckId: String(deck_id) },
      answer: { id: String(id) },
    })),
    ...decks.map(({ id, name }) => ({ key: name, content: { kind: 'newDeck' }, answer: { id: String(id) } })),
    ...reports.map(({ id, description, reporter_id, content_id }) => ({
      key: String(description),
      content: { kind: 'report', userId: String(reporter_id), cardId: String(content_id) },
      answer: { id: String(id) },
    })),
  ];
  violations.push(...findViolations(operations.flatMap(asCreated), stored));
  const expected = expectedOf(operations);
  const compare = (what: string, id: bigint, text: string, isDeleted: boolean, kept: Kept | undefined): void => {
    if (kept === undefined) return;
    if (!kept.texts.has(text)) violations.push(`lost: an edit of ${what} ${id} (${kept.key}); stored is ${text.slice(0, 60)}`);
    if (kept.deletion !== 'unknown' && isDeleted !== (kept.deletion === 'yes'))
      violations.push(`lost: ${what} ${id} (${kept.key}) is ${isDeleted ? '' : 'not '}deleted`);
  };
  for (const { id, back, deleted_at } of cards) compare('card', id, back, deleted_at !== null, expected.cards.get(String(id)));
  for (const { id, description, deleted_at } of decks)
    compare('deck', id, description ?? '', deleted_at !== null, expected.decks.get(String(id)));
  const hashes = new Set(tokens.map(({ token_hash }) => token_hash));
  for (const { key, content, outcome, answer } of operations) {
    if ((content as LedgerWrite).kind !== 'login' || outcome !== 'ok') continue;
    if (!hashes.has(hashOf((answer as { token: string }).token))) violations.push(`lost: the login ${key}`);
  }
  return violations;
}

const PAGE = 500;
/** Acknowledged reviews that are sent once more, at most: the same key must get the same answer and count nothing. */
const AGAIN = 300;

/** The same over HTTP: all cards, decks and reports as their owners see them, and reviews sent again with their keys. */
export async function ledgerViolationsOverHttp(
  base: string,
  students: readonly Student[],
  operations: readonly Operation[],
): Promise<string[]> {
  const violations: string[] = [];
  const expected = expectedOf(operations);
  const shown = { card: new Map<string, Row>(), deck: new Map<string, Row>(), report: new Map<string, Row>() };
  const tokenOf = new Map(students.map(({ id, token }) => [String(id), token]));
  for (const { token } of students) {
    for (const [kind, path] of [
      ['card', 'cards/'],
      ['deck', 'decks/'],
      ['report', 'reports/'],
    ] as const) {
      for (let after = ''; ; ) {
        const response = await fetch(`${base}/api/v1/${path}?limit=${PAGE}${after}`, {
          headers: { authorization: `Bearer ${token}` },
        });
        if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
        for (const row of (await response.json()) as Row[]) shown[kind].set(String(row.id), row);
        const next = response.headers.get('x-next-after');
        if (next === null) break;
        after = `&after=${next}`;
      }
    }
  }
  const visible = (what: 'card' | 'deck', kept: ReadonlyMap<string, Kept>, textOf: (row: Row) => string): void => {
    for (const [id, { key, texts, deletion }] of kept) {
      const row = shown[what].get(id);
      if (row === undefined) {
        if (deletion === 'no') violations.push(`not shown: ${what} ${id} (${key})`);
      } else if (deletion === 'yes') violations.push(`shown: ${what} ${id} (${key}) was deleted`);
      else if (!texts.has(textOf(row))) violations.push(`shown otherwise: ${what} ${id} (${key})`);
    }
  };
  visible('card', expected.cards, ({ back }) => String(back));
  visible('deck', expected.decks, ({ description }) => String(description ?? ''));
  const done = operations.filter(({ outcome }) => outcome === 'ok');
  for (const { key, content, answer } of done) {
    if ((content as LedgerWrite).kind !== 'report') continue;
    if (shown.report.get((answer as { id: string }).id)?.description !== key) violations.push(`not shown: report ${key}`);
  }
  const reviews = done.filter(({ content }) => (content as LedgerWrite).kind === 'review');
  const step = Math.max(1, Math.floor(reviews.length / AGAIN));
  for (const { key, content, answer } of reviews.filter((_, at) => at % step === 0)) {
    const { userId, cardId, quality } = content as LedgerWrite & { kind: 'review' };
    const response = await fetch(`${base}/api/v1/study/review/${cardId}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${tokenOf.get(userId)}`,
        'content-type': 'application/json',
        'idempotency-key': key,
      },
      body: JSON.stringify({ quality }),
    });
    const told = (await response.json()) as Record<string, unknown>;
    const again = { easeFactor: told.new_ease_factor, interval: told.new_interval, repetitions: told.new_repetitions };
    if (JSON.stringify(again) !== JSON.stringify(answer))
      violations.push(`answered otherwise: review ${key}, ${JSON.stringify(told)}`);
  }
  return violations;
}

type Row = Record<string, unknown>;
