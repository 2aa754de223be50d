import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { TestContext } from 'node:test';
import pg from 'pg';
import { systemClock } from '../../src/db/clock.ts';
import type { Connection } from '../../src/engine/engine.ts';
import { ddl } from '../../src/engine/postgres/ddl.ts';
import { installPostgresCapture } from '../../src/move/capture/postgres-capture.ts';
import { type CarriedTable, carriedTables } from '../../src/move/carried-tables.ts';
import type { CarrierOptions } from '../../src/move/follow/carrier.ts';
import { Rules } from '../../src/move/plan/rules.ts';
import { STATE_SQL } from '../../src/move/state/sqlite-state.ts';
import { openTarget } from '../../src/move/target/connect.ts';
import { upgrade } from '../../src/revisions/run.ts';
import { createTable } from '../../src/revisions/step.ts';
import {
  boolean,
  bytes,
  float64,
  generatedId,
  int32,
  int64,
  type Schema,
  schema,
  table,
  text,
  timestamp,
} from '../../src/schema/index.ts';
import type { Target } from '../support/database.ts';
import { freshTarget, newSource, temporaryFolder } from './library.ts';

/** Every kind of key and value; `visit` is partitioned on PostgreSQL, `tag` is unique in two columns, `nest` refers to itself. */
const member = table('member', {
  columns: {
    id: generatedId(),
    email: text(),
    nick: text({ nullable: true }),
    is_active: boolean({ default: true }),
    weight: float64({ nullable: true }),
    visits: int64({ nullable: true }),
    level: int32({ default: 0 }),
    joined_at: timestamp({ nullable: true }),
    photo: bytes({ nullable: true }),
  },
  primaryKey: ['id'],
  uniqueIndexes: { ix_member_email: ['email'], ix_member_nick: { columns: ['nick'], where: 'level > 0' } },
});

const nest = table('nest', {
  columns: { id: generatedId(), parent_id: int64({ nullable: true }), member_id: int64({ nullable: true }), name: text() },
  primaryKey: ['id'],
  references: {
    parent_id: { to: 'nest.id', onDelete: 'cascade' },
    member_id: { to: 'member.id', onDelete: 'set null' },
  },
});

const visit = table('visit', {
  columns: { id: generatedId(), member_id: int64(), seen_at: timestamp(), note: text({ nullable: true }) },
  primaryKey: ['id'],
  partitionedKey: ['member_id', 'seen_at', 'id'],
  references: { member_id: 'member.id' },
});

const reading = table('reading', {
  columns: { sensor: bytes(), value_at: timestamp(), factor: float64(), is_good: boolean(), amount: int32() },
  primaryKey: ['sensor', 'value_at', 'factor', 'is_good'],
});

export const club = schema({ member, nest, visit, reading });

export type Partitioning = 'none' | 'hash' | 'range';

async function makeTarget(url: string, of: Schema, partitioning: Partitioning): Promise<void> {
  const engine = openTarget(url);
  try {
    await upgrade({
      engine,
      revisions: [
        {
          id: '0001',
          name: 'all',
          upgrade: Object.values(of.tables).map((entry) => createTable(entry)),
          downgrade: 'not needed here.',
        },
      ],
      clock: systemClock(),
    });
    if (partitioning === 'none') return;
    await engine.dedicated(async (connection) => {
      const sequence = 'visit_id_seq';
      const [, create, own] = ddl.createTable(visit);
      await connection.script(`DROP TABLE visit; CREATE SEQUENCE ${sequence} AS bigint`);
      await connection.script(
        `${create} PARTITION BY ${partitioning === 'hash' ? 'HASH (member_id)' : 'RANGE (seen_at)'}; ${own}`,
      );
      const parts =
        partitioning === 'hash'
          ? [0, 1].map((n) => `FOR VALUES WITH (MODULUS 2, REMAINDER ${n})`)
          : ["FOR VALUES FROM (MINVALUE) TO ('2026-01-01+00')", "FOR VALUES FROM ('2026-01-01+00') TO (MAXVALUE)"];
      for (const [n, values] of parts.entries()) await connection.script(`CREATE TABLE visit_${n} PARTITION OF visit ${values}`);
    });
  } finally {
    await engine.close();
  }
}

