import assert from 'node:assert/strict';
import { test } from 'node:test';
import { upgrade } from '../../src/revisions/run.ts';
import { first, hasCode, onFresh, second, sql } from '../revisions/own-schema.ts';
import { everydayEngines } from '../support/database.ts';

const broken = {
  ...second,
  upgrade: [...second.upgrade, sql('write', "INSERT INTO parcel (label) VALUES ('half')"), sql('fail', 'SELECT * FROM nowhere')],
};

for (const target of everydayEngines()) {
  test(
    `F22, checklist 126, 127: a failed revision leaves nothing, and the corrected one needs no repair (${target.name})`,
    {
      skip: target.skip,
    },
    () =>
      onFresh(target, async ({ run, engine, direct, query, ledger }) => {
        await upgrade(run([first]));
        const before = await direct((connection) => engine.introspect(connection));
        for (let attempt = 0; attempt < 2; attempt++)
          await assert.rejects(upgrade(run([first, broken])), hasCode('FC_REVISION_FAILED', /0002 depot failed at "fail"/));
        assert.deepEqual(await direct((connection) => engine.introspect(connection)), before);
        assert.deepEqual(await query('SELECT count(*) AS n FROM parcel'), [{ n: 0 }]);
        assert.deepEqual(
          (await ledger()).map(({ id }) => id),
          ['0001'],
        );
        assert.deepEqual(
          (await upgrade(run([first, second]))).map(({ id }) => id),
          ['0002'],
        );
      }),
  );
}
