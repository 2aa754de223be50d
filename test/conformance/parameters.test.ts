import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openDatabase } from '../../src/db/database.ts';
import { buildApp } from '../../src/http/app.ts';
import { recompute } from '../../src/services/recompute.ts';
import { DEFAULT_WEIGHTS } from '../../src/study/fsrs.ts';
import { engines } from '../support/database.ts';
import { settingsFor } from '../support/fresh.ts';
import { simulatedAnswers } from '../support/simulated-answers.ts';
import { startService } from './client.ts';

/** Of a student who remembers what is new four times as long as the average one. */
const ANSWERS = simulatedAnswers(
  DEFAULT_WEIGHTS.map((weight, at) => (at < 4 ? weight * 4 : weight)),
  110,
  120,
  4,
);

// One of each engine: what differs between servers of PostgreSQL is not asked here.
for (const target of engines().slice(0, 2)) {
  describe(`parameters of one’s own on ${target.name}`, { skip: target.skip }, () => {
    test('are adopted where what was held out is predicted better, move no date, are what recomputing finds, and can be taken back', async () => {
      const place = await target.withTables();
      const service = await startService(place);
      try {
        const { call, clock, database } = service;
        const token = await service.signUp('anna');
        const ok = async (method: string, url: string, json?: object) => {
          const answer = await call(method, `/api/v1/${url}`, { token, ...(json === undefined ? {} : { json }) });
          assert.ok(answer.status < 300, `${method} ${url}: ${answer.text}`);
          return answer;
        };
        await ok('PUT', 'study/settings', { learning_steps: '', relearning_steps: '', scheduler: 'fsrs-6' });
        await ok('POST', 'decks/', { name: 'Torts' });
        for (let card = 1; card <= ANSWERS.length; card++)
          await ok('POST', 'cards/', { deck_id: 1, front: `q${card}`, back: 'a' });
        const few = (await ok('POST', 'study/parameters/optimise', {})).body;
        assert.deepEqual([few.is_adopted, few.weights, few.after], [false, null, null]);
        const all = ANSWERS.flatMap((card, index) => card.map((outcome) => ({ ...outcome, card: index + 1 }))).sort(
          (a, b) => a.at - b.at,
        );
        let before = all[0]!.at;
        for (const { card, grade, at } of all) {
          clock.advance(Math.floor((at - before) / 1_000_000));
          before = at;
          await ok('POST', `study/review/${card}`, { grade });
        }
        const states = () =>
          database.read(({ kysely }) =>
            kysely
              .selectFrom('card_state')
              .select(['card_id', 'next_review', 'interval', 'stability', 'difficulty', 'scheduler'])
              .orderBy('card_id')
              .execute(),
          );
        const dates = (rows: Awaited<ReturnType<typeof states>>) =>
          rows.map((row) => [row.card_id, row.next_review.text, row.interval]);
        const was = await states();
        const judged = (await ok('GET', 'study/calibration')).body;
        assert.equal(judged.cards, ANSWERS.length);
        assert.deepEqual(judged.own, judged.published);

        const fitted = await ok('POST', 'study/parameters/optimise', {});
        assert.equal(fitted.body.is_adopted, true, fitted.text);
        assert.ok(fitted.body.after.log_loss < fitted.body.before.log_loss);
        assert.ok(fitted.body.learned > 3 * fitted.body.held_out);
        assert.deepEqual((await ok('GET', 'study/parameters')).body, { weights: fitted.body.weights, has_optimiser: true });
        assert.ok((await ok('GET', 'study/calibration')).body.own.log_loss < judged.own.log_loss);
        const is = await states();
        assert.deepEqual(dates(is), dates(was));
        assert.ok(is.filter((row, at) => row.stability !== was[at]?.stability).length > ANSWERS.length / 2);
        const same = async () => {
          const found = await recompute(database, false);
          assert.deepEqual([found.differences, found.told], [0, []]);
        };
        await same();

        // Goes on under them, with what its button said, and an answer or an undo rests on the memory of now.
        const { cards } = (await ok('GET', 'study/queue/1?limit=5')).body;
        for (const card of cards) {
          const { body } = await ok('POST', `study/review/${card.id}`, { grade: 3 });
          assert.equal(body.new_interval, card.previews[2].interval);
        }
        await same();
        await ok('POST', `study/undo/${cards[0].id}`, {});
        await same();
        const restored = (await states()).find(({ card_id }) => Number(card_id) === cards[0].id);
        assert.deepEqual(
          restored,
          is.find(({ card_id }) => Number(card_id) === cards[0].id),
        );
        await ok('PUT', 'study/settings', { time_zone: 'Asia/Tokyo' });
        await same();

        const queries: string[] = [];
        const watched = openDatabase(settingsFor(place), clock, { onQuery: (sql) => queries.push(sql) });
        const app = await buildApp({ database: watched, settings: settingsFor(place), hasLog: false });
        const url = `/api/v1/operations/${fitted.headers['x-operation']}/undo`;
        const undone = await app.inject({ method: 'POST', url, headers: { authorization: `Bearer ${token}` } });
        await app.close();
        await watched.close();
        assert.equal(undone.statusCode, 200, undone.body);
        // No log is read in the unit of work that writes, which begins by holding the operation: on SQLite everybody else's answers would wait for it.
        const written = queries.findIndex((sql) => sql.startsWith('update "operation"'));
        const begun = queries.findLastIndex((sql, at) => at < written && sql.includes('from "operation"'));
        const isOfLog = (sql: string) => sql.includes('from "study_log"');
        assert.ok(begun > queries.findIndex(isOfLog), queries.join('\n'));
        assert.deepEqual(queries.slice(begun, written).filter(isOfLog), []);
        assert.deepEqual((await ok('GET', 'study/parameters')).body.weights, null);
        await same();
        const after = await states();
        const answered = new Set(cards.map(({ id }: { id: number }) => id));
        const untouched = (rows: typeof after) => rows.filter(({ card_id }) => !answered.has(Number(card_id)));
        // To the last bit what they were: the same history by the same weights.
        assert.deepEqual(untouched(after), untouched(was));
        const bad = await call('PUT', '/api/v1/study/parameters', { token, json: { weights: [1, 2, 3] } });
        assert.equal(bad.status, 422, bad.text);
      } finally {
        await service.close();
        await place.drop();
      }
    });
  });
}
