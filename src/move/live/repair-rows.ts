import { DatabaseSync } from 'node:sqlite';
import type { Connection } from '../../engine/engine.ts';
import { ddl } from '../../engine/postgres/ddl.ts';
import { codecOf, type SqliteValue } from '../../schema/codec.ts';
import type { Column, ColumnType } from '../../schema/column.ts';
import { POSTGRES_JOURNAL, SPELLING_SETTINGS } from '../capture/postgres-capture-sql.ts';
import type { CarriedTable } from '../carried-tables.ts';
import type { KeyDifference } from '../follow/carrier.ts';
import { raiseSequences } from '../follow/sequences.ts';
import type { MoveEvents } from '../move-events.ts';
import { quoted } from '../source/source-tables.ts';
import { recordEvent } from '../state/events.ts';
import { JOURNAL_TABLE, STATE_TABLE } from '../state/sqlite-state.ts';
import { inContendedTransaction } from '../state/transitions.ts';
import { inTransaction } from '../target/connect.ts';
import { type Direction, getLevel, withCarrier } from './carrying.ts';
import type { LiveOptions } from './live-options.ts';
import type { RowToRepair } from './row-key.ts';
import { withPostgres } from './sides.ts';
import { type LiveVerdict, verifyLive } from './verify-live.ts';

export interface Repaired {
  readonly primary: 'sqlite' | 'postgres';
  /** Rows brought again from the primary. */
  readonly rows: number;
  /** Keys compared afterwards, those of others that were written meanwhile included. */
  readonly checked: number;
  readonly differences: readonly KeyDifference[];
}

/** Rounds of `repairAll`: each compares everything and brings what is listed. */
const MOST_ROUNDS = 20;

const typeOf = ({ table }: CarriedTable, name: string): ColumnType => (table.columns[name] as Column).type;

const stored = (type: ColumnType, text: string): SqliteValue => {
  const codec = codecOf(type);
  return codec.toSqlite(codec.fromPostgresText(text) as never);
};

/** A value of SQLite in PostgreSQL's text form. */
const AS_TEXT: Partial<Record<ColumnType, (column: string) => string>> = {
  timestamp: (c) => `${c} || '+00'`,
  boolean: (c) => `CASE ${c} WHEN 1 THEN 't' ELSE 'f' END`,
  bytes: (c) => `'\\x' || lower(hex(${c}))`,
  float64: (c) => `printf('%!.17g', ${c})`,
};

/** The keys by which the journals name a row: on either side it may have another one where they hold more than the primary key. */
async function journalKeys(
  sqlite: Connection,
  postgres: Connection,
  of: CarriedTable,
  key: readonly string[],
): Promise<string[][]> {
  const { table } = of;
  if (of.key.length === table.primaryKey.length) return [[...key]];
  const where = (parameter: (i: number) => string): string =>
    table.primaryKey.map((name, i) => `${quoted(name)} = ${parameter(i)}`).join(' AND ');
  const here = of.key.map((name, i) => {
    const column = quoted(name);
    return `${AS_TEXT[typeOf(of, name)]?.(column) ?? `CAST(${column} AS TEXT)`} AS m_k${i}`;
  });
  const rows = [
    ...(await sqlite.query(
      `SELECT ${here.join(', ')} FROM main.${quoted(table.name)} WHERE ${where(() => '?')}`,
      key.map((text, i) => stored(typeOf(of, table.primaryKey[i] as string), text)),
    )),
    ...(await postgres.query(
      `SELECT ${of.key.map((name, i) => `${quoted(name)}::text AS m_k${i}`).join(', ')} FROM ${quoted(table.name)} WHERE ${where((i) => `$${i + 1}`)}`,
      key,
    )),
  ];
  return rows.map((row) => of.key.map((_, i) => String(row[`m_k${i}`])));
}

const columnsOf = (of: CarriedTable): string => of.key.map((_, i) => `k${i + 1}`).join(', ');

