import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../src/db/clock.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { formOf } from '../../src/engine/schema-form.ts';
import { FlashcaseError } from '../../src/errors/index.ts';
import { readLedger } from '../../src/revisions/ledger.ts';
import { type Revision, revisionHash } from '../../src/revisions/revision.ts';
import { downgrade, type RunOptions, upgrade } from '../../src/revisions/run.ts';
import { createTable, dropTable } from '../../src/revisions/step.ts';
import { flashcase } from '../../src/schema/flashcase.ts';
import { differenceOf } from '../../src/schema/form.ts';
import { generatedId, schema, table, text } from '../../src/schema/index.ts';
import { revisions as flashcaseRevisions } from '../../src/versions/index.ts';
import { openEngine } from '../engine/open.ts';
import { engines, type Place } from '../support/database.ts';

const clock = systemClock();
const note = table('note', { columns: { id: generatedId(), body: text() }, primaryKey: ['id'] });
const label = table('label', { columns: { id: generatedId(), word: text() }, primaryKey: ['id'] });
const one: Revision = { id: '0001', name: 'note', upgrade: [createTable(note)], downgrade: [dropTable('note')] };
const two: Revision = { id: '0002', name: 'label', upgrade: [createTable(label)], downgrade: [dropTable('label')] };
const three: Revision = {
  id: '0003',
  name: 'broken',
  upgrade: [
    {
      kind: 'sql',
      about: 'write a row',
      sqlite: ["INSERT INTO note (body) VALUES ('half')"],
      postgres: ["INSERT INTO note (body) VALUES ('half')"],
    },
    { kind: 'sql', about: 'fail', sqlite: ['SELECT * FROM nowhere'], postgres: ['SELECT * FROM nowhere'] },
  ],
  downgrade: 'it never ran.',
};
const empty = schema({});
const hasCode = (code: string, text?: RegExp) => (error: unknown) =>
  error instanceof FlashcaseError && error.code === code && (text === undefined || text.test(error.message));

for (const target of engines()) {
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
    const ledger = (engine: Engine) => engine.dedicated((connection) => readLedger(connection, engine));

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

    test(
      'F22: a failed revision leaves nothing, and the corrected one needs no repair',
      onEngine(async (engine, run) => {
        await upgrade(run([one]));
        const before = await form(engine);
        await assert.rejects(upgrade(run([one, three])), hasCode('FC_REVISION_FAILED', /0003 broken failed at "fail"/));
        assert.deepEqual(await form(engine), before);
        const rows = await engine.read((connection) => connection.query('SELECT count(*) AS n FROM note'));
        assert.equal(rows[0]?.n, 0);
        const done = await upgrade(run([one, { ...three, upgrade: three.upgrade.slice(0, 1) }]));
        assert.deepEqual(
          done.map((entry) => entry.id),
          ['0003'],
        );
      }),
    );

    test(
      'F16, F17: a revision merged late is refused loudly, never skipped',
      onEngine(async (engine, run) => {
        await upgrade(run([one, { ...two, id: '0003' }]));
        await assert.rejects(
          upgrade(run([one, two, { ...two, id: '0003' }])),
          hasCode('FC_REVISION_OUT_OF_ORDER', /0002 label.*0003 label/),
        );
        assert.equal((await ledger(engine)).length, 2);
      }),
    );

    test(
      'F18, F19: an edited revision is named with both hashes; an edited way back is not an edit',
      onEngine(async (_, run) => {
        await upgrade(run([one]));
        await upgrade(run([{ ...one, downgrade: 'gone.' }]));
        const edited = { ...one, upgrade: [createTable(label)] };
        await assert.rejects(
          upgrade(run([edited])),
          hasCode('FC_REVISION_EDITED', new RegExp(`${revisionHash(one).slice(0, 12)}.*${revisionHash(edited).slice(0, 12)}`)),
        );
      }),
    );

    test(
      'F20: a database ahead of this code is refused in one sentence that names both',
      onEngine(async (_, run) => {
        await upgrade(run([one, two]));
        await assert.rejects(upgrade(run([one])), hasCode('FC_REVISION_UNKNOWN', /0002 label.*newer.*0001/));
      }),
    );

    test('F28: five processes starting at once on an empty database: one applies, none fails', { timeout: 60_000 }, async () => {
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
        assert.deepEqual(outputs.toSorted(), [0, 0, 0, 0, flashcaseRevisions.length]);
      } finally {
        await place.drop();
      }
    });

    test('F29: killed at random moments, the next run finds old or new and goes on', { timeout: 30_000 }, async () => {
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
          const found = (await form(engine)).length;
          assert.ok(found === 0 || found === formOf(flashcase, engine).length, `half a schema: ${found} facts`);
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
    [['0001', 'initial', 'f8ee2f9b065ffb49']],
  );
});
