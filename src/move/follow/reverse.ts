import type { Connection } from '../../engine/engine.ts';
import { sequenceName } from '../../engine/postgres/ddl.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { coverNewPartitions, postgresCaptureProblems } from '../capture/postgres-capture.ts';
import type { CarriedTable } from '../carried-tables.ts';
import { setBackError, sideSetBack } from '../state/witness.ts';
import { decisionNeeded, MOST_NAMED, RowDecoder, sqliteKey, type Unholdable } from './carried-values.ts';
import type { Carried, Carrier, CarrierOptions, KeyDifference, Level, WhenLevel } from './carrier.ts';
import { compareKeys } from './compare-keys.ts';
import { type JournalMark, markAt, markOf, positionOf } from './journal-mark.ts';
import { type JournalKey, PostgresJournal, type Server, type TextRow } from './postgres-journal.ts';
import { type LostRow, SqliteFollower } from './sqlite-follower.ts';
import { restoreForeignKeys } from './target-keys.ts';

/** How often a side that is level says so, when nothing is to be carried: each time costs the disk a sync. */
const LEVEL_NOTED_MS = 1000;

/**
 * PostgreSQL → SQLite. Each call of `carry` makes SQLite what PostgreSQL is in one snapshot: it removes the rows of every key written since the
 * last one, then stores those that exist. So no value is in the way of another on its path from row to row, and rows that were never on
 * PostgreSQL are not touched. docs/design/move.md says why nothing is lost.
 */
