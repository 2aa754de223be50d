import type { Connection, Engine } from '../engine/engine.ts';
import { isDistributed } from '../engine/postgres/distributed.ts';
import { FlashcaseError } from '../errors/index.ts';

/** Throws `FC_DISTRIBUTED`. @param what cannot be done, and why, as sentences; @param hint what can */
export async function refuseDistributed(
  connection: Connection,
  engine: Pick<Engine, 'capabilities' | 'location'>,
  what: string,
  hint = 'Bring the tables back to the coordinator first: flashcase db distribute undo. Spread them again afterwards: flashcase db distribute run.',
): Promise<void> {
  if (engine.capabilities.isLocalFile || !(await isDistributed(connection))) return;
  throw new FlashcaseError('FC_DISTRIBUTED', { what: `${what} Nothing was changed.`, where: engine.location, hint });
}
