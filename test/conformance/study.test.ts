import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { loggedReviewOf, standingOfState } from '../../src/db/stores/standing.ts';
import { listStudySettings } from '../../src/db/stores/study-settings.ts';
import { replay, standingAfter } from '../../src/study/replay.ts';
import { review as sm2 } from '../../src/study/sm2.ts';
import { storageForms, withCitus } from '../support/database.ts';
import { type Service, startService } from './client.ts';

const DAY = 86_400;

interface Preview {
  readonly grade: number;
  readonly phase: string;
  readonly interval: number;
  readonly seconds: number;
}

/** One student with a deck of cards, on a service of an engine. */
async function begin(service: Service, cards: number, settings: object = {}) {
  const { call, signUp } = service;
  const token = await signUp('anna');
  if (Object.keys(settings).length > 0) await call('PUT', '/api/v1/study/settings', { token, json: settings });
  await call('POST', '/api/v1/decks/', { token, json: { name: 'Torts' } });
  for (let i = 0; i < cards; i++)
    await call('POST', '/api/v1/cards/', { token, json: { deck_id: 1, front: `q${i}`, back: 'a' } });
  const ok = async (method: string, url: string, json?: object, headers: Record<string, string> = {}) => {
    const answer = await call(method, `/api/v1/study/${url}`, { token, headers, ...(json === undefined ? {} : { json }) });
    assert.equal(answer.status, 200, `${method} ${url}: ${answer.text}`);
    return answer.body;
  };
  return {
    token,
    ok,
    queue: (limit = 20) => ok('GET', `queue/1?limit=${limit}`),
    review: (card: number, grade: number, key?: string, more: object = {}) =>
      ok('POST', `review/${card}`, { grade, ...more }, key === undefined ? {} : { 'idempotency-key': key }),
    status: async (method: string, url: string, json: object) =>
      (await call(method, `/api/v1/study/${url}`, { token, json })).status,
  };
}

/** Every card's stored standing is the replay of its log, and each row of the log is what the replay finds. */
async function assertReplays({ database }: Service): Promise<number> {
  return database.read(async (session) => {
    const { kysely } = session;
    const states = await kysely.selectFrom('card_state').selectAll().execute();
    for (const state of states) {
      const log = await kysely
        .selectFrom('study_log')
        .selectAll()
        .where('user_id', '=', state.user_id)
        .where('card_id', '=', state.card_id)
        .orderBy('reviewed_at')
        .orderBy('id')
        .execute();
      const settings = await listStudySettings(session, state.user_id);
      const rows = log.map(loggedReviewOf);
      const history = replay(
        state.card_id,
        rows,
        (version) => settings.get(version),
        ({ row, standing }) => {
          if (row.scheduler === undefined) return;
          const { answeredAt: _, lastRating: __, ...after } = standing;
          assert.deepEqual(row.after, after);
        },
      );
      assert.deepEqual(standingOfState(state), standingAfter(history), `card ${state.card_id}`);
    }
    return states.length;
  });
}

