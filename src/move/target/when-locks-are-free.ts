import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from '../../engine/engine.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { inTransaction } from './connect.ts';

/** Whoever comes after a lock that waits, waits behind it, readers too: the first tries give up before anybody notices, later ones wait longer. */
const WAIT_MS = 100;
const LONGEST_WAIT_MS = 2000;
const TRIES = 40;
const REST_MS = 50;

/**
 * Changes a table that users write: in a transaction of its own, given up and tried again while others use the table. Work that takes the locks of
 * several tables keeps the first while it waits for the next: only for tables nobody else writes.
 * Throws `FC_DB_LOCK_TIMEOUT` when a table never became free.
 */
export async function whenLocksAreFree(postgres: Connection, work: () => Promise<void>): Promise<void> {
  for (let run = 1; ; run++) {
    try {
      await inTransaction(postgres, async () => {
        await postgres.script(`SET LOCAL lock_timeout = ${Math.min(WAIT_MS * run, LONGEST_WAIT_MS)}`);
        await work();
      });
      return;
    } catch (error) {
      const mayRetry =
        error instanceof FlashcaseError && (error.code === 'FC_DB_LOCK_TIMEOUT' || error.code === 'FC_DB_DEADLOCK');
      if (!mayRetry || run >= TRIES) throw error;
      await delay(REST_MS);
    }
  }
}
