import { hostname } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../../db/clock.ts';
import { openDatabase } from '../../db/database.ts';
import type { Settings } from '../../db/settings.ts';
import { findSides } from '../../db/sides.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { runScheduledUpkeep } from '../../ops/maintain/scheduled.ts';
import { Timestamp } from '../../schema/index.ts';

/** A thread of the server: the upkeep of a day. No request waits for it. */

/** What the thread tells the server, once. */
export interface UpkeepTold {
  readonly outcome: 'done' | 'already' | 'elsewhere' | 'stopped' | 'failed';
  readonly line: string;
}

const port = parentPort as NonNullable<typeof parentPort>;
const { settings, slot } = workerData as { readonly settings: Settings; readonly slot: string };

const stopping = new AbortController();
// What the server says to this thread is one thing: stop.
port.on('message', () => stopping.abort());

async function upkeep(): Promise<UpkeepTold> {
  try {
    // A live move may have taken the data to the other side since the server was started.
    const { serving } = await findSides(settings, systemClock());
    const database = openDatabase({ ...serving, poolSize: 1, maxOverflow: 1 }, systemClock());
    try {
      const result = await runScheduledUpkeep(database, Timestamp.parse(slot) as Timestamp, hostname(), stopping.signal);
      const { outcome } = result;
      if (outcome === 'elsewhere')
        return {
          outcome,
          line: `${result.host} is at it; it is asked for again in an hour, and taken over when that one is gone.`,
        };
      return { outcome, line: outcome === 'done' ? result.told.replaceAll('\n', '; ') : '' };
    } finally {
      await database.close();
    }
  } catch (error) {
    return {
      outcome: 'failed',
      line: error instanceof FlashcaseError ? `${error.code} ${error.message} ${error.hint ?? ''}`.trim() : String(error),
    };
  }
}

port.postMessage(await upkeep());
port.close();
