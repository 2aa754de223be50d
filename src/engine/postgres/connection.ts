import type { Kysely } from 'kysely';
import type { Client, CustomTypesConfig, FieldDef, QueryArrayConfig, QueryArrayResult } from 'pg';
import { codecOf } from '../../schema/codec.ts';
import type { ColumnType } from '../../schema/column.ts';
import { Timestamp } from '../../schema/timestamp.ts';
import { type Decoder, exactInteger, toRows } from '../decode.ts';
import type { Connection, EngineOptions, Row } from '../engine.ts';
import { kyselyLibrary, kyselyOn } from '../kysely-dialect.ts';
import { translatePostgresError } from './errors.ts';

/** Values arrive as the server's text and are decoded here by column name, as on SQLite; pg's own parsers would lose digits. */
const asText: CustomTypesConfig = { getTypeParser: () => (text: string) => text } as unknown as CustomTypesConfig;

const BOOL = 16;
const BYTEA = 17;
const INT8 = 20;
const SMALL_NUMBERS = new Set([21, 23, 26, 700, 701]);
const TIMESTAMPTZ = 1184;

function decoder(field: FieldDef, types: ReadonlyMap<string, ColumnType>): Decoder<string | null> {
  const type = types.get(field.name);
  const read =
    type !== undefined
      ? (text: string) => codecOf(type).fromPostgresText(text)
      : field.dataTypeID === INT8
        ? (text: string) => exactInteger(BigInt(text))
        : SMALL_NUMBERS.has(field.dataTypeID)
          ? Number
          : field.dataTypeID === BOOL
            ? (text: string) => text === 't'
            : field.dataTypeID === TIMESTAMPTZ
              ? (text: string) => Timestamp.parse(text) ?? text
              : field.dataTypeID === BYTEA
                ? (text: string) => Buffer.from(text.slice(2), 'hex')
                : (text: string) => text;
  return (value) => (value === null ? null : read(value));
}

/** A server that does not answer an orderly goodbye is not waited for. */
const GOODBYE_MS = 2000;

/** Ends a connection at once; what runs on it fails. */
export function cutOff(client: Client): void {
  (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
}

/** Ends a connection in order, or at once when the network to its server is gone: that could take a quarter of an hour. */
export async function endClient(client: Client): Promise<void> {
  const late = setTimeout(() => cutOff(client), GOODBYE_MS);
  await client.end().catch(() => {});
  clearTimeout(late);
}

/** One `pg` client with results decoded by the schema. Statements are unnamed: safe behind any pooler. */
export class PostgresConnection implements Connection {
  readonly client: Client;
  readonly #where: string;
  readonly #types: ReadonlyMap<string, ColumnType>;
  readonly #onQuery: EngineOptions['onQuery'];
  #kysely: Kysely<Record<string, never>> | undefined;
  /** Statements of one connection run one after the other, also when a caller starts several at once. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(client: Client, where: string, types: ReadonlyMap<string, ColumnType>, onQuery?: EngineOptions['onQuery']) {
    this.client = client;
    this.#where = where;
    this.#types = types;
    this.#onQuery = onQuery;
  }

  get kysely(): Kysely<Record<string, never>> {
    if (this.#kysely === undefined) {
      const { PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } = kyselyLibrary();
      this.#kysely = kyselyOn(this, {
        createAdapter: () => new PostgresAdapter(),
        createIntrospector: (db) => new PostgresIntrospector(db),
        createQueryCompiler: () => new PostgresQueryCompiler(),
      });
    }
    return this.#kysely;
  }

  async run(sql: string, parameters: readonly unknown[]): Promise<{ rows: Row[]; changes: number }> {
    const started = performance.now();
    try {
      const result: QueryArrayResult<(string | null)[]> = await this.#inTurn({
        text: sql,
        values: [...parameters],
        rowMode: 'array',
        types: asText,
      });
      return { rows: this.#rows(result), changes: result.rowCount ?? 0 };
    } catch (error) {
      throw translatePostgresError(error, this.#where);
    } finally {
      this.#onQuery?.(sql, performance.now() - started);
    }
  }

  async query(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return (await this.run(sql, parameters)).rows;
  }

  async execute(sql: string, parameters: readonly unknown[] = []): Promise<number> {
    return (await this.run(sql, parameters)).changes;
  }

  async script(sql: string): Promise<void> {
    await this.scriptRows(sql);
  }

  /** Runs several statements in one round trip and returns the last one's rows. */
  async scriptRows(sql: string): Promise<Row[]> {
    try {
      const result = (await this.#inTurn({ text: sql, rowMode: 'array', types: asText })) as unknown as
        | QueryArrayResult<(string | null)[]>
        | QueryArrayResult<(string | null)[]>[];
      const last = Array.isArray(result) ? result.at(-1) : result;
      return last === undefined ? [] : this.#rows(last);
    } catch (error) {
      throw translatePostgresError(error, this.#where);
    }
  }

  #inTurn(query: QueryArrayConfig): Promise<QueryArrayResult<(string | null)[]>> {
    const turn = this.#last.then(() => this.client.query<(string | null)[]>(query));
    this.#last = turn.catch(() => {});
    return turn;
  }

  #rows(result: QueryArrayResult<(string | null)[]>): Row[] {
    const fields = result.fields ?? [];
    return toRows(
      fields.map((field) => field.name),
      fields.map((field) => decoder(field, this.#types)),
      result.rows ?? [],
    );
  }
}
