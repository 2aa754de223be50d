import assert from 'node:assert/strict';
import { test } from 'node:test';
import { upgrade } from '../../src/revisions/run.ts';
import { first, hasCode, onFresh } from '../revisions/own-schema.ts';
import { everydayEngines } from '../support/database.ts';

for (const target of everydayEngines()) {
  const { skip } = target;
  test(`F26: the ledger cannot hold a revision twice (${target.name})`, { skip }, () =>
    onFresh(target, async ({ run, query }) => {
      await upgrade(run([first]));
      await assert.rejects(query('INSERT INTO schema_revision SELECT * FROM schema_revision'), hasCode('FC_DB_CONSTRAINT'));
    }),
  );
}
