import type { Change } from '../revisions/change.ts';
import type { Revision } from '../revisions/revision.ts';
import { alterTable, createTable, dropTable } from '../revisions/step.ts';
import { boolean, type Column, float64, int32, int64, table, text, timestamp } from '../schema/index.ts';

/** What this revision adds. Never edited: today's tables are in schema/flashcase.ts, and history does not follow them. */
const studyLog: Record<string, Column> = {
  kind: text({ nullable: true, oneOf: ['new', 'learn', 'review', 'relearn', 'cram', 'manual', 'undo'] }),
  scheduler: text({ nullable: true, oneOf: ['sm2', 'fsrs-6'] }),
  grade: int32({ nullable: true }),
  settings_version: int32({ nullable: true }),
  elapsed_days: int32({ nullable: true }),
  duration_ms: int32({ nullable: true }),
  undoes: int64({ nullable: true }),
  phase: text({ nullable: true, oneOf: ['new', 'learning', 'review', 'relearning'] }),
  step: int32({ nullable: true }),
  stability: float64({ nullable: true }),
  difficulty: float64({ nullable: true }),
  lapses: int32({ nullable: true }),
  review_count: int32({ nullable: true }),
};

const cardState: Record<string, Column> = {
  scheduler: text({ nullable: true, oneOf: ['sm2', 'fsrs-6'] }),
  phase: text({ nullable: true, oneOf: ['new', 'learning', 'review', 'relearning'] }),
  step: int32({ nullable: true }),
  stability: float64({ nullable: true }),
  difficulty: float64({ nullable: true }),
  lapses: int32({ nullable: true }),
  answered_at: timestamp({ nullable: true }),
  standing_at: timestamp({ nullable: true }),
  is_suspended: boolean({ default: false }),
  buried_until: timestamp({ nullable: true }),
  flag: int32({ default: 0 }),
};

const studySettings = table('study_settings', {
  columns: {
    user_id: int64(),
    version: int32(),
    time_zone: text(),
    rollover_hour: int32(),
    scheduler: text({ oneOf: ['sm2', 'fsrs-6'] }),
    desired_retention: float64(),
    learning_steps: text(),
    relearning_steps: text(),
    new_per_day: int32(),
    reviews_per_day: int32(),
    maximum_interval: int32(),
    has_fuzz: boolean(),
    weights: text({ nullable: true }),
    leech_threshold: int32(),
    suspends_leeches: boolean(),
    created_at: timestamp(),
  },
  primaryKey: ['user_id', 'version'],
  references: { user_id: 'user.id' },
});

const added = (columns: Record<string, Column>): Change[] =>
  Object.entries(columns).map(([name, column]) => ({ kind: 'addColumn', name, column }));
const dropped = (columns: Record<string, Column>): Change[] =>
  Object.keys(columns)
    .toReversed()
    .map((name) => ({ kind: 'dropColumn', name }));

/** Reviews say what a replay needs, cards where FSRS stands with them, and users how they study. Release 0.1 goes on beside it. */
export const memoryState: Revision = {
  id: '0002',
  name: 'memory_state',
  upgrade: [
    alterTable('study_log', ...added(studyLog)),
    alterTable('card_state', ...added(cardState)),
    createTable(studySettings),
  ],
  downgrade: [
    dropTable('study_settings'),
    alterTable('card_state', ...dropped(cardState)),
    alterTable('study_log', ...dropped(studyLog)),
  ],
};