/** Puts keys into the primary's journal in one transaction, as if the rows had been written there: the next batch brings them. */
async function journal(
  options: LiveOptions,
  sqlite: Connection,
  direction: Direction,
  rows: readonly RowToRepair[],
): Promise<void> {
  const tableOf = ({ table }: RowToRepair): CarriedTable =>
    options.tables.find((carried) => carried.table.name === table) as CarriedTable;
  await withPostgres(options.postgresUrl, async (postgres) => {
    await postgres.script(SPELLING_SETTINGS);
    const entries: { of: CarriedTable; key: string[] }[] = [];
    for (const row of rows)
      for (const key of await journalKeys(sqlite, postgres, tableOf(row), row.key)) entries.push({ of: tableOf(row), key });
    if (direction === 'reverse') {
      await inTransaction(postgres, async () => {
        for (const { of, key } of entries)
          await postgres.execute(
            `INSERT INTO ${POSTGRES_JOURNAL} (xid, table_no, ${columnsOf(of)}) VALUES (pg_current_xact_id(), ${of.no}, ${of.key
              .map((name, i) => `$${i + 1}::${ddl.columnType(of.table, name)}::text`)
              .join(', ')})`,
            key,
          );
      });
      return;
    }
    await inContendedTransaction(sqlite, async () => {
      for (const { of, key } of entries)
        await sqlite.execute(
          `INSERT INTO ${JOURNAL_TABLE} (table_no, ${columnsOf(of)}) SELECT ${of.no}, ${of.key.map(() => '?').join(', ')} FROM ${STATE_TABLE} WHERE phase = 'forward'`,
          key.map((text, i) => stored(typeOf(of, of.key[i] as string), text)),
        );
    });
  });
}

/**
 * Makes rows of the side that follows what the primary has, whatever they are there: changed, missing or too much. They go the way of every change: their keys
 * are put into the primary's journal, the carrier brings them, and they are compared afterwards. The primary's rows are only read.
 * Throws `FC_MOVE_STATE` while neither side follows.
 */
export async function repairRows(options: LiveOptions, rows: readonly RowToRepair[]): Promise<Repaired> {
  return withCarrier(options, async ({ sqlite, direction, carrier }) => {
    await journal(options, sqlite, direction, rows);
    await getLevel(carrier);
    const { checked, differences } = await carrier.verifyKeys();
    const primary = direction === 'forward' ? 'sqlite' : 'postgres';
    await inContendedTransaction(sqlite, () =>
      recordEvent(sqlite, options.clock, 'repaired', { primary, rows: rows.length, differences: differences.length }),
    );
    return { primary, rows: rows.length, checked, differences };
  });
}

export interface RepairedAll {
  readonly rows: number;
  /** Id counters of PostgreSQL that were raised past what SQLite handed out, as they were named. */
  readonly counters: readonly string[];
  /** What was found in the end. */
  readonly verdict: LiveVerdict;
}

/**
 * Compares everything, repairs what differs, and does so again until all is equal or nothing new is found. Id counters are only ever raised: an id that
 * was handed out stays whose it was. Differences of the schema stay.
 */
export async function repairAll(options: LiveOptions, events: MoveEvents): Promise<RepairedAll> {
  const done = new Set<string>();
  let counters: readonly string[] = [];
  for (let round = 1; ; round++) {
    const verdict = await verifyLive(options, { events, isParanoid: false });
    const rows = new Map<string, RowToRepair>();
    for (const { table, rowKey } of verdict.tables.flatMap(({ differences }) => differences)) {
      const name = JSON.stringify([table, rowKey]);
      if (rowKey !== undefined && !done.has(name)) rows.set(name, { table, key: rowKey });
    }
    const areLow = counters.length === 0 && verdict.sequenceProblems.length > 0;
    if ((rows.size === 0 && !areLow) || round > MOST_ROUNDS) return { rows: done.size, counters, verdict };
    if (areLow) {
      counters = verdict.sequenceProblems;
      await raiseCounters(options);
    }
    if (rows.size > 0) await repairRows(options, [...rows.values()]);
    for (const name of rows.keys()) done.add(name);
  }
}

function raiseCounters(options: LiveOptions): Promise<number> {
  return withPostgres(options.postgresUrl, async (postgres) => {
    const db = new DatabaseSync(options.sqliteFile, { readOnly: true });
    try {
      return await raiseSequences(postgres, db, options.tables);
    } finally {
      db.close();
    }
  });
}
