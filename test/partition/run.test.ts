// slow
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { Database } from '../../src/db/database.ts';
import { holdCardsToGo, removeCards } from '../../src/db/stores/imported.ts';
import { findUser, type User } from '../../src/db/stores/users.ts';
import { REVIEWS } from '../../src/ops/partition/partitioned.ts';
import { partitionProblems, partitionStatus } from '../../src/ops/partition/report.ts';
import { checkDatabase } from '../../src/revisions/check.ts';
import { recordReview } from '../../src/services/study.ts';
import { project } from '../../src/versions/project.ts';
import { newestServers } from '../support/database.ts';
import {
  CARDS,
  catalog,
  dedicated,
  partitions,
  reviews,
  server,
  servers,
  sql,
  store,
  storeInChild,
  studied,
  USERS,
} from './studied.ts';

/** Cards with reviews of long ago that are deleted meanwhile: from, to. */
const GOING = [5001, 5600];

/** @returns the id of a card somebody has just studied in several months */
async function cardWithReviews(client: { query(text: string): Promise<pg.QueryResult> }, reviews: number): Promise<string> {
  const { rows } = await client.query(
    "INSERT INTO card (deck_id, front, back, created_at, updated_at) VALUES (1, 'q', 'a', now(), now()) RETURNING id",
  );
  const id = String(rows[0]?.id);
  await client.query(
    `INSERT INTO study_log (user_id, card_id, reviewed_at, ease_factor, "interval", due_date, next_review, created_at)
     SELECT 5, ${id}, now() - interval '33 days' * i, 2.5, 1, now(), now(), now() FROM generate_series(1, ${reviews}) i`,
  );
  return id;
}

/** What the writers were told, kept outside of the database. */
interface Told {
  /** The keys of acknowledged answers. */
  readonly reviews: Set<string>;
  /** Rows that were written by SQL: id to what they are; `undefined` for one that was deleted. */
  readonly rows: Map<string, string | undefined>;
  /** Cards that were deleted together with their reviews. */
  readonly cards: string[];
  longestMs: number;
  stop(): Promise<void>;
}

/** Students who answer, and a program that changes, moves to another month and deletes rows, until they are stopped; every failure is one of the test. */
function writing(t: TestContext, database: Database, url: string): Told {
  const told: Told = { reviews: new Set(), rows: new Map(), cards: [], longestMs: 0, stop };
  let isStopped = false;
  const timed = async <T>(work: () => Promise<T>): Promise<T> => {
    const began = performance.now();
    const value = await work();
    told.longestMs = Math.max(told.longestMs, performance.now() - began);
    return value;
  };
  const student = async (no: number): Promise<void> => {
    const user = (await database.read((session) => findUser(session, { username: `u${no}` }))) as User;
    for (let i = 0; !isStopped; i++) {
      const key = randomUUID();
      const card = BigInt(((i * USERS + no - 1) % CARDS) + 1);
      await timed(() => database.write((session) => recordReview(session, user, card, { quality: 4, idempotencyId: key })));
      told.reviews.add(key);
    }
  };
  const program = async (): Promise<void> => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const run = async (text: string, values: unknown[] = []) => (await timed(() => client.query(text, values))).rows;
    try {
      for (let i = 0; !isStopped; i++) {
        const [{ id }] = (await run(
          `INSERT INTO study_log (user_id, card_id, reviewed_at, ease_factor, "interval", due_date, next_review, created_at, kind)
           VALUES (2, 9, now() - interval '1 day' * $1, 2.5, 1, now(), now(), now(), 'cram') RETURNING id`,
          [i % 800],
        )) as [{ id: string }];
        const whole = async (): Promise<void> => {
          const [row] = await client
            .query('SELECT l::text AS row FROM study_log l WHERE user_id = 2 AND id = $1', [id])
            .then(({ rows }) => rows);
          told.rows.set(id, row?.row as string | undefined);
        };
        if (i % 3 === 0)
          await run(
            "UPDATE study_log SET reviewed_at = reviewed_at - interval '40 days', ease_factor = 1.3 WHERE user_id = 2 AND id = $1",
            [id],
          );
        if (i % 5 === 0) await run('DELETE FROM study_log WHERE user_id = 2 AND id = $1', [id]);
        await whole();
      }
    } finally {
      await client.end();
    }
  };
  /** Cards go with their reviews, as when an import is taken back: old ones, and some that came a moment before. */
  const remover = async (): Promise<void> => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      for (let i = 0; !isStopped; i++) {
        const [old] = (await client.query('SELECT min(id) AS id FROM card WHERE id BETWEEN $1 AND $2', GOING)).rows;
        const card = String(i % 2 === 0 && old?.id !== null ? old?.id : await cardWithReviews(client, 6));
        const gone = await client.query('SELECT id FROM study_log WHERE card_id = $1', [card]);
        if (i % 3 === 0) {
          // As the application does it.
          await timed(() =>
            database.write(async (session) => {
              await holdCardsToGo(session, [BigInt(card)]);
              await removeCards(session, [BigInt(card)]);
            }),
          );
        } else {
          const reviews = i % 3 === 1 ? 'DELETE FROM study_log' : 'UPDATE study_log SET card_id = 9';
          await timed(() =>
            client.query(`BEGIN; ${reviews} WHERE card_id = ${card}; DELETE FROM card WHERE id = ${card}; COMMIT`),
          );
        }
        if (i % 3 !== 2) for (const { id } of gone.rows) told.rows.set(String(id), undefined);
        told.cards.push(card);
      }
    } finally {
      await client.end();
    }
  };
  const all = Promise.all([student(1), student(3), student(4), program(), remover()]);
  all.catch(() => {});
  async function stop(): Promise<void> {
    isStopped = true;
    await all;
  }
  t.after(() => stop().catch(() => {}));
  return told;
}

