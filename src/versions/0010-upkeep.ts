import type { Revision } from '../revisions/revision.ts';
import { createTable, dropTable } from '../revisions/step.ts';
import { boolean, int64, table, text, timestamp } from '../schema/index.ts';

const upkeepRun = table('upkeep_run', {
  columns: {
    slot_at: timestamp(),
    host: text(),
    claimed_at: timestamp(),
    ended_at: timestamp({ nullable: true }),
    went_well: boolean({ nullable: true }),
    told: text({ nullable: true }),
  },
  primaryKey: ['slot_at'],
});

const sizeSample = table('size_sample', {
  columns: {
    taken_on: text(),
    engine_name: text(),
    object_kind: text({ oneOf: ['database', 'table', 'index'] }),
    object_name: text(),
    object_rows: int64({ nullable: true }),
    object_bytes: int64(),
  },
  primaryKey: ['taken_on', 'engine_name', 'object_kind', 'object_name'],
});

export const upkeepRevision: Revision = {
  id: '0010',
  name: 'upkeep',
  upgrade: [createTable(upkeepRun), createTable(sizeSample)],
  downgrade: [dropTable('size_sample'), dropTable('upkeep_run')],
};
