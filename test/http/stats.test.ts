import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { systemClock } from '../../src/db/clock.ts';
import { rebuildReviewCounts, wrongReviewCounts } from '../../src/db/stores/review-counts.ts';
import { downgrade, upgrade } from '../../src/revisions/run.ts';
import { tidy } from '../../src/services/housekeeping.ts';
import { OUTCOMES, type OutcomeName } from '../../src/study/outcome.ts';
import { revisions } from '../../src/versions/index.ts';
import { type Service, startService } from '../conformance/client.ts';
import { everydayEngines } from '../support/database.ts';

const PANELS = ['today', 'days', 'retention', 'hours', 'buttons', 'forecast', 'cards', 'intervals', 'memory'];
const stories = new Map<string, string[]>();

/** Two decks and some weeks of study, with second answers on the same day and on the next morning. */
async function study({ call, clock }: Service, token: string): Promise<void> {
  for (const name of ['Torts', 'Contracts']) await call('POST', '/api/v1/decks/', { token, json: { name } });
  for (let card = 1; card <= 6; card++)
    await call('POST', '/api/v1/cards/', { token, json: { deck_id: card <= 4 ? 1 : 2, front: `q${card}`, back: 'a' } });
  let seed = 7;
  for (let day = 0; day < 40; day++) {
    for (let turn = 0; turn < 5; turn++) {
      seed = (seed * 48_271) % 2_147_483_647;
      await call('POST', `/api/v1/study/review/${(seed % 5) + 1}`, { token, json: { quality: [0, 3, 4, 4, 5, 4][seed % 6] } });
      clock.advance(seed % 9000);
    }
    clock.advance(43_200 + (seed % 40_000));
  }
}

