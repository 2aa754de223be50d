import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine } from '../../src/engine/engine.ts';
import { schema } from '../../src/schema/index.ts';
import { openEngine } from '../engine/open.ts';

/** An engine to travel on: `open` gives an empty database of it. */
export interface Vehicle {
  readonly name: string;
  open(): Promise<{ readonly engine: Engine; readonly url: string; close(): Promise<void> }>;
}

/** SQLite; with a version, the plans are those for that SQLite: rebuilds where it cannot alter in place. */
export function onSqlite(planFor?: string): Vehicle {
  return {
    name: planFor === undefined ? 'sqlite' : `sqlite with the plans of ${planFor}`,
    async open() {
      const folder = mkdtempSync(join(tmpdir(), 'flashcase-journey-'));
      const url = `sqlite:///${join(folder, 'journey.db')}`;
      const engine = openEngine({ url }, { schema: schema({}) });
      return {
        url,
        engine: planFor === undefined ? engine : { ...engine, version: async () => `SQLite ${planFor}` },
        async close() {
          await engine.close();
          rmSync(folder, { recursive: true, force: true });
        },
      };
    },
  };
}

/** PostgreSQL; each database is a schema of the one at `url`, which is quicker to make. */
export function onPostgres(name: string, url: string): Vehicle {
  return {
    name,
    async open() {
      const own = `journey_${randomBytes(6).toString('hex')}`;
      const inside = new URL(url);
      inside.searchParams.set('options', `-c search_path=${own}`);
      const engine = openEngine({ url: inside.toString() }, { schema: schema({}) });
      await engine.dedicated((connection) => connection.script(`CREATE SCHEMA ${own}`));
      return {
        url: inside.toString(),
        engine,
        async close() {
          await engine.dedicated((connection) => connection.script(`DROP SCHEMA ${own} CASCADE`));
          await engine.close();
        },
      };
    },
  };
}

/** Every engine that is here: the plans of today's SQLite and of an old one, the newest PostgreSQL, and the oldest. */
export function allVehicles(): Vehicle[] {
  const { FLASHCASE_TEST_POSTGRES: newest, FLASHCASE_TEST_POSTGRES_15: oldest } = process.env;
  return [
    onSqlite(),
    onSqlite('3.40.0'),
    ...(newest === undefined ? [] : [onPostgres('postgres 18', newest)]),
    ...(oldest === undefined ? [] : [onPostgres('postgres 15', oldest)]),
  ];
}
