// slow
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { systemClock } from '../../src/db/clock.ts';
import { findUser, type User } from '../../src/db/stores/users.ts';
import { dueUpkeep, maintain } from '../../src/ops/maintain/maintain.ts';
import { addMonths } from '../../src/ops/partition/add-months.ts';
import { keepMonths, keepMonthsOn } from '../../src/ops/partition/keep-months.ts';
import { REVIEWS } from '../../src/ops/partition/partitioned.ts';
import { partitionProblems } from '../../src/ops/partition/report.ts';
import { Timestamp } from '../../src/schema/index.ts';
import { monthAfter, monthOf, monthsBetween, startOfMonth } from '../../src/schema/month.ts';
import { tidy } from '../../src/services/housekeeping.ts';
import { recordReview } from '../../src/services/study.ts';
import { undoReview } from '../../src/services/study-undo.ts';
import { dedicated, partitions, server, servers, sql, store, studied } from './studied.ts';

const at = (text: string): Timestamp => Timestamp.parse(text) as Timestamp;
const now = systemClock().now();
const here = monthOf(now);
const inYears = (years: number): Timestamp => at(`${Number(here.slice(0, 4)) + years}${here.slice(4)}-15 12:00:00`);

describe('months of UTC', () => {
  test('a year has twelve, the end of one is the beginning of the next, and no time zone or clock change moves it', () => {
    assert.equal(monthAfter('2026-12'), '2027-01');
    assert.equal(monthAfter('2026-01', -1), '2025-12');
    assert.equal(monthAfter('2026-11', -120), '2016-11');
    assert.equal(monthsBetween('2025-11', '2027-02').length, 16);
    assert.deepEqual(monthsBetween('2026-02', '2026-01'), []);
    assert.equal(startOfMonth('2026-04'), '2026-04-01 00:00:00+00');
    // Berlin's clocks went forward that night, and New York was still in March.
    assert.equal(monthOf(at('2026-03-31 23:59:59.999999')), '2026-03');
    assert.equal(monthOf(at('2026-04-01T01:30:00+02:00')), '2026-03');
    assert.equal(monthOf(at('2026-03-31T21:00:00-04:00')), '2026-04');
    assert.equal(monthOf(at('2026-10-25T02:30:00+02:00')), '2026-10');
  });
});

