import assert from 'node:assert/strict';
import { test } from 'node:test';
import { downTarget, namingFrom, oneNamed, revisionNamed, upTarget } from '../../src/cli/commands/db/revision-named.ts';
import type { Revision } from '../../src/revisions/revision.ts';
import { hasCode } from '../revisions/own-schema.ts';

const revisions: readonly Revision[] = ['0001', '0002', '0003', '0004'].map((id) => ({
  id,
  name: `step_${id}`,
  upgrade: [],
  downgrade: [],
}));
const at = (id: string) => namingFrom(revisions, id);

test('a revision is named by id, name, head, base, -n below or +n above what is applied', () => {
  assert.equal(revisionNamed('0003', revisions), '0003');
  assert.equal(revisionNamed('step_0002', revisions), '0002');
  assert.equal(revisionNamed('head', revisions), '0004');
  assert.equal(revisionNamed('head', []), 'base');
  assert.equal(upTarget('+1', at('base')), '0001');
  assert.equal(upTarget('+2', at('0002')), '0004');
  assert.equal(upTarget('+9', at('0002')), '0004');
  assert.equal(upTarget('+1', at('0004')), '0004', 'nothing is pending: it stays');
  assert.equal(upTarget('+0', at('base')), 'base');
  assert.equal(upTarget('0002', at('0002')), '0002', 'the same command again has nothing to do');
  assert.equal(downTarget('-1', at('0003')), '0002');
  assert.equal(downTarget('-3', at('0003')), 'base');
  assert.equal(downTarget('base', at('0003')), 'base');
  assert.equal(downTarget('step_0001', at('0003')), '0001');
  assert.equal(downTarget('0003', at('0003')), '0003');
});

test('a word that names no revision is refused by every command, with what there is', () => {
  const refused = hasCode('FC_REVISION_UNKNOWN', /There is no revision 99\./, /Known: 0001, 0002, 0003, 0004/);
  assert.throws(() => revisionNamed('99', revisions), refused);
  assert.throws(() => upTarget('99', at('0002')), refused);
  assert.throws(() => downTarget('99', at('0002')), refused);
  assert.throws(() => oneNamed('99', revisions, ''), refused);
  const many = Array.from({ length: 40 }, (_, i) => ({
    id: String(i + 1).padStart(4, '0'),
    name: `n${i}`,
    upgrade: [],
    downgrade: [],
  }));
  assert.throws(() => revisionNamed('99', many), hasCode('FC_REVISION_UNKNOWN', /Known: 0001 to 0040/));
});

test('upgrade refuses what lies behind the database, downgrade what lies ahead, each with the command that goes there', () => {
  const refused = (...texts: RegExp[]) => hasCode('FC_BAD_REQUEST', /Nothing was changed/, ...texts);
  assert.throws(() => upTarget('-1', at('0003')), refused(/upgrade goes forward only/, /flashcase db downgrade -1$/));
  assert.throws(() => upTarget('base', at('0003')), refused(/flashcase db downgrade base$/));
  assert.throws(() => upTarget('0001', at('0003')), refused(/at 0003 already, past 0001/, /flashcase db downgrade 0001$/));
  assert.throws(() => downTarget('+1', at('0003')), refused(/downgrade goes back only/, /flashcase db upgrade \+1$/));
  assert.throws(() => downTarget('0004', at('0003')), refused(/at 0003, before 0004/, /flashcase db upgrade 0004$/));
  assert.throws(() => downTarget('head', at('base')), refused(/at no revision, before 0004/));
  assert.throws(() => downTarget('-4', at('0003')), refused(/-4 is further back than there is: 3 revisions/, /downgrade base$/));
  assert.throws(
    () => upTarget('0001', namingFrom(revisions, '0003', ' --sql --from 0003')),
    refused(/flashcase db downgrade 0001 --sql --from 0003$/),
  );
});

test('an older revision that was merged late is still something to go up to', () => {
  const late = { revisions, history: revisions, applied: ['0001', '0003'] };
  assert.equal(upTarget('0002', late), '0002');
  assert.throws(() => upTarget('0001', late), hasCode('FC_BAD_REQUEST'));
});

test('commands that take one revision take no way: -n, +n and base are refused with what to type', () => {
  for (const word of ['-1', '+1', 'base'])
    assert.throws(() => oneNamed(word, revisions, 'type this'), hasCode('FC_BAD_REQUEST', /names no revision here/, /type this/));
  assert.equal(oneNamed('head', revisions, ''), '0004');
});
