import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { recompute } from '../../src/services/recompute.ts';
import { afterAnswer, loadAfter, loadOf, previewsAt, settingsOf } from '../../web/src/offline/schedule.ts';
import { everydayEngines, withCitus } from '../support/database.ts';
import { type Service, startService } from './client.ts';

const DAY = 86_400;
const CARDS = 15;

/** A student whose cards were all learned on one day, who levels their days. */
async function begin(service: Service, settings: object) {
  const { call, clock } = service;
  const token = await service.signUp('anna');
  const ok = async (method: string, url: string, json?: object) => {
    const answer = await call(method, `/api/v1/${url}`, { token, ...(json === undefined ? {} : { json }) });
    assert.ok(answer.status < 300, `${method} ${url}: ${answer.text}`);
    return answer;
  };
  await ok('PUT', 'study/settings', { learning_steps: '', relearning_steps: '', new_per_day: 100, ...settings });
  await ok('POST', 'decks/', { name: 'Torts' });
  for (let card = 1; card <= CARDS; card++) await ok('POST', 'cards/', { deck_id: 1, front: `q${card}`, back: 'a' });
  for (let card = 1; card <= CARDS; card++) await ok('POST', `study/review/${card}`, { grade: 4 });
  clock.advance(10 * DAY);
  return { token, ok, queue: async () => (await ok('GET', 'study/queue/1?limit=100')).body };
}

const told = (previews: readonly { grade: number; interval: number }[]) =>
  previews.map(({ grade, interval }) => [grade, interval]);

