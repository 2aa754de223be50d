import { isDeepStrictEqual } from 'node:util';
import type { Database } from '../../src/db/database.ts';
import { columnsOf, isBehind, loggedReviewOf, standingOfState } from '../../src/db/stores/standing.ts';
import { listStudySettings } from '../../src/db/stores/study-settings.ts';
import { OUTCOMES, outcomeOf } from '../../src/study/outcome.ts';
import { replay, standingAfter } from '../../src/study/replay.ts';
import type { StudySettings } from '../../src/study/settings.ts';
import type { Standing } from '../../src/study/standing.ts';
import type { Operation } from './journal.ts';
import { findViolations, type StoredWrite } from './journal-check.ts';
import type { Answer, Request } from './load.ts';
import type { Student } from './load-population.ts';

/** One write of a student over HTTP. Ids travel as text because journals are JSON. */
export type HttpWrite =
  | { readonly kind: 'review'; readonly userId: string; readonly cardId: string; readonly quality: number }
  | { readonly kind: 'card'; readonly deckId: string; readonly back: string }
  | { readonly kind: 'register' };

/** Mostly reviews, some cards, now and then a sign-up. Two clients share a student, so that reviews of one card meet. */
export function httpRequests(round: number, students: readonly Student[], random: () => number) {
  return (client: number, turn: number): Request => {
    const student = students[client % students.length] as Student;
    const deck = student.decks[0] as Student['decks'][number];
    const chance = random();
    const pick = (length: number): number => Math.floor(random() * length);
    const content: HttpWrite =
      chance < 0.75
        ? {
            kind: 'review',
            userId: String(student.id),
            cardId: String(deck.cardIds[pick(deck.cardIds.length)]),
            quality: pick(6),
          }
        : chance < 0.98
          ? { kind: 'card', deckId: String(deck.id), back: 'Consideration. '.repeat(1 + pick(60)) }
          : { kind: 'register' };
    return { key: `r${round}c${client}t${turn}`, content };
  };
}

