import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Change } from '../../src/revisions/change.ts';
import { lint } from '../../src/revisions/lint/lint.ts';
import type { Revision } from '../../src/revisions/revision.ts';
import { alterTable, createTable, renameTable } from '../../src/revisions/step.ts';
import { generatedId, table, text } from '../../src/schema/index.ts';
import { examples, projectWith } from '../revisions/lint-examples.ts';
import { hasCode } from '../revisions/own-schema.ts';

const crate = table('crate', { columns: { id: generatedId(), label: text() }, primaryKey: ['id'] });
const index: Change = {
  kind: 'addIndex',
  index: { name: 'ix', columns: [{ name: 'label', isDescending: false }], isUnique: false },
};

test('F61: only revisions that no release has are judged, unless others are asked for', async () => {
  const project = { ...projectWith(examples['index-not-concurrent'].unsafe.revision), released: '0003' };
  assert.deepEqual(await lint(project), { revisions: [], released: '0003', findings: [] });
  for (const asked of [{ includesReleased: true }, { ids: ['0003'] }])
    assert.ok((await lint(project, asked)).findings.some(({ rule }) => rule === 'index-not-concurrent'));
  await assert.rejects(lint(project, { ids: ['9'] }), hasCode('FC_REVISION_UNKNOWN'));
});

test('F61: the revisions before are known: a table that no release has is new and small, renamed or not', async () => {
  const brought: Revision = { id: '0003', name: 'crate', upgrade: [createTable(crate)], downgrade: 'not needed.' };
  const changed: Revision = {
    id: '0004',
    name: 'index',
    upgrade: [
      alterTable('crate', index),
      renameTable('crate', 'chest'),
      alterTable('chest', { kind: 'renameColumn', name: 'label', to: 'words' }),
    ],
    downgrade: 'not needed.',
  };
  assert.deepEqual((await lint(projectWith(brought, changed))).findings, []);
  const released = await lint({ ...projectWith(brought, changed), released: '0003' });
  assert.deepEqual(released.findings.map(({ rule }) => rule).toSorted(), [
    'index-not-concurrent',
    'rename-column',
    'rename-table',
  ]);
});
