import type { Revision } from '../revisions/revision.ts';
import { alterTable, createTable, dropTable } from '../revisions/step.ts';
import { generatedId, indexOf, int32, int64, table, text, timestamp } from '../schema/index.ts';

/** Filled by the server after its start: what a word is is the code's affair, not the database's. */
const deckListing = table('deck_listing', {
  columns: {
    deck_id: int64(),
    published_at: timestamp(),
    copy_count: int32({ default: 0 }),
    words: text(),
    deck_updated_at: timestamp(),
  },
  primaryKey: ['deck_id'],
  indexes: {
    ix_deck_listing_published_at: ['published_at', 'deck_id'],
    ix_deck_listing_copy_count: ['copy_count', 'deck_id'],
  },
});

const subscription = table('subscription', {
  columns: {
    id: generatedId(),
    user_id: int64(),
    deck_id: int64(),
    source_deck_id: int64(),
    source_name: text(),
    created_at: timestamp(),
    updated_at: timestamp(),
    ended_at: timestamp({ nullable: true }),
  },
  primaryKey: ['id'],
  uniqueIndexes: {
    ix_subscription_user_id: { columns: ['user_id', 'source_deck_id'], where: 'ended_at IS NULL' },
    ix_subscription_deck_id: { columns: ['deck_id'], where: 'ended_at IS NULL' },
  },
  references: { user_id: 'user.id' },
});

const subscriptionNote = table('subscription_note', {
  columns: {
    subscription_id: int64(),
    source_kind: text({ oneOf: ['note', 'card'] }),
    source_id: int64(),
    note_id: int64(),
    source_updated_at: timestamp(),
    taken: text(),
    removed_at: timestamp({ nullable: true }),
  },
  primaryKey: ['subscription_id', 'source_kind', 'source_id'],
  indexes: { ix_subscription_note_note_id: ['note_id'] },
  references: { subscription_id: 'subscription.id' },
});

const suggestion = table('suggestion', {
  columns: {
    id: generatedId(),
    user_id: int64(),
    deck_id: int64(),
    source_kind: text({ oneOf: ['note', 'card'] }),
    source_id: int64(),
    changes: text(),
    comment: text({ nullable: true }),
    status: text({ oneOf: ['open', 'accepted', 'declined', 'withdrawn'] }),
    answer: text({ nullable: true }),
    created_at: timestamp(),
    answered_at: timestamp({ nullable: true }),
  },
  primaryKey: ['id'],
  indexes: { ix_suggestion_deck_id: ['deck_id', 'id'], ix_suggestion_user_id: ['user_id', 'id'] },
  references: { user_id: 'user.id' },
});

const moderationEvent = table('moderation_event', {
  columns: {
    id: generatedId(),
    admin_id: int64(),
    action: text({ oneOf: ['hide', 'unhide', 'dismiss'] }),
    deck_id: int64(),
    report_id: int64({ nullable: true }),
    why: text(),
    created_at: timestamp(),
  },
  primaryKey: ['id'],
  indexes: { ix_moderation_event_deck_id: ['deck_id', 'id'] },
  references: { admin_id: 'user.id' },
});

export const sharing: Revision = {
  id: '0008',
  name: 'sharing',
  upgrade: [
    alterTable(
      'deck',
      { kind: 'addColumn', name: 'hidden_at', column: timestamp({ nullable: true }) },
      { kind: 'addIndex', index: indexOf('ix_deck_is_public', { columns: ['id'], where: 'is_public' }, false) },
    ),
    createTable(deckListing),
    createTable(subscription),
    createTable(subscriptionNote),
    createTable(suggestion),
    createTable(moderationEvent),
  ],
  downgrade: [
    dropTable('moderation_event'),
    dropTable('suggestion'),
    dropTable('subscription_note'),
    dropTable('subscription'),
    dropTable('deck_listing'),
    alterTable('deck', { kind: 'dropIndex', name: 'ix_deck_is_public' }, { kind: 'dropColumn', name: 'hidden_at' }),
  ],
};
