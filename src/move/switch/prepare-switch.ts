import type { Connection } from '../../engine/engine.ts';
import type { Carrier } from '../follow/carrier.ts';
import { COMMAND, getLevel } from '../live/carrying.ts';
import { whileAnswering } from './deadline.ts';

/** Nobody waits yet: a server that is only busy gets so long to answer, also when the pause may be shorter. */
const SILENT_MS = 10_000;

/** `prepared` of a switch: everything that needs locks or time is done before writes are held. @param by who carries, for people. */
export async function prepareSwitch(carrier: Carrier, postgres: Connection, by: string): Promise<void> {
  await whileAnswering(postgres, SILENT_MS, async (signal) => {
    await carrier.claim(`${COMMAND}${by}`, undefined, signal);
    await carrier.prepare(signal);
    await getLevel(carrier, signal);
    await carrier.verifyKeys(signal);
  });
}
