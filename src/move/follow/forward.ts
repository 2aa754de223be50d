import type { Connection } from '../../engine/engine.ts';
import type { PostgresConnection } from '../../engine/postgres/connection.ts';
import { locationOf } from '../../engine/postgres/engine.ts';
import { isConnectionLost } from '../../engine/postgres/errors.ts';
import { translateSqliteError } from '../../engine/sqlite/errors.ts';
import { FlashcaseError } from '../../errors/index.ts';
import type { CarriedTable } from '../carried-tables.ts';
import { PASS_SETTING, readSideState } from '../state/postgres-state.ts';
import { readWitnesses, setBackError, sideSetBack, WITNESSES_SQL, type Witness } from '../state/witness.ts';
import { BatchApplier } from './apply-batch.ts';
import type { Carried, Carrier, CarrierOptions, KeyDifference, Lag, WhenLevel } from './carrier.ts';
import { ForwardBatch } from './forward-batch.ts';
import { stageFoundChildren } from './found-parents.ts';
import { type HeldConnection, holdConnection } from './held-connection.ts';
import { pruneJournal } from './prune-journal.ts';
import { isActing, referencesOf } from './references.ts';
import { raiseSequences } from './sequences.ts';
import { type JournalState, journalSetBackAt, SqliteJournal } from './sqlite-journal.ts';
import { createStageSql, deleteSql, stageOf, upsertSql } from './stage.ts';
import { deferForeignKeys, restoreForeignKeys, triggerSwitches } from './target-keys.ts';
import { verifyJournalledKeys } from './verify-keys.ts';

/** A stopped process must not keep the side's row locked against whoever takes over. */
const SESSION = "SET idle_in_transaction_session_timeout = '5min'; SET lock_timeout = '10s'";
/** From here on the planner is told how large the stages are. */
const ROWS_WORTH_STATISTICS = 5000;

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;
const sqlStateOf = (error: unknown): string =>
  String(((error as { cause?: unknown }).cause as { code?: unknown } | undefined)?.code ?? '');
/** Refused because of rows: a constraint, or a value too long for an index. */
const isAboutRows = (error: unknown): boolean => /^23|^54000$/.test(sqlStateOf(error));

/**
 * Opens the carrier SQLite → PostgreSQL: reads journal and rows in one read transaction of SQLite, and brings them in one transaction of
 * PostgreSQL with the position.
 */
export async function openForward(options: CarrierOptions): Promise<Carrier> {
  return new ForwardCarrier(options);
}

/**
 * Takes back what a forward carrier changed in the target's schema so that it could carry: called once PostgreSQL is written by others, and at the
 * end of a move. The carrier makes the same changes again when it prepares.
 */
export async function settleForward(postgres: Connection, tables: readonly CarriedTable[]): Promise<void> {
  await restoreForeignKeys(postgres, tables);
}

/** What PostgreSQL has seen of the SQLite file. */
interface SeenOfSqlite {
  /** Of the row of the journal at its position. */
  readonly word: bigint | null;
  readonly epoch: bigint;
  readonly witnesses: readonly Witness[];
}

