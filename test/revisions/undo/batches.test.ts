import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import type { Revision } from '../../../src/revisions/revision.ts';
import { downgrade, upgrade } from '../../../src/revisions/run.ts';
import { backfill } from '../../../src/revisions/step.ts';
import { copiesOf } from '../../../src/revisions/undo/copies.ts';
import { hasCode, onFresh } from '../own-schema.ts';
import { fileOf, sqlite } from './at-first.ts';
import { making } from './parcels.ts';

/** What others write between two batches of a backfill, into rows that a later batch writes over. */
const weighing = backfill({
  about: 'weigh all anew',
  table: 'parcel',
  set: { grams: '1000' },
  where: 'grams IS NULL OR grams <> 1000',
  batchRows: 10,
});
const nothing = backfill({ about: 'nothing', table: 'parcel', set: { grams: '0' }, where: 'id < 0' });
const back: Revision = { id: '0002', name: 'weigh', upgrade: [nothing], downgrade: [weighing] };
const there: Revision = { id: '0002', name: 'weigh', upgrade: [weighing], downgrade: 'not needed here.' };

for (const [direction, revision] of [
  ['downgrade', back],
  ['upgrade', there],
] as const)
  for (const [what, statement, isLost] of [
    ['what they write into a row that a later batch writes over', 'UPDATE parcel SET grams = 5000 WHERE id = 95', true],
    ['a row they add with such a value', "INSERT INTO parcel (label, grams) VALUES ('new', 5000)", true],
    ['nothing, where they write no value that is written over', "UPDATE parcel SET label = 'new' WHERE id = 95", false],
    ['nothing, where the row is behind', 'UPDATE parcel SET grams = 1000 WHERE id = 1', false],
  ] as const)
    for (const isStopped of [false, true])
      test(`SQLite: between two batches of a backfill (${direction}${isStopped ? ', stopped there and started again' : ''}), ${what} is copied before it goes`, () =>
        onFresh(sqlite, async (bench) => {
          const revisions = [making, revision];
          await upgrade(bench.run([making]));
          await bench.query(
            'INSERT INTO parcel (label, grams) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) SELECT i, i FROM n',
          );
          if (direction === 'downgrade') await upgrade(bench.run(revisions));
          const written: Promise<unknown>[] = [];
          const stop = new AbortController();
          let batches = 0;
          const onBatch = (): void => {
            batches += 1;
            if (batches !== 5) return;
            const other = new DatabaseSync(fileOf(bench.place), { timeout: 5000 });
            // Behind the commit of this batch, before the next one begins.
            written.push(
              new Promise<void>((done) => setTimeout(done, 0)).then(() => {
                other.exec(statement);
                other.close();
              }),
            );
            if (isStopped) stop.abort();
          };
          const going = (signal?: AbortSignal): Promise<unknown> => {
            const run = { ...bench.run(revisions), keep: {}, pace: { onBatch }, ...(signal === undefined ? {} : { signal }) };
            return direction === 'upgrade' ? upgrade(run) : downgrade(run, '0001');
          };
          await going(stop.signal).catch(hasCode('FC_REVISION_STOPPED'));
          await Promise.all(written);
          if (isStopped) await going();
          assert.ok(batches > 9 && written.length === 1);
          const inCopies = copiesOf(fileOf(bench.place)).map(({ file }) => {
            const copy = new DatabaseSync(file, { readOnly: true });
            try {
              return copy.prepare('SELECT count(*) AS n FROM parcel WHERE grams = 5000').get()?.n;
            } finally {
              copy.close();
            }
          });
          assert.deepEqual(inCopies, isLost ? [0, 1] : [0]);
          assert.deepEqual(await bench.query('SELECT count(*) AS n FROM parcel WHERE grams <> 1000'), [{ n: 0 }]);
        }));
