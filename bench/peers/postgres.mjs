// usage: postgres.mjs URL PORT. Plain pg with a pool of the same size, on the host's Node.
import pg from 'pg';
import { later, nextState, serve, text } from './handler.mjs';

const [url, port] = process.argv.slice(2);
const pool = new pg.Pool({ connectionString: url, max: 20 });
const utc = (time) => `${time}+00`;

async function transaction(work) {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const value = await work(async (sql, values) => (await client.query(sql, values)).rows);
    await client.query('COMMIT');
    return value;
  } finally {
    client.release();
  }
}
const rows = async (sql, values) => (await pool.query(sql, values)).rows;

const STATE = ['ease_factor', 'interval', 'repetitions'];
const LOG = `INSERT INTO study_log (user_id, card_id, reviewed_at, ease_factor, interval, repetitions, last_rating, due_date, next_review, created_at, idempotency_id)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $3, $9) RETURNING id`;
const NEWEST_LOG = 'SELECT * FROM study_log WHERE card_id = $1 AND user_id = $2 ORDER BY reviewed_at DESC LIMIT 1';
const answerOf = (cardId, quality, next, due) => ({
  card_id: cardId,
  quality,
  new_ease_factor: next.ease_factor,
  new_interval: next.interval,
  new_repetitions: next.repetitions,
  next_due_date: due,
});

serve(
  {
    user: async (tokenHash) =>
      (
        await rows(
          'SELECT "user".* FROM auth_session JOIN "user" ON "user".id = auth_session.user_id WHERE token_hash = $1 AND expires_at > $2',
          [tokenHash, utc(text(Date.now()))],
        )
      )[0],
    async session(userId, deckId, limit) {
      await rows(
        `SELECT deck.*, is_owner FROM deck LEFT JOIN user_deck ON user_deck.deck_id = deck.id AND user_deck.user_id = $1
         WHERE deck.id = $2 AND deck.deleted_at IS NULL AND (deck.is_public OR user_deck.id IS NOT NULL)`,
        [userId, deckId],
      );
      return rows(
        `SELECT card.id, card.deck_id, front, back, ease_factor, "interval", repetitions, next_review AS due_date
         FROM card LEFT JOIN card_state ON card_state.card_id = card.id AND card_state.user_id = $1
         WHERE card.deck_id = $2 AND card.deleted_at IS NULL AND (next_review IS NULL OR next_review <= $3)
         ORDER BY CASE WHEN next_review IS NULL THEN 1 ELSE 0 END, next_review, card.id LIMIT $4`,
        [userId, deckId, utc(text(Date.now())), limit],
      );
    },
    review: (userId, cardId, quality, key) =>
      transaction(async (query) => {
        const [card] = await query(
          `SELECT card.*, is_owner FROM card JOIN deck ON deck.id = card.deck_id
           LEFT JOIN user_deck ON user_deck.deck_id = deck.id AND user_deck.user_id = $1
           WHERE card.id = $2 AND card.deleted_at IS NULL AND deck.deleted_at IS NULL AND (deck.is_public OR user_deck.id IS NOT NULL)`,
          [userId, cardId],
        );
        const [state] = await query('SELECT * FROM card_state WHERE user_id = $1 AND card_id = $2 FOR UPDATE', [userId, cardId]);
        const [receipt] = await query('SELECT * FROM review_receipt WHERE user_id = $1 AND idempotency_id = $2', [userId, key]);
        if (receipt !== undefined) throw new Error('the benchmark repeats no review');
        const next = nextState(state, quality);
        const now = utc(text(Date.now()));
        const due = utc(later(next.interval));
        const values = STATE.map((name) => next[name]);
        const [{ id }] = await query(LOG, [userId, cardId, now, ...values, quality, due, key]);
        await query(
          `UPDATE card_state SET ease_factor = $1, "interval" = $2, repetitions = $3, last_rating = $4, next_review = $5, last_reviewed_at = $6, review_count = review_count + 1
           WHERE user_id = $7 AND card_id = $8`,
          [...values, quality, due, now, userId, cardId],
        );
        await query(
          `INSERT INTO user_deck_stats (user_id, deck_id, review_count, rating_count, rating_sum, last_studied) VALUES ($1, $2, 1, 1, $3, $4)
           ON CONFLICT (user_id, deck_id) DO UPDATE SET review_count = user_deck_stats.review_count + 1, rating_count = user_deck_stats.rating_count + 1,
           rating_sum = user_deck_stats.rating_sum + excluded.rating_sum, last_studied = excluded.last_studied`,
          [userId, card.deck_id, quality, now],
        );
        await query('INSERT INTO review_receipt (user_id, idempotency_id, study_log_id, reviewed_at) VALUES ($1, $2, $3, $4)', [
          userId,
          key,
          id,
          now,
        ]);
        return answerOf(card.id, quality, next, due);
      }),
    async originalSession(userId, deckId, limit) {
      const now = new Date();
      const due = [];
      for (const card of await rows('SELECT * FROM card WHERE deck_id = $1', [deckId])) {
        const [log] = await rows(NEWEST_LOG, [card.id, userId]);
        if (log.due_date > now) continue;
        const { id, deck_id, front, back } = card;
        due.push({
          id,
          deck_id,
          front,
          back,
          ease_factor: log.ease_factor,
          interval: log.interval,
          repetitions: log.repetitions,
          due_date: log.due_date,
        });
      }
      return due.sort((a, b) => a.due_date - b.due_date).slice(0, limit);
    },
    originalReview: (userId, cardId, quality) =>
      transaction(async (query) => {
        const [card] = await query('SELECT * FROM card WHERE id = $1', [cardId]);
        const [log] = await query(NEWEST_LOG, [cardId, userId]);
        const next = nextState(log, quality);
        const now = utc(text(Date.now()));
        const due = utc(later(next.interval));
        await query(LOG, [userId, cardId, now, ...STATE.map((name) => next[name]), quality, due, null]);
        return answerOf(card.id, quality, next, due);
      }),
  },
  Number(port),
);
