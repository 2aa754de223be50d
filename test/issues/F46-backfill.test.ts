// slow
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { compileStep } from '../../src/revisions/compile/compile.ts';
import { targetOf } from '../../src/revisions/compile/target.ts';
import { readProgress } from '../../src/revisions/progress.ts';
import type { Revision } from '../../src/revisions/revision.ts';
import { downgrade, upgrade } from '../../src/revisions/run.ts';
import { replay } from '../../src/revisions/state.ts';
import { alterTable, backfill, createTable, type Step } from '../../src/revisions/step.ts';
import { boolean, float64, int32, int64, table, text, timestamp } from '../../src/schema/index.ts';
import { filling, ROWS } from '../revisions/backfill.child.ts';
import { type Bench, first, hasCode, onFresh } from '../revisions/own-schema.ts';
import { everydayEngines } from '../support/database.ts';

const childFile = join(fileURLToPath(import.meta.url), '../../revisions/backfill.child.ts');
const rows = (count: number): string =>
  `INSERT INTO parcel (label) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count}) SELECT 'label ' || i FROM n`;
const checkpointOf = async ({ direct, engine }: Bench): Promise<{ rows: number }> => {
  const [entry] = await direct((connection) => readProgress(connection, engine, '0002')).then((all) => all.slice(-1));
  return JSON.parse(entry?.checkpoint ?? '{"rows":0}') as { rows: number };
};

