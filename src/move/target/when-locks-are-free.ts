import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from '../../engine/engine.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { quoted } from '../source/source-tables.ts';
import { inTransaction } from './connect.ts';

/** Whoever comes after a lock that waits, waits behind it, readers too: the first tries give up before anybody notices, later ones wait longer. */
const WAIT_MS = 100;
const LONGEST_WAIT_MS = 2000;
const TRIES = 40;
const REST_MS = 50;

/** Half of the second after which PostgreSQL looks for a deadlock, and may end the user's transaction instead of this one. */
const ALL_TABLES_MS = 500;

/**
 * Locks tables that users write, all of them before anything else, so that the transaction waits for nobody while it holds them. To be called first in
 * `whenLocksAreFree`: who has one of them and wants another waits for half a second at most, and is never the one that a deadlock ends.
 */
export async function lockTables(postgres: Connection, tables: readonly string[]): Promise<void> {
  if (tables.length === 0) return;
  // Of all locks together: a table that is busy may take most of it.
  await postgres.script(`SET LOCAL statement_timeout = ${ALL_TABLES_MS}`);
  await postgres.script(`LOCK TABLE ${tables.map(quoted).join(', ')} IN SHARE ROW EXCLUSIVE MODE`).catch((error: unknown) => {
    if (!(error instanceof FlashcaseError) || error.code !== 'FC_DB_DEADLINE') throw error;
    throw new FlashcaseError('FC_DB_LOCK_TIMEOUT', {
      what: 'The tables are written all the time, and never were free together.',
      hint: 'Run the command again when there is less load, or end the transaction that stays open.',
      cause: error,
    });
  });
  await postgres.script('SET LOCAL statement_timeout = 0');
}

/**
 * Changes a table that users write: in a transaction of its own, given up and tried again while others use the table. Work that takes the locks of
 * several tables keeps the first while it waits for the next: where others write them, it begins with `lockTables`.
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
