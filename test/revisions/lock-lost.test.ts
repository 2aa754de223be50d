import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../../src/db/clock.ts';
import { withRevisionLock } from '../../src/revisions/lock.ts';
import { upgrade } from '../../src/revisions/run.ts';
import { alterTable } from '../../src/revisions/step.ts';
import { directPostgres, first, hasCode, onFresh, second, third } from './own-schema.ts';

for (const target of directPostgres()) {
  test(
    `checklist 142: a lock whose connection is gone cannot be given back: the first error is the one that is told, and the next run goes on (${target.name})`,
    {
      skip: target.skip,
    },
    () =>
      onFresh(target, async ({ engine, run, query }) => {
        const work = withRevisionLock(engine, { clock: systemClock() }, async ({ connection }) => {
          const [own] = await connection.query('SELECT pg_backend_pid() AS "own.pid"');
          await query(`SELECT pg_terminate_backend(${String(own?.['own.pid'])})`);
          throw new Error('the first error');
        });
        await assert.rejects(work, /the first error/);
        assert.deepEqual(
          (await upgrade(run([first], { waitMs: 5000 }))).map(({ id }) => id),
          ['0001'],
        );
      }),
  );

  test(
    `checklist 143: while it waits for a lock of others, a revision ends within a moment of being asked to (${target.name})`,
    {
      skip: target.skip,
      timeout: 60_000,
    },
    () =>
      onFresh(target, async ({ run, direct, ledger, query }) => {
        await upgrade(run([first, second]));
        await direct(async (reader) => {
          await reader.script('BEGIN; SELECT * FROM parcel');
          const stop = new AbortController();
          const said: string[] = [];
          const waiting = upgrade(
            run([first, second, third], { lockTimeoutMs: 200, signal: stop.signal, onWait: (sentence) => said.push(sentence) }),
          );
          waiting.catch(() => {});
          while (said.length < 2) await delay(20);
          stop.abort();
          await assert.rejects(waiting, hasCode('FC_REVISION_STOPPED', /Run the same command again/));
          assert.match(said[0] as string, /^Attempt 1 got no lock within 200 ms; next in .* Oldest open transactions: pid \d+/);
        });
        assert.deepEqual(
          (await ledger()).map(({ id }) => id),
          ['0001', '0002'],
        );
        await query('SELECT grams FROM parcel');
        assert.deepEqual(
          (await upgrade(run([first, second, third]))).map(({ id }) => id),
          ['0003'],
        );
      }),
  );

  test(
    `checklist 143: what each piece of a revision that is not one transaction waits for is tried again by itself (${target.name})`,
    {
      skip: target.skip,
      timeout: 60_000,
    },
    () =>
      onFresh(target, async ({ run, direct, query }) => {
        await upgrade(run([first, second]));
        const pieces = {
          ...third,
          isTransactional: false as const,
          upgrade: [
            alterTable('depot', {
              kind: 'addIndex',
              index: { name: 'ix_town', isUnique: false, columns: [{ name: 'town', isDescending: false }] },
            }),
            ...third.upgrade,
          ],
        };
        const attempts: string[] = [];
        const done = await direct(async (reader) => {
          await reader.script('BEGIN; LOCK TABLE parcel IN ACCESS SHARE MODE');
          const going = upgrade(
            run([first, second, pieces], { lockTimeoutMs: 100, onWait: (sentence) => attempts.push(sentence) }),
          );
          going.catch(() => {});
          while (attempts.length < 2) await delay(20);
          assert.deepEqual(await query("SELECT indisvalid::text AS valid FROM pg_index WHERE indexrelid = 'ix_town'::regclass"), [
            { valid: 'true' },
          ]);
          await reader.script('COMMIT');
          return going;
        });
        assert.deepEqual(
          done.map(({ id }) => id),
          ['0003'],
        );
      }),
  );
}
