// slow
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { systemClock } from '../../src/db/clock.ts';
import { Side } from '../../src/db/side.ts';
import { runMove } from '../../src/move/run/run-move.ts';
import { openFresh, settingsFor } from '../support/fresh.ts';
import { bookSource } from './kill-move.ts';
import { freshTarget, optionsFor, server, verified } from './library.ts';

/** A session of somebody who reads, which keeps what it has read until the end of its transaction. */
async function session(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
}

/** Waits until a session waits for a lock of that mode on the table. */
async function waitsFor(watcher: pg.Client, table: string, mode: string): Promise<void> {
  const sql = 'SELECT FROM pg_locks WHERE relation = $1::regclass AND mode = $2 AND NOT granted';
  while ((await watcher.query(sql, [table, mode])).rowCount === 0) await delay(2);
}

const stopAt = (wanted: string) => (step: string) => {
  if (step === wanted) throw new Error('stopped here');
};

describe('a move beside sessions that read its target', { skip: server().skip }, () => {
  test('gives way to one that keeps a table and wants the next, and goes on', async (t) => {
    const file = await bookSource(t, 50);
    const url = await freshTarget(t);
    const reader = await session(url);
    const watcher = await session(url);
    try {
      const options = optionsFor(file, url);
      await assert.rejects(runMove({ ...options, onStep: stopAt('created') }), /stopped here/);
      await reader.query('BEGIN; SELECT FROM shelf LIMIT 0');
      // Long, so that PostgreSQL would end the move and not this one.
      await reader.query("SET LOCAL deadlock_timeout = '1min'");
      const reading = waitsFor(watcher, 'shelf', 'AccessExclusiveLock').then(() =>
        reader.query('SELECT FROM author LIMIT 0; SELECT FROM book LIMIT 0; SELECT FROM placed LIMIT 0; COMMIT'),
      );
      await Promise.all([runMove(options), reading]);
      assert.equal((await verified(options)).isEqual, true);
    } finally {
      await reader.end();
      await watcher.end();
    }
  });

  test('a server that warms the side a move makes keeps no table while it waits for another', async (t) => {
    const place = await server().withTables();
    t.after(() => place.drop());
    await (await openFresh(place)).close();
    const mover = await session(place.url);
    const watcher = await session(place.url);
    const side = new Side(settingsFor(place), systemClock());
    try {
      await mover.query('BEGIN; LOCK TABLE user_deck IN ACCESS EXCLUSIVE MODE');
      const warmed = side.warm();
      await waitsFor(watcher, 'user_deck', 'AccessShareLock');
      await mover.query(`SET LOCAL lock_timeout = '5s'; LOCK TABLE "user" IN ACCESS EXCLUSIVE MODE; COMMIT`);
      await warmed;
    } finally {
      await side.database.close();
      await mover.end();
      await watcher.end();
    }
  });
});
