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

for (const step of ['copied', 'pruned']) {
  test(`SQLite: an upgrade killed between the copy and the revision (at "${step}") has changed nothing, and the next one goes on`, () =>
    atFirst(async (bench, file) => {
      const old = JSON.stringify(
        (contentOf(file) as { tables: [string, unknown[]][] }).tables.filter(([name]) => !name.startsWith('schema_revision')),
      );
      await killedAt(bench.place, 'upgrade', step);
      assert.equal(
        JSON.stringify(
          (contentOf(file) as { tables: [string, unknown[]][] }).tables.filter(([name]) => !name.startsWith('schema_revision')),
        ),
        old,
      );
      assert.equal((await upgraded(bench)).length, 1);
      await undo(undoing(bench.place));
      assert.equal((await undo(undoing(bench.place))).how, 'copy');
    }));
}