export interface Pair {
  readonly url: string;
  readonly file: string;
  readonly tables: readonly CarriedTable[];
  readonly options: CarrierOptions;
  /** A connection of an application to PostgreSQL. */
  client(): Promise<pg.Client>;
  /** One statement, or a script, committed. */
  run(sql: string, values?: readonly unknown[]): Promise<void>;
  /** On a connection of the move's. */
  onTarget<T>(work: (connection: Connection) => Promise<T>): Promise<T>;
  /** Opened anew, closed after the test. */
  readonly sqlite: DatabaseSync;
}

/** Both sides of a move whose primary is PostgreSQL, with the capture installed and PostgreSQL open. */
export async function pairOf(
  t: TestContext,
  target: Pick<Target, 'fresh'>,
  { of = club, partitioning = 'none' }: { of?: Schema; partitioning?: Partitioning } = {},
): Promise<Pair> {
  const file = join(temporaryFolder(t), 'club.db');
  const url = await freshTarget(t, target);
  const revisions = [
    {
      id: '0001',
      name: 'all',
      upgrade: Object.values(of.tables).map((entry) => createTable(entry)),
      downgrade: 'not needed here.',
    },
  ];
  const sqlite = await newSource(file, of, revisions);
  t.after(() => sqlite.close());
  sqlite.exec(`PRAGMA journal_mode = WAL; ${STATE_SQL};
    INSERT INTO flashcase_move (id, run_id, target, phase, epoch, is_writable) VALUES (1, 'mv-1', 'there', 'reverse', 2, 0)`);
  await makeTarget(url, of, partitioning);
  const engine = openTarget(url);
  const tables = carriedTables(of, []);
  const onTarget: Pair['onTarget'] = (work) => engine.dedicated(work);
  await onTarget(async (connection) => {
    await installPostgresCapture(connection, tables, { runId: 'mv-1', epoch: 2, position: 0n });
    await connection.execute('UPDATE flashcase_move.side SET is_writable = true');
  });
  const clients: pg.Client[] = [];
  const client = async (): Promise<pg.Client> => {
    const made = new pg.Client({ connectionString: url });
    made.on('error', () => {});
    await made.connect();
    clients.push(made);
    return made;
  };
  t.after(async () => {
    await Promise.all(clients.map((made) => made.end().catch(() => {})));
    await engine.close();
  });
  let main: pg.Client | undefined;
  return {
    url,
    file,
    tables,
    sqlite,
    options: { schema: of, tables, sqliteFile: file, postgresUrl: url, runId: 'mv-1', rules: new Rules([]) },
    client,
    onTarget,
    async run(sql, values) {
      main ??= await client();
      await main.query(sql, values === undefined ? undefined : [...values]);
    },
  };
}

type Rows = Readonly<Record<string, readonly string[]>>;

/** A value in one spelling, made without the code that carries. */
function spelled(type: string, value: unknown): string {
  if (value === null) return 'NULL';
  if (type === 'bytes' && typeof value === 'string') return value;
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`;
  if (type === 'boolean') return String(value === 1n || value === 't');
  if (type === 'float64') return String(Number(value) + 0);
  if (type === 'timestamp') return /^([^.+]*)(?:\.(\d*?)0*)?(?:\+00)?$/.exec(String(value))?.slice(1).join('.') ?? String(value);
  return JSON.stringify(String(value));
}

/** All rows of a side, in one order: of PostgreSQL in one snapshot. */
export async function rowsOn(pair: Pair, side: 'sqlite' | 'postgres', of: Schema = club): Promise<Rows> {
  const found: Record<string, readonly string[]> = {};
  const client = side === 'postgres' ? await pair.client() : undefined;
  await client?.query(
    "SET TimeZone = 'UTC'; SET DateStyle = 'ISO'; SET bytea_output = 'hex'; SET extra_float_digits = 1; BEGIN ISOLATION LEVEL REPEATABLE READ",
  );
  for (const entry of Object.values(of.tables)) {
    const columns = Object.entries(entry.columns);
    const sql = `SELECT ${columns.map(([name]) => `"${name}"`).join(', ')} FROM "${entry.name}"`;
    let rows: unknown[][];
    if (client === undefined) {
      const statement = pair.sqlite.prepare(sql);
      statement.setReadBigInts(true);
      statement.setReturnArrays(true);
      rows = statement.all() as unknown as unknown[][];
    } else {
      const types = { getTypeParser: () => (text: string) => text } as unknown as pg.CustomTypesConfig;
      rows = (await client.query({ text: sql, rowMode: 'array', types })).rows;
    }
    found[entry.name] = rows.map((row) => row.map((value, i) => spelled(columns[i]?.[1].type ?? '', value)).join(' ')).toSorted();
  }
  await client?.end();
  return found;
}
