// slow
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Connection, Engine, WriteGuard } from '../../src/engine/engine.ts';
import { FlashcaseError } from '../../src/errors/index.ts';
import { generatedId, int32, schema, table, text } from '../../src/schema/index.ts';
import { engines } from '../support/database.ts';
import { createTables, openEngine, POOL } from './open.ts';

const shop = schema({
  item: table('item', {
    columns: { id: generatedId(), label: text(), amount: int32({ default: 0 }) },
    primaryKey: ['id'],
    uniques: { unique_item_label: ['label'] },
  }),
});
const hasCode = (code: string) => (error: unknown) => error instanceof FlashcaseError && error.code === code;

for (const target of engines()) {
  describe(`sessions on ${target.name}`, { skip: target.skip }, () => {
    const onEngine =
      (work: (engine: Engine) => Promise<void>, options: { guard?: WriteGuard; pool?: typeof POOL } = {}) =>
      async () => {
        const place = await target.fresh();
        const engine = openEngine(place, { schema: shop, ...options });
        try {
          await createTables(engine, shop);
          await work(engine);
        } finally {
          await engine.close();
          await place.drop();
        }
      };
    const add = (engine: Engine, label: string) =>
      engine.write((c) => c.kysely.insertInto('item').values({ label }).returning('id').executeTakeFirstOrThrow());
    const labels = (engine: Engine) =>
      engine.read(async (c) =>
        (await c.kysely.selectFrom('item').select('label').orderBy('label').execute()).map((row) => row.label),
      );

    test(
      'a unit of work that throws leaves nothing, its neighbours stay',
      onEngine(async (engine) => {
        const outcomes = await Promise.allSettled([
          add(engine, 'a'),
          engine.write(async (c) => {
            await c.kysely.insertInto('item').values({ label: 'b' }).execute();
            throw new Error('changed my mind');
          }),
          add(engine, 'c'),
        ]);
        assert.deepEqual(
          outcomes.map((outcome) => outcome.status),
          ['fulfilled', 'rejected', 'fulfilled'],
        );
        assert.deepEqual(await labels(engine), ['a', 'c']);
      }),
    );

    test(
      'a refused duplicate is named the same way and spoils nothing else',
      onEngine(async (engine) => {
        await add(engine, 'a');
        const outcomes = await Promise.allSettled([add(engine, 'b'), add(engine, 'a'), add(engine, 'c')]);
        const refused = outcomes[1] as PromiseRejectedResult;
        assert.ok(hasCode('FC_DB_CONSTRAINT')(refused.reason));
        assert.equal((refused.reason as FlashcaseError).details.kind, 'unique');
        assert.deepEqual((refused.reason as FlashcaseError).details.columns, ['label']);
        assert.deepEqual(await labels(engine), ['a', 'b', 'c']);
      }),
    );

    test(
      'a reader does not see what is not committed, and sees it once it is acknowledged',
      onEngine(async (engine) => {
        await engine.write(async (c) => {
          await c.kysely.insertInto('item').values({ label: 'a' }).execute();
          assert.deepEqual(await labels(engine), []);
        });
        assert.deepEqual(await labels(engine), ['a']);
      }),
    );

    test(
      'two hundred writers at once all succeed, none sees a lock',
      onEngine(async (engine) => {
        await add(engine, 'counter');
        await Promise.all(
          Array.from({ length: 200 }, () =>
            engine.write((c) =>
              c.kysely
                .updateTable('item')
                .set((eb) => ({ amount: eb('amount', '+', 1) }))
                .where('label', '=', 'counter')
                .execute(),
            ),
          ),
        );
        const rows = await engine.read((c) => c.kysely.selectFrom('item').select('amount').execute());
        assert.deepEqual(rows, [{ amount: 200 }]);
      }),
    );

    test('a guard that refuses stops every write before it begins', async () => {
      let isOpen = true;
      const guard: WriteGuard = {
        sql: 'SELECT 1 AS one',
        check(rows) {
          assert.deepEqual(rows, [{ one: 1 }]);
          if (!isOpen) throw new FlashcaseError('FC_GATE_HOLDING', { what: 'held' });
        },
      };
      await onEngine(
        async (engine) => {
          await add(engine, 'a');
          isOpen = false;
          const outcomes = await Promise.allSettled([add(engine, 'b'), add(engine, 'c')]);
          for (const outcome of outcomes) assert.ok(hasCode('FC_GATE_HOLDING')((outcome as PromiseRejectedResult).reason));
          isOpen = true;
          await add(engine, 'd');
          assert.deepEqual(await labels(engine), ['a', 'd']);
        },
        { guard },
      )();
    });

    test(
      'a deadlock is resolved by running the work again',
      onEngine(async (engine) => {
        await add(engine, 'x');
        await add(engine, 'y');
        const bump = (first: string, second: string) =>
          engine.write(async (c) => {
            for (const label of [first, second]) {
              await c.kysely
                .updateTable('item')
                .set((eb) => ({ amount: eb('amount', '+', 1) }))
                .where('label', '=', label)
                .execute();
            }
          });
        await Promise.all(Array.from({ length: 4 }, (_, i) => (i % 2 === 0 ? bump('x', 'y') : bump('y', 'x'))));
        const rows = await engine.read((c) => c.kysely.selectFrom('item').select('amount').execute());
        assert.deepEqual(rows, [{ amount: 4 }, { amount: 4 }]);
      }),
    );

    test(
      'a read that throws gives its connection back',
      onEngine(async (engine) => {
        for (let i = 0; i < 20; i++)
          await assert.rejects(
            engine.read((c) => c.query('SELECT nonsense FROM nowhere')),
            hasCode('FC_DB_FAILED'),
          );
        assert.deepEqual(await labels(engine), []);
      }),
    );

    if (target.name === 'sqlite') {
      test(
        'a unit that outlives its session cannot write into another’s transaction',
        onEngine(async (engine) => {
          let escaped: Promise<unknown> = Promise.resolve();
          await engine.write(async (c) => {
            escaped = delay(5).then(() => c.execute("INSERT INTO item (label) VALUES ('late')"));
            escaped.catch(() => {});
          });
          await assert.rejects(escaped, hasCode('FC_INTERNAL'));
        }),
      );

      test('two processes’ writers take turns on one file without an error', async () => {
        const place = await target.fresh();
        const first = openEngine(place, { schema: shop });
        const second = openEngine(place, { schema: shop });
        try {
          await createTables(first, shop);
          await Promise.all(Array.from({ length: 100 }, (_, i) => add(i % 2 === 0 ? first : second, `item ${i}`)));
          assert.equal((await labels(second)).length, 100);
        } finally {
          await first.close();
          await second.close();
          await place.drop();
        }
      });
    } else {
      test('DB_POOL_SIZE, DB_MAX_OVERFLOW, DB_POOL_TIMEOUT: beyond both a request waits, then gets a clear error; overflow is closed on return', async () => {
        await onEngine(
          async (engine) => {
            let release = () => {};
            const held = new Promise<void>((resolve) => (release = resolve));
            const holders = Array.from({ length: 3 }, () => engine.read(() => held));
            await delay(100);
            await assert.rejects(
              engine.read((c) => c.query('SELECT 1')),
              hasCode('FC_DB_POOL_TIMEOUT'),
            );
            release();
            await Promise.all(holders);
            const open = async () =>
              (
                await engine.read((c) =>
                  c.query(
                    "SELECT count(*) AS n FROM pg_stat_activity WHERE application_name = 'flashcase' AND datname = current_database() AND backend_type = 'client backend'",
                  ),
                )
              )[0]?.n;
            if (target.name.includes('pgbouncer')) return;
            // A closed connection's backend takes a moment to leave.
            for (let i = 0; i < 100 && (await open()) !== 1; i++) await delay(50);
            assert.equal(await open(), 1);
          },
          { pool: { ...POOL, size: 1, maxOverflow: 2, timeoutSeconds: 1 } },
        )();
      });

      for (const [said, expected] of [
        ['off', 'local'],
        ['remote_apply', 'remote_apply'],
      ]) {
        test(`where role and database say synchronous_commit = ${said}, a write commits with ${expected}`, async () => {
          const place = await target.fresh();
          const engine = openEngine(place, { schema: shop });
          try {
            // Before the first session of the database: a session reads these when it begins.
            const direct = openEngine({ url: place.directUrl ?? place.url }, { schema: shop });
            const [row] = await direct.dedicated((c) => c.query('SELECT current_database() AS name'));
            for (const whose of [`DATABASE ${String(row?.name)}`, `ROLE CURRENT_USER IN DATABASE ${String(row?.name)}`])
              await direct.dedicated((c) => c.script(`ALTER ${whose} SET synchronous_commit = ${said}`));
            await direct.close();
            const level = async (connection: Connection) =>
              (await connection.query("SELECT current_setting('synchronous_commit') AS level"))[0]?.level;
            assert.equal(await engine.read(level), said, 'the setting is not in force here');
            assert.equal(await engine.write(level), expected);
            assert.equal(await engine.dedicated(level), expected);
            assert.equal(await engine.read(level), said, 'more than the transaction was changed');
          } finally {
            await engine.close();
            await place.drop();
          }
        });
      }

      test('DB_POOL_RECYCLE: a connection older than this is replaced', {
        skip: target.name.includes('pgbouncer') && 'not run: the pooler hides the backend',
      }, async () => {
        await onEngine(
          async (engine) => {
            const backend = async () => (await engine.read((c) => c.query('SELECT pg_backend_pid() AS pid')))[0]?.pid;
            const first = await backend();
            assert.equal(await backend(), first);
            await delay(1100);
            assert.notEqual(await backend(), first);
          },
          { pool: { ...POOL, recycleSeconds: 1 } },
        )();
      });
    }
  });
}
