import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formOf } from '../../src/engine/schema-form.ts';
import { normalForm } from '../../src/revisions/normal-form.ts';
import { upgrade } from '../../src/revisions/run.ts';
import { replay } from '../../src/revisions/state.ts';
import { describeDifference, differenceOf } from '../../src/schema/form.ts';
import { everydayEngines } from '../support/database.ts';
import { everyFeature } from './every-feature.ts';
import { onFresh } from './own-schema.ts';
import { readNormalForm, scratchForm } from './read-normal-form.ts';

const SAME = { missing: [], unexpected: [] };

for (const target of everydayEngines()) {
  const { skip } = target;
  test(
    `F48: after each revision the schema reads back as a fresh database’s, for everything the model can say (${target.name})`,
    { skip },
    () =>
      onFresh(target, async ({ engine, run, direct }) => {
        for (const [i, revision] of everyFeature.entries()) {
          await upgrade(run(everyFeature.slice(0, i + 1)));
          const state = replay(everyFeature.slice(0, i + 1));
          const live = await direct((connection) => engine.introspect(connection));
          assert.deepEqual(differenceOf(formOf(state, engine), live), SAME, `the model’s form after ${revision.name}`);
          assert.deepEqual(differenceOf(await scratchForm(engine, state), live), SAME, `a fresh one’s after ${revision.name}`);
          const proof = await direct((connection) => readNormalForm(connection, engine, state));
          assert.deepEqual(proof, { lines: normalForm(state) });
        }
      }),
  );
}

test('a long difference is told by its first lines of either side and how many more there are', () => {
  const lines = (name: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${name} ${i}`);
  const told = describeDifference({ missing: lines('a', 50), unexpected: lines('b', 20) }).split('\n');
  assert.equal(told.length, 41);
  assert.deepEqual(told.slice(19, 22), ['- a 19', '- … and 30 more (all of them with --json)', '+ b 0']);
});
