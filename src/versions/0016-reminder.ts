import type { Revision } from '../revisions/revision.ts';
import { createTable, dropTable } from '../revisions/step.ts';
import { int32, int64, table, text, timestamp } from '../schema/index.ts';

const reminder = table('reminder', {
  columns: {
    address_hash: text(),
    user_id: int64({ nullable: true }),
    minute_of_day: int32(),
    next_at: timestamp({ nullable: true }),
    tries: int32({ default: 0 }),
    off_token: text(),
    mailed_at: timestamp({ nullable: true }),
    ended_at: timestamp({ nullable: true }),
    created_at: timestamp(),
    updated_at: timestamp(),
  },
  primaryKey: ['address_hash'],
  uniqueIndexes: { ix_reminder_off_token: ['off_token'], ix_reminder_user_id: ['user_id'] },
  indexes: { ix_reminder_next_at: ['next_at'] },
  references: { user_id: 'user.id' },
});

export const reminderRevision: Revision = {
  id: '0016',
  name: 'reminder',
  upgrade: [createTable(reminder)],
  downgrade: [dropTable('reminder')],
};
