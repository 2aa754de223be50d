// slow
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, type TestContext, test } from 'node:test';
import { restoreIntoPostgres } from '../../src/cli/backup/restore-into-postgres.ts';
import { systemClock } from '../../src/db/clock.ts';
import { turnGate } from '../../src/db/gate.ts';
import { randomBytes } from '../../src/db/random.ts';
import { carriedTables } from '../../src/move/carried-tables.ts';
import type { HomeOptions } from '../../src/move/home/home-options.ts';
import { runHome } from '../../src/move/home/run-home.ts';
import { startHome } from '../../src/move/home/start-home.ts';
import { abortMove } from '../../src/move/live/abort.ts';
import { finishMove } from '../../src/move/live/finish.ts';
import { verifyLive } from '../../src/move/live/verify-live.ts';
import { cutover } from '../../src/move/switch/cutover.ts';
import { rollback } from '../../src/move/switch/rollback.ts';
import { backupNow } from '../../src/ops/backup/make-backup.ts';
import { restoreIntoNewFile } from '../../src/ops/backup/restore/restore-file.ts';
import { keepMonths } from '../../src/ops/partition/keep-months.ts';
import { REVIEWS } from '../../src/ops/partition/partitioned.ts';
import { partitionProblems } from '../../src/ops/partition/report.ts';
import { flashcase } from '../../src/schema/flashcase.ts';
import { revisions } from '../../src/versions/index.ts';
import { optionsFor, temporaryFolder } from '../backup/backups.ts';
import { catalog, dedicated, partitions, reviews, server, servers, sql, store, storeInChild, studied } from './studied.ts';

const events = { phase() {}, expect() {}, rows() {}, bytes() {}, done() {}, note() {} };
const limitMs = 9000;

function moving(url: string, file: string): HomeOptions {
  const clock = systemClock();
  return {
    schema: flashcase,
    revisions,
    tables: carriedTables(flashcase, ['write_gate']),
    gate: turnGate(clock),
    sqliteFile: file,
    postgresUrl: url,
    clock,
    newId: () => randomBytes(4).toString('hex'),
    by: 'test',
    events,
  };
}

/** How many reviews a file has, and the ids and times of all of them. */
function reviewsIn(file: string): string {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    const rows = db.prepare('SELECT id, user_id, card_id, reviewed_at, ease_factor FROM study_log ORDER BY id').all();
    return JSON.stringify(rows);
  } finally {
    db.close();
  }
}

async function reviewsOn(url: string): Promise<string> {
  const rows = await sql(
    url,
    `SELECT id::int AS id, user_id::int AS user_id, card_id::int AS card_id, to_char(reviewed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') AS reviewed_at, ease_factor
     FROM study_log ORDER BY study_log.id`,
  );
  return JSON.stringify(rows);
}

const direct = servers().filter(({ name }) => !name.includes('pgbouncer'));
const placeOf = (t: TestContext): string => temporaryFolder(t);

