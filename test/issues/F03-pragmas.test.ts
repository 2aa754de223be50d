import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../src/db/clock.ts';
import { upgrade } from '../../src/revisions/run.ts';
import { alterTable, createTable } from '../../src/revisions/step.ts';
import { generatedId, schema, table, text } from '../../src/schema/index.ts';
import { openEngine } from '../engine/open.ts';
import { hasCode } from '../revisions/own-schema.ts';
import { change, deck, sqlite } from '../revisions/rebuild/planted.ts';
import { contentOf, onFile, tell } from '../revisions/rebuild/story.ts';

/** F3: `foreign_keys` and others stay switched after a failed migration elsewhere. */
const shelf = table('shelf', {
  columns: { id: generatedId(), name: text({ nullable: true }) },
  primaryKey: ['id'],
  indexes: { shelf_name: ['name'] },
});
const anew = alterTable('shelf', { kind: 'changeColumn', name: 'name', column: text({ default: 'x', nullable: true }) });
const made = (body: string): string =>
  `DROP TABLE shelf; CREATE TABLE shelf (${body}) STRICT; CREATE INDEX shelf_name ON shelf (name); INSERT INTO shelf (id, name) VALUES (1, 'a');`;

test('F3: pragmas of the connection are as before after a rebuild that fails, in any state they were in', async () => {
  await onFile(
    { tables: [shelf], plant: made('id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT, extra TEXT'), steps: [anew] },
    async (engine, file) => {
      const content = contentOf(file);
      for (const state of [0, 1]) {
        await engine.dedicated(async (connection) => {
          const pragmas = [
            'legacy_alter_table',
            'recursive_triggers',
            'defer_foreign_keys',
            'ignore_check_constraints',
            'reverse_unordered_selects',
          ];
          const read = async () =>
            Promise.all(pragmas.map(async (name) => Object.values((await connection.query(`PRAGMA ${name}`))[0] ?? {})[0]));
          await connection.script(`PRAGMA legacy_alter_table = ${state}; PRAGMA recursive_triggers = ${state}`);
          const before = await read();
          await assert.rejects(
            tell(connection, engine, { tables: [shelf], plant: '', steps: [anew] }, '3.53'),
            hasCode('FC_REVISION_FAILED', /extra/),
          );
          assert.deepEqual(await read(), before);
        });
      }
      assert.deepEqual(contentOf(file), content);
    },
  );
});

test('F3: the connection’s pragmas are as before, also after a failed revision', async () => {
  const place = await sqlite.fresh();
  const engine = openEngine(place, { schema: schema({}) });
  try {
    await upgrade({
      engine,
      revisions: [{ id: '0001', name: 'deck', upgrade: [createTable(deck)], downgrade: 'none.' }],
      clock: systemClock(),
    });
    await engine.write((connection) => connection.script('INSERT INTO deck (name) VALUES (NULL)'));
    await assert.rejects(
      upgrade({
        engine,
        revisions: [
          { id: '0001', name: 'deck', upgrade: [createTable(deck)], downgrade: 'none.' },
          { id: '0002', name: 'required', upgrade: [change], downgrade: 'none.' },
        ],
        clock: systemClock(),
      }),
      hasCode('FC_REVISION_FAILED', /0002 required failed at "change table deck: change column name"/),
    );
    for (const connection of [engine.read.bind(engine), engine.dedicated.bind(engine)]) {
      assert.equal((await connection((c) => c.query('PRAGMA foreign_keys')))[0]?.foreign_keys, 1);
      assert.equal((await connection((c) => c.query('PRAGMA legacy_alter_table')))[0]?.legacy_alter_table, 0);
    }
    assert.equal((await engine.read((c) => c.query('SELECT count(*) AS n FROM deck')))[0]?.n, 1);
  } finally {
    await engine.close();
    await place.drop();
  }
});
