import type { Revision } from '../revisions/revision.ts';
import { createTable, dropTable } from '../revisions/step.ts';
import { generatedId, int64, table, text, timestamp } from '../schema/index.ts';

const savedSearch = table('saved_search', {
  columns: {
    id: generatedId(),
    user_id: int64(),
    name: text(),
    query: text(),
    sort: text(),
    created_at: timestamp(),
    updated_at: timestamp(),
    deleted_at: timestamp({ nullable: true }),
  },
  primaryKey: ['id'],
  indexes: { ix_saved_search_user_id: ['user_id', 'id'] },
  references: { user_id: 'user.id' },
});

export const savedSearchRevision: Revision = {
  id: '0013',
  name: 'saved_search',
  upgrade: [createTable(savedSearch)],
  downgrade: [dropTable('saved_search')],
};
