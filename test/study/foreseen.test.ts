import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { afterAnswer, previewsAt, settingsOf } from '../../web/src/offline/schedule.ts';
import { startService } from '../conformance/client.ts';
import { engines } from '../support/database.ts';

const sqlite = engines()[0]!;
const millis = (time: string) => Date.parse(`${time}Z`);

test('what the page foresees without a connection is what the server does: every button, through days and changes of settings', async () => {
  const place = await sqlite.withTables();
  const service = await startService(place);
  try {
    let people = 0;
    const step = fc.record({
      grade: fc.constantFrom(1, 2, 3, 4),
      wait: fc.constantFrom(5, 70, 700, 86_400, 9 * 86_400, 40 * 86_400),
    });
    const settings = fc.record({
      scheduler: fc.constantFrom('fsrs-6', 'fsrs-6', 'sm2'),
      time_zone: fc.constantFrom('UTC', 'America/New_York', 'Asia/Tokyo'),
      desired_retention: fc.constantFrom(0.8, 0.9, 0.95),
      learning_steps: fc.constantFrom('1m 10m', '', '5m 30m 2h'),
      relearning_steps: fc.constantFrom('10m', ''),
      has_fuzz: fc.boolean(),
      weekday_loads: fc.constantFrom([100, 100, 100, 100, 100, 100, 100], [100, 0, 100, 100, 100, 50, 0]),
    });
    await fc.assert(
      fc.asyncProperty(settings, fc.array(step, { minLength: 1, maxLength: 9 }), async (chosen, steps) => {
        const token = await service.signUp(`student${++people}`);
        // It lasts ten years: cards that are known well are asked later than that.
        const loginEnds = service.clock.now().plusDays(3600);
        const call = async (method: string, url: string, json?: object) => {
          const answer = await service.call(method, `/api/v1/${url}`, { token, ...(json === undefined ? {} : { json }) });
          assert.ok(answer.status < 300, answer.text);
          return answer.body;
        };
        await call('PUT', 'study/settings', chosen);
        const deck = await call('POST', 'decks/', { name: 'Torts' });
        await call('POST', 'cards/', { deck_id: deck.id, front: 'q', back: 'a' });
        // Clocks of pages have milliseconds: not to answer in the one in which the card was made.
        service.clock.advance(1);
        const look = () => call('GET', `study/queue/${deck.id}?limit=20`);
        let queue = await look();
        // Kept once, as before the connection goes; from here on the page knows no more.
        let [card] = queue.cards;
        const rules = settingsOf(queue);
        for (const { grade, wait } of steps) {
          const at = millis((await look()).now);
          card = afterAnswer(card, grade as 1, rules, at);
          const answered_at = new Date(at).toISOString();
          const answer = await call('POST', `study/review/${card.id}`, { grade, answered_at });
          assert.deepEqual(
            [card.phase, card.interval, card.stability, card.difficulty, card.lapses, card.due_date],
            [answer.phase, answer.new_interval, answer.stability, answer.difficulty, answer.lapses, answer.next_due_date],
          );
          // Until it is asked again, and some more.
          const until = millis(card.due_date) - millis((await look()).now);
          const seconds = Math.max(0, Math.ceil(until / 1000)) + wait;
          if (loginEnds.isBefore(service.clock.now().plusSeconds(seconds))) break;
          service.clock.advance(seconds);
          queue = await look();
          const [shown] = queue.cards;
          const told = (list: { grade: number; phase: string; interval: number }[]) =>
            list.map((preview) => [preview.grade, preview.phase, preview.interval]);
          assert.deepEqual(told(previewsAt(card, rules, millis(queue.now))), told(shown.previews));
          assert.deepEqual([card.step, card.review_count, card.repetitions], [shown.step, shown.review_count, shown.repetitions]);
        }
      }),
      { numRuns: 40 },
    );
  } finally {
    await service.close();
    await place.drop();
  }
});
