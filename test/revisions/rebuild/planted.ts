import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { systemClock } from '../../../src/db/clock.ts';
import { parseDatabaseUrl } from '../../../src/db/database-url.ts';
import type { Revision } from '../../../src/revisions/revision.ts';
import { upgrade } from '../../../src/revisions/run.ts';
import { alterTable, createTable, type Step } from '../../../src/revisions/step.ts';
import { generatedId, int64, schema, type Table, table, text } from '../../../src/schema/index.ts';
import { openEngine } from '../../engine/open.ts';
import { engines } from '../../support/database.ts';

/** A table that SQLite changes by building it anew: no version of it changes a default in place. */
export const deck = table('deck', {
  columns: { id: generatedId(), name: text({ nullable: true }), parent_id: int64({ nullable: true }) },
  primaryKey: ['id'],
  references: { parent_id: 'deck.id' },
});
export const change: Step = alterTable('deck', { kind: 'changeColumn', name: 'name', column: text({ default: 'deck' }) });
/** The file-based engine, which rebuilds. */
export const sqlite = engines()[0] as NonNullable<ReturnType<typeof engines>[0]>;

/** Makes `deck` and further tables, plants what other tools lose, changes the table, and looks for it afterwards. */
export async function rebuilt(
  plant: string,
  look: (db: DatabaseSync) => void,
  step: Step = change,
  ...tables: readonly Table[]
): Promise<void> {
  const place = await sqlite.fresh();
  const engine = openEngine(place, { schema: schema({}) });
  const address = parseDatabaseUrl(place.url, '/');
  assert.ok(typeof address === 'object' && address.engine === 'sqlite');
  const making: Revision = {
    id: '0001',
    name: 'deck',
    upgrade: [deck, ...tables].map((table) => createTable(table)),
    downgrade: 'it is the first.',
  };
  const changing: Revision = { id: '0002', name: 'name_required', upgrade: [step], downgrade: 'not needed here.' };
  try {
    await upgrade({ engine, revisions: [making], clock: systemClock() });
    const db = new DatabaseSync(address.file);
    db.exec(`INSERT INTO deck (id, name, parent_id) VALUES (1, 'a', NULL), (2, 'b', 1), (3, 'c', 2); ${plant}`);
    db.close();
    await upgrade({ engine, revisions: [making, changing], clock: systemClock() });
    const after = new DatabaseSync(address.file);
    try {
      look(after);
      assert.equal(after.prepare('SELECT count(*) AS n FROM pragma_foreign_key_check').get()?.n, 0);
      assert.deepEqual(after.prepare("SELECT name FROM sqlite_schema WHERE name LIKE '__new%'").all(), []);
    } finally {
      after.close();
    }
  } finally {
    await engine.close();
    await place.drop();
  }
}

export const one = (db: DatabaseSync, sql: string): unknown => Object.values(db.prepare(sql).get() ?? {})[0];
