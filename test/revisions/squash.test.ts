// slow
import assert from 'node:assert/strict';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { bothSides } from '../../src/revisions/history.ts';
import { pendingRevisions } from '../../src/revisions/pending.ts';
import { plan } from '../../src/revisions/plan.ts';
import type { Revision } from '../../src/revisions/revision.ts';
import { downgrade, upgrade } from '../../src/revisions/run.ts';
import { squash } from '../../src/revisions/squash.ts';
import { replay } from '../../src/revisions/state.ts';
import { alterTable, backfill, describeStep } from '../../src/revisions/step.ts';
import { int64, text } from '../../src/schema/index.ts';
import { everydayEngines } from '../support/database.ts';
import { type Bench, depot, first, hasCode, onFresh, second, sql, third } from './own-schema.ts';
import { newApp, tableText } from './source/app.ts';
import { AFTER, all, fifth, form, fourth, history, names, range, squashed } from './squash-history.ts';

/** What a release has that no longer carries the old files. */
const { replaced: _, ...bare } = squashed;

for (const target of everydayEngines().filter(({ name }) => !name.includes('pgbouncer'))) {
  const { skip } = target;
  const told = (title: string, work: (bench: Bench) => Promise<void>): void => {
    test(`${title} (${target.name})`, { skip }, () => onFresh(target, work));
  };

  told('checklist 137: between two revisions the old ones are the history: one step on, one back', async (bench) => {
    const { run, ledger } = bench;
    await upgrade(run(range.slice(0, 2)));
    assert.deepEqual(
      (await upgrade(run(history), '0003')).map((entry) => entry.id),
      ['0003'],
    );
    assert.deepEqual(await downgrade(run(history), '0002'), ['0003']);
    const lines = bothSides(history, await ledger()).map(({ id, state }) => `${id} ${state}`);
    assert.deepEqual(lines, ['0001 applied', '0002 applied', '0003 pending', '0004 pending', '0005 pending']);
  });

  told('checklist 137: backwards into a squash goes revision by revision, and forward again', async (bench) => {
    const { run } = bench;
    await upgrade(run(history));
    const made = await form(bench);
    assert.deepEqual(await downgrade(run(history), '0002'), ['0005', '0004', '0003']);
    assert.deepEqual(await names(bench), ['0001 parcel', '0002 depot']);
    await upgrade(run(history));
    assert.deepEqual(await form(bench), made);
    assert.deepEqual(await names(bench), AFTER);
  });

  told('checklist 137: a squash of a squash serves databases at any point of either', async (bench) => {
    const { run } = bench;
    const again = squash(history).revision;
    assert.deepEqual(again.replaces, ['0001', '0002', '0003', '0004', '0005']);
    for (const begun of [[], range.slice(0, 2), range, all, [squashed], history]) {
      if (begun.length > 0) await upgrade(run(begun));
      await upgrade(run([again]));
      assert.deepEqual(await names(bench), ['0005 squashed_0001_to_0005'], `from ${begun.map(({ id }) => id).join()}`);
      await downgrade(run([again]), 'base');
      assert.deepEqual(await form(bench), []);
    }
  });

  told(
    'checklist 137: without the old files a database between them is refused with the way out; a whole one is stamped',
    async (bench) => {
      const { run } = bench;
      await upgrade(run(range.slice(0, 2)));
      await assert.rejects(
        upgrade(run([bare, fifth])),
        hasCode('FC_REVISION_DELETED', /0002 depot/, /Upgrade with the last version that has them/),
      );
      await upgrade(run(range));
      await upgrade(run([bare, fifth]));
      assert.deepEqual(await names(bench), AFTER);
      await assert.rejects(
        downgrade(run([bare, fifth]), '0002'),
        hasCode('FC_REVISION_UNKNOWN', /inside 0004 squashed_0001_to_0004/),
      );
    },
  );

  told(
    'checklist 137: the first revision of a squashed range, half done, is what plan shows and upgrade finishes from the old files',
    async (bench) => {
      const { run, query, engine } = bench;
      const begun: Revision = {
        ...first,
        upgrade: [...first.upgrade, sql('words', 'INSERT INTO parcel (label) SELECT word FROM lexicon')],
        isTransactional: false,
      };
      await assert.rejects(
        upgrade(run([begun, second, third])),
        hasCode('FC_REVISION_FAILED', /0001 parcel failed at part/, /lexicon/),
      );
      const whole = squash([begun, second, third], { carries: ['0001'] }).revision;
      const twice = squash([whole, { ...fifth, id: '0004' }]).revision;
      const { replaced: files, ...bareWhole } = whole;
      assert.equal(files?.length, 3);
      await assert.rejects(upgrade(run([bareWhole])), hasCode('FC_REVISION_UNFINISHED', /the last version that has it/));
      const planned = await plan({ engine, revisions: [twice] });
      assert.deepEqual(
        planned.revisions.map(({ id, piecesDone = 0 }) => [id, piecesDone > 0]),
        [
          ['0001', true],
          ['0002', false],
          ['0003', false],
          ['0004', false],
        ],
      );

      await query('CREATE TABLE lexicon (word TEXT)');
      await query("INSERT INTO lexicon VALUES ('kept')");
      assert.deepEqual(
        (await upgrade(run([twice]), '0001')).map((entry) => entry.id),
        ['0001'],
      );
      assert.deepEqual(
        (await upgrade(run([twice]))).map((entry) => entry.id),
        ['0002', '0003', '0004'],
      );
      assert.deepEqual(await names(bench), ['0004 squashed_0001_to_0004']);
      assert.deepEqual(await query('SELECT label FROM parcel'), [{ label: 'kept' }]);
    },
  );

  told('an old revision that was edited before the squash is still named', async ({ run }) => {
    await upgrade(run(range));
    const edited = {
      ...third,
      upgrade: [alterTable('parcel', { kind: 'addColumn', name: 'note', column: text({ nullable: true, default: 'x' }) })],
    };
    const other = squash([first, second, edited, fourth]).revision;
    await assert.rejects(upgrade(run([other])), hasCode('FC_REVISION_EDITED', /0003 parcel_note/));
  });
}

