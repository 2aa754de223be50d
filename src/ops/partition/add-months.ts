import type { Connection } from '../../engine/engine.ts';
import { ddl } from '../../engine/postgres/ddl.ts';
import { defaultPartition, type MonthTable, monthPartition, readMonthTable } from '../../engine/postgres/months.ts';
import { type Month, monthAfter, startOfMonth } from '../../schema/month.ts';
import { whenFree } from './when-free.ts';

const { quote } = ddl;

/** A table in the schema where the application finds it, or in the one it is built in. */
export interface MonthPlace {
  readonly name: string;
  /** Absent: the current one. Its partitions lie in the current one whatever this is. */
  readonly schemaName?: string;
  /**
   * Rows of these months may be written just now, into the default partition, where a row that waits for this would be refused afterwards: so writers are
   * held before they look where a row goes.
   */
  readonly holdsWriters?: boolean;
  /** How long it is tried, where a user waits for it. */
  readonly patienceMs?: number;
}

export interface AddedMonths {
  readonly added: readonly Month[];
  /** Rows that had come to the default partition and are in their month now. */
  readonly rehoused: number;
}

/** Two processes never make a month at once; it is given back with the transaction, so a pooler may stand between. */
const TAKE_TURNS = "SELECT pg_advisory_xact_lock(hashtextextended('flashcase months ' || current_schema(), 0))";

/** What a test may do between two statements, to be killed there. */
export type OnMonthStep = (step: 'created' | 'attached', month: Month) => void | Promise<void>;

async function addMonth(
  connection: Connection,
  { name, schemaName, holdsWriters }: MonthPlace,
  { column }: MonthTable,
  month: Month,
  onStep: OnMonthStep | undefined,
): Promise<number> {
  const parent = `${schemaName === undefined ? '' : `${quote(schemaName)}.`}${quote(name)}`;
  const partition = quote(monthPartition(name, month));
  const rest = quote(defaultPartition(name));
  const range = `FROM ('${startOfMonth(month)}') TO ('${startOfMonth(monthAfter(month))}')`;
  if (holdsWriters === true) await connection.script(`LOCK TABLE ${parent} IN SHARE ROW EXCLUSIVE MODE`);
  // Nothing may come to it between the look and the end.
  await connection.script(`LOCK TABLE ${rest} IN ACCESS EXCLUSIVE MODE`);
  await connection.script(
    `CREATE TABLE ${partition} (LIKE ${parent} INCLUDING ALL EXCLUDING INDEXES EXCLUDING STATISTICS EXCLUDING IDENTITY)`,
  );
  await onStep?.('created', month);
  const isInMonth = `${quote(column)} >= '${startOfMonth(month)}' AND ${quote(column)} < '${startOfMonth(monthAfter(month))}'`;
  const rehoused = await connection.execute(
    `WITH gone AS (DELETE FROM ${rest} WHERE ${isInMonth} RETURNING *) INSERT INTO ${partition} SELECT * FROM gone`,
  );
  // Keys, indexes and triggers of the table come with this, foreign keys too, which are proved for the rows that are there.
  await connection.script(`ALTER TABLE ${parent} ATTACH PARTITION ${partition} FOR VALUES ${range}`);
  await onStep?.('attached', month);
  return rehoused;
}

/**
 * Makes the months that a table stored by months does not have yet; rows of theirs in its default partition come with it. Each month is one
 * transaction, which gives up and tries again while others use what it needs: nobody waits for it longer than a moment. Any number of processes may
 * call it at once, killed anywhere it leaves nothing half-done. Months older than the oldest there can be have no partition of their own and
 * need none. Does nothing for a table that is stored otherwise.
 */
export async function addMonths(
  connection: Connection,
  place: MonthPlace,
  wanted: readonly Month[],
  onStep?: OnMonthStep,
): Promise<AddedMonths> {
  const missing = async (): Promise<{ readonly table: MonthTable; readonly months: readonly Month[] } | undefined> => {
    const table = await readMonthTable(connection, place.name, place.schemaName);
    if (table === undefined) return undefined;
    return { table, months: wanted.filter((month) => month >= table.begins && !table.months.includes(month)) };
  };
  const added: Month[] = [];
  let rehoused = 0;
  for (const month of (await missing())?.months ?? []) {
    let moved: number | undefined;
    await whenFree(
      connection,
      async () => {
        moved = undefined;
        await connection.query(TAKE_TURNS);
        const now = await missing();
        if (now === undefined || !now.months.includes(month)) return;
        // What is made belongs to the owner of the table, whichever role that may act for him makes it.
        await connection.query(`SELECT set_config('role', pg_get_userbyid(relowner), true) FROM pg_class WHERE oid = $1`, [
          now.table.oid,
        ]);
        moved = await addMonth(connection, place, now.table, month, onStep);
      },
      place.patienceMs,
    );
    if (moved === undefined) continue;
    added.push(month);
    rehoused += moved;
  }
  return { added, rehoused };
}
