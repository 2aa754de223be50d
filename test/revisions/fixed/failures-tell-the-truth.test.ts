import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FlashcaseError } from '../../../src/errors/index.ts';
import { checkDatabase, checkLines } from '../../../src/revisions/check.ts';
import { halfDone } from '../../../src/revisions/progress.ts';
import type { Revision } from '../../../src/revisions/revision.ts';
import { downgrade, upgrade } from '../../../src/revisions/run.ts';
import { alterTable, backfill, createTable, type Step } from '../../../src/revisions/step.ts';
import { generatedId, int64, schema, table } from '../../../src/schema/index.ts';
import { engines, everydayEngines, type Target } from '../../support/database.ts';
import { directPostgres, first, hasCode, onFresh, second, sql } from '../own-schema.ts';

const NONE = 'not needed here.';
const sqlite = engines().find(({ name }) => name === 'sqlite') as Target;
const numbered = (id: string, ...upgrade: Step[]): Revision => ({ id, name: 'step', upgrade, downgrade: NONE });
const failureOf = async (work: Promise<unknown>): Promise<FlashcaseError> => {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof FlashcaseError, String(error));
    return error;
  }
  throw new Error('it did not fail');
};

for (const target of everydayEngines()) {
  const { skip } = target;
  test(
    `a run that fails says which revisions it applied or took back before, and that they stay so (${target.name})`,
    { skip },
    () =>
      onFresh(target, async ({ run, ledger }) => {
        const wrong = numbered('0003', sql('look nowhere', 'SELECT * FROM nowhere'));
        const failure = await failureOf(upgrade(run([first, second, wrong])));
        assert.equal(failure.code, 'FC_REVISION_FAILED');
        assert.match(
          String(failure.hint),
          /^Applied before it, and staying so: 0001, 0002\. Nothing of this revision was changed\./,
        );
        assert.deepEqual(failure.details.applied, ['0001', '0002']);
        assert.equal((await ledger()).length, 2);
        const alone = await failureOf(upgrade(run([first, second, wrong])));
        assert.doesNotMatch(alone.toText(), /staying so/);

        const stuck = { ...first, downgrade: [sql('look nowhere', 'SELECT * FROM nowhere')] };
        const back = await failureOf(downgrade(run([stuck, second]), 'base'));
        assert.match(String(back.hint), /^Taken back before it: 0002\. /);
        assert.deepEqual(back.details.takenBack, ['0002']);
      }),
  );

  test(
    `a backfill that is stopped says that its revision is half applied, of how many rows, and how to finish it, as check does (${target.name})`,
    { skip },
    () =>
      onFresh(target, async ({ run, query, direct, engine }) => {
        await upgrade(run([first]));
        await query("INSERT INTO parcel (label) VALUES ('a'), ('b'), ('c'), ('d'), ('e')");
        await query("UPDATE parcel SET grams = 1 WHERE label = 'a'");
        const filling = numbered(
          '0002',
          backfill({ about: 'fill', table: 'parcel', set: { grams: '1' }, where: 'grams IS NULL', batchRows: 2 }),
        );
        const history = [first, filling];
        const told: [number, number | undefined][] = [];
        const stop = new AbortController();
        const stopped = await failureOf(
          upgrade(
            run(history, {
              signal: stop.signal,
              pace: {
                onBatch: (_, rows, { total }) => {
                  told.push([rows, total]);
                  stop.abort();
                },
              },
            }),
          ),
        );
        assert.equal(stopped.code, 'FC_REVISION_STOPPED');
        assert.equal(stopped.message, 'Stopped as asked; what was committed stays. Revision 0002 is half applied.');
        assert.match(String(stopped.hint), /^Run the same command again: it goes on where it stopped/);
        const report = await direct((connection) =>
          checkDatabase(connection, engine, { schema: schema({}), revisions: history }),
        );
        assert.ok(checkLines(report).includes(`unfinished ${halfDone('0002').what}   (to finish it: flashcase db upgrade 0002)`));

        await upgrade(run(history, { pace: { onBatch: (_, rows, { total }) => told.push([rows, total]) } }));
        assert.deepEqual(told, [
          [1, 4],
          [3, 4],
          [4, 4],
        ]);

        const later = numbered('0003', backfill({ about: 'fill', table: 'parcel', set: { grams: '2' }, where: 'grams <> 2' }));
        const before = new AbortController();
        before.abort();
        const early = await failureOf(upgrade(run([...history, later], { signal: before.signal })));
        assert.equal(early.message, 'Stopped as asked; what was committed stays.');
      }),
  );
}

