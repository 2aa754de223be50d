import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { undo } from '../../../src/revisions/undo/undo.ts';
import { contentOf } from '../rebuild/story.ts';
import { atFirst, beside, killedAt, upgraded } from './at-first.ts';
import { history, undoing } from './parcels.ts';

for (const step of ['locked', 'replayed', 'compared', 'kept aside', 'restored']) {
  test(`SQLite: undo killed with SIGKILL at ${step} leaves exactly the old or the new state, and the same command goes on`, () =>
    atFirst(async (bench, file) => {
      const old = contentOf(file) as { tables: [string, unknown[]][] };
      await upgraded(bench, history.slice(0, 2));
      const upgradedContent = contentOf(file);
      assert.equal((await killedAt(bench.place, 'undo', step)).at(-1), step);
      const own = (content: unknown) =>
        JSON.stringify((content as typeof old).tables.filter(([name]) => !name.startsWith('schema_revision')));
      assert.equal(own(contentOf(file)), step === 'restored' ? own(old) : own(upgradedContent));
      assert.equal((await killedAt(bench.place, 'undo', 'never')).at(-1), 'end');
      assert.equal(own(contentOf(file)), own(old));
      const names = beside(file);
      assert.equal(names.filter((name) => name.includes('.undone-')).length, 1);
      assert.equal(names.length, 2, names.join(', '));
      assert.equal(own(contentOf(join(dirname(file), names[1] as string))), own(upgradedContent));
    }));
}

const rowsOf = (file: string): string =>
  JSON.stringify(
    (contentOf(file) as { tables: [string, unknown[]][] }).tables.filter(([name]) => !name.startsWith('schema_revision')),
  );

test('SQLite: an upgrade killed between the copy and the revision has changed nothing; the next one takes its copy away and goes on', () =>
  atFirst(async (bench, file) => {
    const old = rowsOf(file);
    for (const _ of [1, 2, 3]) await killedAt(bench.place, 'upgrade', 'copied');
    assert.equal(rowsOf(file), old);
    assert.equal(beside(file).filter((name) => name.includes('.before-')).length, 1, 'killed again and again, it fills no disk');
    assert.equal((await upgraded(bench)).length, 1);
    assert.equal(beside(file).filter((name) => name.includes('.before-')).length, 1);
    await undo(undoing(bench.place));
    assert.equal((await undo(undoing(bench.place))).how, 'copy');
    assert.equal(rowsOf(file), old);
  }));

for (const goesOn of [false, true]) {
  const then = goesOn ? 'the next one names it, and both are undone' : 'undo goes back to it';
  test(`SQLite: an upgrade killed when the revision is committed and its copy has no name yet: ${then}`, () =>
    atFirst(async (bench, file) => {
      const old = rowsOf(file);
      await killedAt(bench.place, 'upgrade', 'committed');
      const copies = (): string[] => beside(file).filter((name) => name.includes('.before-'));
      const [copy, ...others] = copies();
      assert.deepEqual([copy?.endsWith('.attempt'), others], [true, []]);
      if (goesOn) {
        await upgraded(bench);
        assert.deepEqual(copies(), [copy?.replace('.attempt', '')]);
        await undo(undoing(bench.place));
      }
      const undone = await undo(undoing(bench.place, { revisions: history.slice(0, 2) }));
      assert.ok(undone.how === 'copy' && undone.writes.length === 0);
      assert.equal(rowsOf(file), old);
    }));
}
