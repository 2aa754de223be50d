import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Change } from '../../src/revisions/change.ts';
import { lint } from '../../src/revisions/lint/lint.ts';
import type { RuleId } from '../../src/revisions/lint/rules/all.ts';
import type { Revision } from '../../src/revisions/revision.ts';
import { upgrade } from '../../src/revisions/run.ts';
import { alterTable } from '../../src/revisions/step.ts';
import { int64, schema } from '../../src/schema/index.ts';
import { first, hasCode, onFresh, second } from '../revisions/own-schema.ts';
import { everydayEngines } from '../support/database.ts';

const home: Change = { kind: 'addColumn', name: 'depot_id', column: int64({ default: 1 }) };
const refers: Change = {
  kind: 'addForeignKey',
  foreignKey: { name: 'fk_depot', columns: ['depot_id'], references: { table: 'depot', columns: ['id'] } },
};

/** Changes that pass on an empty database and are refused on a full one. */
const cases: readonly (readonly [RuleId, readonly Change[]])[] = [
  ['required-column-on-rows', [{ kind: 'addColumn', name: 'price', column: int64() }]],
  ['unique-with-duplicates', [{ kind: 'addUnique', unique: { name: 'uq_label', columns: ['label'] } }]],
  ['required-with-nulls', [{ kind: 'changeColumn', name: 'grams', column: int64() }]],
  ['reference-with-default', [home, refers]],
];

for (const target of everydayEngines().filter(({ name }) => !name.includes('pgbouncer'))) {
  for (const [rule, changes] of cases) {
    test(`F54: ${rule}: it passes on an empty database, fails on a full one, and the linter says so first (${target.name})`, {
      skip: target.skip,
    }, async () => {
      const changed: Revision = {
        id: '0003',
        name: 'changed',
        upgrade: [alterTable('parcel', ...changes)],
        downgrade: 'not needed.',
      };
      const project = { schema: schema({}), revisions: [first, second, changed], released: '0002' };
      await onFresh(target, async ({ engine, run, query }) => {
        await upgrade(run([first, second]));
        await query("INSERT INTO parcel (label) VALUES ('a'), ('a')");
        assert.ok((await lint(project, { engine })).findings.some((finding) => finding.rule === rule));
        await assert.rejects(upgrade(run(project.revisions)), hasCode('FC_REVISION_FAILED'));
      });
      await onFresh(target, async ({ engine, run }) => {
        await upgrade(run([first, second]));
        const counted = (await lint(project, { engine })).findings.filter((finding) => finding.rule === rule);
        // Whether the parent of a default is there, no count of this table tells: it is said of an empty one too.
        assert.equal(counted.length, rule === 'reference-with-default' ? 1 : 0);
        await upgrade(run(project.revisions));
      });
    });
  }
}
