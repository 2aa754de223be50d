import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { upgrade } from '../../src/revisions/run.ts';
import { kill, startHolder } from '../revisions/holder.ts';
import { first, onFresh, second } from '../revisions/own-schema.ts';
import { everydayEngines } from '../support/database.ts';

for (const target of everydayEngines()) {
  test(
    `F29: when the holder is killed, a waiting process goes on by itself and nothing is half done (${target.name})`,
    { skip: target.skip },
    () =>
      onFresh(target, async (bench) => {
        const child = await startHolder(bench);
        const waiting = upgrade(bench.run([first, second], { waitMs: 60_000 }));
        await delay(300);
        await kill(child);
        const killed = performance.now();
        assert.deepEqual(
          (await waiting).map((entry) => entry.id),
          ['0002'],
        );
        console.log(`      went on ${Math.round(performance.now() - killed)} ms after the kill`);
        assert.deepEqual(await bench.query('SELECT count(*) AS n FROM parcel'), [{ n: 0 }]);
      }),
  );
}
