import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Timestamp } from '../../src/schema/index.ts';
import { type Spent, secondsPerCard } from '../../src/study/pace.ts';

const at = Timestamp.parse('2026-03-01 09:00:00') as Timestamp;
const spent = (cardId: number, ms: number, day = 0): Spent => ({ cardId: BigInt(cardId), at: at.plusDays(day), ms });
const dayOf = (time: Timestamp) => Number(time.micros / 86_400_000_000n);

test('how long a card takes is the median over cards and days, all answers of a day together; of too few cards nothing is said', () => {
  const nine = Array.from({ length: 9 }, (_, card) => spent(card, 4000));
  assert.equal(secondsPerCard([], dayOf), undefined);
  assert.equal(secondsPerCard([...nine, spent(0, 4000)], dayOf), undefined, 'a second answer is no other card');
  // A lunch at an open card moves nothing.
  assert.equal(secondsPerCard([...nine, spent(9, 300_000)], dayOf), 4);
  // On another day the same card is another turn.
  assert.equal(secondsPerCard([...nine, spent(0, 4000, 1)], dayOf), 4);
  const minutes = Array.from({ length: 10 }, (_, card) => [spent(card, 5000), spent(card, 3000)]).flat();
  assert.equal(secondsPerCard(minutes, dayOf), 8);
  const rising = Array.from({ length: 10 }, (_, card) => spent(card, (card + 1) * 1000));
  assert.equal(secondsPerCard(rising, dayOf), 5.5);
});