describe('reviews by months, and what carries a database', { skip: server().skip, concurrency: false }, () => {
  for (const target of direct) {
    test(`a backup has every review and restores into a file and into PostgreSQL, where they can be stored by months again (${target.name})`, {
      skip: target.skip,
    }, async (t) => {
      const { database, place, url } = await studied(t, target, 1500);
      await store(database, 'months');
      const folder = placeOf(t);
      const options = optionsFor(place, join(folder, 'backups'));
      const manifest = await backupNow(options);
      const file = join(folder, 'restored.db');
      await restoreIntoNewFile(manifest, file, options);
      assert.equal(reviewsIn(file), await reviewsOn(url));
      const empty = await target.fresh();
      t.after(() => empty.drop());
      await restoreIntoPostgres(manifest, empty.url, options);
      assert.equal(await reviewsOn(empty.url), await reviewsOn(url));
      // In the middle of a build a backup is whole as well.
      await storeInChild(url, 'whole', 'copied');
      const second = await backupNow(options);
      assert.deepEqual(
        second.tables.find(({ table }) => table === 'study_log'),
        manifest.tables.find(({ table }) => table === 'study_log'),
      );
    });

    test(`home to SQLite from months: nobody has to undo them first (${target.name})`, { skip: target.skip }, async (t) => {
      const { database, url } = await studied(t, target, 1500);
      await store(database, 'months');
      const file = join(placeOf(t), 'home.db');
      await runHome({ ...moving(url, file), isFencing: true });
      assert.equal(reviewsIn(file), await reviewsOn(url));
      await assert.rejects(sql(url, 'DELETE FROM study_log'), { code: 'FC001' });
      await assert.rejects(sql(url, 'TRUNCATE study_log_older'), { code: 'FC001' });
    });

    test(`the live move from months: journalled by each of them, over to the file, back, and over again; a month that is made meanwhile is noted too (${target.name})`, {
      skip: target.skip,
    }, async (t) => {
      const { database, url } = await studied(t, target, 800);
      await store(database, 'months');
      const before = await catalog(url);
      const file = join(placeOf(t), 'live.db');
      const options = moving(url, file);
      const add = (moment: string) =>
        sql(
          url,
          `INSERT INTO study_log (user_id, card_id, reviewed_at, ease_factor, "interval", due_date, next_review, created_at) VALUES (1, 8, ${moment}, 2, 1, now(), now(), now())`,
        );
      await startHome(options);
      await assert.rejects(store(database, 'whole'), { code: 'FC_MOVE_UNDERWAY' });
      await add('now()');
      await add("now() - interval '5 months'");
      await sql(url, "UPDATE study_log SET reviewed_at = reviewed_at - interval '40 days' WHERE id = 7");
      await sql(url, 'TRUNCATE study_log_older');
      // Two years on, upkeep makes months in the middle of the move.
      await dedicated(database, (c) => keepMonths(c, REVIEWS, database.clock.now().plusDays(730)));
      await add("now() + interval '26 months'");
      assert.equal((await verifyLive(options, { events, isParanoid: false })).isEqual, true);
      assert.equal((await rollback(options, { limitMs })).primary, 'sqlite');
      assert.equal(reviewsIn(file), await reviewsOn(url));
      const db = new DatabaseSync(file);
      db.exec(
        "UPDATE study_log SET reviewed_at = '2026-01-15 10:00:00.000000' WHERE id = 9; DELETE FROM study_log WHERE id = 11",
      );
      db.exec(
        `INSERT INTO study_log (user_id, card_id, reviewed_at, ease_factor, "interval", due_date, next_review, created_at)
         SELECT user_id, card_id, '2026-02-01 00:00:00.000000', ease_factor, "interval", due_date, next_review, created_at FROM study_log LIMIT 40`,
      );
      db.close();
      assert.equal((await cutover(options, { limitMs })).primary, 'postgres');
      assert.equal((await verifyLive(options, { events, isParanoid: false })).isEqual, true);
      assert.equal(reviewsIn(file), await reviewsOn(url));
      assert.equal((await partitions(url)).study_log_default, 0);
      await add('now()');
      await finishMove(options);
      assert.equal((await sql(url, "SELECT tgname FROM pg_trigger WHERE tgname LIKE 'flashcase%'")).length, 0);
      assert.deepEqual(
        await dedicated(database, (c) => partitionProblems(c, database.engine, REVIEWS, database.clock.now())),
        [],
      );
      await sql(url, 'DROP SCHEMA flashcase_move CASCADE');
      assert.equal(await catalog(url), before);
      const rows = await reviews(url);
      await store(database, 'whole');
      assert.deepEqual(await reviews(url), rows);
    });
  }

  test('a move home does not begin in the middle of a build', async (t) => {
    const { url } = await studied(t, server(), 100);
    await storeInChild(url, 'months', 'copied');
    const options = moving(url, join(placeOf(t), 'home.db'));
    await assert.rejects(runHome(options), { code: 'FC_PARTITION_UNDERWAY' });
    await assert.rejects(startHome(options), { code: 'FC_PARTITION_UNDERWAY' });
    await assert.rejects(abortMove(options), (error: { code: string }) => error.code !== 'FC_INTERNAL');
  });
});
