// usage: sqlite.mjs FILE PORT better-sqlite3|node:sqlite. Every commit is synced: the same promise as FlashCase.
import { later, nextState, serve, text } from './handler.mjs';

const [file, port, library] = process.argv.slice(2);
const { default: Database, DatabaseSync = Database } = await import(library);
const db = new DatabaseSync(file);
db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000');

const transaction =
  (work) =>
  (...values) => {
    db.exec('BEGIN IMMEDIATE');
    try {
      const answer = work(...values);
      db.exec('COMMIT');
      return answer;
    } catch (error) {
      db.exec('ROLLBACK');
      throw error;
    }
  };

const userByToken = db.prepare(
  'SELECT user.* FROM auth_session JOIN user ON user.id = auth_session.user_id WHERE token_hash = ? AND expires_at > ?',
);
const deckOf = db.prepare(
  `SELECT deck.*, is_owner FROM deck LEFT JOIN user_deck ON user_deck.deck_id = deck.id AND user_deck.user_id = ?
   WHERE deck.id = ? AND deck.deleted_at IS NULL AND (deck.is_public = 1 OR user_deck.id IS NOT NULL)`,
);
const dueCards = db.prepare(
  `SELECT card.id, card.deck_id, front, back, ease_factor, interval, repetitions, next_review AS due_date
   FROM card LEFT JOIN card_state ON card_state.card_id = card.id AND card_state.user_id = ?
   WHERE card.deck_id = ? AND card.deleted_at IS NULL AND (next_review IS NULL OR next_review <= ?)
   ORDER BY CASE WHEN next_review IS NULL THEN 1 ELSE 0 END, next_review, card.id LIMIT ?`,
);
const cardOf = db.prepare(
  `SELECT card.*, is_owner FROM card JOIN deck ON deck.id = card.deck_id
   LEFT JOIN user_deck ON user_deck.deck_id = deck.id AND user_deck.user_id = ?
   WHERE card.id = ? AND card.deleted_at IS NULL AND deck.deleted_at IS NULL AND (deck.is_public = 1 OR user_deck.id IS NOT NULL)`,
);
const stateOf = db.prepare('SELECT * FROM card_state WHERE user_id = ? AND card_id = ?');
const receiptOf = db.prepare('SELECT * FROM review_receipt WHERE user_id = ? AND idempotency_id = ?');
const addLog = db.prepare(
  `INSERT INTO study_log (user_id, card_id, reviewed_at, ease_factor, interval, repetitions, last_rating, due_date, next_review, created_at, idempotency_id)
   VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
);
const saveState = db.prepare(
  `UPDATE card_state SET ease_factor = ?, interval = ?, repetitions = ?, last_rating = ?, next_review = ?, last_reviewed_at = ?, review_count = review_count + 1
   WHERE user_id = ? AND card_id = ?`,
);
const countReview = db.prepare(
  `INSERT INTO user_deck_stats (user_id, deck_id, review_count, rating_count, rating_sum, last_studied) VALUES (?, ?, 1, 1, ?, ?)
   ON CONFLICT (user_id, deck_id) DO UPDATE SET review_count = review_count + 1, rating_count = rating_count + 1,
   rating_sum = rating_sum + excluded.rating_sum, last_studied = excluded.last_studied`,
);
const addReceipt = db.prepare(
  'INSERT INTO review_receipt (user_id, idempotency_id, study_log_id, reviewed_at) VALUES (?, ?, ?, ?)',
);

const review = transaction((userId, cardId, quality, key) => {
  const card = cardOf.get(userId, cardId);
  const state = stateOf.get(userId, cardId);
  if (receiptOf.get(userId, key) !== undefined) throw new Error('the benchmark repeats no review');
  const next = nextState(state, quality);
  const now = text(Date.now());
  const due = later(next.interval);
  const { id } = addLog.get(userId, cardId, now, next.ease_factor, next.interval, next.repetitions, quality, due, due, now, key);
  saveState.run(next.ease_factor, next.interval, next.repetitions, quality, due, now, userId, cardId);
  countReview.run(userId, card.deck_id, quality, now);
  addReceipt.run(userId, key, id, now);
  return {
    card_id: card.id,
    quality,
    new_ease_factor: next.ease_factor,
    new_interval: next.interval,
    new_repetitions: next.repetitions,
    next_due_date: due,
  };
});

// The original app: the newest log row of each card, one query a card; a review reads and writes the log alone.
const cardsOfDeck = db.prepare('SELECT * FROM card WHERE deck_id = ?');
const newestLog = db.prepare('SELECT * FROM study_log WHERE card_id = ? AND user_id = ? ORDER BY reviewed_at DESC LIMIT 1');
const cardById = db.prepare('SELECT * FROM card WHERE id = ?');
const originalReview = transaction((userId, cardId, quality) => {
  const card = cardById.get(cardId);
  const next = nextState(newestLog.get(cardId, userId), quality);
  const now = text(Date.now());
  const due = later(next.interval);
  addLog.get(userId, cardId, now, next.ease_factor, next.interval, next.repetitions, quality, due, due, now, null);
  return {
    card_id: card.id,
    quality,
    new_ease_factor: next.ease_factor,
    new_interval: next.interval,
    new_repetitions: next.repetitions,
    next_due_date: due,
  };
});

serve(
  {
    user: (tokenHash) => userByToken.get(tokenHash, text(Date.now())),
    session(userId, deckId, limit) {
      deckOf.get(userId, deckId);
      return dueCards.all(userId, deckId, text(Date.now()), limit);
    },
    review,
    originalSession(userId, deckId, limit) {
      const now = text(Date.now());
      const due = [];
      for (const card of cardsOfDeck.all(deckId)) {
        const log = newestLog.get(card.id, userId);
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
      return due.sort((a, b) => (a.due_date < b.due_date ? -1 : 1)).slice(0, limit);
    },
    originalReview,
  },
  Number(port),
);
