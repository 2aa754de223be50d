import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FlashcaseError } from '../../src/errors/index.ts';
import { upgrade } from '../../src/revisions/run.ts';
import { alterTable } from '../../src/revisions/step.ts';
import { int64 } from '../../src/schema/index.ts';
import { everydayEngines } from '../support/database.ts';
import { first, onFresh, sql } from './own-schema.ts';

const tooLong = `SELECT ${'1 + '.repeat(100)}1 FROM nowhere`;

for (const target of everydayEngines()) {
  test(`every failure names revision, file, operation, engine, SQL and next step (${target.name})`, { skip: target.skip }, () =>
    onFresh(target, async ({ run, engine, query }) => {
      const failure = async (revision: Parameters<typeof run>[0][number]): Promise<FlashcaseError> => {
        try {
          await upgrade(run([first, revision]));
        } catch (error) {
          assert.ok(error instanceof FlashcaseError);
          return error;
        }
        throw new Error('it did not fail');
      };
      const wrong = { id: '0002', name: 'wrong_table', upgrade: [sql('look nowhere', tooLong)], downgrade: [] };
      const whole = await failure(wrong);
      assert.match(whole.message, /Revision 0002 wrong_table failed at "look nowhere" and was rolled back/);
      assert.match(String(whole.where), new RegExp(`^0002-wrong-table\\.ts on ${engine.name}, `));
      assert.match(String(whole.why), /nowhere.* SQL: SELECT 1 \+ 1 .*…$/s);
      assert.match(String(whole.hint), /run the same command again/);
      const { sql: shown, ...details } = whole.details;
      assert.equal(String(shown).length, 200);
      assert.deepEqual(
        { ...details, kind: undefined },
        {
          revision: '0002',
          file: '0002-wrong-table.ts',
          step: 'look nowhere',
          engine: engine.name,
          applied: ['0001'],
          kind: undefined,
        },
      );

      const online = await failure({ ...wrong, isTransactional: false });
      assert.match(online.message, /Revision 0002 wrong_table failed at part 1 of 1/);
      assert.match(String(online.where), /^0002-wrong-table\.ts on /);
      assert.match(String(online.why), /SQL: SELECT 1 \+/);
      assert.deepEqual([online.details.file, online.details.engine], ['0002-wrong-table.ts', engine.name]);

      await query('DELETE FROM parcel');
      await query("INSERT INTO parcel (label) VALUES ('secret words of a user')");
      const required = {
        id: '0002',
        name: 'grams',
        upgrade: [alterTable('parcel', { kind: 'changeColumn' as const, name: 'grams', column: int64() })],
        downgrade: [],
      };
      const rows = await failure(required);
      assert.match(rows.toText(), /SQL: (ALTER TABLE "parcel" ALTER COLUMN "grams" SET NOT NULL|\(parcel is built anew\))/);
      assert.doesNotMatch(rows.toText() + JSON.stringify(rows), /secret words/);
    }),
  );
}
