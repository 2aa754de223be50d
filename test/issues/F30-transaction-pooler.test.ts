import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { systemClock } from '../../src/db/clock.ts';
import { holderOf } from '../../src/revisions/holder.ts';
import { upgrade } from '../../src/revisions/run.ts';
import { schema } from '../../src/schema/index.ts';
import { openEngine } from '../engine/open.ts';
import { first, hasCode, onFresh } from '../revisions/own-schema.ts';
import { engines } from '../support/database.ts';

const pooled = engines().find((target) => target.name.includes('pgbouncer'));
describe('a transaction pooler', { skip: pooled?.skip ?? 'there is none' }, () => {
  test('F30: is refused with the setting that names the direct way, and keeps no lock', () =>
    onFresh(pooled as NonNullable<typeof pooled>, async ({ place, run, engine }) => {
      const throughPooler = openEngine({ url: place.url }, { schema: schema({}) });
      try {
        await assert.rejects(upgrade({ ...run([first]), engine: throughPooler }), hasCode('FC_DB_POOLER', /DATABASE_DIRECT_URL/));
      } finally {
        await throughPooler.close();
      }
      assert.equal(await engine.dedicated((connection) => holderOf(connection, engine, systemClock())), undefined);
      assert.equal((await upgrade(run([first]))).length, 1, 'the direct way works');
    }));

  test('F30: where nothing is pending, it is no hindrance', () =>
    onFresh(pooled as NonNullable<typeof pooled>, async ({ place, run }) => {
      await upgrade(run([first]));
      const throughPooler = openEngine({ url: place.url }, { schema: schema({}) });
      try {
        assert.deepEqual(await upgrade({ ...run([first]), engine: throughPooler }), []);
      } finally {
        await throughPooler.close();
      }
    }));
});
