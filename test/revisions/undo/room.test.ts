import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { basename } from 'node:path';
import { test } from 'node:test';
import type { FlashcaseError } from '../../../src/errors/index.ts';
import type { Revision } from '../../../src/revisions/revision.ts';
import { downgrade, upgrade } from '../../../src/revisions/run.ts';
import { alterTable, createTable, renameTable } from '../../../src/revisions/step.ts';
import { undo } from '../../../src/revisions/undo/undo.ts';
import { generatedId, table, text } from '../../../src/schema/index.ts';
import { type Bench, hasCode, sql } from '../own-schema.ts';
import { contentOf } from '../rebuild/story.ts';
import { atFirst, beside, upgraded, write } from './at-first.ts';
import { adding, history, making, taking, undoing } from './parcels.ts';

/** Which copies make room for others, and when. */
const copiesBeside = (file: string): string[] => beside(file).filter((name) => name.includes('.before-'));

const copied = (file: string): string[] => copiesBeside(file).map((name) => name.replace(/.*\.before-(.*)-\d{8}T\d+Z$/, '$1'));

/** Copies of other times. */
function withOldCopies(file: string): string[] {
  for (const year of [2020, 2021, 2022]) copyFileSync(file, `${file}.before-0001-${year}0101T000000000001Z`);
  return copiesBeside(file);
}

for (const [how, failing] of [
  ['at once', { ...taking, upgrade: [...taking.upgrade, sql('fail', 'SELECT * FROM nowhere')] }],
  ['in its first piece', { ...taking, isTransactional: false, upgrade: [sql('fail', 'DELETE FROM nowhere')] }],
] as readonly (readonly [string, Revision])[]) {
  test(`SQLite: a revision that fails ${how}, again and again, leaves no copy of its own and takes no other away`, () =>
    atFirst(async (bench, file) => {
      const old = withOldCopies(file);
      for (const _ of [1, 2, 3, 4]) await assert.rejects(upgraded(bench, [making, failing]), hasCode('FC_REVISION_FAILED'));
      assert.deepEqual(copiesBeside(file), old);
    }));
}

test('SQLite: a run that fails says what it applied before, whose copy stays; of the revision that failed none is left', () =>
  atFirst(async (bench, file) => {
    const failing: Revision = {
      ...adding,
      upgrade: [alterTable('parcel', { kind: 'dropColumn', name: 'grams' }), sql('fail', 'SELECT * FROM nowhere')],
    };
    for (const [before, hint] of [
      [[], /^Applied before it, and staying so: 0002\. /],
      [['0002'], /^Nothing of this revision was changed\./],
    ] as const) {
      assert.deepEqual(copied(file), before);
      await assert.rejects(
        upgraded(bench, [making, taking, failing]),
        (error) => hasCode('FC_REVISION_FAILED')(error) && hint.test(String((error as FlashcaseError).hint)),
      );
      assert.deepEqual(copied(file), ['0002']);
    }
  }));

test('SQLite: a revision that fails again and again in a later piece keeps the one copy made when it began', () =>
  atFirst(async (bench, file) => {
    const failing: Revision = {
      ...taking,
      isTransactional: false,
      upgrade: [...taking.upgrade, sql('fail', 'SELECT * FROM nowhere')],
    };
    const old = withOldCopies(file);
    for (const _ of [1, 2, 3, 4]) await assert.rejects(upgraded(bench, [making, failing]), hasCode('FC_REVISION_FAILED'));
    const copies = copiesBeside(file);
    assert.equal(copies.length, 3);
    assert.deepEqual(copies.slice(0, 2), old.slice(1));
    const undone = await undo(undoing(bench.place, { revisions: [making, failing], discardsWrites: true }));
    assert.ok(undone.how === 'copy' && copies.includes(basename(undone.copy)));
  }));

test('SQLite: a way back that fails again and again in a later piece leaves only the copies of the pieces that were committed', () =>
  atFirst(async (bench, file) => {
    const failing: Revision = {
      id: '0002',
      name: 'nothing',
      upgrade: [],
      downgrade: [alterTable('parcel', { kind: 'dropColumn', name: 'grams' }), sql('fail', 'DELETE FROM nowhere')],
      isTransactional: false,
    };
    await upgraded(bench, [making, failing]);
    for (const _ of [1, 2, 3, 4])
      await assert.rejects(
        undo(undoing(bench.place, { revisions: [making, failing], discardsWrites: true })),
        hasCode('FC_REVISION_FAILED'),
      );
    const [copy, ...others] = copiesBeside(file);
    assert.match(copy ?? '', /before-0002-down-/);
    assert.deepEqual(others, []);
  }));