for (const target of everydayEngines()) {
  const { skip } = target;
  test(`F46: a backfill stops within a second when asked, and goes on where it was (${target.name})`, { skip }, () =>
    onFresh(target, async (bench) => {
      const { run, query, place, ledger } = bench;
      await upgrade(run([first]));
      await query(rows(ROWS));
      const child = spawn(process.execPath, [childFile, place.url, place.directUrl ?? ''], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(child.stdout as NodeJS.ReadableStream, 'data');
      const gone = once(child, 'exit');
      const asked = performance.now();
      child.kill('SIGTERM');
      assert.deepEqual(await gone, [0, null]);
      console.log(`      stopped ${Math.round(performance.now() - asked)} ms after SIGTERM`);
      const stopped = await checkpointOf(bench);
      assert.ok(stopped.rows > 0 && stopped.rows < ROWS, `${stopped.rows} of ${ROWS}`);
      const [filled] = await query('SELECT count(*) AS n FROM parcel WHERE grams IS NOT NULL');
      assert.equal(filled?.n, stopped.rows, 'the checkpoint is committed together with its rows');
      assert.equal((await ledger()).length, 1);

      const seen: number[] = [];
      await upgrade(run([first, filling], { pace: { onBatch: (_, sofar) => seen.push(sofar) } }));
      assert.ok((seen[0] as number) > stopped.rows, 'it does not begin again');
      assert.equal(seen.at(-1), ROWS);
      assert.deepEqual(await query('SELECT count(*) AS n FROM parcel WHERE grams <> length(label) OR grams IS NULL'), [{ n: 0 }]);
      assert.equal((await ledger()).length, 2);
    }),
  );

  test(`F46: a killed backfill leaves whole batches, each counted, and goes on (${target.name})`, { skip }, () =>
    onFresh(target, async (bench) => {
      const { run, query, place } = bench;
      await upgrade(run([first]));
      await query(rows(ROWS));
      for (let round = 0; round < 3; round++) {
        const child = spawn(process.execPath, [childFile, place.url, place.directUrl ?? ''], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        await once(child.stdout as NodeJS.ReadableStream, 'data');
        await delay(round * 7);
        const gone = once(child, 'exit');
        child.kill('SIGKILL');
        await gone;
      }
      await upgrade(run([first, filling]));
      assert.deepEqual(await query('SELECT count(*) AS n FROM parcel WHERE grams = length(label)'), [{ n: ROWS }]);
    }),
  );

  test(`F46: it ends while others keep writing rows that need it, and tells how many are left (${target.name})`, { skip }, () =>
    onFresh(target, async ({ run, query, engine }) => {
      await upgrade(run([first]));
      await query(rows(2000));
      let isOver = false;
      const writing = (async () => {
        while (!isOver) {
          await engine.write((connection) => connection.script("INSERT INTO parcel (label) VALUES ('written meanwhile')"));
          await delay(1);
        }
      })();
      const told: (number | undefined)[] = [];
      const small = { ...filling, upgrade: [{ ...(filling.upgrade[0] as Step & { kind: 'backfill' }), batchRows: 100 }] };
      await upgrade(run([first, small], { pace: { onBatch: (_, __, { left }) => told.push(left) } }));
      isOver = true;
      await writing;
      assert.equal(typeof told.at(-1), 'number');
      assert.deepEqual(await query("SELECT count(*) AS n FROM parcel WHERE grams IS NULL AND label LIKE 'label %'"), [{ n: 0 }]);
    }),
  );

  test(`F46: one whose condition holds for ever is refused instead of running for ever (${target.name})`, { skip }, () =>
    onFresh(target, async ({ run, query }) => {
      await upgrade(run([first]));
      await query(rows(10));
      const endless: Revision = {
        id: '0002',
        name: 'endless',
        upgrade: [
          backfill({ about: 'count up', table: 'parcel', set: { grams: 'coalesce(grams, 0) + 1' }, where: 'label IS NOT NULL' }),
        ],
        downgrade: [],
      };
      await assert.rejects(upgrade(run([first, endless])), hasCode('FC_REVISION_FAILED', /would never end: 10 rows of parcel/));
      assert.deepEqual(await query('SELECT count(grams) AS n FROM parcel'), [{ n: 0 }]);
    }),
  );

  test(`F46: any key will do: several columns of any types, in both directions of a revision (${target.name})`, { skip }, () =>
    onFresh(target, async ({ run, query }) => {
      const odd = table('odd "table"', {
        columns: {
          day: timestamp(),
          word: text(),
          part: float64(),
          'is ok': boolean(),
          n: int32(),
          fill: int64({ nullable: true }),
        },
        primaryKey: ['word', 'day', 'part', 'is ok', 'n'],
      });
      const made: Revision = { id: '0001', name: 'odd', upgrade: [createTable(odd)], downgrade: 'not needed here.' };
      const filled: Revision = {
        id: '0002',
        name: 'fill',
        upgrade: [
          backfill({ about: 'fill', table: odd.name, set: { fill: 'n + 1' }, where: 'fill IS NULL', batchRows: 3 }),
          alterTable(odd.name, { kind: 'changeColumn', name: 'fill', column: int64() }),
        ],
        downgrade: [
          alterTable(odd.name, { kind: 'changeColumn', name: 'fill', column: int64({ nullable: true }) }),
          backfill({ about: 'empty', table: odd.name, set: { fill: 'NULL' }, where: 'fill IS NOT NULL', batchRows: 4 }),
        ],
      };
      await upgrade(run([made]));
      const yes = target.name === 'sqlite' ? '1' : 'true';
      const values = ["'", 'ä', "it''s", 'x%', '\\', '\n', ' ', 'zz', 'A', 'a'].flatMap((word, i) =>
        [0.1, 1e300, -2.5].map(
          (part) => `('2026-11-24 12:00:00.00000${i}', '${word === "'" ? "''" : word}', ${part}, ${yes}, ${i})`,
        ),
      );
      await query(`INSERT INTO "odd ""table""" (day, word, part, "is ok", n) VALUES ${values.join(', ')}`);
      await upgrade(run([made, filled]));
      assert.deepEqual(await query('SELECT count(*) AS n FROM "odd ""table""" WHERE fill = n + 1'), [{ n: 30 }]);
      assert.deepEqual(await downgrade(run([made, filled]), '0001'), ['0002']);
      assert.deepEqual(await query('SELECT count(fill) AS n FROM "odd ""table"""'), [{ n: 0 }]);
    }),
  );

  test(`F46: a rate is kept (${target.name})`, { skip }, () =>
    onFresh(target, async ({ run, query }) => {
      await upgrade(run([first]));
      await query(rows(300));
      const small = { ...filling, upgrade: [{ ...(filling.upgrade[0] as Step & { kind: 'backfill' }), batchRows: 50 }] };
      const began = performance.now();
      await upgrade(run([first, small], { pace: { rowsPerSecond: 300 } }));
      // Five rests between six batches of 50 at 300 a second; a busy machine only makes it longer.
      assert.ok(performance.now() - began > 700);
    }),
  );
}

test('a backfill in a revision of one transaction is part of a script as one statement', () => {
  assert.deepEqual(compileStep(filling.upgrade[0] as Step, replay([first]), targetOf('postgres', '15')), [
    { kind: 'statement', sql: 'UPDATE "parcel" SET "grams" = (length(label)) WHERE grams IS NULL' },
  ]);
});
