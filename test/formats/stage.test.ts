import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { openAnkiPackage } from '../../src/formats/anki/read-package.ts';
import { Stage } from '../../src/formats/stage.ts';
import { schema11 } from './make-anki.ts';
import { makeZip } from './make-zip.ts';
import { allOf, inWorkplace } from './workplace.ts';

const isWindows = process.platform === 'win32';

describe('what an import lays out in the temporary folder', () => {
  test('has no name there: a process that is killed leaves nothing of a collection behind', { skip: isWindows }, () =>
    inWorkplace(async ({ temporary, write }) => {
      const stage = new Stage(temporary);
      assert.deepEqual(readdirSync(temporary), []);
      // More than fits into the memory it works in.
      const large = 'x'.repeat(10_000);
      for (let place = 0; place < 2000; place++) stage.keep({ place, large });
      const kept = [...stage.kept<{ place: number; large: string }>(300)].flat();
      assert.deepEqual([kept.length, kept.at(-1)], [2000, { place: 1999, large }]);
      const logs = [new Float64Array([1, Number.NaN, 2.5e17, -0.1]), new Float64Array(5000).fill(Math.PI)];
      for (const log of logs) stage.keepLog(log);
      assert.deepEqual([...stage.logs()], logs);
      stage.close();
      const notes = [{ id: 1, guid: 'g', flds: 'q\x1fa', tags: '' }];
      const cards = [{ id: 2, nid: 1, did: 1 }];
      const file = write('a.apkg', makeZip([{ name: 'collection.anki2', data: schema11({ notes, cards }) }]));
      const source = await openAnkiPackage(file, { temporaryFolder: temporary });
      assert.deepEqual(readdirSync(temporary), []);
      assert.equal((await allOf(source)).notes.length, 1);
    }),
  );

  test('is not begun where the folder is not there, and nothing is left of it', () =>
    inWorkplace(async ({ temporary }) => {
      assert.throws(() => new Stage(join(temporary, 'gone')), { code: 'ENOENT' });
    }));
});
