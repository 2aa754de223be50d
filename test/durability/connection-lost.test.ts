import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { FlashcaseError } from '../../src/errors/index.ts';
import { openEngine } from '../engine/open.ts';
import { engines } from '../support/database.ts';
import { ledger, prepareLedger, writeEntry } from './ledger.ts';

for (const target of engines().filter((target) => target.name !== 'sqlite')) {
  test(`D2: a connection to ${target.name} that dies between two statements costs its own request only`, {
    skip: target.skip,
  }, async () => {
    const place = await target.fresh();
    const engine = openEngine(place, { schema: ledger });
    const write = (label: string) => writeEntry(engine, label, { client: 0, amount: '1', note: '', isDoomed: false });
    try {
      await prepareLedger(engine, 1);
      const lost = engine.write(async (connection) => {
        const [backend] = await connection.query('SELECT pg_backend_pid() AS pid');
        await engine.dedicated((other) => other.query('SELECT pg_terminate_backend($1)', [backend?.pid]));
        // The news arrives while no statement runs.
        await delay(100);
        await connection.query('SELECT 1');
      });
      await assert.rejects(
        lost,
        (error) => error instanceof FlashcaseError && error.code === 'FC_DB_UNREACHABLE' && error.retryable,
      );
      await write('after');
      const rows = await engine.read((connection) => connection.query('SELECT label FROM entry'));
      assert.deepEqual(rows, [{ label: 'after' }]);
    } finally {
      await engine.close();
      await place.drop();
    }
  });
}