const plusColumn = (id: string): Revision => ({
  id,
  name: `more_${id}`,
  upgrade: [alterTable('parcel', { kind: 'addColumn', name: `c${id}`, column: text({ default: 'x' }) })],
  downgrade: [alterTable('parcel', { kind: 'dropColumn', name: `c${id}` })],
});
const minusColumn = (id: string, of: string): Revision => ({
  id,
  name: `less_${id}`,
  upgrade: [alterTable('parcel', { kind: 'dropColumn', name: `c${of}` })],
  downgrade: 'not needed here.',
});
const five = ['0002', '0003', '0004', '0005', '0006'];
const fiveCopies = [making, ...five.map(plusColumn), ...five.map((id) => minusColumn(`1${id.slice(1)}`, id))];

test('SQLite: an upgrade of many revisions keeps every copy it makes; the next one keeps three', () =>
  atFirst(async (bench, file) => {
    withOldCopies(file);
    const made = await upgraded(bench, fiveCopies);
    assert.equal(made.length, 5);
    assert.deepEqual(copiesBeside(file).toSorted(), made.map((copy) => basename(copy.file)).toSorted());
    const [next] = await upgraded(bench, [...fiveCopies, { ...taking, id: '2000' }]);
    assert.equal(next?.removed.length, 3);
    assert.equal(copiesBeside(file).length, 3);
  }));

for (const [direction, ids] of [
  ['upgrade', ['1002', '1003', '1004', '1005', '1006']],
  ['downgrade', five.map((id) => `${id}-down`).toReversed()],
] as const)
  test(`SQLite: ${direction === 'upgrade' ? 'an upgrade' : 'a downgrade'} of many revisions that is killed twice and goes on keeps every copy it makes; the next run keeps three`, () =>
    atFirst(async (bench, file) => {
      const history = direction === 'upgrade' ? fiveCopies : fiveCopies.slice(0, 1 + five.length);
      if (direction === 'downgrade') await upgraded(bench, history);
      withOldCopies(file);
      for (const last of ids.filter((_, i) => i % 2 === 1)) await runUntil(bench, direction, history, last.slice(0, 4));
      await runUntil(bench, direction, history, 'the end');
      assert.deepEqual(copied(file).toSorted(), ids.toSorted());
      const next = { ...taking, id: '2000' };
      await upgraded(bench, direction === 'upgrade' ? [...history, next] : [making, next]);
      assert.equal(copiesBeside(file).length, 3);
    }));

/** Nothing of the run happens after the commit of this revision, as when it is killed there. */
async function runUntil(
  bench: Bench,
  direction: 'upgrade' | 'downgrade',
  revisions: readonly Revision[],
  last: string,
): Promise<void> {
  const engine = undoing(bench.place).open();
  const onRevision = (_: string, { id }: Revision): void => {
    if (id === last) throw new Error('killed');
  };
  const run = { ...bench.run(revisions), engine, keep: {}, onRevision };
  try {
    await (direction === 'upgrade' ? upgrade(run) : downgrade(run, '0001')).catch((error: Error) => {
      if (error.message !== 'killed') throw error;
    });
  } finally {
    await engine.close();
  }
}

test('SQLite: a table that is built anew by a rename is copied before', () =>
  atFirst(async (bench, file) => {
    const hue = table('hue', {
      columns: { id: generatedId(), name: text({ oneOf: ['red', 'blue'], nullable: true }) },
      primaryKey: ['id'],
    });
    const colours: Revision = { id: '0002', name: 'hue', upgrade: [createTable(hue)], downgrade: 'not needed here.' };
    const renaming: Revision = {
      id: '0003',
      name: 'colour',
      upgrade: [renameTable('hue', 'colour')],
      downgrade: [renameTable('colour', 'hue')],
    };
    await upgraded(bench, [making, colours]);
    write(file, "INSERT INTO hue (name) VALUES ('red'), (NULL)");
    const before = JSON.stringify((contentOf(file) as { tables: unknown[][] }).tables.filter(([name]) => name === 'hue'));
    const copies = await upgraded(bench, [making, colours, renaming]);
    assert.deepEqual(
      copies.map((copy) => [copy.revision, copy.before]),
      [['0003', 'upgrade']],
    );
    assert.equal((await undo(undoing(bench.place, { revisions: [making, colours, renaming] }))).how, 'copy');
    assert.equal(JSON.stringify((contentOf(file) as { tables: unknown[][] }).tables.filter(([name]) => name === 'hue')), before);
  }));

test('SQLite: a copy made before a revision is taken back is told as one, and never taken for one of undo', () =>
  atFirst(async (bench, file) => {
    const copies: unknown[] = [];
    await upgraded(bench);
    write(file, "UPDATE parcel SET note = 'kept'");
    await undo(
      undoing(bench.place, {
        discardsWrites: true,
        keep: { onCopy: ({ revision, before }) => copies.push([revision, before]) },
      }),
    );
    assert.deepEqual(copies, [['0003', 'downgrade']]);
    await upgraded(bench);
    const again = await undo(undoing(bench.place, { revisions: history }));
    assert.equal(again.how, 'downgrade');
  }));