export class ReverseCarrier implements Carrier {
  readonly #tables: ReadonlyMap<number, CarriedTable>;
  readonly #decoders: ReadonlyMap<number, RowDecoder>;
  readonly #journal: PostgresJournal;
  readonly #follower: SqliteFollower;
  /** From where `verifyKeys` compares; `undefined` before `prepare`. */
  #verifiedTo: JournalMark | undefined;
  #notedAt = Number.NEGATIVE_INFINITY;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: CarrierOptions, follower: SqliteFollower) {
    this.#tables = new Map(options.tables.map((carried) => [carried.no, carried]));
    this.#decoders = new Map(options.tables.map((carried) => [carried.no, new RowDecoder(carried)]));
    this.#journal = new PostgresJournal(options.postgresUrl, options.tables);
    this.#follower = follower;
  }

  claim(name: string, expected?: number): Promise<void> {
    return this.#inTurn(() => this.#follower.claim(name, expected));
  }

  prepare(signal?: AbortSignal): Promise<void> {
    return this.#inTurn(() => this.#abortable(signal, () => this.#prepare()));
  }

  async #prepare(): Promise<void> {
    const connection = await this.#journal.connection();
    const tables = [...this.#tables.values()];
    const problems = await postgresCaptureProblems(connection, tables);
    if (problems.length > 0) {
      throw new FlashcaseError('FC_MOVE_SCHEMA_CHANGED', {
        what: `What PostgreSQL journals for the way back was changed: ${problems.slice(0, 6).join('; ')}.`,
        where: this.#journal.where,
        why: 'Writes may have gone by unseen.',
        hint: 'Abort the move and start anew, or finish it without a way back.',
        details: { problems },
      });
    }
    await this.#journal.prepare();
    await coverNewPartitions(connection, tables);
    this.#follower.checkToken();
    // A cutover that was killed, or found a table in use, left them deferrable; the next who comes here does it.
    await restoreForeignKeys(connection, tables).catch((error: unknown) => {
      if (!(error instanceof FlashcaseError) || error.code !== 'FC_DB_LOCK_TIMEOUT') throw error;
    });
    this.#verifiedTo = this.#mark();
  }

  lag(signal?: AbortSignal): Promise<{ keys: number }> {
    return this.#inTurn(() => this.#abortable(signal, async () => ({ keys: await this.#journal.countAfter(this.#mark()) })));
  }

  carry(signal?: AbortSignal, whenLevel?: WhenLevel): Promise<Carried> {
    return this.#inTurn(() => this.#abortable(signal, () => this.#carry(signal, whenLevel)));
  }

  verifyKeys(signal?: AbortSignal): Promise<{ checked: number; differences: readonly KeyDifference[] }> {
    return this.#inTurn(() =>
      this.#abortable(signal, async () => {
        this.#follower.checkToken();
        const { snapshot, witness } = this.#follower.state();
        if (snapshot === undefined) return { checked: 0, differences: [] };
        const result = await compareKeys({
          journal: this.#journal,
          follower: this.#follower,
          tables: this.#tables,
          decoders: this.#decoders,
          from: this.#verifiedTo ?? markOf(snapshot),
          carried: snapshot,
          witness,
          signal,
        });
        this.#follower.checkToken();
        this.#verifiedTo = markOf(snapshot);
        return result;
      }),
    );
  }

  /** Shows one moment of PostgreSQL beside the file as it is, whatever was lost on either side; carries nothing. */
  showAsIs(whenShown: WhenLevel): Promise<void> {
    return this.#inTurn(() =>
      this.#journal.inSnapshot(async () => whenShown({ postgresSnapshot: await this.#journal.exportSnapshot() })),
    );
  }

  /**
   * Makes SQLite what PostgreSQL is, table by table, without asking any journal: for when the two do not go on from one another.
   * @param differing names the tables that differ at this moment.
   * @param keep is given each row as SQLite had it that PostgreSQL has not, or has otherwise, before anything is committed.
   * @param record writes what was done into the file, in the transaction that does it.
   */
  carryAnew(
    differing: (level: Level) => Promise<ReadonlySet<string>>,
    keep: (table: CarriedTable, rows: Iterable<LostRow>) => void,
    record: (sqlite: Connection) => Promise<void>,
  ): Promise<void> {
    return this.#inTurn(() =>
      this.#journal.inSnapshot(async (snapshot, server) => {
        const names = await differing({ postgresSnapshot: await this.#journal.exportSnapshot() });
        const tables = [...this.#tables.values()].filter(({ table }) => names.has(table.name));
        const { witness } = this.#follower.state();
        const last = { ...witness, no: Math.max(witness.no, ...server.witnesses.map(({ no }) => no)) };
        await this.#follower.transaction(snapshot, tables, undefined, async () => {
          const problems: Unholdable[] = [];
          for (const carried of tables) {
            this.#follower.remember(carried, await this.#journal.quarantinedKeys(carried));
            await this.#carryWhole(carried, problems, undefined);
            keep(carried, this.#follower.lost(carried));
          }
          if (problems.length > 0) throw decisionNeeded(problems.slice(0, MOST_NAMED), this.#journal.where);
          const next = await this.#journal.testify(last, server, false);
          await record(this.#follower.connection);
          return next;
        });
        this.#verifiedTo = this.#mark();
      }),
    );
  }

  setSequences(signal?: AbortSignal): Promise<number> {
    return this.#inTurn(() => this.#abortable(signal, () => this.#setSequences(signal)));
  }

  prune(signal?: AbortSignal): Promise<number> {
    return this.#inTurn(() =>
      this.#abortable(signal, async () => {
        const { position, snapshot, witness } = this.#follower.state();
        // Looked at afterwards: what was read is then this carrier's, and whoever takes over later begins to compare no earlier than there.
        this.#follower.checkToken();
        return this.#journal.prune(snapshot === undefined ? markAt(position) : markOf(snapshot), witness);
      }),
    );
  }

  async close(): Promise<void> {
    await this.#last.catch(() => {});
    await this.#journal.close();
    this.#follower.close();
  }

  async #setSequences(signal: AbortSignal | undefined): Promise<number> {
    const last = new Map<string, bigint>();
    let counters = 0;
    for (const { table } of this.#tables.values()) {
      const [only, ...others] = table.primaryKey;
      // Other generated columns have no counter in SQLite.
      if (only === undefined || others.length > 0 || table.columns[only]?.isGenerated !== true) continue;
      counters++;
      const value = await this.#journal.lastValue(sequenceName(table, only));
      if (value !== undefined) last.set(table.name, value);
    }
    await this.#follower.raiseSequence(last, signal);
    return counters;
  }

  #mark(): JournalMark {
    const { position, snapshot } = this.#follower.state();
    return snapshot === undefined ? markAt(position) : markOf(snapshot);
  }

  #carry(signal: AbortSignal | undefined, whenLevel: WhenLevel | undefined): Promise<Carried> {
    return this.#journal.inSnapshot(async (snapshot, server) => {
      const carried = await this.#carrySnapshot(snapshot, server, signal);
      if (whenLevel !== undefined) await whenLevel({ postgresSnapshot: await this.#journal.exportSnapshot() });
      return carried;
    });
  }

  async #carrySnapshot(snapshot: string, server: Server, signal: AbortSignal | undefined): Promise<Carried> {
    const before = this.#follower.state();
    // The words may be there and the numbers begin anew: pg_resetwal.
    const setBack =
      sideSetBack(before.witness, server.witnesses) ?? (before.position > markOf(snapshot).xmax ? 'postgres' : undefined);
    if (setBack !== undefined) {
      // Somebody else may have carried since the snapshot.
      this.#follower.checkToken();
      throw setBackError(setBack, 'reverse', setBack === 'sqlite' ? this.#follower.where : this.#journal.where);
    }
    const mark = this.#mark();
    const emptied = await this.#journal.truncatedAfter(mark);
    await this.#journal.openKeys(mark, emptied);
    const keys = await this.#journal.fetchKeys();
    if (keys.length === 0 && emptied.size === 0) {
      if (performance.now() - this.#notedAt < LEVEL_NOTED_MS) this.#follower.checkToken();
      else {
        // The snapshot that was carried stays the one the witness is about.
        await this.#follower.touch();
        this.#notedAt = performance.now();
      }
      return { keys: 0, position: before.position };
    }
    let carried = 0;
    await this.#follower.transaction(snapshot, [...this.#tables.values()], signal, async () => {
      const problems: Unholdable[] = [];
      for (const no of emptied) carried += await this.#carryWhole(this.#table(no), problems, signal);
      carried += await this.#carryKeys(keys, problems, signal);
      if (problems.length > 0) throw decisionNeeded(problems.slice(0, MOST_NAMED), this.#journal.where);
      return this.#journal.testify(before.witness, server);
    });
    this.#notedAt = performance.now();
    return { keys: carried, position: positionOf(snapshot) };
  }

  /** Two passes over the keys, the first page of which is read: what was, goes; what is, comes. */
  async #carryKeys(first: readonly JournalKey[], problems: Unholdable[], signal: AbortSignal | undefined): Promise<number> {
    let count = 0;
    let isOnlyPage = true;
    for (let page = first; page.length > 0; page = await this.#journal.fetchKeys()) {
      signal?.throwIfAborted();
      for (const { no, key } of page) {
        const values = sqliteKey(this.#table(no), key);
        if (values !== undefined) this.#follower.take(this.#table(no), values);
      }
      isOnlyPage = count === 0;
      count += page.length;
    }
    if (!isOnlyPage) await this.#journal.rewindKeys();
    for (let page = isOnlyPage ? first : await this.#journal.fetchKeys(); page.length > 0; ) {
      signal?.throwIfAborted();
      for (const [no, keys] of Map.groupBy(page, (key) => key.no)) {
        const rows = await this.#journal.rowsOf(
          this.#table(no),
          keys.map(({ key }) => key),
        );
        this.#put(this.#table(no), rows, problems);
      }
      page = isOnlyPage ? [] : await this.#journal.fetchKeys();
    }
    return count;
  }

  /** An emptied table: whatever PostgreSQL has in it now, and what it never had. */
  async #carryWhole(carried: CarriedTable, problems: Unholdable[], signal: AbortSignal | undefined): Promise<number> {
    this.#follower.empty(carried, await this.#journal.quarantinedKeys(carried));
    let count = 0;
    for await (const rows of this.#journal.allRows(carried)) {
      signal?.throwIfAborted();
      for (const row of rows) {
        const key = sqliteKey(carried, (this.#decoders.get(carried.no) as RowDecoder).keyOf(row));
        if (key !== undefined) this.#follower.take(carried, key);
      }
      this.#put(carried, rows, problems);
      count += rows.length;
    }
    return count;
  }

  #put(carried: CarriedTable, rows: readonly TextRow[], problems: Unholdable[]): void {
    const decoder = this.#decoders.get(carried.no) as RowDecoder;
    for (const row of rows) {
      const values = decoder.decode(row, problems);
      const why = values === undefined ? undefined : this.#follower.put(carried, values);
      if (why !== undefined) problems.push(decoder.refused(row, why));
      if (problems.length >= MOST_NAMED) throw decisionNeeded(problems, this.#journal.where);
    }
  }

  #table(no: number): CarriedTable {
    const carried = this.#tables.get(no);
    if (carried !== undefined) return carried;
    throw new FlashcaseError('FC_MOVE_SCHEMA_CHANGED', {
      what: `The journal of PostgreSQL names a table (number ${no}) this program does not know.`,
      where: this.#journal.where,
      hint: 'Run the version of FlashCase the move was started with.',
    });
  }

  async #abortable<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    const cut = (): void => this.#journal.cut();
    signal?.addEventListener('abort', cut, { once: true });
    try {
      return await work();
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener('abort', cut);
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const begin = (): Promise<T> => {
      this.#journal.resume();
      return work();
    };
    const turn = this.#last.then(begin, begin);
    this.#last = turn.catch(() => {});
    return turn;
  }
}

/** Opens the carrier PostgreSQL → SQLite. Throws `FC_MOVE_NOT_STARTED` when the file is in no move. */
export async function openReverse(options: CarrierOptions): Promise<ReverseCarrier> {
  return new ReverseCarrier(options, await SqliteFollower.open(options.sqliteFile, options.runId));
}
