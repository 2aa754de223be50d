import type { Revision } from '../revisions/revision.ts';
import { createTable, dropTable } from '../revisions/step.ts';
import { boolean, float64, generatedId, int32, int64, table, text, timestamp } from '../schema/index.ts';

/** The tables as revision 0001 makes them. Never edited: today's tables are in schema/flashcase.ts, and history does not follow them. */
const user = table('user', {
  columns: {
    id: generatedId(),
    email: text(),
    username: text(),
    hashed_password: text(),
    is_active: boolean({ default: true }),
    is_admin: boolean({ default: false }),
    created_at: timestamp(),
    updated_at: timestamp(),
  },
  primaryKey: ['id'],
  uniqueIndexes: { ix_user_email: ['email'], ix_user_username: ['username'] },
});

const deck = table('deck', {
  columns: {
    id: generatedId(),
    name: text(),
    description: text({ nullable: true }),
    is_public: boolean({ default: false }),
    school: text({ nullable: true }),
    course: text({ nullable: true }),
    professor: text({ nullable: true }),
    year: int32({ nullable: true }),
    created_at: timestamp(),
    updated_at: timestamp(),
    deleted_at: timestamp({ nullable: true }),
  },
  primaryKey: ['id'],
  indexes: {
    ix_deck_name: ['name'],
    ix_deck_school: ['school'],
    ix_deck_course: ['course'],
    ix_deck_professor: ['professor'],
    ix_deck_year: ['year'],
  },
});

const card = table('card', {
  columns: {
    id: generatedId(),
    deck_id: int64(),
    front: text(),
    back: text(),
    created_at: timestamp(),
    updated_at: timestamp(),
    deleted_at: timestamp({ nullable: true }),
  },
  primaryKey: ['id'],
  indexes: { ix_card_deck_id: ['deck_id', 'id'], idx_card_deck_created: ['deck_id', '-created_at'] },
  references: { deck_id: 'deck.id' },
});

const deckMetadata = table('deck_metadata', {
  columns: {
    id: generatedId(),
    deck_id: int64(),
    card_count: int32({ default: 0 }),
    total_reviews: int32({ default: 0 }),
    average_rating: float64({ nullable: true }),
    last_studied: timestamp({ nullable: true }),
    created_at: timestamp(),
    updated_at: timestamp(),
  },
  primaryKey: ['id'],
  uniqueIndexes: { ix_deck_metadata_deck_id: ['deck_id'] },
  references: { deck_id: 'deck.id' },
});

const userDeck = table('user_deck', {
  columns: {
    id: generatedId(),
    user_id: int64(),
    deck_id: int64(),
    is_owner: boolean({ default: false }),
    is_favorite: boolean({ default: false }),
    added_at: timestamp(),
  },
  primaryKey: ['id'],
  partitionedKey: ['user_id', 'id'],
  uniques: { unique_user_deck: ['user_id', 'deck_id'] },
  indexes: { ix_user_deck_deck_id: ['deck_id'] },
  references: { user_id: 'user.id', deck_id: 'deck.id' },
});
const studyLog = table('study_log', {
  columns: {
    id: generatedId(),
    user_id: int64(),
    card_id: int64(),
    reviewed_at: timestamp(),
    ease_factor: float64(),
    interval: int32(),
    repetitions: int32({ nullable: true }),
    last_rating: int32({ nullable: true }),
    due_date: timestamp(),
    next_review: timestamp(),
    created_at: timestamp(),
    idempotency_id: text({ nullable: true }),
  },
  primaryKey: ['id'],
  partitionedKey: ['user_id', 'reviewed_at', 'id'],
  indexes: {
    idx_study_log_user_next_review: ['user_id', 'next_review'],
    ix_study_log_user_card: ['user_id', 'card_id', 'reviewed_at'],
    ix_study_log_card_id: ['card_id'],
    ix_study_log_reviewed_at: ['reviewed_at'],
  },
  references: { user_id: 'user.id', card_id: 'card.id' },
});
const cardState = table('card_state', {
  columns: {
    user_id: int64(),
    card_id: int64(),
    ease_factor: float64(),
    interval: int32(),
    repetitions: int32(),
    last_rating: int32({ nullable: true }),
    next_review: timestamp(),
    last_reviewed_at: timestamp(),
    review_count: int32(),
  },
  primaryKey: ['user_id', 'card_id'],
  indexes: { idx_card_state_user_next_review: ['user_id', 'next_review', 'card_id'], ix_card_state_card_id: ['card_id'] },
  references: { user_id: 'user.id', card_id: 'card.id' },
});
const reviewReceipt = table('review_receipt', {
  columns: { user_id: int64(), idempotency_id: text(), study_log_id: int64(), reviewed_at: timestamp() },
  primaryKey: ['user_id', 'idempotency_id'],
  references: { user_id: 'user.id' },
});
const userDeckStats = table('user_deck_stats', {
  columns: {
    user_id: int64(),
    deck_id: int64(),
    review_count: int32(),
    rating_count: int32(),
    rating_sum: int64(),
    last_studied: timestamp({ nullable: true }),
  },
  primaryKey: ['user_id', 'deck_id'],
  indexes: { ix_user_deck_stats_deck_id: ['deck_id'] },
  references: { user_id: 'user.id', deck_id: 'deck.id' },
});