describe('months are made before they are needed', { skip: server().skip, concurrency: false }, () => {
  for (const target of servers()) {
    test(`a year is always there: upkeep makes what is missing and nothing twice, and a row that had no month comes into its own (${target.name})`, async (t) => {
      const { database, url } = await studied(t, target, 100);
      await store(database, 'months');
      const { engine } = database;
      const names = async () => Object.keys(await partitions(url));
      assert.ok((await names()).includes(`study_log_${monthAfter(here, 12).replace('-', '_')}`));
      assert.equal(await keepMonthsOn(engine, database.clock, REVIEWS), undefined, 'nothing is due');
      // Nobody looked after it for a year and a half, and people studied.
      const late = inYears(2);
      await sql(
        url,
        `INSERT INTO study_log (user_id, card_id, reviewed_at, ease_factor, "interval", due_date, next_review, created_at)
         SELECT 1, 8, $1::timestamptz + i * interval '1 second', 2, 1, now(), now(), now() FROM generate_series(1, 50) i`,
        [late.toPostgres()],
      );
      assert.equal((await partitions(url)).study_log_default, 50);
      assert.match(
        (await dedicated(database, (c) => partitionProblems(c, engine, REVIEWS, late))).join('\n'),
        /50 rows are in the default/,
      );
      const due = await dedicated(database, (c) => dueUpkeep(c, engine, late));
      assert.ok(
        due.some(({ on, why }) => on === 'study_log' && /months are missing, and 50 rows/.test(why)),
        JSON.stringify(due),
      );
      const done = await dedicated(database, (c) => maintain(c, engine, late, () => {}));
      assert.ok(
        done.every(({ isDone }) => isDone),
        JSON.stringify(done),
      );
      const spread = await partitions(url);
      assert.equal(spread.study_log_default, 0);
      assert.equal(spread[`study_log_${monthOf(late).replace('-', '_')}`], 50);
      assert.ok(`study_log_${monthAfter(monthOf(late), 12).replace('-', '_')}` in spread);
      assert.deepEqual(await dedicated(database, (c) => keepMonths(c, REVIEWS, late)), { added: [], rehoused: 0 });
      await assert.rejects(
        sql(
          url,
          `INSERT INTO study_log (user_id, card_id, reviewed_at, ease_factor, "interval", due_date, next_review, created_at) VALUES (1, 999999, $1, 2, 1, now(), now(), now())`,
          [late.toPostgres()],
        ),
        { code: '23503' },
        'a month that was made later has the references as well',
      );
    });

    test(`ten servers look after it at once while people write: every month once, and no write fails (${target.name})`, async (t) => {
      const { database, url } = await studied(t, target, 100);
      await store(database, 'months');
      const late = inYears(3);
      let isOver = false;
      let written = 0;
      const storm = Array.from({ length: 3 }, async (_, no) => {
        const client = new pg.Client({ connectionString: url });
        await client.connect();
        try {
          for (; !isOver; written++)
            await client.query(
              `INSERT INTO study_log (user_id, card_id, reviewed_at, ease_factor, "interval", due_date, next_review, created_at)
               VALUES (1, 8, $1::timestamptz + $2 * interval '1 day', 2, 1, now(), now(), now())`,
              [late.toPostgres(), (written * 3 + no) % 300],
            );
        } finally {
          await client.end();
        }
      });
      const all = await Promise.all(Array.from({ length: 10 }, () => dedicated(database, (c) => keepMonths(c, REVIEWS, late))));
      isOver = true;
      await Promise.all(storm);
      const added = all.flatMap((one) => one?.added ?? []);
      assert.deepEqual(added.toSorted(), [...new Set(added)].toSorted(), 'none twice');
      assert.ok(added.length >= 13);
      await dedicated(database, (c) => keepMonths(c, REVIEWS, late));
      assert.equal((await partitions(url)).study_log_default, 0);
      assert.equal(
        Number((await sql(url, 'SELECT count(*) AS n FROM study_log WHERE reviewed_at >= $1', [late.toPostgres()]))[0]?.n),
        written,
      );
    });
  }

  test('killed between the making of a month and its place in the table, nothing of it is left, and the next one makes it', async (t) => {
    const { database, url } = await studied(t, server(), 100);
    await store(database, 'months');
    const before = await partitions(url);
    const child = fileURLToPath(new URL('./months-child.ts', import.meta.url));
    for (const step of ['created', 'attached']) {
      const running = spawn(process.execPath, [child, url, inYears(2).text, step], { stdio: ['ignore', 'ignore', 'inherit'] });
      const [, signal] = await once(running, 'close');
      assert.equal(signal, 'SIGKILL', step);
      assert.deepEqual(await partitions(url), before, step);
      assert.deepEqual(
        await sql(
          url,
          "SELECT relname FROM pg_class WHERE relname LIKE 'study_log_20%' AND relkind = 'r' AND NOT relispartition",
        ),
        [],
      );
    }
    const made = await dedicated(database, (c) => keepMonths(c, REVIEWS, inYears(2)));
    assert.equal(made?.added.length, 13);
  });

  test('a server’s own upkeep makes them, its metrics tell how many; a replica leaves them to the primary', async (t) => {
    const { database, url } = await studied(t, server(), 50);
    await store(database, 'months');
    await sql(
      url,
      `ALTER TABLE study_log DETACH PARTITION study_log_${monthAfter(here, 12).replace('-', '_')}; DROP TABLE study_log_${monthAfter(here, 12).replace('-', '_')}`,
    );
    const told = async (name: string) =>
      (await dedicated(database, (c) => database.engine.vitals(c))).find((reading) => reading.name === name);
    assert.deepEqual(await told('partitions_ahead'), { name: 'partitions_ahead', value: 11, labels: { table: 'study_log' } });
    assert.equal((await tidy(database)).months, 1);
    assert.equal((await told('partitions_ahead'))?.value, 12);
    assert.equal((await told('default_partition_rows'))?.value, 0);
    assert.equal((await told('postgres_live_rows')) !== undefined, true);
    assert.equal((await tidy(database)).months, 0);
    await sql(url, `ALTER DATABASE ${new URL(url).pathname.slice(1)} SET default_transaction_read_only = on`);
    assert.equal(await dedicated(database, (c) => keepMonths(c, REVIEWS, inYears(2))), undefined);
  });

  test('an answer that comes a year late finds its month made; one of a clock that stopped counts as ten years old', async (t) => {
    const { database, url } = await studied(t, server(), 0);
    await sql(url, 'DELETE FROM study_log');
    await store(database, 'months');
    assert.equal(Object.keys(await partitions(url)).length, 13 + 2, 'no review is there: this month and a year ahead');
    const user = (await database.read((session) => findUser(session, { username: 'u1' }))) as User;
    const lateBy = (days: number) => database.clock.now().plusDays(-days);
    const answer = (card: bigint, answeredAt: Timestamp) =>
      database.write((session) => recordReview(session, user, card, { quality: 4, answeredAt }));
    await answer(8n, lateBy(365));
    await answer(16n, lateBy(365 * 12));
    await database.write((session) => undoReview(session, user, 16n, { undoneAt: lateBy(700) }));
    const spread = await partitions(url);
    assert.equal(spread.study_log_default, 0);
    assert.equal(spread[`study_log_${monthOf(lateBy(365)).replace('-', '_')}`], 1);
    assert.equal(spread[`study_log_${monthOf(lateBy(700)).replace('-', '_')}`], 1);
    const [oldest] = await sql(url, "SELECT min(reviewed_at) > now() - interval '3653 days' AS young FROM study_log");
    assert.equal(oldest?.young, true);
    assert.equal(
      (await dedicated(database, (c) => addMonths(c, { name: 'study_log' }, ['1999-01']))).added.length,
      0,
      'too old for a month of its own',
    );
  });
});
