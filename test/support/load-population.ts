import { createHash } from 'node:crypto';
import type { Database } from '../../src/db/database.ts';
import { insertAuthSession } from '../../src/db/stores/auth-sessions.ts';
import { insertDeck } from '../../src/db/stores/decks.ts';
import { rebuildReviewCounts } from '../../src/db/stores/review-counts.ts';
import { insertUser } from '../../src/db/stores/users.ts';

export interface Student {
  readonly id: bigint;
  readonly username: string;
  /** For `Authorization: Bearer`. */
  readonly token: string;
  readonly decks: readonly { readonly id: bigint; readonly cardIds: readonly bigint[] }[];
}

export interface Population {
  readonly students: number;
  /** Cards of each deck every student owns. */
  readonly deckSizes: readonly number[];
  /** Every card has been reviewed once, a month ago, and is due. Without it all cards are new. */
  readonly isStudied?: boolean;
}

const ROWS_A_STATEMENT = 500;

function* pieces<T>(rows: readonly T[]): Generator<T[]> {
  for (let start = 0; start < rows.length; start += ROWS_A_STATEMENT) yield rows.slice(start, start + ROWS_A_STATEMENT);
}

/** Fills an empty database with logged-in students, as if they had signed up; nobody's password is ever checked here. */
export async function populate(database: Database, { students, deckSizes, isStudied = false }: Population): Promise<Student[]> {
  const population: Student[] = [];
  for (let number = 0; number < students; number++) {
    const username = `load_${number}`;
    const token = `fc_load-test-token-of-student-${number}`;
    const decks: { id: bigint; cardIds: bigint[] }[] = [];
    const id = await database.write(async (session) => {
      decks.length = 0;
      const user = await insertUser(session, {
        email: `${username}@example.org`,
        username,
        hashed_password: 'no password fits this',
      });
      const now = session.clock.now();
      const token_hash = createHash('sha256').update(token).digest('hex');
      await insertAuthSession(session, { user_id: user.id, token_hash, kind: 'api', expires_at: now.plusDays(30) });
      for (const size of deckSizes) {
        const deck = await insertDeck(session, user.id, { name: `${size} cards of ${username}` });
        const cardIds: bigint[] = [];
        for (const rows of pieces(Array.from({ length: size }, (_, card) => card))) {
          const inserted = await session.kysely
            .insertInto('card')
            .values(
              rows.map((card) => ({
                deck_id: deck.id,
                front: `What is the rule in case ${card} of ${username}?`,
                back: 'A promise without consideration binds when the promisor should expect reliance and reliance follows. '.repeat(
                  2,
                ),
                created_at: now,
                updated_at: now,
              })),
            )
            .returning('id')
            .execute();
          cardIds.push(...inserted.map((card) => card.id));
        }
        if (isStudied) {
          const reviewed = now.plusDays(-30);
          const due = reviewed.plusDays(1);
          const state = { user_id: user.id, ease_factor: 2.5, interval: 1, repetitions: 1, last_rating: 4, next_review: due };
          for (const cards of pieces(cardIds)) {
            await session.kysely
              .insertInto('study_log')
              .values(
                cards.map((card_id) => ({
                  ...state,
                  card_id,
                  reviewed_at: reviewed,
                  due_date: due,
                  created_at: reviewed,
                  idempotency_id: null,
                })),
              )
              .execute();
            await session.kysely
              .insertInto('card_state')
              .values(cards.map((card_id) => ({ ...state, card_id, last_reviewed_at: reviewed, review_count: 1 })))
              .execute();
          }
          await session.kysely
            .insertInto('user_deck_stats')
            .values({
              user_id: user.id,
              deck_id: deck.id,
              review_count: size,
              rating_count: size,
              rating_sum: BigInt(size * 4),
              last_studied: reviewed,
            })
            .execute();
        }
        decks.push({ id: deck.id, cardIds });
      }
      if (isStudied) await rebuildReviewCounts(session.connection, session.engine, user.id);
      return user.id;
    });
    population.push({ id, username, token, decks });
  }
  return population;
}