for (const target of directPostgres()) {
  const { skip } = target;
  test(`a right that is missing is named as that, with what to grant, and not called a bug (${target.name})`, { skip }, () =>
    onFresh(target, async ({ direct }) => {
      const failure = await failureOf(
        direct((connection) => connection.script('SET ROLE pg_read_all_stats; CREATE TABLE mine (a int)')),
      );
      assert.match(failure.message, /does not allow this to the role/);
      assert.match(String(failure.why), /permission denied for schema public/);
      assert.match(String(failure.hint), /GRANT USAGE, CREATE ON SCHEMA public/);
      assert.doesNotMatch(failure.toText(), /bug/);
    }),
  );

  test(`a deferred key that refuses what a revision wrote names the revision (${target.name})`, { skip }, () =>
    onFresh(target, async ({ run, ledger }) => {
      const part = table('part', { columns: { id: generatedId(), of: int64() }, primaryKey: ['id'] });
      const made = numbered(
        '0002',
        createTable(part),
        alterTable('part', {
          kind: 'addForeignKey',
          foreignKey: {
            name: 'fk_part',
            columns: ['of'],
            references: { table: 'parcel', columns: ['id'] },
            isDeferred: true,
          },
        }),
        sql('write', 'INSERT INTO part ("of") VALUES (77)'),
      );
      await assert.rejects(
        upgrade(run([first, made])),
        hasCode('FC_REVISION_FAILED', /Revision 0002 step would leave rows that a deferred key refuses/, /fk_part/),
      );
      assert.equal((await ledger()).length, 1);
    }),
  );

  test(`a row that is refused is not repeated in the error (${target.name})`, { skip }, () =>
    onFresh(target, async ({ run }) => {
      const wrong = numbered('0002', sql('write', "INSERT INTO parcel (label, grams) SELECT NULL, length('x') + 4710"));
      const failure = await failureOf(upgrade(run([first, wrong])));
      assert.match(failure.toText(), /null value in column "label"/);
      assert.doesNotMatch(failure.toText(), /4711|Failing row/);
    }),
  );
}

test('SQLite: a rule that rows break is named with the table and column of the model, in place and in a rebuild', () =>
  onFresh(sqlite, async ({ run, query }) => {
    await upgrade(run([first]));
    await query("INSERT INTO parcel (label, grams) VALUES ('a', NULL), ('b', -1)");
    const required = { kind: 'changeColumn', name: 'grams', column: int64() } as const;
    const cases: readonly (readonly [Step, RegExp, Record<string, unknown>])[] = [
      [
        alterTable('parcel', required),
        /NOT NULL constraint failed: parcel\.grams\. SQL: /,
        { kind: 'not_null', table: 'parcel', columns: ['grams'] },
      ],
      [
        alterTable('parcel', { kind: 'addUnique', unique: { name: 'uq_label', columns: ['label'] } }, required),
        /NOT NULL constraint failed: parcel\.grams\. SQL: \(parcel is built anew\)/,
        { kind: 'not_null', table: 'parcel', columns: ['grams'] },
      ],
      [
        alterTable('parcel', { kind: 'addCheck', check: { name: 'ck_label', expression: "label = 'b'" } }),
        /CHECK constraint failed: ck_label\. SQL: /,
        { kind: 'check', table: 'parcel', constraint: 'ck_label' },
      ],
    ];
    for (const [step, why, details] of cases) {
      const failure = await failureOf(upgrade(run([first, numbered('0002', step)])));
      assert.match(String(failure.why), why);
      for (const [name, value] of Object.entries(details)) assert.deepEqual(failure.details[name], value, name);
    }
  }));
