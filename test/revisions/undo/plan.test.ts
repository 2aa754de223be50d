import assert from 'node:assert/strict';
import { test } from 'node:test';
import { targetOf } from '../../../src/revisions/compile/target.ts';
import { plan, planFor } from '../../../src/revisions/plan.ts';
import { planLines } from '../../../src/revisions/plan-lines.ts';
import { upgrade } from '../../../src/revisions/run.ts';
import { everydayEngines } from '../../support/database.ts';
import { onFresh } from '../own-schema.ts';
import { history, making, rowsOfMaking, taking } from './parcels.ts';

for (const target of everydayEngines()) {
  test(
    `plan says what is kept for undo, and on PostgreSQL prints the very statements that upgrade runs (${target.name})`,
    { skip: target.skip },
    () =>
      onFresh(target, async ({ engine, run, query, direct }) => {
        await upgrade(run([making]));
        for (const statement of rowsOfMaking) await query(statement);
        const planned = await plan({ engine, revisions: history, isKept: true });
        const text = planLines(planned).join('\n');
        if (engine.capabilities.isLocalFile) {
          assert.match(
            text,
            /0002 less[^\n]*\n {2}first a verified copy of the file, since it takes something away \(drop table stamp; parcel: drop column depot_id, drop column size\)/,
          );
          assert.equal(text.match(/first a verified copy/g)?.length, 1, 'none before 0003, which adds a column');
          return;
        }
        assert.match(text, /ALTER TABLE "stamp" RENAME TO "__aside_0002_stamp"/);
        assert.doesNotMatch(text, /DROP TABLE|DROP COLUMN/);
        // Run by hand, the printed statements leave the same as upgrade does.
        const statements = planned.revisions[0]?.steps.flatMap((step) =>
          step.actions.flatMap((line) => (line.kind === 'statement' ? [line.sql] : [])),
        );
        await direct(async (connection) => {
          await connection.script('BEGIN');
          for (const sql of statements ?? []) await connection.script(sql);
          const byHand = await engine.introspect(connection);
          const asides = await connection.query("SELECT relname FROM pg_class WHERE relname LIKE '\\_\\_aside%' ORDER BY 1");
          await connection.script('ROLLBACK');
          await upgrade(run([making, taking], { keep: {} }));
          assert.deepEqual(await engine.introspect(connection), byHand);
          assert.deepEqual(
            await connection.query("SELECT relname FROM pg_class WHERE relname LIKE '\\_\\_aside%' ORDER BY 1"),
            asides,
          );
        });
      }),
  );
}

test('plan without keeping (--no-copy, another product’s own upgrade) prints drops', async () => {
  const text = planLines(await planFor(history, targetOf('postgres', '15'))).join('\n');
  assert.match(text, /DROP TABLE "stamp"/);
});
