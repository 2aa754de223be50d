import { sql } from 'kysely';
import type { Engine } from '../../engine/engine.ts';

// One rule, here in both shapes and in study/replay.ts: an answer is in effect unless a row of its card's log takes it back, wherever
// in the log that row stands.

/** A condition on rows of `study_log`: no row takes them back. */
export const isInEffect = sql<boolean>`NOT EXISTS (SELECT 1 FROM study_log AS later
  WHERE later.user_id = study_log.user_id AND later.card_id = study_log.card_id AND later.undoes = study_log.id)`;

/** Where the only parameter of a query goes; SQLite's may be named twice, too. */
export function place(engine: Engine['name']): string {
  return engine === 'sqlite' ? '?1' : '$1';
}

/** The opposite for all rows of the user who is the query's only parameter: looked up at once, not row by row. */
export function isTakenBack(engine: Engine['name']): string {
  return `(study_log.id, study_log.card_id) IN (SELECT undoes, card_id FROM study_log WHERE user_id = ${place(engine)} AND undoes IS NOT NULL)`;
}

/** Kinds of rows that are no reviews: nothing counts them. */
export const NO_REVIEWS = ['undo', 'cram', 'manual'] as const;
