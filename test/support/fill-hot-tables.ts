const ROWS = 24_000;
/** So many rows each, of 40 users in 200 decks, written by one statement a table. */
const NUMBERS = {
  sqlite: `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS}) SELECT`,
  postgres: `WITH n AS (SELECT generate_series(1, ${ROWS}) AS i) SELECT`,
} as const;
const AT = "'2026-03-01 09:00:00.000000'";

/** Decks that are shared with everybody. */
const SHARED = 300;

/** SQL that adds as many private decks, and some that are shared: those alone Discover looks at. */
export function fillingDecks(engine: 'sqlite' | 'postgres'): string {
  const time = engine === 'sqlite' ? AT : `timestamptz ${AT.slice(0, -1)}+00'`;
  const [no, yes] = engine === 'sqlite' ? ['0', '1'] : ['false', 'true'];
  const all = NUMBERS[engine];
  return `
    INSERT INTO deck (id, name, is_public, created_at, updated_at)
      ${all} 1000 + i, 'deck ' || i, ${no}, ${time}, ${time} FROM n WHERE i > ${SHARED};
    INSERT INTO deck (id, name, is_public, school, created_at, updated_at)
      ${all} 1000 + i, 'deck ' || i, ${yes}, 'school ' || i, ${time}, ${time} FROM n WHERE i <= ${SHARED};
    INSERT INTO deck_listing (deck_id, published_at, copy_count, words, deck_updated_at)
      ${all} 1000 + i, ${time}, i, ' deck ', ${time} FROM n WHERE i <= ${SHARED};`;
}

/** SQL that fills the tables of the hot queries. */
export function filling(engine: 'sqlite' | 'postgres'): string {
  const time = engine === 'sqlite' ? AT : `timestamptz ${AT.slice(0, -1)}+00'`;
  const [no, yes] = engine === 'sqlite' ? ['0', '1'] : ['false', 'true'];
  const all = NUMBERS[engine];
  return `
    INSERT INTO "user" (id, email, username, hashed_password, is_active, is_admin, created_at, updated_at)
      ${all} i, 'u' || i || '@law.edu', 'u' || i, 'none', ${yes}, ${no}, ${time}, ${time} FROM n WHERE i <= 40;
    INSERT INTO deck (id, name, is_public, created_at, updated_at) ${all} i, 'deck ' || i, ${no}, ${time}, ${time} FROM n WHERE i <= 200;
    INSERT INTO card (id, deck_id, front, back, created_at, updated_at) ${all} i, i % 200 + 1, 'q' || i, 'a' || i, ${time}, ${time} FROM n;
    INSERT INTO card_state (user_id, card_id, ease_factor, "interval", repetitions, last_reviewed_at, next_review, review_count)
      ${all} i % 40 + 1, i, 2.5, i % 30, 1, ${time}, ${time}, 1 FROM n;
    INSERT INTO study_log (user_id, card_id, reviewed_at, ease_factor, "interval", repetitions, due_date, next_review, created_at)
      ${all} i % 40 + 1, i, ${time}, 2.5, 1, 1, ${time}, ${time}, ${time} FROM n;`;
}
