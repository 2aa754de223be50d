// slow
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { systemClock } from '../../src/db/clock.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { formOf } from '../../src/engine/schema-form.ts';
import { type Revision, revisionHash } from '../../src/revisions/revision.ts';
import { downgrade, type RunOptions, upgrade } from '../../src/revisions/run.ts';
import { createTable, dropTable } from '../../src/revisions/step.ts';
import { flashcase } from '../../src/schema/flashcase.ts';
import { differenceOf, type SchemaForm } from '../../src/schema/form.ts';
import { generatedId, schema, table, text } from '../../src/schema/index.ts';
import { revisions as flashcaseRevisions } from '../../src/versions/index.ts';
import { openEngine } from '../engine/open.ts';
import { everydayEngines, type Place } from '../support/database.ts';

const clock = systemClock();
const note = table('note', { columns: { id: generatedId(), body: text() }, primaryKey: ['id'] });
const one: Revision = { id: '0001', name: 'note', upgrade: [createTable(note)], downgrade: [dropTable('note')] };
const empty = schema({});

for (const target of everydayEngines()) {
  describe(`revisions on ${target.name}`, { skip: target.skip }, () => {
    const onEngine =
      (work: (engine: Engine, run: (revisions: readonly Revision[]) => RunOptions, place: Place) => Promise<void>) =>
      async () => {
        const place = await target.fresh();
        const engine = openEngine(place, { schema: empty });
        try {
          await work(engine, (revisions) => ({ engine, revisions, clock }), place);
        } finally {
          await engine.close();
          await place.drop();
        }
      };
    const form = (engine: Engine) => engine.dedicated((connection) => engine.introspect(connection));

    test(
      'FlashCase’s history makes exactly today’s schema, goes back to nothing, and forward again',
      onEngine(async (engine, run) => {
        for (let round = 0; round < 2; round++) {
          await upgrade(run(flashcaseRevisions));
          assert.deepEqual(differenceOf(formOf(flashcase, engine), await form(engine)), { missing: [], unexpected: [] });
          assert.deepEqual(await upgrade(run(flashcaseRevisions)), [], 'a second time there is nothing to do');
          await downgrade(run(flashcaseRevisions), 'base');
          assert.deepEqual(await form(engine), []);
        }
      }),
    );

    test('F28: five processes starting at once on an empty database: each revision is applied once, none fails', {
      timeout: 60_000,
    }, async () => {
      const place = await target.fresh();
      try {
        const child = join(fileURLToPath(import.meta.url), '../upgrade.child.ts');
        const outputs = await Promise.all(
          Array.from({ length: 5 }, async () => {
            const process_ = spawn(process.execPath, [child, place.url, place.directUrl ?? ''], {
              stdio: ['ignore', 'pipe', 'inherit'],
            });
            let output = '';
            process_.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
            const [code] = await once(process_, 'exit');
            assert.equal(code, 0);
            return Number(output);
          }),
        );
        // On SQLite the lock is that of the transaction: another process may come in between two revisions.
        const applied = outputs.reduce((sum, count) => sum + count, 0);
        assert.equal(applied, flashcaseRevisions.length);
      } finally {
        await place.drop();
      }
    });

    test('F29: killed at random moments, the next run finds old or new and goes on', { timeout: 180_000 }, async () => {
      // Each revision is whole or not there; between two of them a kill is as good as anywhere.
      const wholes: SchemaForm[] = [];
      await onEngine(async (engine, run) => {
        wholes.push(await form(engine));
        for (const { id } of flashcaseRevisions) {
          await upgrade(run(flashcaseRevisions), id);
          wholes.push(await form(engine));
        }
      })();
      for (let round = 0; round < 6; round++) {
        const place = await target.fresh();
        const engine = openEngine(place, { schema: flashcase });
        try {
          const child = spawn(
            process.execPath,
            [join(fileURLToPath(import.meta.url), '../upgrade.child.ts'), place.url, place.directUrl ?? ''],
            { stdio: 'ignore' },
          );
          const gone = once(child, 'exit');
          await delay(100 + round * 40);
          child.kill('SIGKILL');
          await gone;
          const found = await form(engine);
          assert.ok(
            wholes.some((whole) => isDeepStrictEqual(found, whole)),
            `half a schema: ${found.length} facts`,
          );
          await upgrade({ engine, revisions: flashcaseRevisions, clock });
          assert.deepEqual(differenceOf(formOf(flashcase, engine), await form(engine)), { missing: [], unexpected: [] });
        } finally {
          await engine.close();
          await place.drop();
        }
      }
    });
  });
}

test('the hash of a revision does not depend on how its source is written', () => {
  const reordered: Revision = {
    downgrade: one.downgrade,
    name: one.name,
    upgrade: one.upgrade.map((step) => Object.fromEntries(Object.entries(step).toReversed())) as never,
    id: one.id,
  };
  assert.equal(revisionHash(reordered), revisionHash(one));
});

test('F18: FlashCase’s released revisions are as they were released', () => {
  assert.deepEqual(
    flashcaseRevisions.map((revision) => [revision.id, revision.name, revisionHash(revision).slice(0, 16)]),
    [
      ['0001', 'initial', 'f8ee2f9b065ffb49'],
      ['0002', 'memory_state', 'edd379467263a7e8'],
      ['0003', 'notes', '4c2e5864a488f45f'],
      ['0004', 'review_counts', 'd11b65fa9e1e5a9b'],
      ['0005', 'operations', 'ef7c9ee3a159bc9d'],
      ['0006', 'search_card', '7c079ce06d432c29'],
      ['0007', 'exams', '2ff6f9326e3df87f'],
      ['0008', 'sharing', '11775d98ff133689'],
      ['0009', 'operation_part', '40fd86c8581cf8ff'],
      ['0010', 'upkeep', '122c4afece131f65'],
      ['0011', 'audit_event', '7105225de47ad855'],
      ['0012', 'study_plan', '273027a54217719f'],
      ['0013', 'saved_search', '4cfafca11764b01e'],
      ['0014', 'media', '5064559c671af22b'],
      ['0015', 'accounts', 'c3d983344e4b53cd'],
      ['0016', 'reminder', '32ba5f3ba2dee840'],
    ],
  );
});
