import type { Connection } from '../../engine/engine.ts';
import { FlashcaseError } from '../../errors/index.ts';
import type { Carrier } from '../follow/carrier.ts';
import { COMMAND, getLevel } from '../live/carrying.ts';
import { silentFor, whileAnswering } from './deadline.ts';

/** Nobody waits yet: a server that is only busy gets so long to answer, also when the pause may be shorter. */
const SILENT_MS = 10_000;

const givenUp = (ms: number): FlashcaseError =>
  new FlashcaseError('FC_MOVE_GIVEN_UP', {
    what: silentFor(ms),
    why: 'The switch had not begun: no write waited, and the side that served before serves on.',
    hint: 'Look at the server and the network to it, then run the command again.',
  });

/** `prepared` of a switch: everything that needs locks or time is done before writes are held. @param by who carries, for people. */
export async function prepareSwitch(carrier: Carrier, postgres: Connection, by: string): Promise<void> {
  await whileAnswering(postgres, SILENT_MS, givenUp, async (signal) => {
    await carrier.claim(`${COMMAND}${by}`, undefined, signal);
    await carrier.prepare(signal);
    await getLevel(carrier, signal);
    await carrier.verifyKeys(signal);
  });
}
