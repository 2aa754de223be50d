import type { SqliteValue } from '../../schema/codec.ts';
import type { CarriedTable } from '../carried-tables.ts';
import { setBackError, sideSetBack, type Witness } from '../state/witness.ts';
import { type RowDecoder, shownKey, sqliteKey, type Unholdable } from './carried-values.ts';
import type { KeyDifference } from './carrier.ts';
import { type JournalMark, markOf } from './journal-mark.ts';
import { carriedColumns, type PostgresJournal, type TextRow } from './postgres-journal.ts';
import type { SqliteFollower } from './sqlite-follower.ts';

const MOST_DIFFERENCES = 100;

export interface Comparison {
  readonly journal: PostgresJournal;
  readonly follower: SqliteFollower;
  readonly tables: ReadonlyMap<number, CarriedTable>;
  readonly decoders: ReadonlyMap<number, RowDecoder>;
  /** Keys written after this are compared. */
  readonly from: JournalMark;
  /** The snapshot SQLite is at. */
  readonly carried: string;
  /** The word the server has since then. */
  readonly witness: Witness;
  readonly signal: AbortSignal | undefined;
}

const shown = (value: SqliteValue | undefined, length = 80): string | undefined => {
  if (value === undefined) return undefined;
  if (value === null) return 'NULL';
  return value instanceof Uint8Array
    ? `x'${Buffer.from(value).toString('hex').slice(0, length)}'`
    : String(value).slice(0, length);
};

const isSame = (a: SqliteValue | undefined, b: SqliteValue | undefined): boolean =>
  a instanceof Uint8Array && b instanceof Uint8Array ? Buffer.compare(a, b) === 0 : a === b;

/**
 * Compares what was carried on both sides, value by value as SQLite stores it. PostgreSQL may have gone on since: keys written after the carried
 * snapshot are left out, they are compared when they were carried (facts T-60).
 */
export async function compareKeys(of: Comparison): Promise<{ checked: number; differences: readonly KeyDifference[] }> {
  const { journal, follower } = of;
  const differences: KeyDifference[] = [];
  let checked = 0;

  const add = (difference: KeyDifference): void => {
    if (differences.length < MOST_DIFFERENCES) differences.push(difference);
  };

  function compareRow(carried: CarriedTable, key: TextRow, row: TextRow | undefined): void {
    const place = { table: carried.table.name, key: shownKey(carried, key) };
    const problems: Unholdable[] = [];
    const primary = row === undefined ? undefined : (of.decoders.get(carried.no) as RowDecoder).decode(row, problems);
    const [problem] = problems;
    if (problem !== undefined) {
      add({ ...place, column: problem.column, primary: problem.value, follower: undefined });
      return;
    }
    const stored = sqliteKey(carried, key);
    const second = stored === undefined ? undefined : follower.read(carried, stored);
    if (primary === undefined || second === undefined) {
      if (primary !== second) add({ ...place, column: undefined, primary: primary && 'a row', follower: second && 'a row' });
      return;
    }
    for (const [i, [column]] of carriedColumns(carried).entries()) {
      if (!isSame(primary[i], second[i])) add({ ...place, column, primary: shown(primary[i]), follower: shown(second[i]) });
    }
  }

  async function compareAll(carried: CarriedTable): Promise<void> {
    let rows = 0;
    for await (const page of journal.allRows(carried)) {
      of.signal?.throwIfAborted();
      for (const row of page) compareRow(carried, (of.decoders.get(carried.no) as RowDecoder).keyOf(row), row);
      rows += page.length;
    }
    checked += rows;
    const stored = follower.count(carried, await journal.quarantinedKeys(carried));
    if (stored !== rows)
      add({ table: carried.table.name, key: 'all', column: undefined, primary: `${rows} rows`, follower: `${stored} rows` });
  }

  await journal.inSnapshot(async (_, { witnesses }) => {
    const setBack = sideSetBack(of.witness, witnesses);
    if (setBack !== undefined) {
      follower.checkToken();
      throw setBackError(setBack, 'reverse', journal.where);
    }
    const now = markOf(of.carried);
    const emptied = await journal.truncatedAfter(of.from);
    const busy = await journal.tablesAfter(now);
    for (const no of emptied) if (!busy.has(no)) await compareAll(of.tables.get(no) as CarriedTable);
    await journal.openKeys(of.from, new Set([...emptied, ...(await journal.truncatedAfter(now))]), {
      snapshot: of.carried,
      mark: now,
    });
    for (let page = await journal.fetchKeys(); page.length > 0; page = await journal.fetchKeys()) {
      of.signal?.throwIfAborted();
      checked += page.length;
      for (const [no, keys] of Map.groupBy(page, (key) => key.no)) {
        const carried = of.tables.get(no) as CarriedTable;
        const decoder = of.decoders.get(no) as RowDecoder;
        // Not by PostgreSQL's text: a key in the journal and one in a row may be spelled differently (true, t).
        const nameOf = (key: TextRow): string =>
          JSON.stringify((sqliteKey(carried, key) ?? key).map((value) => shown(value, Infinity)));
        const rows = new Map(
          (
            await journal.rowsOf(
              carried,
              keys.map(({ key }) => key),
            )
          ).map((row) => [nameOf(decoder.keyOf(row)), row]),
        );
        for (const { key } of keys) compareRow(carried, key, rows.get(nameOf(key)));
      }
    }
  });
  return { checked, differences };
}
