import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ensureLedger, writeEntry } from '../../src/revisions/ledger.ts';
import { HASH_ALGORITHM, type Revision, revisionHash } from '../../src/revisions/revision.ts';
import { upgrade } from '../../src/revisions/run.ts';
import { watched } from '../revisions/crash/walk.ts';
import { onFresh, sql } from '../revisions/own-schema.ts';
import { everydayEngines } from '../support/database.ts';

const history = Array.from(
  { length: 1000 },
  (_, i): Revision => ({
    id: String(i + 1).padStart(4, '0'),
    name: `number_${i + 1}`,
    upgrade: [sql('look', 'SELECT 1')],
    downgrade: [],
  }),
);

// How fast it is: bench/revisions.
for (const target of everydayEngines()) {
  test(
    `F60: with 1,000 revisions applied, a start finds nothing to do in a handful of statements, and one more is applied alone (${target.name})`,
    {
      skip: target.skip,
    },
    () =>
      onFresh(target, async ({ engine, direct, run, ledger }) => {
        await direct(async (connection) => {
          await connection.script('BEGIN');
          await ensureLedger(connection, engine);
          for (const revision of history.slice(0, -1)) {
            await writeEntry(connection, engine, {
              id: revision.id,
              name: revision.name,
              hash: revisionHash(revision),
              hashAlgorithm: HASH_ALGORITHM,
              fingerprint: '',
              appliedAt: '2026-01-01T00:00:00.000000',
              durationMs: 1,
              appliedBy: 'a test',
            });
          }
          await connection.script('COMMIT');
        });
        assert.deepEqual(
          (await upgrade(run(history))).map(({ id }) => id),
          ['1000'],
        );
        let statements = 0;
        const counted = watched(engine, () => statements++);
        assert.deepEqual(await upgrade({ ...run(history), engine: counted }), []);
        assert.ok(statements <= 10, `${statements} statements`);
        assert.equal((await ledger()).length, 1000);
      }),
  );
}
