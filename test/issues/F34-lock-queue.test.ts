import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { upgrade } from '../../src/revisions/run.ts';
import { directPostgres, first, hasCode, onFresh, sql, third } from '../revisions/own-schema.ts';

for (const target of directPostgres()) {
  test(
    `F34: behind a long SELECT the revision gives up its place, and comes back, as a whole, with the timeout set again (${target.name})`,
    { skip: target.skip },
    () =>
      onFresh(target, async (bench) => {
        await upgrade(bench.run([first]));
        await bench.query("INSERT INTO parcel (label) VALUES ('a')");
        const told: string[] = [];
        const lockTimeoutMs = 300;
        await bench.direct(async (reader) => {
          await reader.script('BEGIN');
          await reader.query('SELECT * FROM parcel');
          const changing = upgrade(
            bench.run(
              [
                first,
                { ...third, id: '0002', upgrade: [sql('count', "INSERT INTO parcel (label) VALUES ('b')"), ...third.upgrade] },
              ],
              {
                lockTimeoutMs,
                onWait: (sentence) => told.push(sentence),
              },
            ),
          );
          // Two attempts at least must fail; meanwhile no other reader waits for longer than the place in the queue lasts.
          let longest = 0;
          while (told.length < 2) {
            const began = performance.now();
            await bench.query('SELECT count(*) FROM parcel');
            longest = Math.max(longest, performance.now() - began);
            await delay(10);
          }
          console.log(
            `      longest read behind the waiting revision: ${Math.round(longest)} ms, lock_timeout ${lockTimeoutMs} ms`,
          );
          await reader.script('COMMIT');
          assert.deepEqual(
            (await changing).map((entry) => entry.id),
            ['0002'],
          );
        });
        assert.match(
          told[0] ?? '',
          /Attempt 1 got no lock within 300 ms; next in .* s\. Oldest open transactions: pid \d+ \(flashcase, idle in transaction\)/,
        );
        assert.deepEqual(
          await bench.query('SELECT label FROM parcel ORDER BY id'),
          [{ label: 'a' }, { label: 'b' }],
          'once, not once an attempt',
        );
      }),
  );

  test(
    `F34: a revision that never gets its lock says who is in the way, and changes nothing (${target.name})`,
    { skip: target.skip },
    () =>
      onFresh(target, async (bench) => {
        await upgrade(bench.run([first]));
        await bench.direct(async (reader) => {
          await reader.script('BEGIN; LOCK TABLE parcel IN ACCESS SHARE MODE');
          await assert.rejects(
            upgrade(bench.run([first, { ...third, id: '0002' }], { lockTimeoutMs: 50, waitMs: 200 })),
            hasCode('FC_REVISION_BLOCKED', /attempts of 50 ms/, /pid \d+/, /pg_terminate_backend/),
          );
          await reader.script('COMMIT');
        });
        assert.equal((await bench.ledger()).length, 1);
      }),
  );
}
