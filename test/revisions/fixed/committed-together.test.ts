import assert from 'node:assert/strict';
import { test } from 'node:test';
import { targetOf } from '../../../src/revisions/compile/target.ts';
import { piecesOf } from '../../../src/revisions/pieces.ts';
import type { Revision } from '../../../src/revisions/revision.ts';
import { upgrade } from '../../../src/revisions/run.ts';
import { script } from '../../../src/revisions/script/script.ts';
import { replay } from '../../../src/revisions/state.ts';
import { alterTable, createTable } from '../../../src/revisions/step.ts';
import { generatedId, int64, table, text } from '../../../src/schema/index.ts';
import { directPostgres, hasCode, onFresh } from '../own-schema.ts';

const NONE = 'not needed here.';
const counted = table('counted', {
  columns: { id: generatedId(), label: text(), grams: int64() },
  primaryKey: ['id'],
  triggers: {
    keep_label: {
      timing: 'before',
      event: 'update',
      body: { sqlite: 'SELECT 1;', postgres: 'NEW.label := OLD.label; RETURN NEW;' },
    },
  },
});
const made: Revision = { id: '0001', name: 'made', upgrade: [createTable(counted)], downgrade: NONE };
const filled = (using: string): Revision => ({
  id: '0002',
  name: 'filled',
  isTransactional: false,
  upgrade: [alterTable('counted', { kind: 'changeColumn', name: 'grams', column: int64(), using })],
  downgrade: NONE,
});

for (const target of directPostgres()) {
  const { skip } = target;
  test(
    `a revision committed piece by piece never leaves a trigger switched off, also where its fill fails (${target.name})`,
    { skip },
    () =>
      onFresh(target, async ({ run, query }) => {
        const isOn = (): Promise<unknown> =>
          query("SELECT tgenabled::text AS state FROM pg_trigger WHERE tgrelid = 'counted'::regclass AND NOT tgisinternal");
        await upgrade(run([made]));
        await query("INSERT INTO counted (label, grams) VALUES ('a', 0)");
        await assert.rejects(upgrade(run([made, filled('1 / grams')])), hasCode('FC_REVISION_FAILED', /division by zero/));
        assert.deepEqual(await isOn(), [{ state: 'O' }]);
        await query('UPDATE counted SET grams = 2');
        await upgrade(run([made, filled('10 / grams')]));
        assert.deepEqual(await isOn(), [{ state: 'O' }]);
        assert.deepEqual(await query('SELECT grams::text AS grams FROM counted'), [{ grams: '5' }]);
      }),
  );

  test(
    `while a required column goes aside piece by piece, the release before or the one after can write at any moment (${target.name})`,
    { skip },
    () =>
      onFresh(target, async ({ run, direct, engine }) => {
        await upgrade(run([made]));
        const gone: Revision = {
          id: '0002',
          name: 'gone',
          isTransactional: false,
          upgrade: [alterTable('counted', { kind: 'dropColumn', name: 'grams' })],
          downgrade: NONE,
        };
        const pieces = piecesOf(gone, gone.upgrade, replay([made]), engine, { kind: 'aside', revision: '0002' });
        await direct(async (connection) => {
          const writes = async (sql: string): Promise<boolean> =>
            connection.script(sql).then(
              () => true,
              () => false,
            );
          for (const piece of pieces) {
            assert.ok('sql' in piece);
            await connection.script(piece.sql);
            const before = await writes("INSERT INTO counted (label, grams) VALUES ('before', 1)");
            const after = await writes("INSERT INTO counted (label) VALUES ('after')");
            assert.ok(before || after, `nobody can write after ${piece.sql}`);
          }
        });
      }),
  );
}

test('a script keeps together what upgrade commits together', () => {
  const text = script({
    revisions: [made, filled('1')],
    target: targetOf('postgres', '15'),
    direction: 'up',
    from: '0001',
    to: '0002',
  });
  assert.match(
    text,
    /BEGIN;\s+ALTER TABLE "counted" DISABLE TRIGGER "keep_label";\s+UPDATE [^;]+;\s+ALTER TABLE "counted" ENABLE TRIGGER "keep_label";\s+COMMIT;/,
  );
});
