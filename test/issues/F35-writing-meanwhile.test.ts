import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { upgrade } from '../../src/revisions/run.ts';
import { first, onFresh } from '../revisions/own-schema.ts';
import { rebuilding } from '../revisions/rebuild.child.ts';
import { everydayEngines } from '../support/database.ts';

const child = join(fileURLToPath(import.meta.url), '../../revisions/rebuild.child.ts');

for (const target of everydayEngines()) {
  test(
    `F35: while others write, a revision changes their table; no write is refused, none is lost (${target.name})`,
    { skip: target.skip },
    () =>
      onFresh(target, async ({ engine, place, run, query }) => {
        await upgrade(run([first]));
        const revising = spawn(process.execPath, [child, place.url, place.directUrl ?? ''], {
          stdio: ['ignore', 'ignore', 'inherit'],
        });
        const gone = once(revising, 'exit');
        const written: string[] = [];
        let longest = 0;
        const writer = async (name: string): Promise<void> => {
          for (let i = 0; revising.exitCode === null || i < 50; i++) {
            const began = performance.now();
            await engine.write((connection) => connection.script(`INSERT INTO parcel (label) VALUES ('${name} ${i}')`));
            longest = Math.max(longest, performance.now() - began);
            written.push(`${name} ${i}`);
          }
        };
        await Promise.all([writer('a'), writer('b'), writer('c')]);
        assert.deepEqual(await gone, [0, null]);
        console.log(`      ${written.length} writes; the longest waited ${Math.round(longest)} ms for the revision`);
        const kept = await query('SELECT label FROM parcel');
        assert.deepEqual(kept.map((row) => String(row.label)).toSorted(), written.toSorted());
        assert.deepEqual(await upgrade(run([first, rebuilding])), []);
        assert.deepEqual(await query('SELECT count(*) AS n FROM parcel WHERE grams IS NULL'), [{ n: 0 }]);
      }),
  );
}