class ForwardCarrier implements Carrier {
  readonly #options: CarrierOptions;
  readonly #where: string;
  readonly #journal: SqliteJournal;
  readonly #hasActions: boolean;
  #held: HeldConnection | undefined;
  #token: number | undefined;
  /** The journal from here on is what `verifyKeys` looks at. */
  #verifyFrom: bigint | undefined;
  /** One call at a time: they share two connections. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: CarrierOptions) {
    this.#options = options;
    this.#where = locationOf(options.postgresUrl);
    this.#journal = new SqliteJournal(options.sqliteFile);
    this.#hasActions = referencesOf(options.tables).some(isActing);
  }

  claim(name: string, expected?: number, signal?: AbortSignal): Promise<void> {
    return this.#alone(async (postgres) => {
      await this.#side(postgres);
      const [row] = await postgres.query(
        'UPDATE flashcase_move.side SET follower_token = follower_token + 1, follower = $1, followed_at = clock_timestamp() WHERE run_id = $2 AND follower_token = coalesce($3::bigint, follower_token) RETURNING follower_token AS m_token',
        [name, this.#options.runId, expected ?? null],
      );
      if (row === undefined) return this.#refused(postgres);
      this.#token = Number(row?.m_token);
    }, signal);
  }

  prepare(signal?: AbortSignal): Promise<void> {
    return this.#alone(async (postgres) => {
      const { tables } = this.#options;
      this.#verifyFrom = (await this.#side(postgres)).position;
      await deferForeignKeys(postgres, tables);
      // What a first statement has to look up is looked up now.
      const statements = [...tables.map(upsertSql), ...tables.map(deleteSql)].join(';\n');
      await postgres.script(`BEGIN; SET LOCAL ${PASS_SETTING} = 'on'; ${statements}; ROLLBACK`);
      for (const carried of tables) this.#journal.source(carried);
    }, signal);
  }

  lag(signal?: AbortSignal): Promise<Lag> {
    return this.#alone(async (postgres) => ({ keys: this.#journal.count((await this.#side(postgres)).position) }), signal);
  }

  carry(signal?: AbortSignal, whenLevel?: WhenLevel): Promise<Carried> {
    return this.#alone(async (postgres) => {
      const carried = await this.#carry(postgres, signal);
      await whenLevel?.({ sqlite: this.#journal.db });
      return carried;
    }, signal);
  }

  verifyKeys(signal?: AbortSignal): Promise<{ readonly checked: number; readonly differences: readonly KeyDifference[] }> {
    return this.#alone(async (postgres) => {
      const { schema, tables, rules, runId } = this.#options;
      const verified = await verifyJournalledKeys(
        { schema, tables, rules, runId, journal: this.#journal, postgres },
        this.#verifyFrom ?? 0n,
        signal,
      );
      this.#verifyFrom = verified.position;
      return { checked: verified.checked, differences: verified.differences };
    }, signal);
  }

  setSequences(signal?: AbortSignal): Promise<number> {
    return this.#alone((postgres) => raiseSequences(postgres, this.#journal.db, this.#options.tables), signal);
  }

  prune(signal?: AbortSignal): Promise<number> {
    return this.#alone(async (postgres) => {
      const { position, followerToken } = await this.#side(postgres);
      // Whoever took over carried further, and compares what it carried by the journal.
      if (followerToken !== this.#token) return this.#refused(postgres);
      return pruneJournal(this.#options.sqliteFile, this.#options.runId, position);
    }, signal);
  }

  async close(): Promise<void> {
    await this.#last.catch(() => {});
    await this.#drop();
    this.#journal.close();
  }

  async #carry(postgres: PostgresConnection, signal: AbortSignal | undefined): Promise<Carried> {
    const { tables, schema, rules, runId } = this.#options;
    const { position, quarantined, ...side } = await this.#begin(postgres);
    const { last, lastWord } = this.#beginReading(position, side);
    if (last === position) {
      // That it was level is told once a second; to lose it does no harm.
      await postgres.script(
        `SET LOCAL synchronous_commit = off;
         UPDATE flashcase_move.side SET followed_at = clock_timestamp() WHERE followed_at IS NULL OR followed_at < clock_timestamp() - interval '1 second'; COMMIT`,
      );
      return { keys: 0, position };
    }
    const changed = this.#journal.changedTables(position, last);
    const batch = new ForwardBatch({
      schema,
      rules,
      runId,
      where: this.#where,
      journal: this.#journal,
      connection: postgres,
      quarantined,
    });
    let keys = 0;
    for (const carried of tables) if (changed.has(carried.no)) keys += await batch.stageChanges(carried, position, last, signal);
    batch.open.refuse();
    const touched = await stageFoundChildren(postgres, this.#journal, batch, rules, tables, changed);
    const staged = tables.filter(({ no }) => touched.has(no));
    const triggers = triggerSwitches(this.#hasActions ? tables : staged);
    const statistics = keys < ROWS_WORTH_STATISTICS ? '' : staged.map((carried) => `ANALYZE ${stageOf(carried)};`).join(' ');
    await postgres.script(`${triggers.off} ${statistics} SAVEPOINT staged`);
    const finish = (on: string): Promise<void> => {
      signal?.throwIfAborted();
      return postgres.script(
        `SET CONSTRAINTS ALL IMMEDIATE; ${on} UPDATE flashcase_move.side SET position = ${last}, position_word = ${lastWord}, followed_at = clock_timestamp(); COMMIT`,
      );
    };
    const applier = (): BatchApplier => new BatchApplier(postgres, this.#journal, batch, rules, tables, touched);
    try {
      await applier().apply();
      await finish(triggers.on);
    } catch (error) {
      if (!isAboutRows(error)) throw error;
      signal?.throwIfAborted();
      const all = triggerSwitches(tables);
      await postgres.script(`ROLLBACK TO SAVEPOINT staged; ${all.off}`);
      await applier().applyWithCare(sqlStateOf(error) === '54000');
      await finish(all.on).catch((refused: unknown) => {
        throw isAboutRows(refused) ? this.#unexplained(refused) : refused;
      });
    }
    return { keys, position: last };
  }

  /** Begins the transaction and locks the side's row: whoever claims now waits for the end of it. */
  async #begin(postgres: PostgresConnection): Promise<{ position: bigint; quarantined: ReadonlySet<string> } & SeenOfSqlite> {
    if (this.#token === undefined) throw new FlashcaseError('FC_INTERNAL', { what: 'A carrier carried before it claimed.' });
    const runId = text(this.#options.runId);
    const [row] = await postgres.scriptRows(
      `BEGIN; SET LOCAL ${PASS_SETTING} = 'on'; SET CONSTRAINTS ALL DEFERRED;
       SELECT position::text AS m_position, position_word::text AS m_word, epoch::text AS m_epoch, ${WITNESSES_SQL} AS m_witnesses,
         (SELECT coalesce(json_agg(DISTINCT table_name), '[]')::text FROM flashcase_move.quarantine WHERE run_id = ${runId}) AS m_quarantined
       FROM flashcase_move.side WHERE run_id = ${runId} AND follower_token = ${this.#token} AND NOT is_writable FOR UPDATE`,
    );
    if (row === undefined) return this.#refused(postgres);
    return {
      position: BigInt(row.m_position as string),
      word: row.m_word === null ? null : BigInt(row.m_word as string),
      epoch: BigInt(row.m_epoch as string),
      witnesses: readWitnesses(row.m_witnesses),
      quarantined: new Set(JSON.parse(row.m_quarantined as string) as string[]),
    };
  }

  async #refused(postgres: PostgresConnection): Promise<never> {
    const side = await this.#side(postgres);
    if (side.isWritable) {
      throw new FlashcaseError('FC_MOVE_STATE', {
        what: 'PostgreSQL is the primary: nothing is carried from SQLite to it.',
        where: this.#where,
        hint: 'flashcase move status says where the move is.',
      });
    }
    throw new FlashcaseError('FC_MOVE_TAKEN_OVER', {
      what: `${side.follower ?? 'Another process'} carries the changes of this move now.`,
      where: this.#where,
      hint: 'Nothing is lost; flashcase move status says who carries and how far.',
      details: { follower: side.follower },
    });
  }

