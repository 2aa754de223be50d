import type { Revision } from '../revisions/revision.ts';
import { alterTable, createTable, dropTable } from '../revisions/step.ts';
import { boolean, generatedId, int64, table, text, timestamp } from '../schema/index.ts';

const operation = table('operation', {
  columns: {
    id: generatedId(),
    user_id: int64(),
    name: text(),
    target_id: int64(),
    inverse: text(),
    created_at: timestamp(),
    undone_at: timestamp({ nullable: true }),
  },
  primaryKey: ['id'],
  indexes: { ix_operation_user_id: ['user_id', 'id'], ix_operation_created_at: ['created_at'] },
  references: { user_id: 'user.id' },
});

export const operations: Revision = {
  id: '0005',
  name: 'operations',
  upgrade: [
    createTable(operation),
    alterTable('study_settings', { kind: 'addColumn', name: 'has_two_buttons', column: boolean({ default: false }) }),
  ],
  downgrade: [alterTable('study_settings', { kind: 'dropColumn', name: 'has_two_buttons' }), dropTable('operation')],
};
