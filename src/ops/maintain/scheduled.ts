import type { Database } from '../../db/database.ts';
import { claimUpkeep, endUpkeep, leaveUpkeep, type SizeSample, saveSizes, type UpkeepClaimant } from '../../db/stores/upkeep.ts';
import type { Timestamp } from '../../schema/index.ts';
import { readDatabase } from '../metrics/read-installation.ts';
import { readTables } from '../monitor/read-tables.ts';
import { maintain } from './maintain.ts';

export type ScheduledUpkeep =
  /** What could not be done is told with the reason; tomorrow it is due again. */
  | { readonly outcome: 'done'; readonly told: string }
  /** It was done before. */
  | { readonly outcome: 'already' }
  /** Another process is at it: whoever asks later takes over from it when it fails or is gone. */
  | { readonly outcome: 'elsewhere'; readonly host: string }
  /** It was told to stop, and left the slot to whoever asks next. */
  | { readonly outcome: 'stopped' };

/** How large everything is now, for the history of sizes. */
async function sizesNow({ engine, clock }: Database): Promise<SizeSample[]> {
  const day = clock.now().text.slice(0, 10);
  const size = (await readDatabase(engine)).find(({ name }) => name === 'database_bytes')?.value;
  const tables = await engine.dedicated((connection) => readTables(connection, engine));
  const of = (object_kind: SizeSample['object_kind'], object_name: string, rows: number | null, bytes: number): SizeSample => ({
    taken_on: day,
    engine_name: engine.name,
    object_kind,
    object_name,
    object_rows: rows === null ? null : BigInt(Math.round(rows)),
    object_bytes: BigInt(Math.round(bytes)),
  });
  return [
    ...(size === undefined ? [] : [of('database', '', null, size)]),
    ...tables.flatMap((table) => [
      of('table', table.name, table.rows, table.bytes),
      // Months have indexes of one name each; those of other partitions have names of their own.
      ...table.indexes.map(({ name, bytes }) => of('index', name, null, bytes)),
    ]),
  ];
}

/** True while a process of this machine lives, whoever's it is. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * What a server does once a day at its time: the upkeep that is due, and the sizes are noted down. Of several servers one does it, as the row in the database says; what was done is
 * kept there. Throws where the database cannot be written now; the slot is tried again then.
 * @param stopping ends it before it is done
 */
export async function runScheduledUpkeep(
  database: Database,
  slot: Timestamp,
  host: string,
  stopping: AbortSignal = new AbortController().signal,
): Promise<ScheduledUpkeep> {
  const claimant: UpkeepClaimant = { host, pid: process.pid, isAlive };
  const claim = await database.write((session) => claimUpkeep(session, slot, claimant), 'nobody');
  if (claim.outcome !== 'mine') return claim;
  const { claimedAt } = claim;
  const { engine, clock } = database;
  try {
    stopping.throwIfAborted();
    const done = await engine.dedicated(
      (connection) => maintain(connection, engine, clock.now(), () => stopping.throwIfAborted()),
      stopping,
    );
    const sizes = await sizesNow(database);
    await database.write((session) => saveSizes(session, sizes), 'nobody');
    const told =
      done.length === 0
        ? 'Nothing was due.'
        : done
            .map(({ on, why, isDone, obstacle, seconds }) =>
              isDone ? `${on}: ${why} (${seconds} s)` : `LEFT ${on}: ${why}; ${obstacle}`,
            )
            .join('\n');
    await database.write((session) => endUpkeep(session, slot, claimedAt, true, told), 'nobody');
    return { outcome: 'done', told };
  } catch (error) {
    if (stopping.aborted) {
      await database.write((session) => leaveUpkeep(session, slot, claimedAt), 'nobody');
      return { outcome: 'stopped' };
    }
    await database.write((session) => endUpkeep(session, slot, claimedAt, false, String(error)), 'nobody').catch(() => {});
    throw error;
  }
}