async function nothingIsLost(told: Told, url: string): Promise<void> {
  const stored = new Map(
    (await sql(url, 'SELECT id, idempotency_id, l::text AS row FROM study_log l')).map((row) => [String(row.id), row]),
  );
  const keys = new Set([...stored.values()].map((row) => row.idempotency_id));
  for (const key of told.reviews) assert.ok(keys.has(key), `answer ${key}`);
  const twice = await sql(
    url,
    'SELECT idempotency_id FROM study_log WHERE idempotency_id IS NOT NULL GROUP BY 1 HAVING count(*) > 1',
  );
  assert.deepEqual(twice, []);
  for (const [id, row] of told.rows) assert.equal(stored.get(id)?.row, row, `row ${id}`);
  assert.deepEqual(await sql(url, 'SELECT id FROM study_log GROUP BY id HAVING count(*) > 1'), []);
  assert.deepEqual(await sql(url, 'SELECT id FROM study_log l WHERE NOT EXISTS (SELECT FROM card c WHERE c.id = l.card_id)'), []);
  assert.deepEqual(await sql(url, 'SELECT id FROM card WHERE id = ANY ($1::bigint[])', [told.cards]), []);
}

for (const target of newestServers(servers())) {
  describe(`reviews by months (${target.name})`, { skip: target.skip, concurrency: false }, () => {
    test(`people study all the time while the reviews go into months, and out again: no write fails, none is lost, and the schema is as it was (${target.name})`, async (t) => {
      const { database, url } = await studied(t, target);
      await sql(url, "COMMENT ON TABLE study_log IS 'every answer'; COMMENT ON COLUMN study_log.grade IS 'the button'");
      await sql(
        url,
        `INSERT INTO card (id, deck_id, front, back, created_at, updated_at) SELECT i, 1, 'q', 'a', now(), now() FROM generate_series(${GOING[0]}, ${GOING[1]}) i;
         INSERT INTO study_log (user_id, card_id, reviewed_at, ease_factor, "interval", due_date, next_review, created_at)
         SELECT 5, i, now() - interval '50 days' * n, 2.5, 1, now(), now(), now() FROM generate_series(${GOING[0]}, ${GOING[1]}) i, generate_series(1, 4) n;
         SELECT setval(pg_get_serial_sequence('card', 'id'), 10000)`,
      );
      const before = await catalog(url);
      const form = await dedicated(database, (connection) => database.engine.introspect(connection));
      const check = () => dedicated(database, (c) => checkDatabase(c, database.engine, project));
      const checked = await check();
      const told = writing(t, database, url);
      await delay(200);
      const built = await store(database, 'months');
      assert.equal(built.outcome, 'done');
      const inMonths = told.reviews.size + told.rows.size;
      await delay(200);
      assert.deepEqual(
        await dedicated(database, (c) => database.engine.introspect(c)),
        form,
        'the form of the schema knows nothing of it',
      );
      assert.equal(await catalog(url), before, 'by its catalogs the table is the same');
      assert.deepEqual(await check(), checked, 'db check says what it said before');
      assert.deepEqual(
        await dedicated(database, (c) => partitionProblems(c, database.engine, REVIEWS, database.clock.now())),
        [],
      );
      const spread = await partitions(url);
      assert.equal(spread.study_log_default, 0);
      assert.equal(spread.study_log_older, 5);
      assert.ok(Object.values(spread).filter((rows) => rows > 0).length > 28, JSON.stringify(spread));
      assert.equal((await store(database, 'months')).outcome, 'was there', 'typed twice');
      const back = await store(database, 'whole');
      assert.equal(back.outcome, 'done');
      await told.stop();
      assert.ok(told.reviews.size + told.rows.size > inMonths, 'people went on writing');
      await nothingIsLost(told, url);
      assert.equal(await catalog(url), before, 'nothing is left of it');
      assert.deepEqual(await sql(url, "SELECT relname FROM pg_class WHERE relname LIKE 'study_log_20%'"), []);
      t.diagnostic(
        `${told.reviews.size} answers and ${told.rows.size} other rows written and ${told.cards.length} cards deleted meanwhile; writes were held ${built.exchanged?.pauseMs.toFixed(0)} ms (try ${built.exchanged?.tries}) and ${back.exchanged?.pauseMs.toFixed(0)} ms (try ${back.exchanged?.tries}); the longest write took ${told.longestMs.toFixed(0)} ms`,
      );
    });
  });
}