  /** The side's row of this move; throws `FC_MOVE_STATE` when there is none. */
  async #side(postgres: Connection) {
    const side = await readSideState(postgres);
    if (side !== undefined && side.runId === this.#options.runId) return side;
    throw new FlashcaseError('FC_MOVE_STATE', {
      what: side === undefined ? 'The copy of this move is not complete.' : `PostgreSQL belongs to the move ${side.runId}.`,
      where: this.#where,
      hint: 'flashcase move status says where the move is; flashcase move start goes on with it.',
    });
  }

  /** Begins the read transaction of SQLite. Throws `FC_MOVE_SET_BACK` when one side is not what the other has seen of it. */
  #beginReading(position: bigint, seen: SeenOfSqlite): JournalState {
    const state = this.#journal.begin(position);
    if (state?.runId !== this.#options.runId || state.phase === 'reverse') {
      throw new FlashcaseError('FC_MOVE_STATE', {
        what:
          state?.runId === this.#options.runId
            ? 'PostgreSQL is the primary.'
            : `SQLite is not in the move ${this.#options.runId}.`,
        where: this.#options.sqliteFile,
        hint: 'flashcase move status says where the move is.',
      });
    }
    const setBack =
      state.epoch < seen.epoch
        ? 'sqlite'
        : (sideSetBack(state.witness, seen.witnesses) ?? journalSetBackAt(state, position, seen.word));
    if (setBack === undefined) return state;
    throw setBackError(setBack, 'forward', setBack === 'sqlite' ? this.#options.sqliteFile : this.#where);
  }

  #unexplained(error: unknown): FlashcaseError {
    const { table, constraint, detail, message } = (
      error as { cause: { table?: string; constraint?: string; detail?: string; message: string } }
    ).cause;
    return new FlashcaseError('FC_MOVE_FAILED', {
      what: `PostgreSQL refuses rows of ${table ?? 'a table'} that SQLite holds: ${message}.`,
      where: [table, constraint].filter((part) => part !== undefined).join(', '),
      ...(detail === undefined ? {} : { why: detail }),
      hint: 'Nothing of this batch was carried. Compare the two databases with flashcase move verify.',
      cause: error,
    });
  }

  /** Runs one call after those before it, with a connection; whatever it leaves open on either side is ended. */
  #alone<T>(work: (postgres: PostgresConnection) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const turn = this.#last.then(async () => {
      signal?.throwIfAborted();
      const { connection } = await this.#connected(signal);
      // A statement that waits for the server cannot be asked to stop: its connection is ended.
      const cut = (): void => void this.#drop();
      signal?.addEventListener('abort', cut, { once: true });
      try {
        return await work(connection);
      } catch (error) {
        const cause = (error as { cause?: unknown }).cause ?? error;
        if (cause instanceof Error && isConnectionLost(cause)) await this.#drop();
        else await connection.script('ROLLBACK').catch(() => this.#drop());
        signal?.throwIfAborted();
        throw translateSqliteError(error, this.#options.sqliteFile);
      } finally {
        signal?.removeEventListener('abort', cut);
        this.#journal.end();
      }
    });
    this.#last = turn.catch(() => {});
    return turn;
  }

  async #connected(signal: AbortSignal | undefined): Promise<HeldConnection> {
    if (this.#held !== undefined) return this.#held;
    const held = await holdConnection(this.#options.postgresUrl, signal);
    try {
      await held.connection.script(`${SESSION}; ${this.#options.tables.map(createStageSql).join(';\n')}`);
    } catch (error) {
      await held.close();
      throw error;
    }
    this.#held = held;
    return held;
  }

  async #drop(): Promise<void> {
    const held = this.#held;
    this.#held = undefined;
    await held?.close();
  }
}
