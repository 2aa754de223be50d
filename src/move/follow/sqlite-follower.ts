import { existsSync } from 'node:fs';
import type { SQLInputValue, StatementSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import type { Connection, Row } from '../../engine/engine.ts';
import { DERIVED_PREFIX, MOVE_PREFIX } from '../../engine/schema-form.ts';
import { SqliteConnection } from '../../engine/sqlite/connection.ts';
import { translateSqliteError } from '../../engine/sqlite/errors.ts';
import { makeDurable } from '../../engine/sqlite/file-checks.ts';
import { FlashcaseError } from '../../errors/index.ts';
import type { SqliteValue } from '../../schema/codec.ts';
import { cellOf, cellSql, rowFromJson, type StoredCell, type StoredRow } from '../../schema/stored-cell.ts';
import { uniqueKeysOf } from '../../schema/table.ts';
import type { CarriedTable } from '../carried-tables.ts';
import { quoted } from '../source/source-tables.ts';
import { requireMoveState, STATE_TABLE, witnessOf } from '../state/sqlite-state.ts';
import type { Witness } from '../state/witness.ts';
import { positionOf } from './journal-mark.ts';
import { carriedColumns } from './postgres-journal.ts';

const READ_BUSY_MS = 5000;
/** Other commands write the file's state for moments only. */
const WRITE_LOCK_MS = 30_000;
const KEPT = 'temp.flashcase_move_kept';
const WAS = 'temp.flashcase_move_was';

/** What the state row says to a carrier. */
export interface FollowerState {
  readonly position: bigint;
  /** PostgreSQL's snapshot that was carried last; `undefined` where only the position is known. */
  readonly snapshot: string | undefined;
  /** The word PostgreSQL must have. */
  readonly witness: Witness;
}

/** A row as the file had it, which PostgreSQL has not, or has otherwise. */
export interface LostRow {
  readonly row: StoredRow;
  readonly isGone: boolean;
}

interface Statements {
  readonly take: StatementSync;
  readonly put: StatementSync;
  readonly read: StatementSync;
}

const isConstraint = (error: unknown): boolean => ((error as { errcode?: number }).errcode ?? 0) % 256 === 19;

/** The SQLite file as the side that follows: one connection that checks no references and fires no trigger of the schema. */
export class SqliteFollower {
  readonly #file: string;
  readonly #runId: string;
  readonly #connection: SqliteConnection;
  readonly #statements = new Map<number, Statements>();
  #token: number | undefined;

  /** @throws `FC_MOVE_NOT_STARTED` when the file is in no move. */
  static async open(file: string, runId: string): Promise<SqliteFollower> {
    // Opening makes a file that is not there.
    if (!existsSync(file)) {
      throw new FlashcaseError('FC_DB_UNREACHABLE', {
        what: 'The SQLite file of the move is gone.',
        where: file,
        hint: 'Put it back, or finish the move without a way back.',
      });
    }
    const connection = new SqliteConnection({ file, readOnly: false, busyTimeoutMs: READ_BUSY_MS, columnTypes: new Map() });
    try {
      makeDurable(connection, file);
      // PostgreSQL has checked them. Here an action of a reference would reach rows only SQLite has, and the other side's own actions are in the journal.
      connection.pragma('foreign_keys = OFF');
      await requireMoveState(connection, file);
    } catch (error) {
      connection.close();
      throw error;
    }
    return new SqliteFollower(file, runId, connection);
  }

  private constructor(file: string, runId: string, connection: SqliteConnection) {
    this.#file = file;
    this.#runId = runId;
    this.#connection = connection;
  }

  get where(): string {
    return this.#file;
  }

  /** For what else is written in a `transaction`. */
  get connection(): Connection {
    return this.#connection;
  }

  state(): FollowerState {
    const [row] = this.#connection.runSync(
      `SELECT position AS m_position, carried_snapshot AS m_snapshot, witness AS m_witness FROM ${STATE_TABLE} WHERE run_id = ?`,
      [this.#runId],
    ).rows;
    if (row === undefined) throw this.#takenOver('The file belongs to another move now.');
    const position = BigInt(row.m_position as string);
    const snapshot = (row.m_snapshot as string | null) ?? undefined;
    return {
      position,
      snapshot: snapshot?.startsWith(`${position}:`) === true ? snapshot : undefined,
      witness: witnessOf(row.m_witness, this.#runId),
    };
  }

  /** Becomes the only one who carries into this file. */
  async claim(name: string, expected?: number): Promise<void> {
    await this.#locked(undefined, () => {
      const [row] = this.#connection.runSync(
        `UPDATE ${STATE_TABLE} SET follower_token = follower_token + 1, follower = ?, followed_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now') WHERE run_id = ? AND follower_token = coalesce(?, follower_token) RETURNING follower_token AS m_token`,
        [name, this.#runId, expected ?? null],
      ).rows;
      if (row === undefined) throw this.#takenOver(expected === undefined ? 'The file belongs to another move now.' : undefined);
      this.#token = row.m_token as number;
    });
  }

  /** Throws `FC_MOVE_TAKEN_OVER` when somebody else carries now, or this one never claimed; `FC_MOVE_STATE` when the file is the primary. */
  checkToken(): void {
    const [row] = this.#connection.runSync(
      `SELECT phase AS m_phase FROM ${STATE_TABLE} WHERE run_id = ? AND follower_token = ?`,
      [this.#runId, this.#token ?? -1],
    ).rows;
    if (row === undefined) throw this.#takenOver();
    if (row.m_phase === 'reverse') return;
    throw new FlashcaseError('FC_MOVE_STATE', {
      what: 'SQLite does not follow PostgreSQL: nothing is carried into it.',
      where: this.#file,
      hint: 'flashcase move status says what is possible.',
    });
  }

  /**
   * Runs work in one write transaction that neither fence nor journal of this side see, and that commits with the snapshot it carried; all or nothing.
   * @param touched tables that may be written.
   * @param work is done with this follower's other methods; it gives the word PostgreSQL has after the snapshot.
   */
  async transaction(
    snapshot: string,
    touched: readonly CarriedTable[],
    signal: AbortSignal | undefined,
    work: () => Promise<Witness>,
  ): Promise<void> {
    await this.#locked(signal, async () => {
      this.checkToken();
      this.#connection.runSync(`UPDATE ${STATE_TABLE} SET pass = 1`);
      const putBack = this.#setTriggersAside(touched);
      const witness = await work();
      for (const sql of putBack) this.#connection.scriptSync(sql);
      this.#connection.runSync(
        `UPDATE ${STATE_TABLE} SET pass = 0, position = ?, carried_snapshot = ?, witness = ?, followed_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')`,
        [String(positionOf(snapshot)), snapshot, JSON.stringify(witness)],
      );
    });
  }

  /** Says that this side is level, when nothing was to be carried. */
  async touch(): Promise<void> {
    await this.#locked(undefined, () => {
      this.checkToken();
      this.#connection.runSync(`UPDATE ${STATE_TABLE} SET followed_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')`);
    });
  }

  /** Removes the row of a key, if it is there. */
  take(carried: CarriedTable, key: readonly SqliteValue[]): void {
    this.#run(() => this.#of(carried).take.run(...(key as SQLInputValue[])));
  }

  /** Stores a row whose key was taken. @returns why the file refuses it, if it does. */
  put(carried: CarriedTable, values: readonly SqliteValue[]): string | undefined {
    try {
      this.#of(carried).put.run(...(values as SQLInputValue[]));
      return undefined;
    } catch (error) {
      if (!isConstraint(error)) throw translateSqliteError(error, this.#file);
      return this.#inTheWay(carried, values) ?? (error as Error).message;
    }
  }

  /** The stored row of a key, with `carriedColumns`. */
  read(carried: CarriedTable, key: readonly SqliteValue[]): readonly SqliteValue[] | undefined {
    return this.#run(() => this.#of(carried).read.get(...(key as SQLInputValue[]))) as unknown as SqliteValue[] | undefined;
  }

  /**
   * Empties a table, but for rows PostgreSQL never had.
   * @param keptKeys the keys of those, as `rowToJson` writes them.
   */
  empty(carried: CarriedTable, keptKeys: readonly string[]): void {
    this.#keep(carried, keptKeys);
    this.#connection.scriptSync(
      `DELETE FROM main.${quoted(carried.table.name)}${keptKeys.length === 0 ? '' : ` WHERE NOT ${this.#isKept(carried)}`}`,
    );
  }

  /** Keeps what a table holds for `lost`, but for rows PostgreSQL never had. */
  remember(carried: CarriedTable, keptKeys: readonly string[]): void {
    this.#keep(carried, keptKeys);
    this.#connection.scriptSync(
      `DROP TABLE IF EXISTS ${WAS}; CREATE TABLE ${WAS} AS SELECT * FROM main.${quoted(carried.table.name)} WHERE NOT ${this.#isKept(carried)}`,
    );
  }

  /** The rows of a table as `remember` found them that are not there now, or are otherwise. */
  *lost({ table }: CarriedTable): Generator<LostRow> {
    const names = Object.keys(table.columns);
    const isSame = table.primaryKey.map((column) => `n.${quoted(column)} = w.${quoted(column)}`).join(' AND ');
    const differs = names.map((column) => `w.${quoted(column)} IS NOT n.${quoted(column)}`).join(' OR ');
    const gone = `n.${quoted(table.primaryKey[0] as string)} IS NULL`;
    const statement = this.#connection.raw.prepare(
      `SELECT ${gone}, ${names.map((column) => cellSql(`w.${quoted(column)}`)).join(', ')} FROM ${WAS} AS w LEFT JOIN main.${quoted(table.name)} AS n ON ${isSame} WHERE ${gone} OR ${differs}`,
    );
    statement.setReadBigInts(true);
    statement.setReturnArrays(true);
    for (const found of statement.iterate() as unknown as Iterable<readonly unknown[]>)
      yield {
        isGone: found[0] === 1n,
        row: Object.fromEntries(names.map((name, i) => [name, cellOf(found[1 + 2 * i], found[2 + 2 * i])])),
      };
  }

  /** Rows of a table, but for those PostgreSQL never had. */
  count(carried: CarriedTable, keptKeys: readonly string[]): number {
    this.#keep(carried, keptKeys);
    const [row] = this.#connection.runSync(
      `SELECT count(*) AS m_rows FROM main.${quoted(carried.table.name)} WHERE NOT ${this.#isKept(carried)}`,
    ).rows;
    return row?.m_rows as number;
  }

  /** Raises an id counter to a value another side handed out. */
  async raiseSequence(last: ReadonlyMap<string, bigint>, signal: AbortSignal | undefined): Promise<void> {
    await this.#locked(signal, () => {
      this.checkToken();
      for (const [table, value] of last) {
        const { changes } = this.#connection.runSync('UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?', [
          value,
          table,
        ]);
        if (changes === 0) this.#connection.runSync('INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)', [table, value]);
      }
    });
  }

  close(): void {
    this.#connection.close();
  }

  #isKept({ table }: CarriedTable): string {
    const isSame = table.primaryKey.map((column, i) => {
      const own = `${quoted(table.name)}.${quoted(column)}`;
      return `k.c${i} IS ${own} AND typeof(k.c${i}) = typeof(${own})`;
    });
    return `EXISTS (SELECT 1 FROM ${KEPT} AS k WHERE ${isSame.join(' AND ')})`;
  }

  #keep({ table }: CarriedTable, keptKeys: readonly string[]): void {
    const names = table.primaryKey.map((_, i) => `c${i}`).join(', ');
    this.#connection.scriptSync(`DROP TABLE IF EXISTS ${KEPT}; CREATE TABLE ${KEPT} (${names})`);
    for (const json of keptKeys) {
      const row = rowFromJson(json);
      const cells = table.primaryKey.map((column) => row[column] as StoredCell);
      // Text is bound by its bytes: it need not be UTF-8.
      this.#connection.runSync(
        `INSERT INTO ${KEPT} VALUES (${cells.map(({ kind }) => (kind === 'text' ? 'CAST(? AS TEXT)' : '?')).join(', ')})`,
        cells.map((cell) => (cell.kind === 'null' ? null : 'bytes' in cell ? cell.bytes : cell.value)),
      );
    }
  }

  /** Names the row that has a value the new one needs for itself. */
  #inTheWay(carried: CarriedTable, values: readonly SqliteValue[]): string | undefined {
    const { table } = carried;
    const names = carriedColumns(carried).map(([name]) => name);
    for (const columns of [table.primaryKey, ...uniqueKeysOf(table).map((unique) => unique.columns)]) {
      const wanted = columns.map((column) => values[names.indexOf(column)] ?? null);
      if (wanted.includes(null)) continue;
      const [row] = this.#connection.runSync(
        `SELECT ${table.primaryKey.map((column, i) => `CAST(${quoted(column)} AS TEXT) AS m_${i}`).join(', ')} FROM main.${quoted(table.name)}
         WHERE ${columns.map((column) => `${quoted(column)} = ?`).join(' AND ')}`,
        wanted,
      ).rows;
      if (row === undefined) continue;
      const shown = table.primaryKey.map((column, i) => `${column}=${String(row[`m_${i}`])}`).join(',');
      return `the row ${shown} of the SQLite file has the same ${columns.join(', ')}`;
    }
    return undefined;
  }

  /**
   * Takes away the triggers of tables that are written and have others than the move's. @returns what makes them again, to the letter and in their order: the
   * newest runs first, and that must be the move's. Those of derived indexes stay: the index follows what is carried.
   */
  #setTriggersAside(touched: readonly CarriedTable[]): string[] {
    const names = new Set(touched.map(({ table }) => table.name.toLowerCase()));
    const isOwn = (row: Row): boolean => String(row.m_name).startsWith(MOVE_PREFIX);
    const triggers = this.#connection
      .runSync(
        `SELECT name AS m_name, lower(tbl_name) AS m_table, sql AS m_sql FROM main.sqlite_schema WHERE type = 'trigger' ORDER BY rowid`,
      )
      .rows.filter((row) => names.has(String(row.m_table)) && !String(row.m_name).startsWith(DERIVED_PREFIX));
    const others = new Set(triggers.filter((row) => !isOwn(row)).map((row) => row.m_table));
    const aside = triggers.filter((row) => others.has(row.m_table));
    for (const { m_name: name } of aside) this.#connection.scriptSync(`DROP TRIGGER main.${quoted(String(name))}`);
    return aside.map((row) => String(row.m_sql));
  }

  #of(carried: CarriedTable): Statements {
    const known = this.#statements.get(carried.no);
    if (known !== undefined) return known;
    const table = `main.${quoted(carried.table.name)}`;
    const names = carriedColumns(carried).map(([name]) => quoted(name));
    const isKey = carried.key.map((column) => `${quoted(column)} = ?`).join(' AND ');
    const prepare = (sql: string): StatementSync => {
      const statement = this.#connection.raw.prepare(sql);
      statement.setReadBigInts(true);
      statement.setReturnArrays(true);
      return statement;
    };
    const made = this.#run(() => ({
      take: prepare(`DELETE FROM ${table} WHERE ${isKey}`),
      put: prepare(`INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`),
      read: prepare(`SELECT ${names.join(', ')} FROM ${table} WHERE ${isKey}`),
    }));
    this.#statements.set(carried.no, made);
    return made;
  }

  #run<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw translateSqliteError(error, this.#file);
    }
  }

  /** Takes SQLite's write lock without keeping this thread waiting for it, and commits. */
  async #locked<T>(signal: AbortSignal | undefined, work: () => T | Promise<T>): Promise<T> {
    await this.#begin(signal);
    try {
      const value = await work();
      this.#connection.scriptSync('COMMIT');
      return value;
    } catch (error) {
      if (this.#connection.isInTransaction) this.#connection.scriptSync('ROLLBACK');
      throw error;
    }
  }

  async #begin(signal: AbortSignal | undefined): Promise<void> {
    this.#connection.pragma('busy_timeout = 0');
    try {
      for (let waited = 0; ; waited += 10) {
        try {
          this.#connection.scriptSync('BEGIN IMMEDIATE');
          return;
        } catch (error) {
          if (!(error instanceof FlashcaseError) || error.code !== 'FC_DB_BUSY' || waited >= WRITE_LOCK_MS) throw error;
        }
        await delay(10, undefined, signal === undefined ? {} : { signal });
      }
    } finally {
      this.#connection.pragma(`busy_timeout = ${READ_BUSY_MS}`);
    }
  }

  #takenOver(why = 'Another process claimed it.'): FlashcaseError {
    return new FlashcaseError('FC_MOVE_TAKEN_OVER', {
      what: 'This process no longer carries the changes of PostgreSQL to SQLite.',
      where: this.#file,
      why,
      hint: 'Nothing is to be done: the other one goes on. flashcase move status names it.',
    });
  }
}
