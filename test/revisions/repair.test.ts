// slow
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addColumn, changeColumn } from '../../src/revisions/change.ts';
import { checkDatabase } from '../../src/revisions/check.ts';
import { repair } from '../../src/revisions/repair.ts';
import type { Revision } from '../../src/revisions/revision.ts';
import { downgrade, upgrade } from '../../src/revisions/run.ts';
import { replay } from '../../src/revisions/state.ts';
import { alterTable, backfill, createTable } from '../../src/revisions/step.ts';
import { readStoredForm } from '../../src/revisions/stored-form.ts';
import { generatedId, table, text } from '../../src/schema/index.ts';
import { everydayEngines } from '../support/database.ts';
import { type Bench, depot, first, hasCode, onFresh, second, sql } from './own-schema.ts';

const stored = ({ direct, engine }: Bench) => direct((connection) => readStoredForm(connection, engine));
const live = ({ direct, engine }: Bench) => direct((connection) => engine.introspect(connection));

/** Committed part by part; the second part fails while nobody has made `missing`. */
const halfway: Revision = {
  id: '0003',
  name: 'halfway',
  isTransactional: false,
  upgrade: [
    alterTable('parcel', { kind: 'addColumn', name: 'note', column: text({ nullable: true }) }),
    sql('fail', 'INSERT INTO missing VALUES (1)'),
  ],
  downgrade: [],
};
const corrected: Revision = {
  ...halfway,
  upgrade: [alterTable('parcel', { kind: 'addColumn', name: 'remark', column: text({ nullable: true }) })],
};

