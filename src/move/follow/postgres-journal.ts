import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { cutOff, endClient, PostgresConnection } from '../../engine/postgres/connection.ts';
import { SYNCED_COMMITS } from '../../engine/postgres/durable-commit.ts';
import { locationOf } from '../../engine/postgres/engine.ts';
import { translatePostgresError } from '../../engine/postgres/errors.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { limitSilence } from '../../revisions/silent-client.ts';
import type { Column, ColumnType } from '../../schema/column.ts';
import { POSTGRES_JOURNAL, SPELLING_SETTINGS } from '../capture/postgres-capture-sql.ts';
import type { CarriedTable } from '../carried-tables.ts';
import { MOST_KEY_COLUMNS } from '../carried-tables.ts';
import { quoted } from '../source/source-tables.ts';
import {
  addWitnessSql,
  KNOWS_SQL,
  nextWitness,
  readWitnesses,
  WITNESS_TABLE,
  WITNESSES_SQL,
  type Witness,
  witnessValues,
} from '../state/witness.ts';
import { isBefore, type JournalMark, journalAfter } from './journal-mark.ts';

/** Cells as the server spells them under `SPELLING_SETTINGS`. */
export type TextRow = readonly (string | null)[];

/** A changed row: the number of its table, and its key. */
export interface JournalKey {
  readonly no: number;
  readonly key: TextRow;
}

const KEYS_A_FETCH = 2000;
const ROWS_A_FETCH = 1000;
const PRUNED_AT_ONCE = 5000;
/** How long a table may be locked by somebody who changes or empties it, and how often that is looked at. */
const LOCK_WAIT_MS = 30_000;
const LOOK_AGAIN_MS = 20;

const asText = { getTypeParser: () => (text: string) => text } as unknown as pg.CustomTypesConfig;

const ARRAY_TYPES: Record<ColumnType, string> = {
  int32: 'integer[]',
  int64: 'bigint[]',
  float64: 'double precision[]',
  boolean: 'boolean[]',
  text: 'text[]',
  timestamp: 'timestamptz[]',
  bytes: 'bytea[]',
};

const KEY_COLUMNS = Array.from({ length: MOST_KEY_COLUMNS }, (_, i) => `k${i + 1}`).join(', ');

/** The columns a carrier writes: all but those each side computes itself. */
export function carriedColumns({ table }: CarriedTable): readonly [string, Column][] {
  return Object.entries(table.columns).filter(([, column]) => column.computed === undefined);
}

const columnList = (carried: CarriedTable, from: string): string =>
  carriedColumns(carried)
    .map(([name]) => `${from}.${quoted(name)}`)
    .join(', ');

const LSN = 'pg_current_wal_insert_lsn()';
/** The timeline, which every promotion raises, and a place in the write-ahead log. */
const PLACE = `left(pg_walfile_name(${LSN}), 8), ${LSN}`;

/** The server a snapshot was taken on, and the words it has. */
export interface Server {
  readonly witnesses: readonly Witness[];
  readonly timeline: string;
  readonly lsn: string;
}

/** Reads PostgreSQL's journal and the rows it names, on a connection of its own that is opened again when it was lost. */
export class PostgresJournal {
  readonly #url: string;
  readonly #where: string;
  readonly #tables: ReadonlyMap<number, CarriedTable>;
  #client: pg.Client | undefined;
  /** On which the carrier leaves its words: the other one is in its snapshot. */
  #second: pg.Client | undefined;
  /** While a snapshot is read, its connection: on another, the rest would be of another moment. */
  #pinned: pg.Client | undefined;
  /** Those that are being opened. */
  readonly #opening = new Set<pg.Client>();
  #isCut = false;

  constructor(url: string, tables: readonly CarriedTable[]) {
    this.#url = url;
    this.#where = locationOf(url);
    this.#tables = new Map(tables.map((carried) => [carried.no, carried]));
  }

  get where(): string {
    return this.#where;
  }

