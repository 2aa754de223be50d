import type { Clock } from '../../db/clock.ts';
import type { Connection, Engine } from '../../engine/engine.ts';
import { ddl } from '../../engine/postgres/ddl.ts';
import { defaultPartition, type MonthTable, readMonthTable } from '../../engine/postgres/months.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { type Month, monthAfter, monthOf, monthsBetween } from '../../schema/month.ts';
import type { Timestamp } from '../../schema/timestamp.ts';
import { type AddedMonths, addMonths, type OnMonthStep } from './add-months.ts';
import { MONTHS_AHEAD, type Partitioned } from './partitioned.ts';

/** A user waits for it. */
const PATIENCE_MS = 10_000;

/** What a table stored by months lacks. */
export interface MonthsDue {
  readonly table: MonthTable;
  /** Of this one and those ahead, and those of rows in the default partition. */
  readonly months: readonly Month[];
  readonly defaultRows: number;
}

/** What is missing; `undefined` for a table that is stored whole, and on a server that takes no writes. */
export async function monthsDue(
  connection: Connection,
  { table: { name } }: Partitioned,
  now: Timestamp,
): Promise<MonthsDue | undefined> {
  const table = await readMonthTable(connection, name);
  if (table === undefined) return undefined;
  const [server] = await connection.query(
    "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on' AS p_read_only",
  );
  if (server?.p_read_only === true) return undefined;
  const here = monthOf(now);
  const strays = await connection.query(
    `SELECT to_char(${ddl.quote(table.column)} AT TIME ZONE 'UTC', 'YYYY-MM') AS p_month, count(*)::float8 AS p_rows FROM ${ddl.quote(defaultPartition(name))} GROUP BY 1`,
  );
  const wanted = new Set([...monthsBetween(here, monthAfter(here, MONTHS_AHEAD)), ...strays.map((row) => String(row.p_month))]);
  return {
    table,
    months: [...wanted].filter((month) => month >= table.begins && !table.months.includes(month)).toSorted(),
    defaultRows: strays.reduce((sum, row) => sum + Number(row.p_rows), 0),
  };
}

/** The same, done. Any number of servers may do it at once. */
export async function keepMonths(
  connection: Connection,
  partitioned: Partitioned,
  now: Timestamp,
  onStep?: OnMonthStep,
): Promise<AddedMonths | undefined> {
  const due = await monthsDue(connection, partitioned, now);
  return due === undefined
    ? undefined
    : addMonths(connection, { name: partitioned.table.name, holdsWriters: true }, due.months, onStep);
}

/** Whether this role may act for the owner of the table. */
export async function mayMakeMonths(connection: Connection, { oid }: MonthTable): Promise<boolean> {
  const [row] = await connection.query(
    `SELECT pg_has_role(relowner, 'USAGE') AND has_schema_privilege(relowner, relnamespace, 'CREATE') AS p_may FROM pg_class WHERE oid = $1`,
    [oid],
  );
  return row?.p_may === true;
}

/**
 * For a server, on its database: nothing where the engine keeps every table whole, and where this role may not: then whoever may does it by
 * `flashcase db maintain`, and `flashcase_partitions_ahead` says when nobody did.
 */
export async function keepMonthsOn(engine: Engine, clock: Clock, partitioned: Partitioned): Promise<AddedMonths | undefined> {
  if (!engine.capabilities.storesByMonths) return undefined;
  const due = await engine.read((connection) => monthsDue(connection, partitioned, clock.now()));
  if (due === undefined || due.months.length === 0) return undefined;
  return engine.dedicated(async (connection) =>
    (await mayMakeMonths(connection, due.table)) ? keepMonths(connection, partitioned, clock.now()) : undefined,
  );
}

/**
 * Makes the months that rows about to be written lie in, before they are: a row without one would come to the default partition. To be called before the
 * transaction that writes them has touched the table. Throws `FC_PARTITION_UNFIT` where this role may not, and `FC_PARTITION_BLOCKED`.
 * @param connection to look by, of the transaction that will write: whoever has one must not wait for a second one of the pool
 */
export async function makeMonthsFor(
  engine: Engine,
  partitioned: Partitioned,
  months: Iterable<Month>,
  connection?: Connection,
): Promise<void> {
  if (!engine.capabilities.storesByMonths) return;
  const wanted = [...new Set(months)];
  const { name } = partitioned.table;
  const isMissing = async (on: Connection): Promise<boolean> => {
    const table = await readMonthTable(on, name);
    return table !== undefined && wanted.some((month) => month >= table.begins && !table.months.includes(month));
  };
  if (wanted.length === 0 || !(await (connection === undefined ? engine.read(isMissing) : isMissing(connection)))) return;
  try {
    await engine.dedicated((own) => addMonths(own, { name, patienceMs: PATIENCE_MS }, wanted));
  } catch (error) {
    const isForbidden = error instanceof FlashcaseError && (error.cause as { code?: string } | undefined)?.code === '42501';
    if (!isForbidden) throw error;
    throw new FlashcaseError('FC_PARTITION_UNFIT', {
      what: `${name} is stored by months, and has none yet for reviews as old as these. Nothing was changed.`,
      where: engine.location,
      why: 'The role of this server may not make them.',
      hint: `As the role of the revisions (DATABASE_DIRECT_URL): flashcase db partition months --from ${wanted.toSorted()[0]}, then try again.`,
      cause: error,
    });
  }
}
