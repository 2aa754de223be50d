import type { Kysely } from 'kysely';
import type { Column, DefaultValue } from '../schema/column.ts';
import type { SchemaForm } from '../schema/form.ts';
import type { ForeignKey, Index, Schema, Table, Trigger, View } from '../schema/table.ts';

/** A decoded row: column name to value. Names of schema columns carry that column's type; other integers are numbers when safe. */
export type Row = Record<string, unknown>;

/** What an engine can do. Code above the ground floor asks these, never the engine's name. */
export interface Capabilities {
  /** The key of a table is its `partitionedKey` where it has one. */
  readonly usesPartitionedKeys: boolean;
  /** Several transactions may write at once, so a read row must be locked to stay as it was. */
  readonly hasConcurrentWriters: boolean;
  /** Foreign keys can only be switched off outside a transaction, and a table is changed by building it anew. */
  readonly rebuildsTables: boolean;
  /** Rows can be streamed in by `COPY ... BINARY`. */
  readonly hasBinaryCopy: boolean;
  /** A parameter can be a list of values, so that one text takes any number of rows. */
  readonly hasListParameters: boolean;
  /** A table can be stored by months (engine/postgres/months.ts). */
  readonly storesByMonths: boolean;
  /** The database is one local file. */
  readonly isLocalFile: boolean;
}

/** One physical connection, lent for the time of a callback. */
export interface Connection {
  /** Runs one statement. Placeholders: `?` on SQLite, `$1` on PostgreSQL (Kysely writes the right ones). */
  query(sql: string, parameters?: readonly unknown[]): Promise<Row[]>;
  /** Runs one statement and returns how many rows it changed. */
  execute(sql: string, parameters?: readonly unknown[]): Promise<number>;
  /** Runs a script of several statements without parameters. */
  script(sql: string): Promise<void>;
  /** Kysely on this very connection. Typed by the caller's schema. */
  // biome-ignore lint/suspicious/noExplicitAny: the tables are the caller's; db/ casts it to its own.
  readonly kysely: Kysely<any>;
}

/**
 * A statement run at the start of every write transaction, whose rows decide whether the transaction may go on.
 * `check` throws to refuse. Used for the write gate.
 */
export interface WriteGuard {
  readonly sql: string;
  check(rows: Row[]): void;
  /** What is run in the same round trip as the commit, as part of the transaction; nothing when absent. PostgreSQL only. */
  ending?(rows: Row[], connection: Connection): string;
}

/** The DDL of one engine for one schema value. Every name is quoted. */
export interface Ddl {
  quote(name: string): string;
  /** `CREATE TABLE` (and what its ids need) with keys, checks and foreign keys. `as` gives the table another name. */
  createTable(table: Table, options?: { readonly as?: string; readonly withoutKeys?: boolean }): string[];
  createIndex(table: Table, index: Index): string;
  createTrigger(table: Table, trigger: Trigger): string[];
  dropTrigger(table: Table, trigger: Trigger): string[];
  createView(view: View): string;
  /** The comments of a table and its columns; none where the engine keeps none. */
  comments(table: Table): string[];
  /** A foreign key as a table constraint. */
  foreignKeyClause(key: ForeignKey): string;
  /** The table's column type as this engine declares it. */
  columnType(table: Table, column: string): string;
  literal(value: DefaultValue): string;
  /** A column as `ADD COLUMN` takes it. */
  columnDefinition(table: Table, name: string, column: Column): string;
  /** The condition this engine's own `ck_<table>_<column>` check holds the column to; `undefined` where its type says it all. */
  valueCheck(name: string, column: Column): string | undefined;
  /** True where this engine adds a `ck_<table>_<column>` check to the column. */
  hasCheck(column: Column): boolean;
  /** The form of a database that holds this schema; expressions that the engine keeps in its own words are «…». */
  formOf(schema: Schema): SchemaForm;
}

/** A figure of a running database, by the name monitoring gives it (src/ops/metrics/metric-list.ts). */
export interface Reading {
  readonly name: string;
  readonly value: number;
  readonly labels?: Readonly<Record<string, string>>;
}

/** How the connections of this process stand at this moment. */
export interface PoolState {
  readonly limit: number;
  readonly inUse: number;
  readonly idle: number;
  /** Pieces of work that wait for a connection, or for their turn to write. */
  readonly waiting: number;
}

export interface Engine {
  readonly name: 'sqlite' | 'postgres';
  readonly capabilities: Capabilities;
  readonly ddl: Ddl;
  /** The engine's and the server's version, for people. */
  version(): Promise<string>;
  /** Settings of the server that let it lose what it acknowledged, each as a sentence with the next step; none where all is well. */
  weaknesses(): Promise<string[]>;
  /** How the connections stand; asks nothing of the database. */
  pool(): PoolState;
  /** Figures of the database itself, for monitoring; each costs little. @param connection a dedicated one */
  vitals(connection: Connection): Promise<Reading[]>;
  /** Where the data is, for people: a path, or host and database. Never a password. */
  readonly location: string;
  /** Runs read-only work. On SQLite it sees one snapshot; on PostgreSQL each statement sees the newest commit. */
  read<T>(work: (connection: Connection) => Promise<T>): Promise<T>;
  /**
   * Runs work in a write transaction: committed and synced when the promise resolves, rolled back when `work` throws.
   * `work` may run again from its start after a deadlock, so it must have no effect outside the database.
   * On SQLite several pieces of work may share one commit (each in its own savepoint); none is acknowledged before the sync.
   */
  write<T>(work: (connection: Connection) => Promise<T>): Promise<T>;
  /**
   * A connection of its own outside any transaction, for revisions, moves and upkeep: the work writes its own BEGIN and COMMIT.
   * On PostgreSQL it uses the direct URL. No write guard runs. It is closed afterwards.
   * @param signal ends the connection of PostgreSQL at once, and with it what waits there; work on a file is never away for long
   */
  dedicated<T>(work: (connection: Connection) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /**
   * Runs work in an empty place of the same engine that is gone afterwards: a database in memory on SQLite; on PostgreSQL a schema of its own
   * in a transaction that is rolled back, which takes the right to create schemas.
   */
  scratch<T>(work: (connection: Connection) => Promise<T>): Promise<T>;
  /** Reads the live schema back in the normal form of `schema/form.ts`; the ledger is left out. */
  introspect(connection: Connection): Promise<SchemaForm>;
  close(): Promise<void>;
}

/** Copies the log of a local file, and is told of its commits. */
export interface CommitWatcher {
  /** True while it copies: it has the log carried into the file, and the writer need not. */
  readonly isWatching: boolean;
  /** Called right before the writer commits, and right after. Must be quick, and never throw. */
  committing(): void;
  committed(): void;
}

/** What an engine tells while it works: often, so each must be quick. */
export interface EngineListeners {
  /** Called with each statement, never with values. */
  readonly onQuery?: ((sql: string, milliseconds: number) => void) | undefined;
  /** Called with how long a piece of work waited for its connection, or for its turn to write. */
  readonly onWait?: ((milliseconds: number) => void) | undefined;
  /** Called each time another process has the file and a write must wait for it. */
  readonly onBusy?: (() => void) | undefined;
  /** Who copies the log of a local file. */
  readonly commits?: CommitWatcher | undefined;
}

export interface EngineOptions extends EngineListeners {
  readonly schema: Schema;
  readonly guard?: WriteGuard;
}