  /** The connection as the rest of the move uses one. */
  async connection(): Promise<PostgresConnection> {
    return new PostgresConnection(await this.#connected(), this.#where, new Map());
  }

  /**
   * Runs work in one snapshot. The tables are locked against being emptied or changed before it is taken: a snapshot does not see that a table was
   * emptied after it, it sees the table empty.
   * @param work is given the snapshot as `pg_current_snapshot()` writes it, and on which server it was taken.
   */
  async inSnapshot<T>(work: (snapshot: string, server: Server) => Promise<T>): Promise<T> {
    const names = [...this.#tables.values()].map(({ table }) => quoted(table.name)).join(', ');
    this.#pinned = await this.#connected();
    try {
      await this.#lockTables(`LOCK TABLE ${names} IN ACCESS SHARE MODE NOWAIT`);
      const [row = []] = await this.#query(`SELECT pg_current_snapshot()::text, ${WITNESSES_SQL}, ${PLACE}`);
      const [snapshot, witnesses, timeline, lsn] = row as string[];
      return await work(String(snapshot), {
        witnesses: readWitnesses(witnesses),
        timeline: String(timeline),
        lsn: String(lsn),
      });
    } finally {
      // A lost connection ends the transaction by itself, and its own error is the one to report.
      await this.#query('ROLLBACK').catch(() => {});
      this.#pinned = undefined;
    }
  }

  /**
   * Leaves a word on the server the snapshot was taken on, after it: whatever has the word has all the snapshot saw. That is on the disk then, too; a commit with
   * `synchronous_commit = off` is seen before, and a crash of the server would take back what the other side has.
   * @param isKnown false when the server need not have the word before it: the whole is carried anew.
   */
  async testify(before: Witness, { timeline, lsn }: Server, isKnown = true): Promise<Witness> {
    const next = nextWitness(before);
    const isSame = `ROW(${PLACE}) = ROW($5::text, greatest(${LSN}, $6::pg_lsn))`;
    this.#second ??= await this.#connect();
    try {
      const { rowCount } = await this.#second.query(addWitnessSql(isSame, isKnown), [
        ...witnessValues(before, next),
        timeline,
        lsn,
      ]);
      if (rowCount === 1) return next;
    } catch (error) {
      this.#dropSecond();
      throw translatePostgresError(error, this.#where);
    }
    this.#dropSecond();
    throw new FlashcaseError('FC_DB_UNREACHABLE', {
      what: 'Another PostgreSQL server answers than the one the changes were read from.',
      where: this.#where,
      hint: 'Carrying is tried again by itself, and goes on when one server answers.',
    });
  }

  /** A name by which another connection can read the snapshot, while it lasts. */
  async exportSnapshot(): Promise<string> {
    const [row] = await this.#query('SELECT pg_export_snapshot()');
    return row?.[0] as string;
  }

  /** Numbers of the tables emptied by TRUNCATE after a mark. */
  async truncatedAfter(mark: JournalMark): Promise<ReadonlySet<number>> {
    const rows = await this.#query(`SELECT DISTINCT table_no FROM ${journalAfter(mark)} AS j WHERE is_truncate`);
    return new Set(rows.map(([no]) => Number(no)));
  }

  /** Numbers of the tables anything was written in after a mark. */
  async tablesAfter(mark: JournalMark): Promise<ReadonlySet<number>> {
    const rows = await this.#query(`SELECT DISTINCT table_no FROM ${journalAfter(mark)} AS j`);
    return new Set(rows.map(([no]) => Number(no)));
  }

  /**
   * Opens the list of distinct keys written after a mark, by table, for `fetchKeys`. Runs in a snapshot; sorted on the server, so that it may be of any length.
   * @param without tables left out.
   * @param until keys written after this snapshot are left out: those of rows that are now different from what it saw.
   */
  async openKeys(
    mark: JournalMark,
    without: ReadonlySet<number>,
    until?: { snapshot: string; mark: JournalMark },
  ): Promise<void> {
    const condition = `NOT is_truncate AND table_no <> ALL ('{${[...without].join(',')}}'::integer[])`;
    const keys =
      until === undefined
        ? `SELECT DISTINCT table_no, ${KEY_COLUMNS} FROM ${journalAfter(mark)} AS j WHERE ${condition}`
        : `SELECT table_no, ${KEY_COLUMNS} FROM ${journalAfter(mark)} AS j WHERE ${condition} AND pg_visible_in_snapshot(xid, '${until.snapshot}')
           EXCEPT SELECT table_no, ${KEY_COLUMNS} FROM ${journalAfter(until.mark)} AS n`;
    await this.#query(`DECLARE carried_keys SCROLL CURSOR FOR ${keys} ORDER BY table_no, ${KEY_COLUMNS}`);
  }

  /** The next keys of the open list; none at its end. */
  async fetchKeys(): Promise<JournalKey[]> {
    const rows = await this.#query(`FETCH ${KEYS_A_FETCH} FROM carried_keys`);
    return rows.map(([no, ...key]) => {
      const carried = this.#tables.get(Number(no));
      return { no: Number(no), key: key.slice(0, carried?.key.length ?? 0) };
    });
  }

  /** Begins the open list anew. */
  async rewindKeys(): Promise<void> {
    await this.#query('MOVE ABSOLUTE 0 IN carried_keys');
  }

  /** The rows of these keys that exist, in no order, with `carriedColumns`. */
  async rowsOf(carried: CarriedTable, keys: readonly TextRow[]): Promise<TextRow[]> {
    const arrays = carried.key.map((column, i) => `$${i + 1}::${ARRAY_TYPES[(carried.table.columns[column] as Column).type]}`);
    const names = carried.key.map((_, i) => `k${i + 1}`).join(', ');
    const isSame = carried.key.map((column, i) => `t.${quoted(column)} = k.k${i + 1}`).join(' AND ');
    return this.#query(
      `SELECT ${columnList(carried, 't')} FROM unnest(${arrays.join(', ')}) AS k (${names}) JOIN ${quoted(carried.table.name)} AS t ON ${isSame}`,
      carried.key.map((_, i) => keys.map((key) => key[i])),
    );
  }

