import { test } from 'node:test';
import fc from 'fast-check';
import { GENES, journeyOf } from './random-schema.ts';
import { type Arrival, onPostgres, onSqlite, travel } from './round-trip.ts';

const { FLASHCASE_TEST_POSTGRES: newest } = process.env;
const vehicles = [onSqlite(), onSqlite('3.40.0'), ...(newest === undefined ? [] : [onPostgres('postgres 18', newest)])];

test('any schema with rows becomes any other and comes back: the same schema and rows on both engines', {
  timeout: 280_000,
}, async () => {
  const seed = Number(process.env.FLASHCASE_SEED ?? Math.floor(Math.random() * 2 ** 31));
  const arrivals: Record<Arrival, number> = { 'there and back': 0, there: 0, refused: 0 };
  console.log(`      seed ${seed}`);
  await fc.assert(
    fc.asyncProperty(GENES, fc.boolean(), async (genes, isOnline) => {
      arrivals[await travel({ ...journeyOf(genes), isOnline }, vehicles)]++;
    }),
    { seed, numRuns: Number(process.env.FLASHCASE_ROUNDS ?? 40), endOnFailure: false },
  );
  console.log(`      ${JSON.stringify(arrivals)}`);
});
