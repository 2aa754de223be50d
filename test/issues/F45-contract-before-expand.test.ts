import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lint } from '../../src/revisions/lint/lint.ts';
import type { Revision } from '../../src/revisions/revision.ts';
import { alterTable } from '../../src/revisions/step.ts';
import { text } from '../../src/schema/index.ts';
import { projectWith } from '../revisions/lint-examples.ts';

test('F45: a contract step names a released revision that made room, and is refused before that', async () => {
  const drop = (contracts: string | undefined, name = 'grams'): Revision => ({
    id: '0004',
    name: 'drop',
    upgrade: [alterTable('parcel', { kind: 'dropColumn', name })],
    downgrade: 'no.',
    ...(contracts === undefined ? {} : { contracts }),
  });
  const expand: Revision = {
    id: '0003',
    name: 'expand',
    upgrade: [alterTable('parcel', { kind: 'changeColumn', name: 'label', column: text({ nullable: true }) })],
    downgrade: 'no.',
  };
  const judged = async (revision: Revision, newest: string): Promise<string[]> =>
    (await lint({ ...projectWith(expand, revision), released: newest })).findings
      .filter(({ level, revision: id }) => level === 'error' && id === '0004')
      .map(({ rule, what }) => `${rule}: ${what}`);
  assert.match((await judged(drop(undefined), '0002'))[0] ?? '', /^drop-column-without-contract/);
  assert.match(
    (await judged(drop('0003'), '0002'))[0] ?? '',
    /^contract-before-expand: Revision 0003 expand .* no release has it yet/,
  );
  assert.match((await judged(drop('0009'), '0003'))[0] ?? '', /which there is not/);
  assert.deepEqual(await judged(drop('0003'), '0003'), []);
  assert.match((await judged(drop('0001'), '0003'))[0] ?? '', /cannot have made room for column parcel.grams: it brought it/);
  // Every release has to write a required column: it was made optional in 0003 first.
  assert.deepEqual(await judged(drop('0003', 'label'), '0003'), []);
  const early = await lint({ ...projectWith({ ...drop('0002', 'label'), id: '0003' }) });
  assert.match(
    early.findings.find(({ rule }) => rule === 'contract-before-expand')?.what ?? '',
    /still required, so every release has to write it/,
  );
});