const STEPS = ['made', 'copying', 'range', 'copied', 'referenced', 'verified', 'held', 'drained', 'swapped', 'cleared'] as const;

describe('cards that go while their reviews are stored anew', { skip: server().skip, concurrency: false }, () => {
  for (const form of ['months', 'whole'] as const)
    test(`a transaction that deleted a card’s reviews just when they were copied may end later, and delete the card, on the way to ${form}`, async (t) => {
      const { database, url } = await studied(t, server(), 600);
      if (form === 'whole') await store(database, 'months');
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      client.on('error', () => {});
      let ended: Promise<unknown> | undefined;
      await store(database, form, {
        async onStep(step) {
          if (step === 'copying') await client.query('BEGIN; DELETE FROM study_log WHERE card_id = 17');
          if (step === 'copied') ended = delay(1000).then(() => client.query('DELETE FROM card WHERE id = 17; COMMIT'));
        },
      });
      assert.ok(ended !== undefined);
      await ended;
      await client.end();
      assert.deepEqual(await sql(url, 'SELECT id FROM study_log WHERE card_id = 17'), []);
      assert.deepEqual(await sql(url, 'SELECT id FROM card WHERE id = 17'), []);
    });
});

describe('a build that is killed', { skip: server().skip, concurrency: false }, () => {
  for (const form of ['months', 'whole'] as const) {
    test(`at each named step on the way to ${form}: the table serves, and the same command brings it to its end`, async (t) => {
      const { database, url } = await studied(t, server(), 600);
      const other = form === 'months' ? 'whole' : 'months';
      const before = await catalog(url);
      const rows = await reviews(url);
      for (const step of STEPS) {
        await store(database, other);
        const client = new pg.Client({ connectionString: url });
        await client.connect();
        const card = await cardWithReviews(client, 3);
        assert.equal((await storeInChild(url, form, step)).wasKilled, true, step);
        await client.query(`BEGIN; DELETE FROM study_log WHERE card_id = ${card}; DELETE FROM card WHERE id = ${card}; COMMIT`);
        await client.end();
        const [written] = await sql(
          url,
          `INSERT INTO study_log (user_id, card_id, reviewed_at, ease_factor, "interval", due_date, next_review, created_at) VALUES (1, 8, now(), 2, 1, now(), now(), now()) RETURNING study_log::text AS row`,
        );
        rows.push(String(written?.row));
        assert.deepEqual(await reviews(url), rows, `${step}: every row is there while it is half-done`);
        const { last } = await storeInChild(url, form);
        assert.equal(last, step === 'cleared' ? 'was there' : 'done', step);
        assert.deepEqual(await reviews(url), rows, step);
        assert.equal(await catalog(url), before, step);
        const status = await dedicated(database, (c) => partitionStatus(c, database.engine, REVIEWS, database.clock.now()));
        assert.deepEqual([status.form, status.build], [form, undefined], step);
      }
    });
  }

  test('at each step before the exchange: the other command gives it up, and nothing of it is left', async (t) => {
    const { database, url } = await studied(t, server(), 600);
    const before = await catalog(url);
    const rows = await reviews(url);
    for (const step of STEPS.slice(0, STEPS.indexOf('swapped'))) {
      assert.equal((await storeInChild(url, 'months', step)).wasKilled, true, step);
      assert.equal((await store(database, 'whole')).outcome, 'given up', step);
      assert.equal(await catalog(url), before, step);
      assert.deepEqual(await reviews(url), rows, step);
      assert.deepEqual(
        await sql(url, "SELECT relname FROM pg_class WHERE relname LIKE 'study_log_20%' OR relname LIKE 'study_log_default%'"),
        [],
      );
    }
  });
});
