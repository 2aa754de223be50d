import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import type { Kysely } from 'kysely';
import type { SqliteValue } from '../../schema/codec.ts';
import type { ColumnType } from '../../schema/column.ts';
import { Timestamp } from '../../schema/timestamp.ts';
import { type Decoder, sqliteDecoder, toRows } from '../decode.ts';
import type { Connection, EngineOptions, Row } from '../engine.ts';
import { kyselyLibrary, kyselyOn } from '../kysely-dialect.ts';
import { translateSqliteError } from './errors.ts';

/** Statements kept prepared per connection; FlashCase has fewer texts than this, ad-hoc ones push out the oldest. */
const STATEMENT_CACHE = 256;

interface Prepared {
  readonly statement: StatementSync;
  readonly names: readonly string[];
  readonly decoders: readonly Decoder<SqliteValue>[];
}

export interface SqliteConnectionOptions {
  readonly file: string;
  readonly readOnly: boolean;
  /** How long a statement waits for another process's lock, blocking this thread. Writers use 0 and wait without blocking. */
  readonly busyTimeoutMs: number;
  readonly columnTypes: ReadonlyMap<string, ColumnType>;
  readonly onQuery?: EngineOptions['onQuery'];
}

/** Numbers are bound as integers where they are whole: `node:sqlite` binds every number as a double, and `5 / 2` would change. */
function bind(value: unknown): SQLInputValue {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (value instanceof Timestamp) return value.text;
  if (value === undefined) return null;
  return value as SQLInputValue;
}

/** One `node:sqlite` connection with a statement cache and results decoded by the schema. */
export class SqliteConnection implements Connection {
  readonly raw: DatabaseSync;
  readonly #options: SqliteConnectionOptions;
  readonly #statements = new Map<string, Prepared>();
  #kysely: Kysely<Record<string, never>> | undefined;

  constructor(options: SqliteConnectionOptions) {
    this.#options = options;
    try {
      this.raw = new DatabaseSync(options.file, {
        readOnly: options.readOnly,
        timeout: options.busyTimeoutMs,
        enableForeignKeyConstraints: true,
      });
    } catch (error) {
      throw translateSqliteError(error, options.file);
    }
  }

  get kysely(): Kysely<Record<string, never>> {
    if (this.#kysely === undefined) {
      const { SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } = kyselyLibrary();
      this.#kysely = kyselyOn(this, {
        createAdapter: () => new SqliteAdapter(),
        createIntrospector: (db) => new SqliteIntrospector(db),
        createQueryCompiler: () => new SqliteQueryCompiler(),
      });
    }
    return this.#kysely;
  }

  get isInTransaction(): boolean {
    return this.raw.isTransaction;
  }

  async run(sql: string, parameters: readonly unknown[]): Promise<{ rows: Row[]; changes: number }> {
    return this.runSync(sql, parameters);
  }

  /** The engine is in this process: a statement is a function call. Queue and checks use this form to leave no await between them. */
  runSync(sql: string, parameters: readonly unknown[] = []): { rows: Row[]; changes: number } {
    const started = this.#options.onQuery === undefined ? 0 : performance.now();
    try {
      const prepared = this.#prepare(sql);
      const values = parameters.map(bind);
      if (prepared.names.length === 0) return { rows: [], changes: Number(prepared.statement.run(...values).changes) };
      const cells = prepared.statement.all(...values) as unknown as SqliteValue[][];
      return { rows: toRows(prepared.names, prepared.decoders, cells), changes: cells.length };
    } catch (error) {
      throw translateSqliteError(error, this.#options.file);
    } finally {
      this.#options.onQuery?.(sql, performance.now() - started);
    }
  }

  async query(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return this.runSync(sql, parameters).rows;
  }

  async execute(sql: string, parameters: readonly unknown[] = []): Promise<number> {
    return this.runSync(sql, parameters).changes;
  }

  async script(sql: string): Promise<void> {
    this.scriptSync(sql);
  }

  scriptSync(sql: string): void {
    try {
      this.raw.exec(sql);
    } catch (error) {
      throw translateSqliteError(error, this.#options.file);
    }
  }

  /** Reads a pragma's single value. */
  pragma(name: string): unknown {
    const row = this.runSync(`PRAGMA ${name}`).rows[0];
    return row === undefined ? undefined : Object.values(row)[0];
  }

  close(): void {
    this.#statements.clear();
    if (this.raw.isOpen) this.raw.close();
  }

  #prepare(sql: string): Prepared {
    const cached = this.#statements.get(sql);
    if (cached !== undefined) {
      this.#statements.delete(sql);
      this.#statements.set(sql, cached);
      return cached;
    }
    const statement = this.raw.prepare(sql);
    statement.setReadBigInts(true);
    statement.setReturnArrays(true);
    const names = statement.columns().map((column) => column.name);
    const prepared = { statement, names, decoders: names.map((name) => sqliteDecoder(this.#options.columnTypes.get(name))) };
    // `PRAGMA` and DDL texts depend on the schema at prepare time and are not repeated: only queries are kept.
    if (/^\s*(select|insert|update|delete|with)\b/i.test(sql)) {
      this.#statements.set(sql, prepared);
      if (this.#statements.size > STATEMENT_CACHE) this.#statements.delete(this.#statements.keys().next().value as string);
    }
    return prepared;
  }
}
