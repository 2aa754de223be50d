/**
 * How long each table of the statistics takes for a person with a million reviews, beside two ways without the counts: adding up the log, and
 * a bare count of the same rows, which is the least that any way over the log costs.
 * usage: node bench/stats.ts [--reviews 1000000] [--repeats 5] [--engines sqlite,postgres]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Database, openDatabase } from '../src/db/database.ts';
import { insertDeck } from '../src/db/stores/decks.ts';
import { rebuildReviewCounts } from '../src/db/stores/review-counts.ts';
import { insertUser, type User } from '../src/db/stores/users.ts';
import { Timestamp } from '../src/schema/index.ts';
import * as stats from '../src/services/stats.ts';
import { createDatabase, type Place } from '../test/support/database.ts';
import { openFresh, settingsFor } from '../test/support/fresh.ts';
import { startPostgres } from '../test/support/servers.ts';

const { values: options } = parseArgs({
  options: {
    reviews: { type: 'string', default: '1000000' },
    repeats: { type: 'string', default: '5' },
    engines: { type: 'string', default: 'sqlite,postgres' },
  },
});
const wanted = Number(options.reviews);
const repeats = Number(options.repeats);

const REVIEWS_A_DAY = 500;
const CARDS = 60_000;
const DECKS = 12;
const now = Timestamp.parse('2026-11-26 20:00:00.000000') as Timestamp;
const clock = { now: () => now };

/** Somebody who has studied 500 cards a day, in two sittings, for as long as it takes; the same rows on every engine. */
async function fill(database: Database): Promise<User> {
  const { engine } = database;
  const user = await database.write((session) =>
    insertUser(session, { username: 'anna', email: 'anna@law.edu', hashed_password: 'none' }),
  );
  await database.write(async (session) => {
    for (let deck = 0; deck < DECKS; deck++) await insertDeck(session, user.id, { name: `Deck ${deck}` });
  });
  const isFile = engine.capabilities.isLocalFile;
  const series = (name: string, to: number) =>
    isFile
      ? `(WITH RECURSIVE ${name}(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM ${name} WHERE n < ${to - 1}) SELECT n FROM ${name})`
      : `(SELECT generate_series(CAST(0 AS bigint), ${to - 1}) AS n)`;
  const days = Math.ceil(wanted / REVIEWS_A_DAY);
  const begin = Timestamp.fromMicros(now.micros - BigInt(days - 1) * 86_400_000_000n);
  /** A time of the log: seconds after the begin of the first day. */
  const at = (seconds: string) =>
    isFile
      ? `strftime('%Y-%m-%d %H:%M:%S', '${begin.text.slice(0, 10)} 00:00:00', '+' || (${seconds}) || ' seconds') || '.000000'`
      : `TIMESTAMPTZ '${begin.text.slice(0, 10)} 00:00:00+00' + (${seconds}) * INTERVAL '1 second'`;
  // Half in the morning, half in the evening, a deck after the other. A card comes back after months; each ninth is one of some minutes or
  // of a day ago.
  const second = `(n / ${REVIEWS_A_DAY}) * 86400 + CASE WHEN n % ${REVIEWS_A_DAY} < 250 THEN 25200 ELSE 68400 END + (n % 250) * 9`;
  const turn = `(n - CASE WHEN n % 9 = 8 AND n > 2000 THEN CASE WHEN n % 2 = 0 THEN 40 ELSE 1499 END ELSE 0 END)`;
  const card = `(${turn} * 7919) % ${CARDS / DECKS} * ${DECKS} + (${turn} / 60) % ${DECKS} + 1`;
  const rating = 'CASE n % 10 WHEN 0 THEN 0 WHEN 1 THEN 3 WHEN 2 THEN 5 ELSE 4 END';
  const interval = 'CASE n % 7 WHEN 0 THEN 1 WHEN 1 THEN 6 WHEN 2 THEN 15 ELSE 20 + (n % 300) END';
  await engine.dedicated(async (connection) => {
    await connection.script('BEGIN');
    await connection.script(
      `INSERT INTO card (id, deck_id, front, back, created_at, updated_at) SELECT n + 1, n % ${DECKS} + 1, 'What is the rule?', 'A rule.', ${at('n / 30 * 86400 + 70000 + n % 30 * 60')}, ${at('n / 30 * 86400 + 70000 + n % 30 * 60')} FROM ${series('c', CARDS)} AS s`,
    );
    await connection.script(
      `INSERT INTO study_log (user_id, card_id, reviewed_at, ease_factor, "interval", repetitions, last_rating, due_date, next_review, created_at)
       SELECT ${user.id}, card_id, reviewed_at, 2.5, days, 3, rating, reviewed_at, reviewed_at, reviewed_at FROM (
         SELECT ${card} AS card_id, ${at(second)} AS reviewed_at, ${interval} AS days, ${rating} AS rating FROM ${series('r', wanted)} AS s) AS rows`,
    );
    await connection.script(
      `INSERT INTO card_state (user_id, card_id, ease_factor, "interval", repetitions, last_rating, next_review, last_reviewed_at, review_count)
       SELECT ${user.id}, id, 2.5, id % 400, 3, 4, ${at(`(${days} - 20 + id % 400) * 86400 + 68400 + id % 5000`)}, created_at, 16 FROM card`,
    );
    await connection.script('COMMIT');
    if (isFile) await connection.script('ANALYZE');
    else await connection.script('VACUUM ANALYZE');
  });
  return user;
}

