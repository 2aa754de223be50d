import fc from 'fast-check';
import { chooseSeed } from '../../support/load.ts';
import { type Arrival, travel } from '../round-trip.ts';
import type { Vehicle } from '../vehicles.ts';
import { GENES } from './genes.ts';
import { journeyOf } from './schemas.ts';

/**
 * Sends random schemas with rows on their journey, and prints the seed and how they fared. A failure is shrunk to the smallest one that
 * fails. @param seconds no new journey begins after this, so that a busy machine is not kept.
 * @param isKept what is dropped on the way is kept aside
 */
export async function proveRandomJourneys(
  rounds: number,
  vehicles: readonly Vehicle[],
  seconds: number,
  isKept = false,
): Promise<void> {
  const seed = chooseSeed();
  const arrivals: Record<Arrival, number> = { 'there and back': 0, there: 0, refused: 0 };
  console.log(`      seed ${seed}, on ${vehicles.map((vehicle) => vehicle.name).join(', ')}`);
  await fc.assert(
    fc.asyncProperty(GENES, fc.boolean(), async (genes, isOnline) => {
      arrivals[await travel({ ...journeyOf(genes), isOnline, isKept }, vehicles)]++;
    }),
    { seed, numRuns: rounds, interruptAfterTimeLimit: seconds * 1000 },
  );
  console.log(
    `      ${Object.entries(arrivals)
      .map(([how, count]) => `${how}: ${count}`)
      .join(', ')}`,
  );
}
