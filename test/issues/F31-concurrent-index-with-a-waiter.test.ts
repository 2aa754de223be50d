import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Revision } from '../../src/revisions/revision.ts';
import { upgrade } from '../../src/revisions/run.ts';
import { alterTable } from '../../src/revisions/step.ts';
import { schema } from '../../src/schema/index.ts';
import { openEngine } from '../engine/open.ts';
import { directPostgres, first, onFresh, postgresOnly } from '../revisions/own-schema.ts';

const indexed: Revision = {
  id: '0002',
  name: 'label_index',
  isTransactional: false,
  upgrade: [
    alterTable('parcel', {
      kind: 'addIndex',
      index: { name: 'ix_label', isUnique: false, columns: [{ name: 'label', isDescending: false }] },
    }),
  ],
  downgrade: [],
};

for (const target of postgresOnly()) {
  test(
    `F31: an index is built concurrently while another process waits for the lock: no deadlock, the index is valid (${target.name})`,
    {
      skip: target.skip,
      timeout: 60_000,
    },
    () =>
      onFresh(target, async ({ run, place, query, direct }) => {
        await upgrade(run([first]));
        const other = openEngine(place, { schema: schema({}) });
        const building = `SELECT count(*) AS n FROM pg_stat_progress_create_index`;
        try {
          // An open snapshot keeps the index build in the middle, until the other process has waited for a while.
          const [built, waited] = await direct(async (reader) => {
            await reader.script('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1 FROM parcel');
            const holder = upgrade(run([first, indexed]));
            while (Number((await query(building))[0]?.n) === 0) await delay(20);
            const sentences: string[] = [];
            const waiter = upgrade({ ...run([first, indexed]), engine: other, onWait: (sentence) => sentences.push(sentence) });
            while (sentences.length === 0) await delay(20);
            assert.match(sentences[0] as string, /applying revision 0002/);
            await reader.script('COMMIT');
            return Promise.all([holder, waiter]);
          });
          assert.deepEqual([built.map(({ id }) => id), waited], [['0002'], []]);
          assert.deepEqual(
            await query("SELECT indisvalid::text AS valid FROM pg_index WHERE indexrelid = 'ix_label'::regclass"),
            [{ valid: 'true' }],
          );
        } finally {
          await other.close();
        }
      }),
  );
}

const unique: Revision = {
  ...indexed,
  name: 'label_once',
  upgrade: [
    alterTable('parcel', {
      kind: 'addIndex',
      index: { name: 'ux_label', isUnique: true, columns: [{ name: 'label', isDescending: false }] },
    }),
  ],
};

for (const target of directPostgres()) {
  test(
    `F31, F39: a build with another process waiting for the lock ends without a deadlock (${target.name})`,
    { skip: target.skip },
    () =>
      onFresh(target, async ({ run, query, place, direct }) => {
        await upgrade(run([first]));
        const other = openEngine(place, { schema: schema({}) });
        try {
          await direct(async (writer) => {
            // The build waits for this transaction, the other process for the build.
            await writer.script("BEGIN; INSERT INTO parcel (label) VALUES ('open')");
            const both = Promise.all([upgrade(run([first, unique])), upgrade({ ...run([first, unique]), engine: other })]);
            while ((await query('SELECT 1 FROM pg_stat_progress_create_index')).length === 0) await delay(20);
            await delay(1500);
            await writer.script('COMMIT');
            assert.deepEqual((await both).map((done) => done.length).toSorted(), [0, 1]);
          });
          assert.deepEqual(await query("SELECT indisvalid FROM pg_index WHERE indexrelid = 'ux_label'::regclass"), [
            { indisvalid: true },
          ]);
        } finally {
          await other.close();
        }
      }),
  );
}