async function median(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let repeat = 0; repeat <= repeats; repeat++) {
    const started = performance.now();
    await work();
    // The first run fills the caches.
    if (repeat > 0) times.push(performance.now() - started);
  }
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] as number;
}

async function measure(name: string, place: Place): Promise<void> {
  await (await openFresh(place, clock)).close();
  const database = openDatabase(settingsFor(place), clock);
  try {
    const user = await fill(database);
    const started = performance.now();
    await database.write(({ connection, engine }) => rebuildReviewCounts(connection, engine, user.id));
    const rebuilt = performance.now() - started;
    await database.engine.dedicated((connection) =>
      connection.script(database.engine.capabilities.isLocalFile ? 'ANALYZE' : 'VACUUM ANALYZE'),
    );
    const rows = await database.read(({ connection }) => connection.query('SELECT count(*) AS n FROM review_counts'));
    console.log(
      `\n${name}: ${wanted} reviews of ${CARDS} cards in ${String(rows[0]?.n)} counts, made in ${(rebuilt / 1000).toFixed(1)} s\n`,
    );
    const query = (sql: string) => database.read(({ connection }) => connection.query(sql));
    const hour = database.engine.capabilities.isLocalFile ? 'substr(reviewed_at, 1, 13)' : "date_trunc('hour', reviewed_at)";
    const bare = await median(() => query(`SELECT count(*) AS n FROM study_log WHERE user_id = ${user.id}`));
    const log = await median(() =>
      query(`SELECT ${hour} AS t, last_rating, count(*) AS n FROM study_log WHERE user_id = ${user.id} GROUP BY 1, 2`),
    );
    const cards = await median(() => query(`SELECT count(*) AS n FROM card_state WHERE user_id = ${user.id}`));
    console.log('| what | ms | times the bare count of the log |\n|---|---|---|');
    const line = (what: string, ms: number) => console.log(`| ${what} | ${ms.toFixed(1)} | ${(ms / bare).toFixed(2)} |`);
    line('bare count of the log', bare);
    line('the log by hour and rating', log);
    line('bare count of the card states', cards);
    const question = { zone: 'America/New_York', rollover: 4 };
    for (const [scope, more] of [
      ['all decks', {}],
      ['one deck', { deck_id: 3n }],
    ] as const) {
      const asked = { ...question, ...more };
      const ask = (what: string, work: (session: Parameters<typeof stats.statsToday>[0]) => Promise<unknown>) =>
        median(() => database.read(work)).then((ms) => line(`${what}, ${scope}`, ms));
      await ask('today', (session) => stats.statsToday(session, user, asked));
      for (const range of ['year', 'all'] as const) {
        await ask(`days of ${range}`, (session) => stats.statsDays(session, user, { ...asked, range }));
        await ask(`hours of ${range}`, (session) => stats.statsHours(session, user, { ...asked, range }));
        await ask(`buttons of ${range}`, (session) => stats.statsButtons(session, user, { ...asked, range }));
      }
      await ask('retention', (session) => stats.statsRetention(session, user, asked));
      await ask('forecast of 30 days', (session) => stats.statsForecast(session, user, { ...asked, days: 30 }));
      await ask('forecast of a year', (session) => stats.statsForecast(session, user, { ...asked, days: 365 }));
      await ask('cards', (session) => stats.statsCards(session, user, asked));
      await ask('intervals', (session) => stats.statsIntervals(session, user, asked));
      await ask('memory', (session) => stats.statsMemory(session, user, asked));
    }
  } finally {
    await database.close();
  }
}

for (const engine of options.engines.split(',')) {
  if (engine === 'sqlite') {
    const folder = mkdtempSync(join(tmpdir(), 'flashcase-bench-'));
    try {
      await measure('SQLite', { url: `sqlite:///${join(folder, 'flashcase.db')}`, drop: async () => {} });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  } else {
    const server = await startPostgres();
    try {
      await measure('PostgreSQL', await createDatabase(server.url));
    } finally {
      await server.stop();
    }
  }
}
