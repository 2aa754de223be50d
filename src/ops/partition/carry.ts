import type { Connection } from '../../engine/engine.ts';
import { ddl } from '../../engine/postgres/ddl.ts';
import { defaultPartition } from '../../engine/postgres/months.ts';
import { PARTITION_SCHEMA } from '../../engine/schema-form.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { waitForWriters } from '../../move/follow/wait-for-writers.ts';
import { inTransaction } from '../../move/target/connect.ts';
import type { Month } from '../../schema/month.ts';
import { addMonths } from './add-months.ts';
import { waitingKeys } from './capture.ts';
import { namesOf, type Partitioned, type StorageForm, sameKey } from './partitioned.ts';
import { setCopied } from './state.ts';
import { whenFree } from './when-free.ts';

const { quote } = ddl;
const JOURNAL = `${PARTITION_SCHEMA}.journal`;
const CARRYING = `${PARTITION_SCHEMA}.carrying`;
/** Rows of one transaction: it is over in a fraction of a second, and nobody waits for it. */
const ROWS_AT_ONCE = 10_000;
const KEYS_AT_ONCE = 2000;
/** A row whose month was made a moment before is carried at the next try; more tries mean that its month cannot be made. */
const TRIES = 5;
/** A transaction that writes the table is waited for so long. */
const WRITERS_MS = 600_000;

const columnsOf = (alias: string, { table }: Partitioned): string =>
  Object.keys(table.columns)
    .map((name) => `${alias}.${quote(name)}`)
    .join(', ');

/** A row has no month yet, and none may be made now. */
export class NoMonth extends Error {}

/**
 * Runs work in a transaction that leaves no row in the default partition of the table that is built: where one would come to it, nothing is done,
 * its month is made, and the work is done again.
 * @param monthsSql selects as `p_month` the months that the work writes
 * @param makesMonths otherwise `NoMonth` is thrown. Nobody waits for this then, so that it gives way to whoever holds a lock, and begins anew.
 */
async function intoMonths<T>(
  connection: Connection,
  partitioned: Partitioned,
  form: StorageForm,
  monthsSql: string,
  parameters: readonly unknown[],
  makesMonths: boolean,
  work: () => Promise<T>,
): Promise<T> {
  const transaction = makesMonths ? whenFree<T> : inTransaction<T>;
  if (form === 'whole') return transaction(connection, work);
  const { name } = partitioned.table;
  for (let attempt = 1; ; attempt++) {
    try {
      return await transaction(connection, async () => {
        const value = await work();
        const strays = await connection.query(`SELECT 1 AS p_stray FROM ${quote(defaultPartition(name))} LIMIT 1`);
        if (strays.length > 0) throw new NoMonth();
        return value;
      });
    } catch (error) {
      if (!(error instanceof NoMonth) || !makesMonths) throw error;
      if (attempt >= TRIES) {
        throw new FlashcaseError('FC_PARTITION_UNFIT', {
          what: `Rows of ${name} were written that no month can hold: their ${partitioned.column} is no real time. What was built so far stays.`,
          hint: 'Correct them, and type the same command again.',
        });
      }
      const months = (await connection.query(monthsSql, parameters)).map((row) => String(row.p_month) as Month);
      await addMonths(connection, { name, schemaName: PARTITION_SCHEMA }, months);
    }
  }
}

const monthSql = (column: string): string => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM')`;

/** Copies the next rows by their time. @returns how many there were; `undefined` when none are left */
export async function copyRange(
  connection: Connection,
  partitioned: Partitioned,
  form: StorageForm,
  copiedTo: string | undefined,
): Promise<{ readonly rows: number; readonly to: string } | undefined> {
  const { live, made } = namesOf(partitioned);
  const time = quote(partitioned.column);
  const from = copiedTo ?? '-infinity';
  const [found] = await connection.query(
    `SELECT (SELECT min(${time}) FROM ${live} WHERE ${time} >= $1::timestamptz)::text AS p_first,
       (SELECT ${time} FROM ${live} WHERE ${time} >= $1::timestamptz ORDER BY ${time} OFFSET ${ROWS_AT_ONCE} LIMIT 1)::text AS p_limit`,
    [from],
  );
  const first = found?.p_first as string | null;
  if (first === null) return undefined;
  // Rows of one moment are copied together, and the last ones up to the end of time: what is written later is noted.
  const [next] = await connection.query(
    `SELECT coalesce((SELECT min(${time}) FROM ${live} WHERE ${time} >= $2::timestamptz AND ${time} > $1::timestamptz), 'infinity')::text AS p_to`,
    [first, (found?.p_limit as string | null) ?? 'infinity'],
  );
  const to = String(next?.p_to);
  const range = `l.${time} >= $1::timestamptz AND l.${time} < $2::timestamptz`;
  return intoMonths(
    connection,
    partitioned,
    form,
    `SELECT DISTINCT ${monthSql(`l.${time}`)} AS p_month FROM ${live} l WHERE ${range}`,
    [first, to],
    true,
    async () => {
      const rows = await connection.execute(
        // What was carried already is newer than what is read here, or the same.
        `INSERT INTO ${made} (${Object.keys(partitioned.table.columns).map(quote).join(', ')})
         SELECT ${columnsOf('l', partitioned)} FROM ${live} l WHERE ${range} ON CONFLICT DO NOTHING`,
        [first, to],
      );
      await setCopied(connection, to, rows);
      return { rows, to };
    },
  );
}

