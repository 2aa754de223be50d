import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compareWithLog } from '../../src/db/stores/replayed-state.ts';
import { wrongReviewCounts } from '../../src/db/stores/review-counts.ts';
import { listCardLog } from '../../src/db/stores/study.ts';
import { listStudySettings } from '../../src/db/stores/study-settings.ts';
import { tidy } from '../../src/services/housekeeping.ts';
import { everydayEngines, withCitus } from '../support/database.ts';
import { type Answer, type Service, startService } from './client.ts';

const DAY = 86_400;

/** One student with a deck of basic notes, each with a tag. */
async function begin(service: Service, tags: readonly (readonly string[])[], settings: object = {}) {
  const { call, signUp } = service;
  const token = await signUp('anna');
  const ok = async (method: string, url: string, json?: object, headers: Record<string, string> = {}) => {
    const answer = await call(method, `/api/v1/${url}`, { token, headers, ...(json === undefined ? {} : { json }) });
    assert.ok(answer.status < 300, `${method} ${url}: ${answer.text}`);
    return answer.body;
  };
  await ok('PUT', 'study/settings', settings);
  await ok('POST', 'decks/', { name: 'Torts' });
  for (const [index, own] of tags.entries()) {
    const fields = [
      { name: 'Front', value: `q${index + 1}` },
      { name: 'Back', value: 'a' },
    ];
    await ok('POST', 'notes/', { deck_id: 1, type: 'basic', fields, tags: own });
  }
  return {
    token,
    ok,
    raw: (method: string, url: string, json?: object): Promise<Answer> =>
      call(method, `/api/v1/${url}`, { token, ...(json === undefined ? {} : { json }) }),
    queue: (limit = 100) => ok('GET', `study/queue/1?limit=${limit}`),
    review: (card: number, grade: number, more: object = {}) => ok('POST', `study/review/${card}`, { grade, ...more }),
    /** Answers Good until it has left the steps of minutes. */
    learn: async (card: number, grade: number) => {
      for (let given = grade; ; given = 3) {
        const { new_interval } = await ok('POST', `study/review/${card}`, { grade: given });
        if (new_interval > 0) return;
        service.clock.advance(700);
      }
    },
    exam: (more: object = {}) => ok('POST', 'exams/', { name: 'Bar', date: '2026-03-11', deck_ids: [1], ...more }),
  };
}

const untagged = (count: number): string[][] => Array.from({ length: count }, () => []);
const ids = (cards: readonly { id: number }[]) => cards.map(({ id }) => id);

/** Whatever happened: each card stands where its log leads, and what is counted is what the log says. */
async function assertTrue({ database }: Service): Promise<void> {
  await database.read(async (session) => {
    const states = await session.kysely.selectFrom('card_state').selectAll().execute();
    for (const state of states) {
      const log = await listCardLog(session, state.user_id, state.card_id);
      const { columns } = compareWithLog(state.card_id, state, log, await listStudySettings(session, state.user_id));
      assert.deepEqual(columns, [], `card ${state.card_id}`);
      assert.equal(await wrongReviewCounts(session, state.user_id), 0);
    }
  });
}