test('checklist 137: a new file with the id of a replaced one is named with its rebase; one with only its name is fine', () => {
  const late: Revision = { ...fifth, id: '0003', name: 'late' };
  assert.throws(
    () => pendingRevisions([late, squashed], []),
    hasCode('FC_REVISION_DUPLICATE', /0003-late\.ts/, /db rebase 0003-late/),
  );
  assert.deepEqual(pendingRevisions([squashed, { ...fifth, name: 'depot' }], []).length, 2);
});

test('what only mattered for old rows is left out with a word; what may not fit any more is asked about', () => {
  const fill = backfill({ about: 'weigh', table: 'parcel', set: { grams: '0' }, where: 'grams IS NULL' });
  const weigh: Revision = {
    id: '0004',
    name: 'weigh',
    upgrade: [fill, sql('tidy', "UPDATE parcel SET label = 'x'")],
    downgrade: [],
  };
  const { revision, leftOut } = squash([first, second, third, weigh]);
  assert.deepEqual(revision.upgrade.map(describeStep), ['create table parcel', 'create table depot']);
  assert.deepEqual(leftOut, [
    '0004 weigh: weigh (it fills rows that a new database does not have)',
    '0004 weigh: tidy (it changes rows that a new database does not have)',
  ]);

  const early: Revision = { ...fourth, id: '0003' };
  const wider: Revision = {
    id: '0004',
    name: 'depot_zip',
    upgrade: [alterTable('depot', { kind: 'addColumn', name: 'zip', column: int64({ nullable: true }) })],
    downgrade: [],
  };
  const open = [first, second, early, wider];
  assert.throws(
    () => squash(open),
    hasCode('FC_REVISION_DECISION_NEEDED', /0003 "the depot every parcel starts at"/, /--leave-out 0003/, /--carry 0003/),
  );
  assert.equal(squash(open, { leavesOut: ['0003'] }).revision.upgrade.length, 2);
  assert.equal(squash(open, { carries: ['0003'] }).revision.upgrade.length, 3);
  assert.deepEqual(replay([squash(open, { carries: ['0003'] }).revision]).tables.depot?.columns, {
    ...depot.columns,
    zip: int64({ nullable: true }),
  });
});