for (const target of everydayEngines()) {
  const { skip } = target;
  test(
    `after each revision, and after one was taken back, the ledger has the form of the newest state only (${target.name})`,
    { skip },
    () =>
      onFresh(target, async (bench) => {
        const { run, query } = bench;
        await upgrade(run([first, second]));
        assert.deepEqual((await stored(bench))?.lines, await live(bench));
        assert.equal((await stored(bench))?.revisionId, '0002');
        assert.equal((await query('SELECT count(*) AS n FROM schema_revision WHERE schema_form IS NOT NULL'))[0]?.n, 1);
        await downgrade(run([first, second]), '0001');
        assert.deepEqual((await stored(bench))?.lines, await live(bench));
        assert.equal((await stored(bench))?.revisionId, '0001');
      }),
  );

  test(
    `a ledger made before forms were kept takes one at the next upgrade, and check says so until then (${target.name})`,
    { skip },
    () =>
      onFresh(target, async (bench) => {
        const { run, query, direct, engine } = bench;
        await upgrade(run([first, second]));
        await query('ALTER TABLE schema_revision DROP COLUMN schema_form');
        const project = { schema: replay([first, second]), revisions: [first, second] };
        const before = await direct((connection) => checkDatabase(connection, engine, project));
        assert.equal(before.isEqual, false);
        assert.match(before.drift.incomplete ?? '', /flashcase db repair/);
        assert.deepEqual(await upgrade(run([first, second])), []);
        assert.deepEqual((await stored(bench))?.lines, await live(bench));
        assert.equal((await direct((connection) => checkDatabase(connection, engine, project))).isEqual, true);
      }),
  );

  test(
    `repair takes a missing form from the history where the schema drifted, so that the drift stays visible (${target.name})`,
    { skip },
    () =>
      onFresh(target, async (bench) => {
        const { run, query, direct, engine } = bench;
        await upgrade(run([first, second]));
        await query('UPDATE schema_revision SET schema_form = NULL');
        await query('ALTER TABLE parcel DROP COLUMN grams');
        assert.deepEqual(await upgrade(run([first, second])), []);
        assert.equal(await stored(bench), undefined, 'a drift does not become the rule');
        const report = await repair(run([first, second]));
        assert.match(
          report.changed.join(' '),
          /form of the schema after revision 0002 depot .* as its revisions make it.*db check names/,
        );
        const { drift } = await direct((connection) =>
          checkDatabase(connection, engine, { schema: replay([first, second]), revisions: [first, second] }),
        );
        assert.deepEqual(
          drift.items.map((item) => item.expected?.replace(/ (bigint|INTEGER)$/, '')),
          ['"parcel" column "grams"'],
        );
      }),
  );

  test(`F18: repair takes an edit of an applied revision that makes no difference, and says so (${target.name})`, { skip }, () =>
    onFresh(target, async ({ run }) => {
      const apart: Revision = {
        ...second,
        upgrade: [createTable(depot), alterTable('depot', addColumn('zip', text({ nullable: true })))],
      };
      const atOnce: Revision = {
        ...second,
        upgrade: [
          createTable(table('depot', { columns: { ...depot.columns, zip: text({ nullable: true }) }, primaryKey: ['id'] })),
        ],
      };
      await upgrade(run([first, apart]));
      await assert.rejects(upgrade(run([first, atOnce])), hasCode('FC_REVISION_EDITED', /flashcase db repair takes it/));
      const report = await repair(run([first, atOnce]));
      assert.deepEqual(report.left, []);
      assert.equal(report.changed.length, 1);
      assert.match(
        report.changed[0] ?? '',
        /Revision 0002 depot: took its edited text \([0-9a-f]{12} became [0-9a-f]{12}\).*What the old text wrote into rows stays/,
      );
      assert.deepEqual(await upgrade(run([first, atOnce])), []);
      assert.deepEqual(await repair(run([first, atOnce])), { changed: [], left: [] });
    }),
  );

  test(
    `repair takes an edit of a revision that writes rows only when told that the rows are right (${target.name})`,
    { skip },
    () =>
      onFresh(target, async ({ run, ledger, query }) => {
        await upgrade(run([first]));
        await query("INSERT INTO parcel (label, grams) VALUES ('a', 1)");
        const filled = (fill: string, using: string, value: string, label: string): Revision => ({
          id: '0002',
          name: 'filled',
          upgrade: [
            alterTable('parcel', addColumn('note', text(), { fill })),
            alterTable('parcel', changeColumn('label', text({ nullable: true }), { using })),
            backfill({ about: 'weigh', table: 'parcel', set: { grams: value }, where: 'grams IS NULL' }),
            sql('tidy', `UPDATE parcel SET label = '${label}'`),
          ],
          downgrade: [],
        });
        const made = filled('upper(label)', 'lower(label)', '0', 'x');
        await upgrade(run([first, made]));
        const [before, rows] = [await ledger(), await query('SELECT * FROM parcel')];
        const edits = [
          [filled('lower(label)', 'lower(label)', '0', 'x'), /0002 filled: parcel: add column note/],
          [filled('upper(label)', 'upper(label)', '0', 'x'), /0002 filled: parcel: change column label/],
          [filled('upper(label)', 'lower(label)', '1', 'x'), /0002 filled: weigh/],
          [filled('upper(label)', 'lower(label)', '0', 'y'), /0002 filled: tidy/],
        ] as const;
        for (const [edited, named] of edits)
          await assert.rejects(
            repair(run([first, edited])),
            hasCode('FC_REVISION_DECISION_NEEDED', /rows here were made by its old text/, named, /--allow-edited-rows/),
          );
        assert.deepEqual(await ledger(), before);
        for (const [edited] of edits) {
          const { changed } = await repair({ ...run([first, edited]), allowsEditedRows: true });
          assert.match(changed.join(), /0002 filled: took its edited text/);
          assert.deepEqual(await upgrade(run([first, edited])), []);
        }
        assert.deepEqual(await query('SELECT * FROM parcel'), rows);
      }),
  );

  test(
    `F18: repair refuses an edit that makes a difference, naming both sides, and changes nothing (${target.name})`,
    { skip },
    () =>
      onFresh(target, async ({ run, ledger }) => {
        await upgrade(run([first, second]));
        const before = await ledger();
        const other: Revision = {
          ...second,
          upgrade: [createTable(table('depot', { columns: { id: generatedId(), city: text() }, primaryKey: ['id'] }))],
        };
        await assert.rejects(
          repair(run([first, other])),
          hasCode(
            'FC_REVISION_EDITED',
            /0002 depot was changed after it was applied, and the change makes a difference/,
            /- "depot" column "city"/,
            /\+ "depot" column "town"/,
          ),
        );
        assert.deepEqual(await ledger(), before);
        await assert.rejects(repair(run([first])), hasCode('FC_REVISION_UNKNOWN', /0002 depot/));
      }),
  );

  test(`F23: repair leaves a half-done revision that can go on, and names the command (${target.name})`, { skip }, () =>
    onFresh(target, async ({ run, query }) => {
      await upgrade(run([first, second]));
      await assert.rejects(upgrade(run([first, second, halfway])), hasCode('FC_REVISION_FAILED'));
      const report = await repair(run([first, second, halfway]));
      assert.deepEqual(report.changed, []);
      assert.match(report.left[0] ?? '', /0003 is half applied and can go on: flashcase db upgrade 0003/);
      await query('CREATE TABLE missing (a integer)');
      await upgrade(run([first, second, halfway]));
    }),
  );

  test(
    `F22, F23: repair forgets a half-done revision that was undone by hand, not one that was not (${target.name})`,
    { skip },
    () =>
      onFresh(target, async ({ run, query, ledger }) => {
        await upgrade(run([first, second]));
        await assert.rejects(upgrade(run([first, second, halfway])), hasCode('FC_REVISION_FAILED'));
        const changed = [first, second, corrected];
        await assert.rejects(
          upgrade(run(changed)),
          hasCode('FC_REVISION_EDITED', /undo by hand what it did, then flashcase db repair/),
        );
        await assert.rejects(
          repair(run(changed)),
          hasCode('FC_REVISION_UNFINISHED', /0003 is half applied, its text was changed meanwhile/, /\+ "parcel" column "note"/),
        );
        await query('ALTER TABLE parcel DROP COLUMN note');
        const report = await repair(run(changed));
        assert.deepEqual(report.left, []);
        assert.match(report.changed[0] ?? '', /0003 is half applied: forgot its 1 part, since the schema is as it was before it/);
        await upgrade(run(changed));
        assert.equal((await ledger()).at(-1)?.id, '0003');
      }),
  );
}
