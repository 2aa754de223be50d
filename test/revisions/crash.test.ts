// slow
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { schema } from '../../src/schema/index.ts';
import { withoutOwnPostgres } from '../durability/postgres-crash.ts';
import { openEngine } from '../engine/open.ts';
import { chooseRounds, chooseSeed } from '../support/load.ts';
import { cutBefore, directions, interruptAt, killAtRandom, killBefore } from './crash/interruptions.ts';
import { crashServer } from './crash/server.ts';
import { contents, isChange, uninterrupted, walk, watched } from './crash/walk.ts';
import { onPostgres, onSqlite } from './vehicles.ts';

const seed = chooseSeed();
const timeout = 200_000;
const { FLASHCASE_TEST_POSTGRES: newest } = process.env;
const vehicles = [onSqlite(), ...(newest === undefined ? [] : [onPostgres('postgres 18', newest)])];

for (const direction of directions) {
  test(`checklist 161, F15: what kill -9 leaves in the files of SQLite before every single statement is brought to its end (${direction})`, {
    timeout,
  }, async (context) => {
    const vehicle = onSqlite();
    const { result } = await uninterrupted(vehicle, direction);
    const { engine, url, close } = await vehicle.open();
    const folder = mkdtempSync(join(tmpdir(), 'flashcase-crash-'));
    try {
      if (direction === 'down') await walk(engine, 'up');
      const file = url.slice('sqlite:///'.length);
      let copies = 0;
      const copying = watched(engine, (text) => {
        if (!isChange(text)) return;
        copies++;
        cpSync(dirname(file), join(folder, String(copies)), { recursive: true });
      });
      await walk(copying, direction);
      for (let copy = 1; copy <= copies; copy++) {
        const left = join(folder, String(copy), 'journey.db');
        assert.ok(existsSync(left));
        const again = openEngine({ url: `sqlite:///${left}` }, { schema: schema({}) });
        try {
          await walk(again, direction);
          assert.deepEqual(await contents(again), result, `killed before change ${copy}`);
        } finally {
          await again.close();
        }
      }
      context.diagnostic(`${copies} statements that change something, 0 different`);
    } finally {
      await close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

for (const vehicle of vehicles) {
  test(
    `checklist 161: ${vehicle.name}: a process killed before a statement leaves what the next one finishes`,
    { timeout },
    (context) => interruptAt(vehicle, (_, url, direction, n) => killBefore(url, direction, n), seed, context, chooseRounds(3)),
  );

  test(
    `checklist 161: ${vehicle.name}: a process killed at a random moment leaves what the next one finishes`,
    { timeout },
    (context) => killAtRandom(vehicle, chooseRounds(6), seed, context),
  );
}

test(
  'a PostgreSQL connection that breaks before a statement: the error says what to do, and the next run finishes',
  { timeout, skip: newest === undefined && 'not run: no PostgreSQL 18 here' },
  (context) =>
    interruptAt(
      onPostgres('postgres 18', newest as string),
      (engine, _, direction, n) => cutBefore(engine, direction, n),
      seed,
      context,
      chooseRounds(5),
    ),
);

test(
  'a PostgreSQL server that dies in the middle of a revision: when it is back, the next run finishes',
  { timeout, skip: withoutOwnPostgres() },
  (context) => crashServer(chooseRounds(2), seed, context),
);