  /** Every row of a table, in pages. */
  async *allRows(carried: CarriedTable): AsyncGenerator<TextRow[]> {
    await this.#query(
      `DECLARE carried_rows NO SCROLL CURSOR FOR SELECT ${columnList(carried, 't')} FROM ${quoted(carried.table.name)} AS t`,
    );
    for (;;) {
      const rows = await this.#query(`FETCH ${ROWS_A_FETCH} FROM carried_rows`);
      if (rows.length === 0) break;
      yield rows;
    }
    await this.#query('CLOSE carried_rows');
  }

  /** How many journal rows came after a mark. */
  async countAfter(mark: JournalMark): Promise<number> {
    const [row] = await this.#query(`SELECT count(*) FROM ${journalAfter(mark)} AS j`);
    return Number(row?.[0]);
  }

  /**
   * Removes the journal rows a mark has: by the mark and not its xmin, which a transaction that runs for hours in any database of the server keeps low.
   * @param witness left after the mark: on a server that lacks it, numbers below the mark may be those of rows nobody carried.
   */
  async prune(mark: JournalMark, witness: Witness): Promise<number> {
    // A file from before the last carry has a word that is still known, and lacks what is removed now: first it is made known as an older one.
    await this.#query(`DELETE FROM ${WITNESS_TABLE} WHERE no < $1::bigint AND ${KNOWS_SQL}`, [witness.no, witness.word]);
    for (let removed = 0; ; ) {
      const gone = await this.#query(
        `WITH gone AS (DELETE FROM ${POSTGRES_JOURNAL} WHERE ctid = ANY (ARRAY(
           SELECT ctid FROM ${POSTGRES_JOURNAL} WHERE ${isBefore(mark)} AND ${KNOWS_SQL} ORDER BY xid, seq LIMIT ${PRUNED_AT_ONCE})) RETURNING 1)
         SELECT count(*) FROM gone`,
        [witness.no, witness.word],
      );
      const count = Number(gone[0]?.[0]);
      removed += count;
      if (count < PRUNED_AT_ONCE) return removed;
    }
  }

  /** The highest value a sequence handed out; `undefined` when it never did. */
  async lastValue(sequence: string): Promise<bigint | undefined> {
    const [row] = await this.#query(`SELECT last_value, is_called FROM ${quoted(sequence)}`);
    return row?.[1] === 't' ? BigInt(row[0] as string) : undefined;
  }

  /** The rows a move set aside on its way here: the JSON of their keys. */
  async quarantinedKeys({ table }: CarriedTable): Promise<string[]> {
    const [found] = await this.#query("SELECT to_regclass('flashcase_move.quarantine') IS NOT NULL");
    if (found?.[0] !== 't') return [];
    const rows = await this.#query('SELECT row_key FROM flashcase_move.quarantine WHERE table_name = $1', [table.name]);
    return rows.map(([key]) => key as string);
  }

  /** After a `cut`: connections may be opened again. */
  resume(): void {
    this.#isCut = false;
  }

  /** Ends all connections at once, and opens no more until `resume`; what runs on them fails. */
  cut(): void {
    this.#isCut = true;
    for (const client of [this.#client, this.#second, ...this.#opening]) if (client !== undefined) cutOff(client);
    this.#client = undefined;
    this.#second = undefined;
  }

  async close(): Promise<void> {
    const clients = [this.#client, this.#second];
    this.#client = undefined;
    this.#second = undefined;
    await Promise.all(clients.map((client) => client && endClient(client)));
  }

  /** Opens what a first carry would have to open. */
  async prepare(): Promise<void> {
    this.#second ??= await this.#connect();
  }

  #dropSecond(): void {
    void this.#second?.end().catch(() => {});
    this.#second = undefined;
  }

  /** All at once or none: who waits for one table and holds another can bring others into a deadlock. */
  async #lockTables(lock: string): Promise<void> {
    for (let waited = 0; ; waited += LOOK_AGAIN_MS) {
      try {
        await this.#query(`BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; ${lock}`);
        return;
      } catch (error) {
        if (!(error instanceof FlashcaseError) || error.code !== 'FC_DB_LOCK_TIMEOUT' || waited >= LOCK_WAIT_MS) throw error;
      }
      await this.#query('ROLLBACK');
      await delay(LOOK_AGAIN_MS);
    }
  }

  async #connected(): Promise<pg.Client> {
    if (this.#client !== undefined) return this.#client;
    const client = await this.#connect();
    const forget = (): void => {
      if (this.#client === client) this.#client = undefined;
    };
    client.on('error', forget);
    client.on('end', forget);
    this.#client = client;
    return client;
  }

  async #connect(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.#url,
      application_name: 'flashcase move',
      keepAlive: true,
      connectionTimeoutMillis: 10_000,
    });
    // Without a listener a lost connection would end the process; the running statement reports it.
    client.on('error', () => {});
    this.#opening.add(client);
    try {
      if (this.#isCut) throw new Error('Connection terminated: it was given up.');
      await client.connect();
      await client.query(`${SPELLING_SETTINGS}; ${SYNCED_COMMITS}`);
      await limitSilence(new PostgresConnection(client, this.#where, new Map()), true);
    } catch (error) {
      await endClient(client);
      throw translatePostgresError(error, this.#where);
    } finally {
      this.#opening.delete(client);
    }
    return client;
  }

  async #query(text: string, values?: readonly unknown[]): Promise<TextRow[]> {
    const client = this.#pinned ?? (await this.#connected());
    try {
      const result = await client.query<(string | null)[]>({
        text,
        ...(values === undefined ? {} : { values: [...values] }),
        rowMode: 'array',
        types: asText,
      });
      return result.rows ?? [];
    } catch (error) {
      throw translatePostgresError(error, this.#where);
    }
  }
}
