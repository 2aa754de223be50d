import type { Change } from '../revisions/change.ts';
import type { Revision } from '../revisions/revision.ts';
import { alterTable, createTable, dropTable } from '../revisions/step.ts';
import { generatedId, indexOf, int32, int64, table, text, timestamp } from '../schema/index.ts';

/**
 * The tables as revision 0003 makes them. Never edited: today's tables are in schema/flashcase.ts, and history does not follow them.
 * Cards that were there stay cards without a note. The way back keeps every card with its text and its reviews; the notes they were made
 * from, tags and formatting go, and no later upgrade brings them back (`flashcase db undo` does, from the copy it keeps).
 */
const noteType = table('note_type', {
  columns: {
    id: generatedId(),
    user_id: int64(),
    name: text(),
    kind: text(),
    fields: text(),
    templates: text(),
    css: text({ nullable: true }),
    created_at: timestamp(),
    updated_at: timestamp(),
    deleted_at: timestamp({ nullable: true }),
  },
  primaryKey: ['id'],
  indexes: { ix_note_type_user_id: ['user_id', 'id'] },
  references: { user_id: 'user.id' },
});
const note = table('note', {
  columns: {
    id: generatedId(),
    deck_id: int64(),
    type: text(),
    note_type_id: int64({ nullable: true }),
    format: text({ oneOf: ['text', 'html', 'markdown'] }),
    fields: text(),
    elements: text({ nullable: true }),
    guid: text(),
    duplicate_key: text({ nullable: true }),
    created_at: timestamp(),
    updated_at: timestamp(),
    deleted_at: timestamp({ nullable: true }),
  },
  primaryKey: ['id'],
  indexes: {
    ix_note_deck_id: ['deck_id', 'id'],
    ix_note_duplicate_key: ['deck_id', 'duplicate_key'],
    ix_note_guid: ['guid'],
    ix_note_note_type_id: ['note_type_id'],
  },
  references: { deck_id: 'deck.id', note_type_id: 'note_type.id' },
});
const noteTag = table('note_tag', {
  columns: { note_id: int64(), tag: text() },
  primaryKey: ['note_id', 'tag'],
  indexes: { ix_note_tag_tag: ['tag', 'note_id'] },
  references: { note_id: 'note.id' },
});

const columns: readonly Change[] = [
  { kind: 'addColumn', name: 'note_id', column: int64({ nullable: true }) },
  { kind: 'addColumn', name: 'ordinal', column: int32({ nullable: true }) },
  { kind: 'addColumn', name: 'front_html', column: text({ nullable: true }) },
  { kind: 'addColumn', name: 'back_html', column: text({ nullable: true }) },
  { kind: 'addColumn', name: 'answer', column: text({ nullable: true }) },
  {
    kind: 'addForeignKey',
    foreignKey: { name: 'fk_card_note_id', columns: ['note_id'], references: { table: 'note', columns: ['id'] } },
  },
  {
    kind: 'addIndex',
    index: indexOf('ix_card_note_id', { columns: ['note_id', 'ordinal'], where: 'note_id IS NOT NULL' }, true),
  },
];

export const notes: Revision = {
  id: '0003',
  name: 'notes',
  upgrade: [createTable(noteType), createTable(note), createTable(noteTag), alterTable('card', ...columns)],
  downgrade: [
    alterTable(
      'card',
      { kind: 'dropIndex', name: 'ix_card_note_id' },
      { kind: 'dropForeignKey', name: 'fk_card_note_id' },
      ...['answer', 'back_html', 'front_html', 'ordinal', 'note_id'].map((name) => ({ kind: 'dropColumn', name }) as const),
    ),
    dropTable('note_tag'),
    dropTable('note'),
    dropTable('note_type'),
  ],
};
