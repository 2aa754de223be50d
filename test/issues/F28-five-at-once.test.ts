import assert from 'node:assert/strict';
import { test } from 'node:test';
import { upgrade } from '../../src/revisions/run.ts';
import { schema } from '../../src/schema/index.ts';
import { openEngine } from '../engine/open.ts';
import { first, onFresh, second, third } from '../revisions/own-schema.ts';
import { everydayEngines } from '../support/database.ts';

for (const target of everydayEngines()) {
  test(
    `F28: five engines at once on an empty database: each revision is applied once, and none fails (${target.name})`,
    { skip: target.skip },
    () =>
      onFresh(target, async ({ place, ledger, run }) => {
        const others = Array.from({ length: 5 }, () => openEngine(place, { schema: schema({}) }));
        try {
          const done = await Promise.all(others.map((engine) => upgrade({ ...run([first, second, third]), engine })));
          assert.deepEqual(
            done
              .flat()
              .map((entry) => entry.id)
              .toSorted(),
            ['0001', '0002', '0003'],
          );
          assert.equal((await ledger()).length, 3);
        } finally {
          await Promise.all(others.map((engine) => engine.close()));
        }
      }),
  );
}