const report = table('report', {
  columns: {
    id: generatedId(),
    reporter_id: int64(),
    report_type: text({ oneOf: ['DECK', 'CARD'] }),
    content_id: int64(),
    reason: text(),
    description: text({ nullable: true }),
    status: text({ oneOf: ['PENDING', 'REVIEWED', 'UNDER_REVIEW', 'RESOLVED', 'DISMISSED'] }),
    admin_notes: text({ nullable: true }),
    reviewed_by: int64({ nullable: true }),
    reviewed_at: timestamp({ nullable: true }),
    created_at: timestamp(),
    updated_at: timestamp(),
  },
  primaryKey: ['id'],
  indexes: {
    ix_report_reporter_id: ['reporter_id'],
    ix_report_content_id: ['content_id'],
    ix_report_status: ['status'],
  },
  references: { reporter_id: 'user.id', reviewed_by: 'user.id' },
});
const authSession = table('auth_session', {
  columns: {
    id: generatedId(),
    user_id: int64(),
    token_hash: text(),
    kind: text({ oneOf: ['web', 'api'] }),
    created_at: timestamp(),
    last_used_at: timestamp(),
    expires_at: timestamp(),
  },
  primaryKey: ['id'],
  uniqueIndexes: { ix_auth_session_token_hash: ['token_hash'] },
  indexes: { ix_auth_session_user_id: ['user_id'], ix_auth_session_expires_at: ['expires_at'] },
  references: { user_id: 'user.id' },
});
const rateLimit = table('rate_limit', {
  columns: { subject: text(), hits: int32(), window_started_at: timestamp(), blocked_until: timestamp({ nullable: true }) },
  primaryKey: ['subject'],
});
const writeGate = table('write_gate', {
  columns: {
    id: int64(),
    state: text({ oneOf: ['open', 'holding', 'moved'], default: 'open' }),
    epoch: int64(),
    changed_at: timestamp(),
    changed_by: text(),
    moved_to: text({ nullable: true }),
  },
  primaryKey: ['id'],
  checks: { write_gate_single_row: 'id = 1' },
});
const quarantine = table('quarantine', {
  columns: {
    id: generatedId(),
    table_name: text(),
    row_key: text(),
    reason: text(),
    detail: text(),
    cells: text(),
    run_id: text(),
    quarantined_at: timestamp(),
    restored_at: timestamp({ nullable: true }),
    discarded_at: timestamp({ nullable: true }),
  },
  primaryKey: ['id'],
  indexes: { ix_quarantine_table_name: ['table_name', 'id'] },
});

const tables = [
  user,
  deck,
  card,
  deckMetadata,
  userDeck,
  studyLog,
  cardState,
  reviewReceipt,
  userDeckStats,
  report,
  authSession,
  rateLimit,
  writeGate,
  quarantine,
];

export const initial: Revision = {
  id: '0001',
  name: 'initial',
  upgrade: [
    ...tables.map(createTable),
    {
      kind: 'sql',
      about: 'open the write gate',
      sqlite: [
        "INSERT INTO write_gate (id, state, epoch, changed_at, changed_by) VALUES (1, 'open', 1, strftime('%Y-%m-%d %H:%M:%f000', 'now'), 'revision 0001')",
      ],
      postgres: [
        "INSERT INTO write_gate (id, state, epoch, changed_at, changed_by) VALUES (1, 'open', 1, clock_timestamp(), 'revision 0001')",
      ],
    },
  ],
  downgrade: tables.toReversed().map((table) => dropTable(table.name)),
};