for (const target of withCitus(everydayEngines())) {
  describe(`levelled days on ${target.name}`, { skip: target.skip }, () => {
    test('a button gives what it promised, in the browser too, whatever is answered in between; the log says the same, and an undo restores', async () => {
      const place = await target.withTables();
      const service = await startService(place);
      try {
        const { ok, queue } = await begin(service, { has_load_balance: true, weekday_loads: [100, 100, 100, 100, 100, 50, 0] });
        const asked = await queue();
        assert.equal(asked.cards.length, CARDS);
        assert.equal(asked.load.cards.length, 90);
        const rules = settingsOf(asked);
        let load = loadOf(asked);
        const at = Date.parse(`${asked.now}Z`);
        // The page, from what it was given: first as the server, then by what its own round has given.
        for (const card of asked.cards) assert.deepEqual(told(previewsAt(card, rules, at, load)), told(card.previews));
        // Without a promise, what the newest preview says is given.
        const [first, ...rest] = asked.cards;
        const { body: unpromised } = await ok('POST', `study/review/${first.id}`, { grade: 3 });
        assert.equal(unpromised.new_interval, first.previews[2].interval);
        const given = new Map<number, number>();
        for (const [index, card] of rest.entries()) {
          const grade = index % 3 === 0 ? 4 : 3;
          const interval = previewsAt(card, rules, at, load).find((preview) => preview.grade === grade)?.interval as number;
          const after = afterAnswer(card, grade, rules, at, interval);
          assert.equal(after.interval, interval);
          load = loadAfter(load, after, rules);
          const { body } = await ok('POST', `study/review/${card.id}`, { grade, interval });
          assert.deepEqual([body.new_interval, body.next_due_date], [interval, after.due_date]);
          // Sundays are spared: nothing falls there that could fall elsewhere.
          assert.notEqual(new Date(`${body.next_due_date}Z`).getUTCDay(), 0);
          given.set(card.id, interval);
        }
        // One that no answer may give is not given.
        const [last] = rest;
        await ok('POST', `study/undo/${last.id}`, {});
        const { body: refused } = await ok('POST', `study/review/${last.id}`, { grade: 4, interval: 5000 });
        assert.ok(refused.new_interval < 500);
        await ok('POST', `study/undo/${last.id}`, {});
        // An undo of a later answer leaves the levelled one as it was given.
        const [, other] = rest;
        const before = await ok('GET', `cards/${other.id}/history`);
        service.clock.advance(60);
        await ok('POST', `study/review/${other.id}`, { grade: 1 });
        await ok('POST', `study/undo/${other.id}`, {});
        const after = await ok('GET', `cards/${other.id}/history`);
        assert.deepEqual(after.body.due_date ?? after.body.card, before.body.due_date ?? before.body.card);
        // One that comes late from a train keeps what its button said, and the answers after it theirs.
        const [, , third] = rest;
        service.clock.advance(3600);
        await ok('POST', `study/review/${third.id}`, {
          grade: 3,
          answered_at: new Date(at - 3_600_000).toISOString(),
          interval: 20,
        });
        const result = await recompute(service.database, false);
        assert.deepEqual([result.differences, result.told], [0, []]);
        assert.equal(result.cards, CARDS);
      } finally {
        await service.close();
        await place.drop();
      }
    });

    test('catching up: what is overdue, ways that end by simulation, a plan that asks so many and no new ones, shown whole, and taken back', async () => {
      const place = await target.withTables();
      const service = await startService(place);
      try {
        const { token, ok, queue } = await begin(service, { reviews_per_day: 5 });
        await ok('POST', 'cards/', { deck_id: 1, front: 'new', back: 'a' });
        const { body: seen } = await ok('GET', 'study/catch-up');
        assert.equal(seen.overdue + seen.due_today, CARDS);
        assert.ok(seen.overdue > 0);
        assert.deepEqual([seen.plan, seen.reviews_per_day], [null, 5]);
        assert.equal(seen.options[0].days, 3);
        const before = await queue();
        assert.deepEqual([before.counts.due, before.waiting, before.counts.new], [5, CARDS - 5, 1]);

        const [option] = seen.options;
        const begun = await ok('POST', 'study/catch-up', { days: option.days, reviews_per_day: option.reviews_per_day });
        const operation = begun.headers['x-operation'] as string;
        assert.deepEqual(begun.body, { from: seen.today, until: option.until, reviews_per_day: option.reviews_per_day });
        const during = await queue();
        assert.deepEqual([during.counts.due, during.counts.new], [Math.min(option.reviews_per_day, CARDS), 0]);
        assert.equal(during.counts.due + during.waiting, CARDS);
        assert.deepEqual(during.catch_up, begun.body);
        assert.deepEqual(
          during.cards.map(({ due_date }: { due_date: string }) => due_date),
          [...during.cards.map(({ due_date }: { due_date: string }) => due_date)].sort(),
        );
        const { body: underWay } = await ok('GET', 'study/catch-up');
        assert.equal(underWay.plan.until, option.until);
        assert.ok(underWay.plan.expected_until <= option.until);
        assert.equal((await ok('GET', 'study/settings')).body.catch_up.until, option.until);
        // A change of other settings leaves it.
        await ok('PUT', 'study/settings', { new_per_day: 7 });
        assert.deepEqual((await queue()).catch_up, begun.body);

        await ok('POST', `operations/${operation}/undo`, {});
        const undone = await queue();
        assert.deepEqual([undone.catch_up, undone.counts], [null, before.counts]);
        assert.equal((await service.call('DELETE', '/api/v1/study/catch-up', { token })).status, 409);

        // Followed day by day, it ends with nothing overdue, and the limits count again.
        await ok('POST', 'study/catch-up', { days: option.days, reviews_per_day: option.reviews_per_day });
        for (let day = 0; day < option.days; day++) {
          const { cards } = await queue();
          for (const card of cards) await ok('POST', `study/review/${card.id}`, { grade: 3 });
          service.clock.advance(DAY);
        }
        const { body: over } = await ok('GET', 'study/catch-up');
        assert.deepEqual([over.overdue, over.plan, over.options], [0, null, []]);
        assert.deepEqual([(await queue()).catch_up, (await queue()).counts.new], [null, 1]);
        assert.equal((await recompute(service.database, false)).differences, 0);
      } finally {
        await service.close();
        await place.drop();
      }
    });

    test('the year ahead: more retention takes more minutes', async () => {
      const place = await target.withTables();
      const service = await startService(place);
      try {
        const { ok } = await begin(service, {});
        const { body } = await ok('GET', 'study/workload');
        assert.deepEqual([body.cards, body.new_cards, body.points.length], [CARDS, 0, 28]);
        assert.ok(body.memorised > 0 && body.memorised <= CARDS);
        const minutes = body.points.map(({ months }: { months: { minutes_per_day: number }[] }) =>
          months.reduce((sum, month) => sum + month.minutes_per_day, 0),
        );
        assert.ok(minutes.at(-1) > minutes[0], String(minutes));
        for (const { months } of body.points) {
          assert.equal(months.length, 12);
          for (const { memorised } of months) assert.ok(memorised > 0 && memorised <= CARDS);
        }
      } finally {
        await service.close();
        await place.drop();
      }
    });
  });
}
