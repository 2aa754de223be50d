import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import fc from 'fast-check';
import { inferReviews, NEW_CARD, review, roundHalfEven } from '../../src/study/sm2.ts';
import { legacyFile } from '../support/legacy.ts';

interface Row {
  user_id: number;
  card_id: number;
  ease_factor: number;
  interval: number;
  repetitions: number;
  last_rating: number;
}

test('replaying the original app’s log reproduces every ease and interval: 7,965 of 7,965', async () => {
  const legacy = legacyFile(2);
  const db = new DatabaseSync(legacy.file, { readOnly: true });
  try {
    const rows = db.prepare('SELECT * FROM study_log ORDER BY user_id, card_id, reviewed_at, id').all() as unknown as Row[];
    let equal = 0;
    let state = NEW_CARD;
    let before = '';
    for (const row of rows) {
      const card = `${row.user_id}/${row.card_id}`;
      state = review(card === before ? state : NEW_CARD, row.last_rating);
      before = card;
      if (state.easeFactor === row.ease_factor && state.interval === row.interval && state.repetitions === row.repetitions)
        equal++;
    }
    assert.deepEqual([rows.length, equal], [7965, 7965]);
  } finally {
    db.close();
    await legacy.drop();
  }
});

test('ratings and repetitions told from eases and intervals are never wrong', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 30 }), (qualities) => {
      let state = NEW_CARD;
      const history = qualities.map((quality) => {
        state = review(state, quality);
        return { quality, ...state };
      });
      for (const [i, told] of inferReviews(history).entries()) {
        if (told.quality !== undefined) assert.equal(told.quality, history[i]?.quality);
        if (told.repetitions !== undefined) assert.equal(told.repetitions, history[i]?.repetitions);
      }
    }),
  );
});

test('a better rating never gives an earlier date, and no interval leaves the calendar', () => {
  const state = fc.record({
    easeFactor: fc.double({ min: 1.3, max: 5, noNaN: true }),
    interval: fc.integer({ min: 0, max: 1_000_000 }),
    repetitions: fc.integer({ min: 0, max: 1000 }),
  });
  fc.assert(
    fc.property(state, (before) => {
      const after = [0, 1, 2, 3, 4, 5].map((quality) => review(before, quality));
      for (const [i, next] of after.entries()) {
        assert.ok(next.easeFactor >= 1.3 && next.interval <= 1_000_000);
        const worse = after[i - 1];
        if (worse !== undefined && i > 3) assert.ok(next.interval >= worse.interval);
      }
    }),
  );
});

test('ties round to the even neighbour, as Python rounds', () => {
  assert.deepEqual([0.5, 1.5, 2.5, 3.5, 2.4999, 2.5001].map(roundHalfEven), [0, 2, 2, 4, 2, 3]);
});
