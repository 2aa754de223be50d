import type { Connection, Engine, Row } from '../../engine/engine.ts';
import { ddl } from '../../engine/postgres/ddl.ts';
import { defaultPartition, monthsAhead, readMonthTable } from '../../engine/postgres/months.ts';
import { type Month, monthOf } from '../../schema/month.ts';
import type { Timestamp } from '../../schema/timestamp.ts';
import { waitingKeys } from './capture.ts';
import { MONTHS_AHEAD, namesOf, type Partitioned, type StorageForm } from './partitioned.ts';
import { refuseOtherEngine } from './refuse-unfit.ts';
import { type Build, readBuild } from './state.ts';

export interface PartitionStatus {
  readonly form: StorageForm;
  /** Months there are, and how many of them come after this one without a gap. */
  readonly months?: {
    readonly first: Month | undefined;
    readonly last: Month | undefined;
    readonly count: number;
    readonly ahead: number;
  };
  readonly defaultRows?: number;
  readonly olderThan?: Month;
  readonly build?: Build & { readonly waitingKeys: number };
}

/** How a table is stored now, and what is under way. Changes nothing. */
export async function partitionStatus(
  connection: Connection,
  engine: Engine,
  partitioned: Partitioned,
  now: Timestamp,
): Promise<PartitionStatus> {
  refuseOtherEngine(engine, partitioned);
  const { name } = partitioned.table;
  const table = await readMonthTable(connection, name);
  const build = await readBuild(connection);
  const underway =
    build === undefined
      ? {}
      : { build: { ...build, waitingKeys: build.state === 'swapped' ? 0 : await waitingKeys(connection) } };
  if (table === undefined) return { form: 'whole', ...underway };
  const [stray] = await connection.query(`SELECT count(*)::float8 AS p_rows FROM ${ddl.quote(defaultPartition(name))}`);
  return {
    form: 'months',
    months: {
      first: table.months[0],
      last: table.months.at(-1),
      count: table.months.length,
      ahead: monthsAhead(table, monthOf(now)),
    },
    defaultRows: Number(stray?.p_rows),
    olderThan: table.begins,
    ...underway,
  };
}

/** What is not as it should be with a table stored by months; nothing in order is an empty list. */
export async function partitionProblems(
  connection: Connection,
  engine: Engine,
  partitioned: Partitioned,
  now: Timestamp,
): Promise<string[]> {
  const status = await partitionStatus(connection, engine, partitioned, now);
  if (status.form === 'whole') return [];
  const { name } = partitioned.table;
  const problems: string[] = [];
  if ((status.defaultRows ?? 0) > 0)
    problems.push(`${status.defaultRows} rows are in the default partition; flashcase db maintain puts them into their months`);
  if ((status.months?.ahead ?? 0) < MONTHS_AHEAD)
    problems.push(`${status.months?.ahead} of ${MONTHS_AHEAD} months ahead are there; flashcase db maintain makes the others`);
  const named = (rows: readonly Row[]): string => rows.map((row) => String(row.p_name)).join(', ');
  const unproved = await connection.query(
    `SELECT conrelid::regclass::text || '.' || conname AS p_name FROM pg_constraint
     WHERE NOT convalidated AND contype IN ('f', 'c') AND conrelid IN (SELECT relid FROM pg_partition_tree(to_regclass($1))) ORDER BY 1`,
    [ddl.quote(name)],
  );
  if (unproved.length > 0) problems.push(`constraints are not proved: ${named(unproved)}`);
  const invalid = await connection.query(
    `SELECT indexrelid::regclass::text AS p_name FROM pg_index
     WHERE NOT indisvalid AND indrelid IN (SELECT relid FROM pg_partition_tree(to_regclass($1))) ORDER BY 1`,
    [ddl.quote(name)],
  );
  if (invalid.length > 0) problems.push(`indexes are not whole: ${named(invalid)}`);
  return problems;
}

export interface PartitionPlan {
  readonly form: StorageForm;
  readonly rows: number;
  readonly first: Month | undefined;
  readonly last: Month | undefined;
  /** Rows too old for a month of their own. */
  readonly olderRows: number;
  readonly bytes: number;
}

/** What a run would find. @param begins the first month that can be made */
export async function planPartition(connection: Connection, partitioned: Partitioned, begins: Month): Promise<PartitionPlan> {
  const { live } = namesOf(partitioned);
  const time = ddl.quote(partitioned.column);
  const month = (of: string): string => `to_char(${of}(${time}) AT TIME ZONE 'UTC', 'YYYY-MM')`;
  const [row] = await connection.query(
    `SELECT count(*)::float8 AS p_rows, ${month('min')} AS p_first, ${month('max')} AS p_last,
       count(*) FILTER (WHERE ${time} < $2::timestamptz)::float8 AS p_older,
       (SELECT coalesce(sum(pg_total_relation_size(relid)), 0)::float8 FROM pg_partition_tree(to_regclass($1))) AS p_tree, pg_total_relation_size(to_regclass($1))::float8 AS p_whole
     FROM ${live}`,
    [live, `${begins}-01 00:00:00+00`],
  );
  const isByMonths = (await readMonthTable(connection, partitioned.table.name)) !== undefined;
  return {
    form: isByMonths ? 'months' : 'whole',
    rows: Number(row?.p_rows),
    first: (row?.p_first as Month | null) ?? undefined,
    last: (row?.p_last as Month | null) ?? undefined,
    olderRows: Number(row?.p_older),
    bytes: Math.max(Number(row?.p_tree), Number(row?.p_whole)),
  };
}