/** Sends one write. Rejects when no answer came, or when the server itself does not know (`FC_DB_WRITE_UNKNOWN`). */
export async function submitHttp(base: string, student: Student, { key, content }: Request): Promise<Answer> {
  const write = content as HttpWrite;
  const send = (path: string, body: object, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${base}/api/v1${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${student.token}`, ...headers },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(30_000),
    });
  const response =
    write.kind === 'review'
      ? await send(`/study/review/${write.cardId}`, { quality: write.quality }, { 'idempotency-key': key })
      : write.kind === 'card'
        ? await send('/cards/', { deck_id: Number(write.deckId), front: key, back: write.back })
        : await send('/auth/register', { email: `${key}@example.org`, username: key, password: 'a long password' });
  const body = (await response.json()) as Record<string, unknown>;
  if (response.ok) return { outcome: 'ok', answer: answerOf(write, body) };
  const code = String(body.code ?? `HTTP ${response.status}`);
  if (code === 'FC_DB_WRITE_UNKNOWN') throw new Error(code);
  return { outcome: 'fail', code: `${response.status} ${code}` };
}

/** The part of an answer that must be found again in the database. */
function answerOf(write: HttpWrite, body: Record<string, unknown>): unknown {
  if (write.kind !== 'review') return { id: String(body.id) };
  return { easeFactor: body.new_ease_factor, interval: body.new_interval, repetitions: body.new_repetitions };
}

/**
 * Everything wrong after a recovery: the journal against the three tables its writes go to, every card's state against the replay of
 * its log, the counters and receipts against the log.
 * @param isOurs leaves out what others had written before: whose reviews the journal tells of.
 */
export async function httpViolations(
  database: Database,
  operations: readonly Operation[],
  isOurs: (userId: bigint) => boolean = () => true,
): Promise<string[]> {
  return database.read(async (session) => {
    const { kysely, connection, capabilities } = session;
    // One snapshot for all tables: a session of a killed server may still be committing. On SQLite a read is one anyway.
    if (capabilities.hasConcurrentWriters) await connection.script('BEGIN ISOLATION LEVEL REPEATABLE READ');
    const logs = (
      await kysely
        .selectFrom('study_log')
        .selectAll()
        .orderBy('user_id')
        .orderBy('card_id')
        .orderBy('reviewed_at')
        .orderBy('id')
        .execute()
    ).filter((log) => isOurs(log.user_id));
    const cards = await kysely.selectFrom('card').selectAll().execute();
    const users = await kysely.selectFrom('user').selectAll().execute();
    const states = (await kysely.selectFrom('card_state').selectAll().execute()).filter((state) => isOurs(state.user_id));
    const stats = (await kysely.selectFrom('user_deck_stats').selectAll().execute()).filter((row) => isOurs(row.user_id));
    const countsOf = (await kysely.selectFrom('review_counts').selectAll().execute()).filter((row) => isOurs(row.user_id));
    const receipts = (await kysely.selectFrom('review_receipt').selectAll().execute()).filter((receipt) =>
      isOurs(receipt.user_id),
    );
    const settings = new Map<bigint, ReadonlyMap<number, StudySettings>>();
    for (const userId of new Set(logs.map((log) => log.user_id))) settings.set(userId, await listStudySettings(session, userId));

    if (capabilities.hasConcurrentWriters) await connection.script('COMMIT');

    const stored: StoredWrite[] = [
      ...logs.map((log) => ({
        key: String(log.idempotency_id),
        content: { kind: 'review', userId: String(log.user_id), cardId: String(log.card_id), quality: log.last_rating },
        answer: { easeFactor: log.ease_factor, interval: log.interval, repetitions: log.repetitions },
      })),
      ...cards
        .filter((card) => /^r\d+c\d+t\d+$/.test(card.front))
        .map((card) => ({
          key: card.front,
          content: { kind: 'card', deckId: String(card.deck_id), back: card.back },
          answer: { id: String(card.id) },
        })),
      ...users
        .filter((user) => /^r\d+c\d+t\d+$/.test(user.username))
        .map((user) => ({ key: user.username, content: { kind: 'register' }, answer: { id: String(user.id) } })),
    ];
    const violations = findViolations(operations, stored);

    const replayed = new Map<string, Standing>();
    const counted = new Map<string, { reviews: number; ratings: bigint }>();
    const deckOf = new Map(cards.map((card) => [card.id, card.deck_id]));
    const outcomes = new Map<string, number>();
    for (const [key, rows] of Map.groupBy(logs, (log) => `${log.user_id}/${log.card_id}`)) {
      const [{ user_id, card_id }] = rows as [(typeof rows)[number]];
      const history = replay(
        card_id,
        rows.map(loggedReviewOf),
        (version) => settings.get(user_id)?.get(version),
        (found) => {
          const { answeredAt: _, lastRating: __, ...after } = found.standing;
          if (found.row.scheduler !== undefined && !isDeepStrictEqual(found.row.after, after))
            violations.push(`half done: review ${found.row.id} of ${key} does not follow from the one before it`);
        },
      );
      replayed.set(key, standingAfter(history));
      for (const [i, { row }] of history.entries()) {
        const { quarter, name, gap } = outcomeOf({ ...row, at: row.reviewedAt }, standingAfter(history.slice(0, i)));
        const outcome = [user_id, quarter, deckOf.get(card_id), gap, name].join('/');
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      }
      const deck = `${user_id}/${deckOf.get(card_id)}`;
      const sum = counted.get(deck) ?? { reviews: 0, ratings: 0n };
      counted.set(deck, {
        reviews: sum.reviews + rows.length,
        ratings: rows.reduce((ratings, log) => ratings + BigInt(log.last_rating ?? 0), sum.ratings),
      });
    }
    if (states.length !== replayed.size)
      violations.push(`half done: ${states.length} card states for ${replayed.size} studied cards`);
    for (const state of states) {
      const key = `${state.user_id}/${state.card_id}`;
      const expected = replayed.get(key);
      const isSame =
        expected !== undefined &&
        isDeepStrictEqual(columnsOf(standingOfState(state), state.next_review), {
          ...columnsOf(expected, state.next_review),
          // Counted when the log is next replayed.
          ...(isBehind(state) ? { lapses: 0 } : {}),
        });
      if (!isSame) violations.push(`half done: the state of ${key} is not its replayed log`);
    }
    if (stats.length !== counted.size) violations.push(`half done: ${stats.length} counters for ${counted.size} studied decks`);
    for (const row of stats) {
      const expected = counted.get(`${row.user_id}/${row.deck_id}`);
      if (
        row.review_count !== expected?.reviews ||
        row.rating_count !== expected.reviews ||
        row.rating_sum !== expected.ratings
      ) {
        violations.push(`half done: the counters of user ${row.user_id} in deck ${row.deck_id} do not add up`);
      }
    }
    const kept = countsOf.flatMap((row) =>
      OUTCOMES.filter((name) => row[name] !== 0).map(
        (name) => [[row.user_id, row.quarter_hour, row.deck_id, row.gap_quarters, name].join('/'), row[name]] as const,
      ),
    );
    if (!isDeepStrictEqual(new Map(kept), outcomes))
      violations.push('half done: the counts for statistics are not those of the log');
    const withKey = new Set(logs.map((log) => `${log.user_id}/${log.idempotency_id}/${log.id}`));
    if (
      receipts.length !== withKey.size ||
      receipts.some((receipt) => !withKey.has(`${receipt.user_id}/${receipt.idempotency_id}/${receipt.study_log_id}`))
    ) {
      violations.push('half done: the receipts are not those of the log');
    }
    return violations;
  });
}