for (const target of everydayEngines()) {
  describe(`statistics on ${target.name}`, { skip: target.skip }, () => {
    const onService = (work: (service: Service) => Promise<void>) => async () => {
      const place = await target.withTables();
      try {
        const service = await startService(place);
        try {
          await work(service);
        } finally {
          await service.close();
        }
      } finally {
        await place.drop();
      }
    };

    test(
      'every table, in every zone and as a file, has equal bytes on every engine',
      onService(async (service) => {
        const token = await service.signUp('anna');
        await study(service, token);
        const answers: string[] = [];
        for (const panel of PANELS) {
          for (const query of [
            '',
            '?zone=America/New_York&rollover=0',
            '?zone=Australia/Lord_Howe&deck_id=2',
            '?zone=Asia/Kolkata&range=month',
            '?range=all&days=90',
          ]) {
            for (const name of [panel, `${panel}.csv`]) {
              const answer = await service.call('GET', `/api/v1/stats/${name}${query}`, { token });
              assert.equal(answer.status, 200, answer.text);
              answers.push(`${name}${query} ${answer.text}`);
            }
          }
        }
        for (const card of [1, 6]) {
          for (const name of ['history', 'history.csv']) {
            const answer = await service.call('GET', `/api/v1/cards/${card}/${name}?zone=Asia/Kolkata`, { token });
            assert.equal(answer.status, 200, answer.text);
            answers.push(answer.text);
          }
        }
        stories.set(target.name, answers);
        assert.deepEqual(answers, stories.values().next().value);
      }),
    );

    test(
      'how well cards are known today follows from the memories that FSRS keeps, and cards of SM-2 are told apart',
      onService(async ({ call, clock, signUp, database }) => {
        const token = await signUp('anna');
        const ask = async (path: string) => (await call('GET', `/api/v1/stats/${path}`, { token })).body;
        await call('PUT', '/api/v1/study/settings', { token, json: { scheduler: 'sm2' } });
        await call('POST', '/api/v1/decks/', { token, json: { name: 'Torts' } });
        for (let card = 1; card <= 4; card++)
          await call('POST', '/api/v1/cards/', { token, json: { deck_id: 1, front: `q${card}`, back: 'a' } });
        const review = (card: number, grade: number) => call('POST', `/api/v1/study/review/${card}`, { token, json: { grade } });
        await review(4, 3);
        assert.deepEqual([(await ask('memory')).cards, (await ask('memory')).unknown], [0, 1]);
        await call('PUT', '/api/v1/study/settings', { token, json: { scheduler: 'fsrs-6' } });
        for (const [card, grade] of [
          [1, 4],
          [2, 3],
          [3, 1],
        ] as const)
          await review(card, grade);
        const fresh = await ask('memory');
        // Answered today: all of them are there.
        assert.deepEqual([fresh.cards, fresh.unknown, fresh.known], [3, 1, 3]);
        assert.deepEqual(fresh.recall[9], { from: 0.9, to: 1, cards: 3 });
        clock.advance(10 * 86_400);
        const later = await ask('memory');
        const states = await database.read(({ kysely }) =>
          kysely.selectFrom('card_state').select(['stability', 'difficulty']).where('stability', 'is not', null).execute(),
        );
        // By the published formula and weights of FSRS-6, written out once more.
        const factor = 0.9 ** (-1 / 0.1542) - 1;
        const known = states.reduce((sum, { stability }) => sum + (1 + (factor * 10) / (stability as number)) ** -0.1542, 0);
        assert.equal(later.known, Math.round(known * 10) / 10);
        assert.ok(later.known < 3 && later.known > 1);
        for (const figure of ['recall', 'stability', 'difficulty'])
          assert.equal(
            later[figure].reduce((sum: number, row: { cards: number }) => sum + row.cards, 0),
            3,
            figure,
          );
        const hardest = Math.max(...states.map(({ difficulty }) => difficulty as number));
        const top = later.difficulty.findLast((row: { cards: number }) => row.cards > 0);
        assert.ok(top.from <= hardest && hardest <= top.to);
        // Nobody else's, and of another deck none.
        const other = await signUp('ben');
        assert.equal((await call('GET', '/api/v1/stats/memory', { token: other })).body.cards, 0);
      }),
    );

    test(
      'the tables agree with the reviews that were given',
      onService(async (service) => {
        const { call, clock, signUp } = service;
        const token = await signUp('anna');
        await call('PUT', '/api/v1/study/settings', { token, json: { scheduler: 'sm2' } });
        const ask = async (path: string) => (await call('GET', `/api/v1/stats/${path}`, { token })).body;
        assert.deepEqual((await ask('days')).days, []);
        assert.deepEqual((await ask('today')).streak, {
          current: 0,
          longest: 0,
          freezes: 0,
          frozen: [],
          has_studied_today: false,
        });
        await call('POST', '/api/v1/decks/', { token, json: { name: 'Torts' } });
        for (let card = 1; card <= 4; card++)
          await call('POST', '/api/v1/cards/', { token, json: { deck_id: 1, front: `q${card}`, back: 'a' } });
        const review = (card: number, quality: number) =>
          call('POST', `/api/v1/study/review/${card}`, { token, json: { quality } });
        // 1 March, 9:00 UTC. A failed card is answered twice; its first answer of the day is what retention counts.
        for (const card of [1, 2, 3]) await review(card, 4);
        clock.advance(86_400);
        await review(1, 4);
        await review(2, 0);
        await review(2, 4);
        const today = await ask('today');
        assert.deepEqual(
          [today.day, today.reviews, today.again, today.good, today.recalled, today.forgotten, today.young, today.left],
          ['2026-03-02', 3, 1, 2, 2, 1, 3, 1],
        );
        assert.deepEqual(await ask('cards'), { new: 1, learning: 0, young: 3, mature: 0 });
        assert.deepEqual([today.streak.current, today.streak.has_studied_today], [2, true]);
        const days = await ask('days');
        assert.deepEqual(
          days.days.map((row: { day: string; reviews: number; new: number; added: number; level: number }) => [
            row.day,
            row.reviews,
            row.new,
            row.added,
            row.level,
          ]),
          [
            ['2026-03-01', 3, 3, 4, 1],
            ['2026-03-02', 3, 0, 0, 1],
          ],
        );
        assert.deepEqual((await ask('retention'))[0], { period: 'today', maturity: 'young', passed: 1, failed: 1, rate: 0.5 });
        assert.deepEqual((await ask('hours'))[9], { hour: 9, reviews: 3, passed: 2, rate: 2 / 3 });
        assert.deepEqual((await ask('hours?zone=America/New_York'))[4].reviews, 3);
        assert.deepEqual((await ask('buttons')).slice(0, 3), [
          { maturity: 'new', again: 0, hard: 0, good: 3, easy: 0 },
          { maturity: 'learning', again: 0, hard: 0, good: 0, easy: 0 },
          { maturity: 'young', again: 1, hard: 0, good: 2, easy: 0 },
        ]);
        const forecast = await ask('forecast?days=10');
        assert.deepEqual(
          [forecast.backlog, forecast.days.map((row: { due: number }) => row.due)],
          [0, [1, 1, 0, 0, 0, 0, 1, 0, 0, 0]],
        );
        clock.advance(86_400 * 30);
        assert.equal((await ask('forecast')).backlog, 3);
        assert.equal((await ask('intervals')).find((row: { from_days: number }) => row.from_days === 6).cards, 1);
        // Hours of the night belong to the day before.
        const early = await call('GET', '/api/v1/stats/days?rollover=10', { token });
        assert.deepEqual(
          early.body.days.map((row: { day: string }) => row.day),
          ['2026-02-28', '2026-03-01'],
        );
      }),
    );

    test(
      'a review that was taken back is in no figure, and the counts are those of the log',
      onService(async ({ call, clock, signUp, database }) => {
        const token = await signUp('anna');
        await call('POST', '/api/v1/decks/', { token, json: { name: 'Torts' } });
        await call('POST', '/api/v1/cards/', { token, json: { deck_id: 1, front: 'q', back: 'a' } });
        const days = async () => (await call('GET', '/api/v1/stats/days', { token })).body.days;
        const [none] = await days();
        const answer = (grade: number) => call('POST', '/api/v1/study/review/1', { token, json: { grade, duration_ms: 7000 } });
        const undo = () => call('POST', '/api/v1/study/undo/1', { token, json: {} });
        await answer(3);
        const [once] = await days();
        assert.equal(once.reviews, 1);
        clock.advance(1800);
        await answer(1);
        assert.equal((await undo()).status, 200);
        assert.deepEqual((await days())[0], once);
        assert.equal((await call('GET', '/api/v1/cards/1/history', { token })).body.reviews.length, 1);
        assert.equal((await undo()).status, 200);
        assert.deepEqual((await days())[0], none);
        await answer(4);
        clock.advance(9 * 86_400);
        await answer(3);
        assert.equal(await database.read((session) => wrongReviewCounts(session, 1n)), 0);
        assert.equal((await tidy(database)).recounted, 0, 'nobody is counted anew for an undo');
        // As where a server of the version before wrote the review.
        await database.write(({ kysely }) => kysely.deleteFrom('review_counts').execute());
        assert.equal((await undo()).status, 200);
        assert.equal(await database.read((session) => wrongReviewCounts(session, 1n)), 0);
        await call('POST', '/api/v1/cards/', { token, json: { deck_id: 1, front: 'marked', back: 'a' } });
        await call('PUT', '/api/v1/study/marks/2', { token, json: { flag: 1 } });
        assert.deepEqual((await call('GET', '/api/v1/stats/cards', { token })).body.new, 1, 'a mark is no review');
      }),
    );

    test(
      'a card tells its reviews, and why it is due when it is',
      onService(async ({ call, clock, signUp }) => {
        const token = await signUp('anna');
        await call('PUT', '/api/v1/study/settings', { token, json: { scheduler: 'sm2' } });
        await call('POST', '/api/v1/decks/', { token, json: { name: 'Torts' } });
        await call('POST', '/api/v1/cards/', { token, json: { deck_id: 1, front: 'q', back: 'a' } });
        const history = async () => (await call('GET', '/api/v1/cards/1/history', { token })).body;
        assert.deepEqual(await history(), {
          card_id: 1,
          due_date: null,
          why: ['You have not studied this card yet: it comes after the cards that are due.'],
          reviews: [],
        });
        for (const days of [0, 1, 6]) {
          clock.advance(days * 86_400);
          await call('POST', '/api/v1/study/review/1', { token, json: { quality: 4 } });
        }
        const { why, reviews, due_date } = await history();
        assert.deepEqual(why, [
          'You answered “Good” on 8 March 2026.',
          'The interval before was 6 days; times the card’s ease of 2.50, that gives 15 days.',
        ]);
        assert.deepEqual(
          reviews.map((row: Record<string, unknown>) => [row.day, row.button, row.interval_before, row.interval]),
          [
            ['2026-03-08', 'good', 6, 15],
            ['2026-03-02', 'good', 1, 6],
            ['2026-03-01', 'good', null, 1],
          ],
        );
        assert.equal(due_date, reviews[0].due_date);
        const { text, headers } = await call('GET', '/api/v1/cards/1/history.csv', { token });
        assert.match(String(headers['content-type']), /^text\/csv/);
        assert.equal(text.split('\r\n').length, 5);
        assert.match(text, /^reviewed_at,day,button,interval_before,interval,/);
      }),
    );

    test(
      'nobody’s statistics show another’s reviews, and a deck that may not be read is not there',
      onService(async (service) => {
        const { call, signUp } = service;
        const anna = await signUp('anna');
        const ben = await signUp('ben');
        await study(service, anna);
        await call('PUT', '/api/v1/decks/1', { token: anna, json: { is_public: true } });
        for (const query of ['', '?deck_id=1']) {
          const days = await call('GET', `/api/v1/stats/days${query}`, { token: ben });
          assert.equal(
            days.body.days.reduce((sum: number, row: { reviews: number }) => sum + row.reviews, 0),
            0,
          );
          const { body } = await call('GET', `/api/v1/stats/today${query}`, { token: ben });
          assert.deepEqual([body.reviews, body.left, body.streak.longest], [0, 0, 0]);
        }
        assert.deepEqual((await call('GET', '/api/v1/cards/1/history', { token: ben })).body.reviews, []);
        for (const panel of PANELS) {
          for (const suffix of ['', '.csv'])
            assert.equal((await call('GET', `/api/v1/stats/${panel}${suffix}?deck_id=2`, { token: ben })).status, 404, panel);
        }
        assert.equal((await call('GET', '/api/v1/cards/6/history', { token: ben })).status, 404);
        assert.equal((await call('GET', '/api/v1/stats/today?deck_id=99999999999999999999', { token: ben })).status, 404);
        const wrong = await call('GET', '/api/v1/stats/today?zone=Mars/Olympus', { token: ben });
        assert.deepEqual([wrong.status, wrong.body.code], [400, 'FC_BAD_REQUEST']);
        assert.match(wrong.body.hint, /Europe\/Berlin/);
        assert.equal((await call('GET', '/api/v1/stats/today?rollover=24', { token: ben })).status, 422);
        assert.equal((await call('GET', '/api/v1/stats/days?range=decade', { token: ben })).status, 422);
      }),
    );

    test(
      'the counts are what the log says: kept by each review, found where they are not, and made anew by the revision and the command',
      onService(async (service) => {
        const { database, signUp } = service;
        await study(service, await signUp('anna'));
        const counts = () =>
          database.read(({ kysely }) =>
            kysely
              .selectFrom('review_counts')
              .selectAll()
              .orderBy('quarter_hour')
              .orderBy('deck_id')
              .orderBy('gap_quarters')
              .execute(),
          );
        const wrong = () => database.read((session) => wrongReviewCounts(session, 1n));
        const kept = await counts();
        const of = (name: OutcomeName) => kept.reduce((sum, row) => sum + row[name], 0);
        assert.equal(
          OUTCOMES.reduce((sum, name) => sum + of(name), 0),
          200,
        );
        assert.ok(['new_good', 'young_again', 'young_easy', 'mature_good'].every((name) => of(name as OutcomeName) > 0));
        assert.ok(kept.some((row) => row.gap_quarters < 96));
        assert.equal(await wrong(), 0);

        await database.write(({ kysely }) => kysely.updateTable('review_counts').set({ young_hard: 9 }).execute());
        assert.ok((await wrong()) > 0);
        await database.write(({ connection, engine }) => rebuildReviewCounts(connection, engine, 1n));
        assert.equal(await wrong(), 0);
        assert.deepEqual(await counts(), kept);

        // A server of the version before writes the log, and knows nothing of counts.
        await database.write(({ kysely, clock }) => {
          const reviewed_at = clock.now().plusSeconds(-3600);
          const moment = { reviewed_at, due_date: reviewed_at, next_review: reviewed_at, created_at: reviewed_at };
          const review = { user_id: 1n, card_id: 5n, ease_factor: 2.5, interval: 3, repetitions: 3, last_rating: 4 };
          return kysely
            .insertInto('study_log')
            .values({ ...review, ...moment })
            .execute();
        });
        assert.ok((await wrong()) > 0);
        assert.equal((await tidy(database)).recounted, 1);
        assert.equal(await wrong(), 0);
        assert.equal((await tidy(database)).recounted, 0);
        await database.write(({ kysely }) => kysely.deleteFrom('study_log').where('scheduler', 'is', null).execute());
        await database.write(({ connection, engine }) => rebuildReviewCounts(connection, engine, 1n));
        assert.deepEqual(await counts(), kept);

        const run = { engine: database.engine, revisions, clock: systemClock() };
        await downgrade(run, '0001');
        await upgrade(run);
        assert.deepEqual(await counts(), kept);
        assert.equal(await wrong(), 0);
      }),
    );
  });
}