for (const target of withCitus(everydayEngines())) {
  describe(`exams on ${target.name}`, { skip: target.skip }, () => {
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
      'the plan is shown before an exam is kept, keeps nothing, and is the one shown afterwards',
      onService(async (service) => {
        const { ok, exam, raw, learn } = await begin(service, untagged(40));
        for (let card = 1; card <= 10; card++) await learn(card, 3);
        const asked = { date: '2026-03-31', deck_ids: [1], target_recall: 0.9, minutes_per_day: 10 };
        const plan = await ok('POST', 'exams/plan', asked);
        assert.deepEqual(await ok('GET', 'exams/'), []);
        assert.deepEqual([plan.cards, plan.new_cards, plan.days_left, plan.days.length], [40, 30, 30, 30]);
        const { untouched, usual, planned } = plan.expected;
        assert.ok(untouched < 0.25 && usual > untouched && planned > untouched && planned <= 1, JSON.stringify(plan.expected));
        assert.ok(plan.days.every(({ minutes }: { minutes: number }) => minutes <= 10));
        assert.deepEqual([plan.days[0].day, plan.days[29].day], ['2026-03-01', '2026-03-30']);
        assert.deepEqual(
          plan.decks.map(({ deck_id, name, cards }: { deck_id: number; name: string; cards: number }) => [deck_id, name, cards]),
          [[1, 'Torts', 40]],
        );
        const kept = await exam(asked);
        assert.deepEqual([kept.days_left, kept.is_running, kept.date], [30, true, '2026-03-31']);
        assert.deepEqual(await ok('GET', `exams/${kept.id}/plan`), plan);

        // One minute a day is not enough, and it is said what would be.
        const little = await ok('POST', 'exams/plan', { ...asked, date: '2026-03-06', minutes_per_day: 1 });
        assert.equal(little.is_reached, false);
        assert.ok(little.minutes_needed === null || little.minutes_needed > 1);

        service.clock.advance(31 * DAY);
        const over = await raw('GET', `exams/${kept.id}/plan`);
        assert.deepEqual([over.status, over.body.code], [409, 'FC_CONFLICT']);
        assert.equal((await ok('GET', `exams/${kept.id}`)).is_running, false);
      }),
    );

    test(
      'an exam asks as many new cards as its days need, within its minutes; after its day everything is as it was',
      onService(async (service) => {
        const { queue, exam, ok, review } = await begin(service, untagged(40), { new_per_day: 5 });
        assert.equal((await queue()).counts.new, 5);
        // Two days: all are to be seen today. Fifteen minutes are 36 cards of 25 seconds each.
        const { id } = await exam({ date: '2026-03-03', minutes_per_day: 15 });
        const asked = await queue();
        assert.equal(asked.counts.new, 36);
        assert.deepEqual(
          ids(asked.cards),
          Array.from({ length: 36 }, (_, index) => index + 1),
        );
        assert.equal((await queue(7)).cards.length, 7);
        // What was answered takes its part of the minutes: ten of them are five left.
        await review(1, 4, { duration_ms: 300_000 });
        await review(2, 4, { duration_ms: 300_000 });
        assert.equal((await queue()).counts.new, 12);
        // Ended before its day, or after it: the limits of the settings hold.
        await ok('PUT', `exams/${id}`, { is_ended: true });
        assert.equal((await queue()).counts.new, 3);
        await ok('PUT', `exams/${id}`, { is_ended: false });
        assert.equal((await queue()).counts.new, 12);
        service.clock.advance(2 * DAY);
        assert.ok((await queue()).counts.new > 5, 'on the exam day it still decides');
        service.clock.advance(DAY);
        assert.equal((await queue()).counts.new, 5);
        await assertTrue(service);
      }),
    );

    test(
      'what raises the expected recall most is asked first, and what is due after the exam is brought forward in the last days',
      onService(async (service) => {
        const { queue, exam, learn, review } = await begin(service, untagged(6), { has_fuzz: false });
        await learn(1, 4);
        await learn(2, 3);
        await learn(3, 1);
        await exam({ date: '2026-03-05', target_recall: 0.97, minutes_per_day: 60 });
        service.clock.advance(3 * DAY);
        // New ones are worth most, then what is known least; the card that is due on the ninth comes forward.
        assert.deepEqual(ids((await queue()).cards), [4, 5, 6, 3, 2, 1]);
        const before = (await queue()).cards.find((card: { id: number }) => card.id === 1);
        assert.equal(before.due_date, '2026-03-09T04:00:00');
        // It is a real review: the card goes on from there, and the exam does not ask it again today.
        const answer = await review(1, 3);
        assert.ok(answer.new_interval >= 8);
        assert.deepEqual(ids((await queue()).cards), [4, 5, 6, 3, 2]);
        // Without the exam nothing of this is asked but what is due.
        service.clock.advance(2 * DAY);
        assert.ok(!ids((await queue()).cards).includes(1));
        await assertTrue(service);
      }),
    );

    test(
      'an exam of a tag speaks for its cards alone: the others keep the limits of the day',
      onService(async (service) => {
        const tags = [...Array.from({ length: 10 }, () => ['law::torts']), ...Array.from({ length: 10 }, () => ['lawful'])];
        const { queue, exam, ok } = await begin(service, tags, { new_per_day: 3 });
        const { id } = await exam({ date: '2026-03-02', deck_ids: [1], tags: ['law'], minutes_per_day: 60 });
        const { counts, cards } = await queue();
        assert.equal(counts.new, 13);
        assert.deepEqual(ids(cards), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
        assert.equal((await ok('GET', `exams/${id}/plan`)).cards, 10);
        // A tag without decks means those that the student keeps.
        await ok('PUT', `exams/${id}`, { deck_ids: [] });
        assert.equal((await ok('GET', `exams/${id}/plan`)).cards, 10);
        // Cards that were set aside are in no exam.
        await ok('PUT', 'study/marks/1', { is_suspended: true });
        assert.equal((await ok('GET', `exams/${id}/plan`)).cards, 9);
        assert.deepEqual(ids((await queue()).cards).slice(0, 2), [2, 3]);
      }),
    );

    test(
      'a change of an exam and its deletion are taken back like any other, and only while nothing was changed since',
      onService(async (service) => {
        const { exam, ok, raw, token } = await begin(service, untagged(1));
        const { id } = await exam({ minutes_per_day: 20, tags: ['x'] });
        const first = await ok('GET', `exams/${id}`);
        const changed = await raw('PUT', `exams/${id}`, { name: 'Finals', minutes_per_day: 40, tags: [], is_ended: true });
        assert.deepEqual([changed.body.name, changed.body.is_ended, changed.body.tags], ['Finals', true, []]);
        const gone = await raw('DELETE', `exams/${id}`);
        assert.deepEqual([gone.status, (await raw('GET', `exams/${id}`)).status], [204, 404]);
        const undo = (answer: Answer) =>
          service.call('POST', `/api/v1/operations/${answer.headers['x-operation']}/undo`, { token });
        assert.equal((await undo(changed)).body.code, 'FC_CHANGED_MEANWHILE');
        assert.equal((await undo(gone)).status, 200);
        assert.deepEqual((await ok('GET', `exams/${id}`)).name, 'Finals');
        assert.equal((await undo(changed)).status, 200);
        assert.deepEqual(await ok('GET', `exams/${id}`), first);
        // An ended one that is changed comes back as ended.
        await raw('PUT', `exams/${id}`, { is_ended: true });
        const open = await raw('PUT', `exams/${id}`, { is_ended: false });
        assert.equal((await undo(open)).status, 200);
        assert.equal((await ok('GET', `exams/${id}`)).is_ended, true);
        await raw('DELETE', `exams/${id}`);
        service.clock.advance(32 * DAY);
        await tidy(service.database);
        assert.equal(
          await service.database.read(async ({ kysely }) => (await kysely.selectFrom('exam').selectAll().execute()).length),
          0,
        );
      }),
    );

    test(
      'an exam is its student’s own, and of decks they may read; what makes no sense is refused in words',
      onService(async (service) => {
        const { exam, raw } = await begin(service, untagged(2));
        const { id } = await exam();
        const other = await service.signUp('ben');
        const asBen = async (method: string, url: string, json?: object) =>
          (await service.call(method, `/api/v1/${url}`, { token: other, ...(json === undefined ? {} : { json }) })).status;
        for (const [method, url, json] of [
          ['GET', `exams/${id}`],
          ['GET', `exams/${id}/plan`],
          ['PUT', `exams/${id}`, { name: 'mine' }],
          ['DELETE', `exams/${id}`],
          ['GET', `study/cram?exam_id=${id}`],
          ['GET', 'study/cram?deck_id=1'],
          ['POST', 'exams/', { name: 'x', date: '2026-03-11', deck_ids: [1] }],
          ['POST', 'exams/plan', { date: '2026-03-11', deck_ids: [1] }],
          ['POST', 'study/cram/1', { grade: 3 }],
        ] as const)
          assert.equal(await asBen(method, url, json), 404, `${method} ${url}`);
        assert.deepEqual((await service.call('GET', '/api/v1/exams/', { token: other })).body, []);
        const good = { name: 'x', date: '2026-03-11', deck_ids: [1] };
        for (const [json, says] of [
          [{ ...good, date: '2026-02-30' }, /no date/],
          [{ ...good, date: '2026-02-28' }, /over/],
          [{ ...good, date: '2027-06-01' }, /more than a year/],
          [{ ...good, deck_ids: [] }, /a deck or a tag/],
          [{ ...good, name: '  ' }, /name/],
        ] as const) {
          const answer = await raw('POST', 'exams/', json);
          assert.equal(answer.status, 422, answer.text);
          assert.match(answer.text, says);
        }
        assert.equal((await raw('POST', 'exams/', { ...good, target_recall: 1 })).status, 422);
        assert.equal((await raw('POST', 'exams/', { ...good, minutes_per_day: 0 })).status, 422);
        assert.equal((await raw('GET', 'study/cram')).status, 400);
        // The name of today's exam may change, its day is left alone.
        service.clock.advance(40 * DAY);
        assert.equal((await raw('PUT', `exams/${id}`, { name: 'Was the bar' })).status, 200);
      }),
    );

    test(
      'cramming goes from the least known card on, logs every answer, and moves no date, no limit and no figure',
      onService(async (service) => {
        const { ok, raw, learn, queue, review, token } = await begin(service, [['a'], ['a'], ['b'], []], { has_fuzz: false });
        await learn(1, 4);
        await learn(2, 1);
        await learn(3, 3);
        service.clock.advance(DAY);
        const before = await queue();
        const today = await ok('GET', 'stats/today');
        const { total, cards } = await ok('GET', 'study/cram?deck_id=1');
        assert.deepEqual([total, ids(cards)], [4, [2, 3, 1, 4]]);
        assert.ok(cards[0].recall < cards[1].recall && cards[1].recall < cards[2].recall);
        assert.deepEqual([cards[3].recall, cards[0].tags, cards[0].deck_name], [null, ['a'], 'Torts']);
        const cram = (card: number, grade: number, key: string) =>
          service.call('POST', `/api/v1/study/cram/${card}`, {
            token,
            json: { grade, duration_ms: 4000 },
            headers: { 'idempotency-key': key },
          });
        const first = await cram(2, 1, 'k1');
        assert.deepEqual([first.status, first.body.grade], [200, 1]);
        assert.equal(
          first.body.due_date,
          before.cards.find(({ id }: { id: number }) => id === 2)?.due_date ?? first.body.due_date,
        );
        assert.deepEqual((await cram(2, 1, 'k1')).body, first.body);
        assert.equal((await cram(2, 3, 'k1')).status, 409);
        assert.equal((await cram(1, 1, 'k1')).status, 409);
        await cram(1, 1, 'k2');
        await cram(4, 3, 'k3');
        assert.equal((await cram(4, 3, 'k3')).body.due_date, null);
        const kinds = await service.database.read(({ kysely }) =>
          kysely.selectFrom('study_log').select(['card_id', 'grade']).where('kind', '=', 'cram').orderBy('id').execute(),
        );
        assert.deepEqual(
          kinds.map(({ card_id, grade }) => [card_id, grade]),
          [
            [2n, 1],
            [1n, 1],
            [4n, 3],
          ],
        );
        // Everything else is as if nobody had crammed.
        const after = await queue();
        assert.deepEqual([after.counts, ids(after.cards)], [before.counts, ids(before.cards)]);
        const withoutTime = (card: { previews: unknown }) => ({ ...card, previews: undefined });
        assert.deepEqual(
          after.cards.filter(({ id }: { id: number }) => id !== 4).map(withoutTime),
          before.cards.filter(({ id }: { id: number }) => id !== 4).map(withoutTime),
        );
        assert.deepEqual(await ok('GET', 'stats/today'), today);
        assert.deepEqual(ids((await ok('GET', 'study/cram?deck_id=1')).cards), [2, 3, 1, 4]);
        assert.ok(!(await ok('GET', 'cards/1/history')).reviews.some(({ seconds }: { seconds: number | null }) => seconds === 4));
        // A key of a cram is no key of a review, and there is nothing of it to take back.
        const same = await service.call('POST', '/api/v1/study/review/2', {
          token,
          json: { grade: 1 },
          headers: { 'idempotency-key': 'k1' },
        });
        assert.equal(same.status, 409);
        assert.equal((await raw('POST', 'study/undo/2', { review_id: 'k1' })).status, 409);
        // The next real answer goes on from the last real one.
        await review(4, 3);
        await review(1, 3);
        assert.equal((await queue(0)).counts.new, before.counts.new - 1);
        await assertTrue(service);
      }),
    );

    test(
      'a plan of many cards is made beside the server, which answers others meanwhile',
      onService(async (service) => {
        const { ok, token } = await begin(service, []);
        await service.database.write(async (session) => {
          const now = session.clock.now();
          for (let from = 0; from < 6000; from += 500) {
            const rows = Array.from({ length: 500 }, (_, index) => ({
              deck_id: 1n,
              front: `q${from + index}`,
              back: 'a',
              created_at: now,
              updated_at: now,
            }));
            await session.kysely.insertInto('card').values(rows).execute();
          }
        });
        let isMade = false;
        const plan = ok('POST', 'exams/plan', { date: '2026-05-30', deck_ids: [1], minutes_per_day: 60 }).then((made) => {
          isMade = true;
          return made;
        });
        let asked = 0;
        while (!isMade) {
          assert.equal((await service.call('GET', '/api/v1/decks/', { token })).status, 200);
          asked++;
          // A turn of the event loop, in which the thread's answer can come.
          await new Promise((done) => setTimeout(done, 1));
        }
        assert.ok(asked > 3, `${asked} answers while the plan was made`);
        const made = await plan;
        assert.equal(made.cards, 6000);
        assert.ok(made.expected.planned > 0.5);
      }),
    );
  });
}
