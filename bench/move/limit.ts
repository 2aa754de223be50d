import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { ddl } from '../../src/engine/postgres/ddl.ts';
import { flashcase } from '../../src/schema/flashcase.ts';
import type { Table } from '../../src/schema/table.ts';

/** Connects, works, disconnects. */
export async function connected<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

const tables = Object.values(flashcase.tables) as Table[];

async function createEmpty(url: string): Promise<void> {
  await connected(url, async (client) => {
    await client.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
    for (const table of tables) for (const sql of ddl.createTable(table, { withoutKeys: true })) await client.query(sql);
  });
}

/** Gives statements to two connections, the first ones first. */
async function overTwo(url: string, statements: readonly string[]): Promise<void> {
  const queue = [...statements];
  await Promise.all(
    [1, 2].map(() =>
      connected(url, async (client) => {
        for (let sql = queue.shift(); sql !== undefined; sql = queue.shift()) await client.query(sql);
      }),
    ),
  );
}

export interface Limit {
  /** Each table in one piece with FREEZE. */
  readonly frozenSeconds: number;
  /** The largest table in two halves, one for each connection, which FREEZE does not allow. */
  readonly halvedSeconds: number;
  /** After the data: indexes over the two connections, the largest tables first, then foreign keys and ANALYZE, a table at a time. */
  readonly indexSeconds: number;
}

/** What the moved database has, as PostgreSQL itself writes it. */
async function definitionsOf(client: pg.Client, ordered: readonly string[]): Promise<{ indexes: string[]; rest: string[] }> {
  const { rows: indexes } = await client.query("SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'");
  const { rows: keys } = await client.query(
    `SELECT conrelid::regclass::text AS owner, conname, pg_get_constraintdef(oid) AS definition FROM pg_constraint
     WHERE contype = 'f' AND connamespace = 'public'::regnamespace`,
  );
  // As much memory as the move's own builders take.
  const withMemory = (sql: string): string => `SET maintenance_work_mem = '256MB'; ${sql}`;
  return {
    indexes: ordered.flatMap((name) =>
      indexes.filter(({ tablename }) => tablename === name).map(({ indexdef }) => withMemory(String(indexdef))),
    ),
    rest: ordered.map((name) =>
      withMemory(
        [
          ...keys
            .filter(({ owner }) => String(owner).replaceAll('"', '') === name)
            .map(({ conname, definition }) => `ALTER TABLE "${name}" ADD CONSTRAINT "${conname}" ${definition}`),
          `ANALYZE "${name}"`,
        ].join('; '),
      ),
    ),
  };
}

/**
 * The limit: the server copies the same rows from binary files on its own disk, over two connections. `from` holds the moved data.
 * Needs a role that may read and write files on the server.
 */
export async function measureLimit(from: string, scratch: string): Promise<Limit> {
  const folder = mkdtempSync(join(tmpdir(), 'flashcase-bench-'));
  chmodSync(folder, 0o777);
  try {
    const sizes = new Map<string, number>();
    const { largest, ordered, definitions } = await connected(from, async (client) => {
      for (const { name } of tables) {
        const { rows } = await client.query(
          `SELECT count(*)::integer AS n, pg_relation_size('"${name}"') AS bytes FROM "${name}"`,
        );
        sizes.set(name, Number(rows[0].bytes));
        await client.query(`COPY "${name}" TO '${join(folder, name)}' (FORMAT binary)`);
      }
      const names = [...sizes].sort((a, b) => b[1] - a[1]).map(([name]) => name);
      const [biggest = ''] = names;
      for (const half of [0, 1])
        await client.query(
          `COPY (SELECT * FROM "${biggest}" WHERE id % 2 = ${half}) TO '${join(folder, `half-${half}`)}' (FORMAT binary)`,
        );
      return { largest: biggest, ordered: names, definitions: await definitionsOf(client, names) };
    });
    const frozen = (name: string): string =>
      `BEGIN; TRUNCATE "${name}"; COPY "${name}" FROM '${join(folder, name)}' (FORMAT binary, FREEZE); COMMIT`;
    await createEmpty(scratch);
    const frozenSeconds = await seconds(() => overTwo(scratch, ordered.map(frozen)));
    await createEmpty(scratch);
    const halves = [0, 1].map((half) => `COPY "${largest}" FROM '${join(folder, `half-${half}`)}' (FORMAT binary)`);
    const halvedSeconds = await seconds(() =>
      overTwo(scratch, [...halves, ...ordered.filter((name) => name !== largest).map(frozen)]),
    );
    const indexSeconds = await seconds(async () => {
      await overTwo(scratch, definitions.indexes);
      await overTwo(scratch, definitions.rest);
    });
    return { frozenSeconds, halvedSeconds, indexSeconds };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
