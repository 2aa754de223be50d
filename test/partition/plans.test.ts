// slow
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { findReceipt, listCardLog } from '../../src/db/stores/study.ts';
import { countAnswers, listTimes } from '../../src/db/stores/study-queue.ts';
import { findUser, type User } from '../../src/db/stores/users.ts';
import { explainQuery } from '../../src/ops/explain/explain-query.ts';
import { hotQueries } from '../../src/ops/explain/hot-queries.ts';
import { recordReview } from '../../src/services/study.ts';
import { dedicated, servers, sql, store, studied } from './studied.ts';

const ROUNDS = 60;

for (const target of servers().filter(({ name }) => !name.includes('pgbouncer'))) {
  describe(`queries on reviews by months (${target.name})`, { skip: target.skip, concurrency: false }, () => {
    test(`no hot query reads a large table as a whole, and those with a time read no month before it (${target.name})`, async (t) => {
      const { database, url } = await studied(t, target, 60_000);
      await sql(url, 'VACUUM ANALYZE');
      const user = (await database.read((session) => findUser(session, { username: 'u1' }))) as User;
      const since = database.clock.now().plusDays(-1);
      let card = 0n;
      const work: Readonly<Record<string, () => Promise<unknown>>> = {
        'an answer': () =>
          database.write((session) =>
            recordReview(session, user, (card++ % 50n) * 8n + 8n, { quality: 4, idempotencyId: `k${card}-${Math.random()}` }),
          ),
        'answers of a day': () => database.read((session) => countAnswers(session, user.id, since)),
        'times of a day': () => database.read((session) => listTimes(session, user.id, since, 100)),
        'log of a card': () => database.read((session) => listCardLog(session, user.id, 8n)),
        receipt: () => database.read((session) => findReceipt(session, user.id, 'none')),
      };
      const measured = async (): Promise<Record<string, number>> => {
        const medians: Record<string, number> = {};
        for (const [name, run] of Object.entries(work)) {
          const times: number[] = [];
          for (let round = 0; round < ROUNDS; round++) {
            const began = performance.now();
            await run();
            times.push(performance.now() - began);
          }
          medians[name] = times.toSorted((a, b) => a - b)[ROUNDS / 2] as number;
        }
        return medians;
      };
      const whole = await measured();
      await store(database, 'months');
      await sql(url, 'VACUUM ANALYZE');
      const months = await measured();
      for (const name of Object.keys(work))
        t.diagnostic(`${name}: ${whole[name]?.toFixed(2)} ms whole, ${months[name]?.toFixed(2)} ms by months`);
      await dedicated(database, async (connection) => {
        for (const { name } of hotQueries) {
          const explained = await explainQuery(connection, database.engine, name);
          assert.deepEqual(explained.advice, [], `${name}\n${explained.plan.join('\n')}`);
        }
        const plan = await connection.query(
          "EXPLAIN SELECT card_id FROM study_log WHERE user_id = 1 AND reviewed_at >= now() - interval '3 days' AND reviewed_at < now() + interval '2 days'",
        );
        const read = plan.map((row) => String(Object.values(row)[0])).filter((line) => / on study_log_/.test(line));
        const pruned = plan.map((row) => String(Object.values(row)[0])).join('\n');
        assert.ok(read.length <= 3 || /Subplans Removed/.test(pruned), pruned);
      });
    });
  });
}