/** A row that is another in the table that was built. */
export interface RowDifference {
  readonly key: string;
  readonly what: 'missing' | 'too many' | 'different';
}

/**
 * Brings the rows that were written, as they are now: what the journal names is taken away there, and what is here is put in its place. Then they are
 * compared; a row that was written again meanwhile waits in the journal, and is not.
 * @param makesMonths false while users wait: `NoMonth` is thrown then
 * @returns how many keys were carried. Throws `FC_PARTITION_DIFFERS`.
 */
export async function carryKeys(
  connection: Connection,
  partitioned: Partitioned,
  form: StorageForm,
  makesMonths: boolean,
): Promise<number> {
  const { live, made, key } = namesOf(partitioned);
  const list = key.join(', ');
  const time = quote(partitioned.column);
  return intoMonths(
    connection,
    partitioned,
    form,
    `SELECT DISTINCT ${monthSql(`l.${time}`)} AS p_month FROM ${live} l JOIN ${JOURNAL} k ON ${sameKey(key, 'l', 'k')}`,
    [],
    makesMonths,
    async () => {
      // By key and by key alone: what the planner knows of these tables is old, and a scan of the whole would be long.
      await connection.script(
        'SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_seqscan = off',
      );
      const carried = await connection.execute(
        `WITH taken AS (DELETE FROM ${JOURNAL} WHERE seq IN (SELECT seq FROM ${JOURNAL} ORDER BY seq LIMIT ${KEYS_AT_ONCE}) RETURNING ${list})
         INSERT INTO ${CARRYING} (${list}) SELECT DISTINCT ${list} FROM taken`,
      );
      if (carried === 0) return 0;
      await connection.execute(`DELETE FROM ${made} m USING ${CARRYING} k WHERE ${sameKey(key, 'm', 'k')}`);
      // Held against whoever would change or delete them, until this is committed: only then does that transaction find them in the other table, to take them away.
      await connection.execute(
        `INSERT INTO ${made} (${Object.keys(partitioned.table.columns).map(quote).join(', ')})
         SELECT ${columnsOf('l', partitioned)} FROM ${CARRYING} k JOIN ${live} l ON ${sameKey(key, 'l', 'k')} FOR SHARE OF l`,
      );
      const wrong = await connection.query(
        `SELECT concat_ws(', ', ${key.map((column) => `k.${column}::text`).join(', ')}) AS p_key, l IS NULL AS p_gone, m IS NULL AS p_missing
         FROM ${CARRYING} k LEFT JOIN ${live} l ON ${sameKey(key, 'l', 'k')} LEFT JOIN ${made} m ON ${sameKey(key, 'm', 'k')}
         WHERE l::text IS DISTINCT FROM m::text AND NOT EXISTS (SELECT 1 FROM ${JOURNAL} j WHERE ${sameKey(key, 'j', 'k')}) LIMIT 20`,
      );
      if (wrong.length > 0) throw differs(partitioned, wrong.map(differenceOf));
      await connection.execute(`DELETE FROM ${CARRYING}`);
      return carried;
    },
  );
}

/** So few keys may wait: people write all the time, and there is never none. */
const FEW = 200;

/** Carries until only a few wait, at least once. */
export async function carryMost(connection: Connection, partitioned: Partitioned, form: StorageForm): Promise<void> {
  do await carryKeys(connection, partitioned, form, true);
  while ((await waitingKeys(connection)) > FEW);
}

/**
 * Carries everything that was noted until now by whoever wrote while rows were copied: a row that was being copied when it was deleted is there, and gone
 * only when its key is carried. From then on the other table has no row that the live one lacks. Throws `FC_PARTITION_BLOCKED`.
 */
export async function carryCopied(connection: Connection, partitioned: Partitioned, form: StorageForm): Promise<void> {
  await whenFree(connection, () => waitForWriters(connection, [partitioned], WRITERS_MS), 0);
  const [noted] = await connection.query(`SELECT coalesce(max(seq), 0)::text AS p_seq FROM ${JOURNAL}`);
  const isWaiting = async (): Promise<boolean> =>
    (await connection.query(`SELECT 1 AS p_waits FROM ${JOURNAL} WHERE seq <= $1 LIMIT 1`, [noted?.p_seq])).length > 0;
  while (await isWaiting()) await carryKeys(connection, partitioned, form, true);
}

export const differenceOf = (row: Readonly<Record<string, unknown>>): RowDifference => ({
  key: String(row.p_key),
  what: row.p_missing === true ? 'missing' : row.p_gone === true ? 'too many' : 'different',
});

export function differs({ table }: Partitioned, differences: readonly RowDifference[]): FlashcaseError {
  return new FlashcaseError('FC_PARTITION_DIFFERS', {
    what: `The table that was built is not ${table.name}: ${differences
      .slice(0, 5)
      .map(({ key, what }) => `row (${key}) is ${what}`)
      .join('; ')}. Nothing was exchanged.`,
    why: 'Somebody wrote to the table that is built, or this is a bug.',
    hint: 'flashcase db partition undo gives it up; then run begins anew. If it comes back, please report it.',
    details: { differences },
  });
}
