import type { Revision } from '../revisions/revision.ts';
import { createTable, dropTable } from '../revisions/step.ts';
import { int32, int64, table, text } from '../schema/index.ts';

const operationPart = table('operation_part', {
  columns: { operation_id: int64(), part: int32(), content: text() },
  primaryKey: ['operation_id', 'part'],
});

export const operationPartRevision: Revision = {
  id: '0009',
  name: 'operation_part',
  upgrade: [createTable(operationPart)],
  downgrade: [dropTable('operation_part')],
};
