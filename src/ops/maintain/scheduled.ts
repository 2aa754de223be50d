import type { Database } from '../../db/database.ts';
import { claimUpkeep, endUpkeep, type SizeSample, saveSizes } from '../../db/stores/upkeep.ts';
import type { Timestamp } from '../../schema/index.ts';
import { readDatabase } from '../metrics/read-installation.ts';
import { readTables } from '../monitor/read-tables.ts';
import { maintain } from './maintain.ts';

export type ScheduledUpkeep =
  /** What could not be done is told with the reason; tomorrow it is due again. */
  | { readonly outcome: 'done'; readonly told: string }
  /** Another server has done it, or is at it. */
  | { readonly outcome: 'elsewhere'; readonly host: string };

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

/**
 * What a server does once a day at its time: the upkeep that is due, and the sizes are noted down. Of several servers one does it, as the row in the database says; what was done is
 * kept there. Throws where the database cannot be written now; the slot is tried again then.
 */
export async function runScheduledUpkeep(database: Database, slot: Timestamp, host: string): Promise<ScheduledUpkeep> {
  const holder = await database.write((session) => claimUpkeep(session, slot, host));
  if (holder !== undefined) return { outcome: 'elsewhere', host: holder };
  const { engine, clock } = database;
  try {
    const done = await engine.dedicated((connection) => maintain(connection, engine, clock.now(), () => {}));
    const sizes = await sizesNow(database);
    await database.write((session) => saveSizes(session, sizes));
    const told =
      done.length === 0
        ? 'Nothing was due.'
        : done
            .map(({ on, why, isDone, obstacle, seconds }) =>
              isDone ? `${on}: ${why} (${seconds} s)` : `LEFT ${on}: ${why}; ${obstacle}`,
            )
            .join('\n');
    await database.write((session) => endUpkeep(session, slot, true, told));
    return { outcome: 'done', told };
  } catch (error) {
    await database.write((session) => endUpkeep(session, slot, false, String(error))).catch(() => {});
    throw error;
  }
}
