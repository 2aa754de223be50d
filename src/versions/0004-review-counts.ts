import type { Revision } from '../revisions/revision.ts';
import { createTable, dropTable } from '../revisions/step.ts';
import { int32, int64, table } from '../schema/index.ts';

const reviewCounts = table('review_counts', {
  columns: {
    user_id: int64(),
    quarter_hour: int32(),
    deck_id: int64(),
    gap_quarters: int32(),
    new_again: int32({ default: 0 }),
    new_hard: int32({ default: 0 }),
    new_good: int32({ default: 0 }),
    new_easy: int32({ default: 0 }),
    learning_again: int32({ default: 0 }),
    learning_hard: int32({ default: 0 }),
    learning_good: int32({ default: 0 }),
    learning_easy: int32({ default: 0 }),
    young_again: int32({ default: 0 }),
    young_hard: int32({ default: 0 }),
    young_good: int32({ default: 0 }),
    young_easy: int32({ default: 0 }),
    mature_again: int32({ default: 0 }),
    mature_hard: int32({ default: 0 }),
    mature_good: int32({ default: 0 }),
    mature_easy: int32({ default: 0 }),
    unrated: int32({ default: 0 }),
    spent_ms: int64({ default: 0 }),
  },
  primaryKey: ['user_id', 'quarter_hour', 'deck_id', 'gap_quarters'],
  references: { user_id: 'user.id' },
});

/** Button and what the card was before, as the log tells them. */
const OUTCOMES = {
  new_again: 'new 1',
  new_hard: 'new 2',
  new_good: 'new 3',
  new_easy: 'new 4',
  learning_again: 'learning 1',
  learning_hard: 'learning 2',
  learning_good: 'learning 3',
  learning_easy: 'learning 4',
  young_again: 'young 1',
  young_hard: 'young 2',
  young_good: 'young 3',
  young_easy: 'young 4',
  mature_again: 'mature 1',
  mature_hard: 'mature 2',
  mature_good: 'mature 3',
  mature_easy: 'mature 4',
};

/** The reviews of the log, counted. `quarter` gives the UTC quarter hour of a time; history does not follow db/stores/review-counts.ts. */
const count = (quarter: string): string => `INSERT INTO review_counts
  (user_id, quarter_hour, deck_id, gap_quarters, ${Object.keys(OUTCOMES).join(', ')}, unrated, spent_ms)
SELECT user_id, quarter_hour, deck_id, gap_quarters,
  ${Object.values(OUTCOMES)
    .map((outcome) => `CAST(sum(CASE WHEN outcome = '${outcome}' THEN 1 ELSE 0 END) AS integer)`)
    .join(', ')},
  CAST(sum(CASE WHEN outcome = 'unrated' THEN 1 ELSE 0 END) AS integer), CAST(sum(ms) AS bigint)
FROM (
  SELECT user_id, quarter_hour, deck_id, ms,
    CASE WHEN button = 0 OR before_quarter IS NULL OR before_days < 1 OR quarter_hour - before_quarter > 104 THEN 104
      ELSE quarter_hour - before_quarter END AS gap_quarters,
    CASE WHEN button = 0 THEN 'unrated'
      ELSE CASE WHEN before_days IS NULL THEN 'new ' WHEN before_days < 1 THEN 'learning ' WHEN before_days < 21 THEN 'young ' ELSE 'mature ' END
        || CAST(button AS text) END AS outcome
  FROM (
    SELECT user_id, deck_id, quarter_hour, button, ms, kind, lag(quarter_hour) OVER of_card AS before_quarter, lag(days) OVER of_card AS before_days
    FROM (
      SELECT study_log.user_id, card.deck_id, study_log.card_id, study_log.reviewed_at, study_log.id, study_log."interval" AS days,
        ${quarter} AS quarter_hour,
        CASE WHEN study_log.last_rating < 3 THEN 1 WHEN study_log.last_rating <= 5 THEN study_log.last_rating - 1 ELSE 0 END AS button,
        coalesce(study_log.duration_ms, 0) AS ms, coalesce(study_log.kind, '') AS kind
      FROM study_log JOIN card ON card.id = study_log.card_id
      WHERE coalesce(study_log.kind, '') NOT IN ('undo', 'cram')
        AND study_log.id NOT IN (SELECT undoes FROM study_log WHERE undoes IS NOT NULL)
    ) AS logged
    WINDOW of_card AS (PARTITION BY user_id, card_id ORDER BY reviewed_at, id)
  ) AS told
  WHERE kind <> 'manual'
) AS one
GROUP BY user_id, quarter_hour, deck_id, gap_quarters`;

export const reviewCountsRevision: Revision = {
  id: '0004',
  name: 'review_counts',
  upgrade: [
    createTable(reviewCounts),
    {
      kind: 'sql',
      about: 'count the reviews that are there',
      // The fraction is cut off first, which the engines would round into the next quarter hour; and they divide towards zero, so what is
      // before 1970 is lifted.
      sqlite: [count('((unixepoch(substr(study_log.reviewed_at, 1, 19)) + 63000000000) / 900 - 70000000)')],
      postgres: [
        count(
          'CAST((CAST(floor(extract(epoch FROM study_log.reviewed_at)) AS bigint) + 63000000000) / 900 - 70000000 AS integer)',
        ),
      ],
    },
  ],
  downgrade: [dropTable('review_counts')],
};