test('flashcase db squash moves the old files aside, and the folder makes the same history, once and once more', async (context) => {
  const app = newApp(context);
  const step = (message: string, columns: string): void => {
    app.model(tableText('note', columns), 'note');
    const said = app.db('revision', '-m', message, '--autogenerate');
    assert.equal(said.code, 0, said.stderr);
  };
  step('first', 'body: s.text()');
  step('kind', 'body: s.text(), kind: s.text({ nullable: true })');
  step('mark', 'body: s.text(), kind: s.text({ nullable: true }), mark: s.int32({ default: 0 })');
  const said = app.db('squash', '--to', '0002');
  assert.equal(said.code, 0, said.stderr);
  assert.deepEqual(readdirSync(app.versions).sort(), [
    '0002-squashed-0001-to-0002.ts',
    '0003-mark.ts',
    'index.ts',
    'project.ts',
    'schema.lock',
    'squashed',
  ]);
  assert.deepEqual(readdirSync(join(app.versions, 'squashed')).sort(), ['0001-first.ts', '0002-kind.ts']);
  assert.equal(app.db('diff').code, 0);
  assert.equal(app.db('heads').code, 0);

  const again = app.db('squash');
  assert.equal(again.code, 0, again.stderr);
  assert.deepEqual(readdirSync(app.versions).sort(), [
    '0003-squashed-0001-to-0003.ts',
    'index.ts',
    'project.ts',
    'schema.lock',
    'squashed',
  ]);
  assert.equal(app.db('diff').code, 0);
  assert.equal(app.db('squash').code, 1, 'one revision is nothing to squash');
  const { revisions } = (await import(pathToFileURL(join(app.versions, 'index.ts')).href)) as { revisions: Revision[] };
  const [one] = revisions;
  assert.deepEqual(one?.replaces, ['0001', '0002', '0003']);
  assert.deepEqual(
    one?.replaced?.flatMap((revision) => revision.replaced ?? [revision]).map(({ name }) => name),
    ['first', 'kind', 'mark'],
  );
  assert.ok(existsSync(join(app.versions, 'squashed', '0002-squashed-0001-to-0002.ts')));
});

test('a squash that was stopped before it took the old files away is named, and finished by the same command', (context) => {
  const app = newApp(context);
  app.model(tableText('note', 'body: s.text()'), 'note');
  app.db('revision', '-m', 'first', '--autogenerate');
  app.model(tableText('note', 'body: s.text({ default: "x" })'), 'note');
  app.db('revision', '-m', 'second', '--autogenerate');
  const [old, last, index] = [app.read('0001-first.ts'), app.read('0002-second.ts'), app.read('index.ts')];
  assert.equal(app.db('squash').code, 0);
  const done = app.read('index.ts');
  writeFileSync(join(app.versions, '0001-first.ts'), old);
  writeFileSync(join(app.versions, '0002-second.ts'), last);
  writeFileSync(join(app.versions, 'index.ts'), index);
  assert.match(
    app.db('heads').stderr,
    /0001-first\.ts is in 0002-squashed-0001-to-0002\.ts already: a squash was stopped half-way/,
  );
  const said = app.db('squash');
  assert.equal(said.code, 0, said.stderr);
  assert.equal(app.read('index.ts'), done);
  assert.ok(!existsSync(join(app.versions, '0001-first.ts')) && !existsSync(join(app.versions, '0002-second.ts')));
  assert.equal(app.db('diff').code, 0);
});