for (const target of withCitus(storageForms())) {
  describe(`studying on ${target.name}`, { skip: target.skip }, () => {
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
      'a new student learns by FSRS-6: what a button promises is what its answer gives, from the first minute to months',
      onService(async (service) => {
        const { queue, review } = await begin(service, 2);
        const first = await queue();
        assert.deepEqual(first.counts, { new: 2, learning: 0, due: 0 });
        assert.deepEqual(first.cards[0].previews.map(({ seconds, phase }: Preview) => [seconds, phase]).slice(0, 3), [
          [60, 'learning'],
          [360, 'learning'],
          [600, 'learning'],
        ]);
        let { previews } = first.cards[0];
        let phase = 'new';
        for (const grade of [3, 3, 3, 1, 3, 2, 4, 3]) {
          const answer = await review(1, grade);
          const promised = previews[grade - 1];
          assert.deepEqual([answer.phase, answer.new_interval], [promised.phase, promised.interval], `${phase} ${grade}`);
          // To the second: the test's clock rises a microsecond a look.
          const { now } = await queue();
          const wait = Date.parse(`${answer.next_due_date}Z`) - Date.parse(`${now}Z`);
          assert.ok(Math.abs(wait / 1000 - promised.seconds) <= 1, `${wait} for ${promised.seconds}`);
          service.clock.advance(promised.seconds + 1);
          const [card] = (await queue()).cards.filter(({ id }: { id: number }) => id === 1);
          assert.equal(card.phase, answer.phase);
          ({ previews, phase } = card);
        }
        const { cards } = await queue();
        assert.ok(cards.find(({ id }: { id: number }) => id === 1).interval > 20);
        await assertReplays(service);
      }),
    );

    test(
      'the queue has learning cards first, then due, then new ones, and those whose minutes are nearly over last',
      onService(async (service) => {
        const { queue, review } = await begin(service, 4, { has_fuzz: false });
        await review(1, 4);
        service.clock.advance(9 * DAY);
        await review(2, 1);
        await review(3, 3);
        service.clock.advance(61);
        const { cards, counts, next_due, now } = await queue();
        assert.deepEqual(
          cards.map((card: { id: number }) => card.id),
          [2, 1, 4, 3],
        );
        assert.deepEqual(counts, { new: 1, learning: 2, due: 1 });
        assert.equal(Math.round((Date.parse(`${next_due}Z`) - Date.parse(`${now}Z`)) / 1000), 539);
        const two = await queue(2);
        assert.deepEqual([two.cards.length, two.counts], [2, counts]);
      }),
    );

    test(
      'the day’s limits hold over all decks, follow the student’s own day, and what is taken back does not count',
      onService(async (service) => {
        // 09:00 in UTC is 23:00 in Honolulu, five hours before the next study day.
        const { ok, queue, review } = await begin(service, 6, { new_per_day: 2, time_zone: 'Pacific/Honolulu' });
        assert.deepEqual((await queue()).counts, { new: 2, learning: 0, due: 0 });
        await review(1, 4);
        assert.equal((await queue()).counts.new, 1);
        await ok('POST', 'undo/1', {});
        assert.equal((await queue()).counts.new, 2);
        await review(1, 4);
        await review(2, 4);
        assert.deepEqual([(await queue()).counts.new, (await queue()).cards], [0, []]);
        service.clock.advance(4 * 3600);
        assert.equal((await queue()).counts.new, 0);
        service.clock.advance(2 * 3600);
        assert.equal((await queue()).counts.new, 2);
        await ok('PUT', 'settings', { reviews_per_day: 1, new_per_day: 0 });
        service.clock.advance(20 * DAY);
        assert.deepEqual((await queue()).counts, { new: 0, learning: 0, due: 1 });
        await review(1, 3);
        assert.deepEqual((await queue()).counts, { new: 0, learning: 0, due: 0 });
      }),
    );

    test(
      'an answer is taken back once: the card, the counters and the queue are as before, and the log keeps every row',
      onService(async (service) => {
        const { ok, queue, review, status, token } = await begin(service, 1, { has_fuzz: false });
        const stored = async () => {
          const [state] = await service.database.read((session) => session.kysely.selectFrom('card_state').selectAll().execute());
          const { last_reviewed_at: _, standing_at: __, ...rest } = state as NonNullable<typeof state>;
          const counters = await service.call('GET', '/api/v1/decks/1/metadata', { token });
          return { rest, total: counters.body.total_reviews, average: counters.body.average_rating };
        };
        await review(1, 4, 'first');
        service.clock.advance(8 * DAY);
        const before = await stored();
        const shown = await queue();
        await review(1, 1, 'second');
        const undone = await ok('POST', 'undo/1', { review_id: 'second' }, { 'idempotency-key': 'back' });
        assert.deepEqual([undone.phase, undone.interval, undone.lapses], ['review', 8, 0]);
        assert.deepEqual(await stored(), before);
        assert.deepEqual((await queue()).cards, shown.cards);
        const again = await ok('POST', 'undo/1', { review_id: 'second' }, { 'idempotency-key': 'back' });
        assert.deepEqual(again, undone, 'a retry gets its first answer');
        assert.equal(await status('POST', 'undo/1', { review_id: 'second' }), 409, 'only the last one');
        assert.equal(await status('POST', 'undo/1', { review_id: 'unknown' }), 404);
        const retried = await review(1, 1, 'second');
        assert.equal(retried.lapses, 1, 'a late retry of what was taken back records nothing');
        assert.deepEqual(await stored(), before);
        // All the way back to a card never studied, and on from there.
        await ok('POST', 'undo/1', { review_id: 'first' });
        assert.deepEqual((await queue()).counts, { new: 1, learning: 0, due: 0 });
        assert.equal((await queue()).cards[0].phase, 'new');
        assert.equal(await status('POST', 'undo/1', {}), 409, 'nothing left');
        await review(1, 3);
        await assertReplays(service);
        const kinds = await service.database.read(({ kysely }) =>
          kysely.selectFrom('study_log').select('kind').orderBy('reviewed_at').execute(),
        );
        assert.deepEqual(
          kinds.map(({ kind }) => kind),
          ['new', 'review', 'undo', 'undo', 'new'],
        );
      }),
    );

    test(
      'an answer given without a connection counts when it was given, also before one that came earlier',
      onService(async (service) => {
        const { review, status } = await begin(service, 3, { has_fuzz: false });
        const at = (seconds: number) => service.clock.now().plusSeconds(seconds);
        service.clock.advance(10 * DAY);
        const late = at(-3600).toApi();
        const answer = await review(1, 3, 'late', { answered_at: `${late}Z`, duration_ms: 900_000 });
        const rows = () =>
          service.database.read(({ kysely }) => kysely.selectFrom('study_log').selectAll().orderBy('id').execute());
        const [first] = await rows();
        assert.equal(first?.reviewed_at.toApi(), late);
        assert.ok((first?.created_at.micros as bigint) > (first?.reviewed_at.micros as bigint) + 3_599_000_000n);
        assert.equal(first?.duration_ms, 300_000);
        assert.equal(Date.parse(`${answer.next_due_date}Z`), Date.parse(`${late}Z`) + 600_000);
        const earlier = at(-7200).toApi();
        await review(1, 3, 'earlier', { answered_at: `${earlier}Z` });
        await review(2, 3, 'ahead', { answered_at: `${at(60).toApi()}Z` });
        const [again, second, ahead] = await rows();
        assert.deepEqual([again?.id, again?.reviewed_at, again?.kind], [first?.id, first?.reviewed_at, 'learn']);
        assert.deepEqual([second?.reviewed_at.toApi(), second?.kind], [earlier, 'new']);
        assert.ok(ahead?.reviewed_at.isBefore(service.clock.now()), 'a clock that is a minute ahead leads nobody');
        assert.equal(await status('POST', 'review/1', { grade: 3, answered_at: 'yesterday' }), 422);
        for (const wrong of [{}, { grade: 0 }, { grade: 5 }, { grade: 1, quality: 4 }]) {
          assert.ok([400, 422].includes(await status('POST', 'review/1', wrong)), JSON.stringify(wrong));
        }
        await assertReplays(service);
      }),
    );

    test(
      'an undo made without a connection stands where it was made: what was answered after it keeps its own day',
      onService(async (service) => {
        const { ok, review, status, token } = await begin(service, 1, { has_fuzz: false });
        const monday = service.clock.now();
        const at = (seconds: number) => `${monday.plusSeconds(seconds).toApi()}Z`;
        // On the train: answered, taken back, answered otherwise. All of it arrives on the next day, when nothing else is studied.
        service.clock.advance(DAY);
        await review(1, 1, 'slip', { answered_at: at(60) });
        await ok('POST', 'undo/1', { review_id: 'slip', undone_at: at(65) }, { 'idempotency-key': 'back' });
        await review(1, 4, 'meant', { answered_at: at(70) });
        const { body: days } = await service.call('GET', '/api/v1/stats/days', { token });
        assert.deepEqual(
          days.days.map(({ day, reviews, easy }: Record<string, unknown>) => [day, reviews, easy]),
          [['2026-03-01', 1, 1]],
        );
        const { body: today } = await service.call('GET', '/api/v1/stats/today', { token });
        assert.deepEqual(today.streak, { current: 1, longest: 1, freezes: 0, frozen: [], has_studied_today: false });
        const log = () =>
          service.database.read(({ kysely }) =>
            kysely.selectFrom('study_log').select(['reviewed_at', 'created_at']).orderBy('id').execute(),
          );
        assert.deepEqual(
          (await log()).map(({ reviewed_at }) => `${reviewed_at.toApi()}Z`),
          [at(60), at(65), at(70)],
        );
        // A clock that is ahead or stopped neither leads nor passes the answer it takes back.
        await ok('POST', 'undo/1', { undone_at: '1970-01-01T00:00:00Z' });
        assert.equal((await log()).at(-1)?.reviewed_at.micros, (monday.plusSeconds(70).micros as bigint) + 1n);
        await review(1, 3, 'later');
        await ok('POST', 'undo/1', { undone_at: '2100-01-01T00:00:00Z' });
        assert.ok((await log()).at(-1)?.reviewed_at.isBefore(service.clock.now()));
        assert.equal(await status('POST', 'undo/1', { undone_at: 'yesterday' }), 422);
        await assertReplays(service);
      }),
    );

    test(
      'a retried undo gets its first answer also when the card has been deleted since; another one is told there is no card',
      onService(async (service) => {
        const { review, token } = await begin(service, 1);
        await review(1, 3, 'one');
        const send = (key: string) =>
          service.call('POST', '/api/v1/study/undo/1', {
            token,
            json: { review_id: 'one' },
            headers: { 'idempotency-key': key },
          });
        const first = await send('back');
        assert.equal(first.status, 200);
        await service.call('DELETE', '/api/v1/cards/1', { token });
        assert.deepEqual([(await send('back')).status, (await send('back')).text], [200, first.text]);
        assert.equal((await send('other')).status, 404);
        const ben = await service.signUp('ben');
        const stranger = await service.call('POST', '/api/v1/study/undo/1', {
          token: ben,
          json: { review_id: 'one' },
          headers: { 'idempotency-key': 'back' },
        });
        assert.equal(stranger.status, 404);
      }),
    );

    test(
      'a retry gets its first answer to the byte, whatever settings and answers have come since',
      onService(async (service) => {
        const { ok, review, token } = await begin(service, 1);
        const send = () =>
          service.call('POST', '/api/v1/study/review/1', {
            token,
            json: { grade: 3 },
            headers: { 'idempotency-key': 'one' },
          });
        const first = await send();
        await ok('PUT', 'settings', { scheduler: 'sm2', desired_retention: 0.8, learning_steps: '5m' });
        await review(1, 1);
        service.clock.advance(DAY);
        assert.equal((await send()).text, first.text);
      }),
    );

    test(
      'a history of SM-2 keeps its dates when its student takes FSRS, and goes on from what it knows',
      onService(async (service) => {
        const { ok, queue, review } = await begin(service, 2);
        // As release 0.1 wrote it, and as an adopted database has it.
        let state = { easeFactor: 2.5, interval: 0, repetitions: 0 };
        let time = service.clock.now().plusDays(-40);
        await service.database.write(async ({ kysely }) => {
          for (const quality of [4, 4, 4]) {
            state = { ...sm2(state, quality) };
            const due = time.plusDays(state.interval);
            const shared = {
              user_id: 1n,
              card_id: 1n,
              ease_factor: state.easeFactor,
              interval: state.interval,
              repetitions: state.repetitions,
              last_rating: quality,
              next_review: due,
            };
            await kysely
              .insertInto('study_log')
              .values({ ...shared, reviewed_at: time, due_date: due, created_at: time })
              .execute();
            await kysely.deleteFrom('card_state').execute();
            await kysely
              .insertInto('card_state')
              .values({ ...shared, last_reviewed_at: time, review_count: state.repetitions })
              .execute();
            time = due;
          }
        });
        // Their schedule changes hands only when they say so.
        assert.equal((await ok('GET', 'settings')).scheduler, 'sm2');
        const [before] = (await queue()).cards;
        assert.deepEqual(
          [before.id, before.scheduler, before.previews[2].interval],
          [1, 'sm2', Math.round(state.interval * 2.5)],
        );
        await ok('PUT', 'settings', { scheduler: 'fsrs-6' });
        const [after] = (await queue()).cards;
        assert.deepEqual([after.id, after.due_date, after.interval], [1, before.due_date, before.interval]);
        assert.ok(after.stability > 10 && after.difficulty >= 1);
        const answer = await review(1, 3);
        assert.deepEqual([answer.new_interval, answer.phase], [after.previews[2].interval, 'review']);
        assert.ok(answer.stability > after.stability);
        await assertReplays(service);
        // And back: SM-2 goes on from the days that FSRS gave.
        await ok('PUT', 'settings', { scheduler: 'sm2' });
        const back = await review(1, 3);
        assert.equal(back.new_interval, Math.round(answer.new_interval * answer.new_ease_factor));
        assert.equal(back.stability, null);
        await ok('PUT', 'settings', { scheduler: 'fsrs-6' });
        await review(1, 3);
        await assertReplays(service);
      }),
    );

    test(
      'a server of release 0.1 that reviews in between is found in the log, and nothing of it is lost',
      onService(async (service) => {
        const { queue, review } = await begin(service, 1, { has_fuzz: false });
        await review(1, 4);
        service.clock.advance(8 * DAY);
        await service.database.write(async ({ kysely, clock }) => {
          const now = clock.now();
          const held = await kysely.selectFrom('card_state').selectAll().executeTakeFirstOrThrow();
          const next = sm2({ easeFactor: held.ease_factor, interval: held.interval, repetitions: held.repetitions }, 4);
          const due = now.plusDays(next.interval);
          const shared = {
            ease_factor: next.easeFactor,
            interval: next.interval,
            repetitions: next.repetitions,
            last_rating: 4,
            next_review: due,
          };
          await kysely
            .insertInto('study_log')
            .values({ ...shared, user_id: 1n, card_id: 1n, reviewed_at: now, due_date: due, created_at: now })
            .execute();
          await kysely
            .updateTable('card_state')
            .set({ ...shared, last_reviewed_at: now, review_count: 2 })
            .execute();
        });
        service.clock.advance(30 * DAY);
        const [card] = (await queue()).cards;
        const answer = await review(1, 3);
        assert.deepEqual(answer.new_interval, card.previews[2].interval);
        assert.ok(answer.stability > 8);
        await assertReplays(service);
      }),
    );

    test(
      'settings are versions: what is left out stays, what makes no sense is refused, and nothing is kept twice',
      onService(async (service) => {
        const { ok, status } = await begin(service, 0);
        const first = await ok('GET', 'settings');
        assert.deepEqual([first.version, first.scheduler, first.time_zone, first.rollover_hour], [0, 'fsrs-6', 'UTC', 4]);
        const changed = await ok('PUT', 'settings', { time_zone: 'America/New_York', learning_steps: '2m 1h' });
        assert.deepEqual(changed, { ...first, version: 1, time_zone: 'America/New_York', learning_steps: '2m 1h' });
        assert.equal((await ok('PUT', 'settings', { learning_steps: ' 2m  1h' })).version, 1);
        for (const wrong of [
          { time_zone: 'Mars/Olympus' },
          { learning_steps: '1d' },
          { relearning_steps: '10m 1m' },
          { desired_retention: 0.5 },
          { desired_retention: 1 },
          { scheduler: 'fsrs-7' },
          { rollover_hour: 24 },
          { maximum_interval: 0 },
          { new_per_day: -1 },
        ]) {
          assert.equal(await status('PUT', 'settings', wrong), 422, JSON.stringify(wrong));
        }
        assert.equal((await ok('GET', 'settings')).version, 1);
        const both = await Promise.all([
          ok('PUT', 'settings', { new_per_day: 7 }),
          ok('PUT', 'settings', { reviews_per_day: 70 }),
        ]);
        assert.deepEqual(both.map(({ version }: { version: number }) => version).toSorted(), [2, 3]);
        const last = await ok('GET', 'settings');
        assert.deepEqual([last.new_per_day, last.reviews_per_day], [7, 70]);
      }),
    );

    test(
      'the queue says how long a card takes this student, from their own last week, and how many buttons they want',
      onService(async (service) => {
        const { ok, queue, review } = await begin(service, 12, { new_per_day: 20, has_fuzz: false });
        assert.equal((await queue()).seconds_per_card, null);
        for (let card = 1; card <= 12; card++) await review(card, 4, undefined, { duration_ms: card * 1000 });
        assert.equal((await queue()).seconds_per_card, 6.5);
        // Another answer to a card on the same day is more time for that card.
        await review(12, 4, undefined, { duration_ms: 9000 });
        await review(1, 4, undefined, { duration_ms: 9000 });
        assert.equal((await queue()).seconds_per_card, 7.5);
        service.clock.advance(9 * DAY);
        assert.equal((await queue()).seconds_per_card, null);
        assert.equal((await ok('GET', 'settings')).has_two_buttons, false);
        assert.equal((await ok('PUT', 'settings', { has_two_buttons: true })).has_two_buttons, true);
        assert.equal((await ok('PUT', 'settings', { new_per_day: 3 })).has_two_buttons, true);
        await assertReplays(service);
      }),
    );

    test(
      'a card is set aside until tomorrow or for good, and flagged, by each student for themselves',
      onService(async (service) => {
        const { ok, queue, review, status, token } = await begin(service, 3);
        const due = async () => (await service.call('GET', '/api/v1/decks/1', { token })).body.due_count;
        assert.deepEqual(await ok('PUT', 'marks/1', { is_suspended: true }), {
          card_id: 1,
          is_suspended: true,
          buried_until: null,
          flag: 0,
        });
        const { buried_until } = await ok('PUT', 'marks/2', { is_buried: true, flag: 4 });
        assert.equal(buried_until, '2026-03-02T04:00:00');
        assert.deepEqual([(await queue()).cards.map(({ id }: { id: number }) => id), await due()], [[3], 1]);
        assert.deepEqual((await service.call('GET', '/api/v1/study/session/1', { token })).body.length, 1);
        service.clock.advance(DAY);
        const [second] = (await queue()).cards;
        assert.deepEqual([second.id, second.flag, second.phase], [2, 4, 'new']);
        await ok('PUT', 'marks/1', { is_suspended: false });
        assert.equal((await queue()).counts.new, 3);
        await review(1, 3);
        assert.equal(await status('PUT', 'marks/1', { flag: 8 }), 422);
        await assertReplays(service);
      }),
    );

    test(
      'a card forgotten again and again is called a leech, and set aside where its student wants that',
      onService(async (service) => {
        const { ok, queue, review } = await begin(service, 1, { leech_threshold: 2, relearning_steps: '', has_fuzz: false });
        const told: boolean[] = [];
        await review(1, 4);
        for (let i = 0; i < 4; i++) {
          service.clock.advance(10 * DAY);
          told.push((await review(1, 1)).is_leech);
        }
        assert.deepEqual(told, [false, true, true, true]);
        await ok('PUT', 'settings', { suspends_leeches: true });
        service.clock.advance(10 * DAY);
        assert.equal((await review(1, 1)).is_leech, true);
        service.clock.advance(10 * DAY);
        assert.deepEqual((await queue()).counts, { new: 0, learning: 0, due: 0 });
        await ok('POST', 'undo/1', {});
        assert.deepEqual((await queue()).counts, { new: 0, learning: 0, due: 1 }, 'taken back, it comes again');
      }),
    );

    test(
      'the first two answers of somebody may come at once',
      onService(async (service) => {
        const { review } = await begin(service, 2);
        const answers = await Promise.all([review(1, 3), review(2, 3)]);
        assert.deepEqual(
          answers.map(({ grade }) => grade),
          [3, 3],
        );
      }),
    );
  });
}
