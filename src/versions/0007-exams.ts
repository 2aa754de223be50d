import type { Revision } from '../revisions/revision.ts';
import { createTable, dropTable } from '../revisions/step.ts';
import { float64, generatedId, int32, int64, table, text, timestamp } from '../schema/index.ts';

const exam = table('exam', {
  columns: {
    id: generatedId(),
    user_id: int64(),
    name: text(),
    exam_day: int32(),
    decks: text(),
    tags: text(),
    target_recall: float64(),
    minutes_per_day: int32(),
    ended_at: timestamp({ nullable: true }),
    created_at: timestamp(),
    updated_at: timestamp(),
    deleted_at: timestamp({ nullable: true }),
  },
  primaryKey: ['id'],
  indexes: { ix_exam_user_id: ['user_id', 'exam_day'] },
  references: { user_id: 'user.id' },
});

export const exams: Revision = {
  id: '0007',
  name: 'exams',
  upgrade: [createTable(exam)],
  downgrade: [dropTable('exam')],
};
