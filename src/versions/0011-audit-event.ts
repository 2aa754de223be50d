import type { Revision } from '../revisions/revision.ts';
import { createTable, dropTable } from '../revisions/step.ts';
import { generatedId, int64, table, text, timestamp } from '../schema/index.ts';

const auditEvent = table('audit_event', {
  columns: {
    id: generatedId(),
    event_id: text(),
    step_id: text(),
    kind: text({ oneOf: ['begun', 'ended'] }),
    happened_at: timestamp(),
    command: text(),
    os_user: text({ nullable: true }),
    account_id: int64({ nullable: true }),
    process: text(),
    details: text(),
    previous: text(),
    chain: text(),
  },
  primaryKey: ['id'],
  uniqueIndexes: { ix_audit_event_event_id: ['event_id'], ix_audit_event_previous: ['previous'] },
});

export const auditEventRevision: Revision = {
  id: '0011',
  name: 'audit_event',
  upgrade: [createTable(auditEvent)],
  downgrade: [dropTable('audit_event')],
};
