import assert from 'node:assert/strict';
import { test } from 'node:test';
import { upgrade } from '../../src/revisions/run.ts';
import { first, onFresh, second } from '../revisions/own-schema.ts';
import { everydayEngines } from '../support/database.ts';

const ids = (entries: readonly { id: string }[]): string[] => entries.map((entry) => entry.id);

for (const target of everydayEngines()) {
  const { skip } = target;
  test(`F17: a ledger row dated far ahead hides nothing (${target.name})`, { skip }, () =>
    onFresh(target, async ({ run, query }) => {
      await upgrade(run([first]));
      await query("UPDATE schema_revision SET applied_at = '2999-01-01 00:00:00.000000'");
      assert.deepEqual(ids(await upgrade(run([first, second]))), ['0002']);
    }),
  );
}
