import { DatabaseSync } from 'node:sqlite';
import { systemClock } from '../../src/db/clock.ts';
import { openSqlite } from '../../src/engine/sqlite/engine.ts';
import { upgrade } from '../../src/revisions/run.ts';
import { flashcase } from '../../src/schema/flashcase.ts';
import { revisions } from '../../src/versions/index.ts';

/** Shares of the rows: most of a grown FlashCase is its study log. */
const SHARES = { user: 0.005, deck: 0.005, card: 0.115, user_deck: 0.02, study_log: 0.6, card_state: 0.14 };

/** Makes a FlashCase database of about `rows` rows with a fixed seed: the same call gives the same bytes. */
export async function generate(file: string, rows: number): Promise<void> {
  const engine = openSqlite({ schema: flashcase, file });
  await upgrade({ engine, revisions, clock: systemClock() });
  await engine.close();
  const db = new DatabaseSync(file);
  db.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; BEGIN');
  const indexes = db.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL").all() as {
    name: string;
    sql: string;
  }[];
  for (const { name } of indexes) db.exec(`DROP INDEX "${name}"`);
  const count = (name: keyof typeof SHARES): number => Math.max(1, Math.round(rows * SHARES[name]));
  const users = count('user');
  const decks = count('deck');
  const cards = count('card');
  const series = (n: number): string => `WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < ${n})`;
  // A multiplicative hash spreads values without a random generator, whose numbers would differ from run to run.
  const spread = (salt: number, n: number): string => `(1 + ((i * 2654435761 + ${salt} * 40503) & 2147483647) % ${n})`;
  const time = (salt: number): string =>
    `strftime('%Y-%m-%d %H:%M:%S', 1735689600 + ${spread(salt, 28_000_000)}, 'unixepoch') || printf('.%06d', ${spread(salt + 1, 999_999)})`;
  db.exec(`
    ${series(users)} INSERT INTO user (id, email, username, hashed_password, is_active, is_admin, created_at, updated_at)
      SELECT i, 'user' || i || '@example.org', 'user_' || i, '$argon2id$v=19$m=19456,t=2,p=1$' || hex(i * 7919) || '$' || hex(i * 104729 || 'hash'), 1, i % 100 = 0, ${time(1)}, ${time(3)} FROM s;
    ${series(decks)} INSERT INTO deck (id, name, description, is_public, school, course, year, created_at, updated_at)
      SELECT i, 'Deck ' || i || ' Obligations', CASE WHEN i % 3 THEN 'Notes of the term, §' || i END, i % 4 = 0, 'School ' || (i % 40), 'Course ' || (i % 300), 2000 + i % 26, ${time(5)}, ${time(7)} FROM s;
    ${series(cards)} INSERT INTO card (id, deck_id, front, back, created_at, updated_at)
      SELECT i, ${spread(9, decks)}, 'What is the rule in case ' || i || '? Café ' || hex(i), 'The court held that ' || hex(i * 31) || ' applies; see art. ' || (i % 900) || ' ff. ' || hex(i * 17 || 'answer'), ${time(11)}, ${time(13)} FROM s;
    INSERT INTO search_card (card_id, words, card_updated_at) SELECT id, lower(front || ' ' || back), updated_at FROM card;
    ${series(decks)} INSERT INTO deck_metadata (id, deck_id, card_count, total_reviews, average_rating, last_studied, created_at, updated_at)
      SELECT i, i, i % 80, i % 900, i * 1.1 / 3, ${time(15)}, ${time(17)}, ${time(19)} FROM s;
    INSERT OR IGNORE INTO user_deck (id, user_id, deck_id, is_owner, is_favorite, added_at)
      SELECT i, u, d, 1, 0, t FROM (${series(count('user_deck'))} SELECT i, ${spread(21, users)} AS u, ${spread(22, decks)} AS d, ${time(23)} AS t FROM s);
    ${series(count('study_log'))} INSERT INTO study_log (id, user_id, card_id, reviewed_at, ease_factor, interval, repetitions, last_rating, due_date, next_review, created_at,
        kind, scheduler, grade, settings_version, elapsed_days, duration_ms, phase, step, stability, difficulty, lapses, review_count)
      SELECT i, ${spread(25, users)}, ${spread(26, cards)}, ${time(27)}, 1.3 + ${spread(29, 120_000)} / 99991.0, ${spread(30, 400)}, i % 9, i % 4, ${time(31)}, ${time(33)}, ${time(35)},
        'review', 'fsrs-6', 1 + i % 4, 1, i % 60, ${spread(36, 60_000)}, 'review', 0, ${spread(42, 4_000_000)} / 9973.0, 1 + ${spread(44, 80_000)} / 9973.0, i % 5, i % 30 FROM s;
    INSERT OR IGNORE INTO card_state (user_id, card_id, ease_factor, interval, repetitions, last_rating, next_review, last_reviewed_at, review_count)
      SELECT u, c, e, n, r, l, t1, t2, k FROM (${series(count('card_state'))} SELECT ${spread(37, users)} AS u, ${spread(38, cards)} AS c, 1.3 + ${spread(39, 120_000)} / 99991.0 AS e, ${spread(40, 400)} AS n, i % 9 AS r, i % 4 AS l, ${time(41)} AS t1, ${time(43)} AS t2, i % 30 AS k FROM s);
    INSERT OR IGNORE INTO write_gate VALUES (1, 'open', 1, '2025-01-01 00:00:00.000000', 'bench', NULL);
  `);
  for (const { sql } of indexes) db.exec(sql);
  db.exec('COMMIT; PRAGMA journal_mode = WAL');
  db.close();
}
