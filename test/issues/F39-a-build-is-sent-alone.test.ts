import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Revision } from '../../src/revisions/revision.ts';
import { upgrade } from '../../src/revisions/run.ts';
import { mustRunAlone } from '../../src/revisions/run-alone.ts';
import type { Step } from '../../src/revisions/step.ts';
import { directPostgres, first, onFresh } from '../revisions/own-schema.ts';

/** F39: PostgreSQL makes one transaction of a text with several statements, and refuses CONCURRENTLY in it. */
const onPostgres = (...postgres: string[]): Step => ({ kind: 'sql', about: 'an index', sqlite: [], postgres });

for (const target of directPostgres()) {
  const { skip } = target;
  test(
    `F39: a concurrent build is sent alone, also from a text with other statements and comments (${target.name})`,
    { skip },
    () =>
      onFresh(target, async ({ run, query }) => {
        const together: Revision = {
          id: '0002',
          name: 'index',
          upgrade: [
            onPostgres(
              'SELECT 1; /* BEGIN; */ CREATE /* not in a tx */ INDEX CONCURRENTLY ix_label ON public.parcel (label); -- ;\nSELECT 2',
            ),
          ],
          downgrade: [onPostgres('DROP INDEX CONCURRENTLY public.ix_label')],
          isTransactional: false,
        };
        await upgrade(run([first, together]));
        assert.equal((await query("SELECT 1 FROM pg_index WHERE indexrelid = 'ix_label'::regclass AND indisvalid")).length, 1);
      }),
  );
}

test('F39: what PostgreSQL refuses inside a transaction is known, whatever stands before it', () => {
  for (const sql of [
    '-- by itself\nCREATE UNIQUE INDEX CONCURRENTLY "a b" ON t (c)',
    'create /* x */ index concurrently IF NOT EXISTS s.i on t (c)',
    'DROP INDEX CONCURRENTLY i',
    'REINDEX (VERBOSE) TABLE CONCURRENTLY t',
    'VACUUM FULL t',
    'ALTER SYSTEM SET a = 1',
  ])
    assert.equal(mustRunAlone(sql), true, sql);
  for (const sql of [
    'CREATE INDEX i ON t (c)',
    "SELECT 'VACUUM'",
    '-- VACUUM\nSELECT 1',
    'SELECT 1; VACUUM',
    'CLUSTER t USING i',
  ])
    assert.equal(mustRunAlone(sql), false, sql);
});
