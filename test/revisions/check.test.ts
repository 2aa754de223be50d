// slow
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkDatabase, checkLines } from '../../src/revisions/check.ts';
import { repair } from '../../src/revisions/repair.ts';
import { upgrade } from '../../src/revisions/run.ts';
import { squash } from '../../src/revisions/squash.ts';
import { stamp } from '../../src/revisions/stamp.ts';
import { replay } from '../../src/revisions/state.ts';
import { engines, everydayEngines } from '../support/database.ts';
import { type Bench, first, onFresh, second, sql, third } from './own-schema.ts';

const old = [first, second, third];
const squashed = [squash([first, second]).revision, third];
const schema = replay(old);

const check = ({ direct, engine }: Bench, revisions: readonly (typeof first)[]) =>
  direct((connection) => checkDatabase(connection, engine, { schema, revisions }, { isDeep: true }));

for (const target of everydayEngines()) {
  const { skip } = target;
  test(
    `F27: check, stamp and repair find a database of the old revisions in order under a squashed history (${target.name})`,
    { skip },
    () =>
      onFresh(target, async (bench) => {
        const { run, ledger } = bench;
        await upgrade(run(old));
        assert.equal((await check(bench, squashed)).isEqual, true);
        assert.deepEqual(await repair(run(squashed)), { changed: [], left: [] });
        await stamp(run(squashed), '0003');
        assert.deepEqual(
          (await ledger()).map(({ id, name }) => `${id} ${name}`),
          ['0002 squashed_0001_to_0002', '0003 parcel_note'],
        );
        assert.equal((await check(bench, squashed)).isEqual, true);
        assert.deepEqual(await upgrade(run(squashed)), []);
      }),
  );

  test(
    `F27: check of a database inside the squashed range names what is pending there, and no drift (${target.name})`,
    { skip },
    () =>
      onFresh(target, async (bench) => {
        await upgrade(bench.run([first]));
        const report = await check(bench, squashed);
        assert.deepEqual(
          report.pending.map(({ id }) => id),
          ['0002', '0003'],
        );
        assert.deepEqual([report.drift.items, report.deep], [[], { missing: [], unexpected: [] }]);
      }),
  );

  test(`check names a revision that stopped half-way, and takes nothing of it for drift (${target.name})`, { skip }, () =>
    onFresh(target, async (bench) => {
      const { run, direct, engine } = bench;
      const halfway = {
        ...third,
        isTransactional: false as const,
        upgrade: [...third.upgrade, sql('fail', 'SELECT * FROM nowhere')],
      };
      await upgrade(run([first, second]));
      await assert.rejects(upgrade(run([first, second, halfway])));
      const report = await direct((connection) =>
        checkDatabase(connection, engine, { schema, revisions: [first, second, halfway] }),
      );
      assert.equal(report.isEqual, false);
      assert.deepEqual(report.unfinished, ['0003']);
      assert.deepEqual(report.drift.items, []);
      assert.match(report.drift.incomplete ?? '', /half done/);
    }),
  );
}

test('orphans of an SQLite file are counted by table', () =>
  onFresh(engines()[0]!, async (bench) => {
    const { run, direct, engine } = bench;
    const own = {
      id: '0001',
      name: 'own',
      upgrade: [sql('two tables', 'CREATE TABLE p (id INTEGER PRIMARY KEY)', 'CREATE TABLE c (p INTEGER REFERENCES p (id))')],
      downgrade: [],
    };
    await upgrade(run([own]));
    await direct((connection) => connection.script('PRAGMA foreign_keys = OFF; INSERT INTO c VALUES (1), (2), (NULL)'));
    const report = await direct((connection) => checkDatabase(connection, engine, { schema: replay([own]), revisions: [own] }));
    assert.deepEqual(report.orphans, [{ table: 'c', parent: 'p', rows: 2 }]);
    assert.equal(report.isEqual, false);
  }));

test('check says of a revision that was merged late what upgrade would: it wants --allow-out-of-order, or the file put behind', () =>
  onFresh(engines()[0] as never, async (bench) => {
    await upgrade(bench.run([first, third]));
    const lines = checkLines(await check(bench, old));
    assert.match(lines[0] ?? '', /0002 depot .*merged late, behind 0003: flashcase db upgrade --allow-out-of-order, or .*rebase/);
  }));
