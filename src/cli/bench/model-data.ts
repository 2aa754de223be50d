import type { Clock } from '../../db/clock.ts';
import { openDatabase } from '../../db/database.ts';
import type { Settings } from '../../db/settings.ts';
import { insertUser } from '../../db/stores/users.ts';
import { seededRandom } from '../../ops/bench/seeded-random.ts';
import { Timestamp } from '../../schema/timestamp.ts';
import { createCard } from '../../services/cards.ts';
import { createDeck } from '../../services/decks.ts';
import { recordReview } from '../../services/study.ts';

/** Data that is made up, in a copy. */
export interface Model {
  /** Beside those who are there. */
  readonly users: number;
  readonly reviewsPerUser: number;
  readonly seed: number;
}

/** A user has a card for every so many answers, in decks of so many cards. */
const REVIEWS_A_CARD = 4;
const LEAST_CARDS = 20;
const CARDS_A_DECK = 250;
const DAYS = 60;
const DAY_MICROS = 86_400_000_000n;

const RULES = [
  'A promise without consideration binds when the promisor should expect reliance and reliance follows.',
  'An offer lapses after a reasonable time, and with the death of whoever made it.',
  'The burden of proof is on whoever asserts a fact.',
];

/**
 * Adds users with decks, cards and answers of the last two months to a database that nobody else works on: by the services, as if they had studied, so that
 * every standing follows from its log.
 * @param settings of the file, with today's tables
 */
export async function addModelled(
  settings: Settings,
  { users, reviewsPerUser, seed }: Model,
  clock: Clock,
  tell: (done: number) => void,
): Promise<void> {
  const end = clock.now();
  let now = end;
  const past: Clock = { now: () => (now = Timestamp.fromMicros(now.micros + 1n)) };
  const database = openDatabase(settings, past);
  const random = seededRandom(seed);
  try {
    for (let number = 0; number < users; number++) {
      now = Timestamp.fromMicros(end.micros - BigInt(DAYS) * DAY_MICROS);
      await database.write(async (session) => {
        const name = `bench_${seed}_${number}`;
        const user = await insertUser(session, {
          username: name,
          email: `${name}@bench.invalid`,
          hashed_password: 'no password fits this',
        });
        const cards: bigint[] = [];
        const wanted = Math.max(LEAST_CARDS, Math.ceil(reviewsPerUser / REVIEWS_A_CARD));
        let deck = 0n;
        for (let card = 0; card < wanted; card++) {
          if (card % CARDS_A_DECK === 0)
            deck = (await createDeck(session, user, { name: `Course ${card / CARDS_A_DECK + 1} of ${name}` })).id;
          const front = `What is the rule in case ${card + 1} of ${name}?`;
          cards.push((await createCard(session, user, { deck_id: deck, front, back: RULES[card % RULES.length] as string })).id);
        }
        const begin = now.micros;
        const step = (end.micros - begin) / BigInt(reviewsPerUser + 1);
        for (let review = 0; review < reviewsPerUser; review++) {
          now = Timestamp.fromMicros(begin + step * BigInt(review + 1));
          const quality = random() < 0.12 ? 1 : random() < 0.2 ? 3 : 4;
          await recordReview(session, user, cards[review % cards.length] as bigint, {
            quality,
            durationMs: 3000 + Math.floor(random() * 12_000),
          });
        }
      });
      tell(number + 1);
    }
  } finally {
    await database.close();
  }
}
