import type { Revision } from '../revisions/revision.ts';
import { createTable, dropTable } from '../revisions/step.ts';
import { int32, int64, table, text, timestamp } from '../schema/index.ts';

const reminder = table('reminder', {
  columns: {
    user_id: int64(),
    minute_of_day: int32(),
    next_at: timestamp(),
    tries: int32({ default: 0 }),
    off_token: text(),
    created_at: timestamp(),
    updated_at: timestamp(),
  },
  primaryKey: ['user_id'],
  uniqueIndexes: { ix_reminder_off_token: ['off_token'] },
  indexes: { ix_reminder_next_at: ['next_at'] },
  references: { user_id: 'user.id' },
});

export const reminderRevision: Revision = {
  id: '0016',
  name: 'reminder',
  upgrade: [createTable(reminder)],
  downgrade: [dropTable('reminder')],
};
