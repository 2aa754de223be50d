import assert from 'node:assert/strict';
import { test } from 'node:test';
import { piecesOf } from '../../src/revisions/pieces.ts';
import type { Revision } from '../../src/revisions/revision.ts';
import { upgrade } from '../../src/revisions/run.ts';
import { EMPTY } from '../../src/revisions/state.ts';
import { backfill, type Step } from '../../src/revisions/step.ts';
import { directPostgres, first, hasCode, onFresh } from '../revisions/own-schema.ts';

const onPostgres = (...postgres: string[]): Step => ({ kind: 'sql', about: 'moods', sqlite: [], postgres });
const mood: Revision = {
  id: '0002',
  name: 'mood',
  upgrade: [onPostgres("CREATE TYPE mood AS ENUM ('sad'); CREATE TABLE feeling (felt mood); INSERT INTO feeling VALUES ('sad')")],
  downgrade: [],
};
const use = onPostgres(
  "-- first the value\nALTER TYPE mood ADD VALUE 'glad; really'; INSERT INTO feeling VALUES ('glad; really')",
);
const atOnce: Revision = { id: '0003', name: 'glad', upgrade: [use], downgrade: 'PostgreSQL takes no value off a type.' };

for (const target of directPostgres()) {
  const { skip } = target;
  test(`F40: a value of an enum is committed before what uses it, also where one text has both (${target.name})`, { skip }, () =>
    onFresh(target, async ({ engine, run, query }) => {
      await upgrade(run([first, mood]));
      await assert.rejects(upgrade(run([first, mood, atOnce])), hasCode('FC_REVISION_FAILED', /unsafe use of new value/));
      const online = { ...atOnce, isTransactional: false } as const;
      assert.deepEqual(
        piecesOf(online, online.upgrade, EMPTY, engine).map(({ kind }) => kind),
        ['statement', 'statement'],
      );
      await upgrade(run([first, mood, online]));
      assert.equal((await query("SELECT 1 FROM feeling WHERE felt = 'glad; really'")).length, 1);
      // A backfill makes a revision piecewise too.
      const withFill: Revision = {
        id: '0004',
        name: 'both',
        upgrade: [
          onPostgres("ALTER TYPE mood ADD VALUE 'calm'", "INSERT INTO feeling VALUES ('calm')"),
          backfill({ about: 'nothing', table: 'parcel', set: { grams: '1' }, where: 'grams IS NULL' }),
        ],
        downgrade: [],
      };
      await upgrade(run([first, mood, online, withFill]));
      assert.equal((await query("SELECT 1 FROM feeling WHERE felt = 'calm'")).length, 1);
    }),
  );
}
