import { systemClock } from '../../src/db/clock.ts';
import type { Connection, Engine } from '../../src/engine/engine.ts';
import { FlashcaseError } from '../../src/errors/index.ts';
import { type LedgerEntry, readLedger } from '../../src/revisions/ledger.ts';
import type { Revision } from '../../src/revisions/revision.ts';
import type { RunOptions } from '../../src/revisions/run.ts';
import { alterTable, createTable, dropTable, type Step } from '../../src/revisions/step.ts';
import { generatedId, int64, schema, table, text } from '../../src/schema/index.ts';
import { openEngine } from '../engine/open.ts';
import { everydayEngines, type Place, type Target } from '../support/database.ts';
import { onPostgres } from './vehicles.ts';

/** A schema that has nothing to do with flashcards: revisions know none. */
export const parcel = table('parcel', {
  columns: { id: generatedId(), label: text(), grams: int64({ nullable: true }) },
  primaryKey: ['id'],
});
export const depot = table('depot', { columns: { id: generatedId(), town: text() }, primaryKey: ['id'] });

export const first: Revision = { id: '0001', name: 'parcel', upgrade: [createTable(parcel)], downgrade: [dropTable('parcel')] };
export const second: Revision = { id: '0002', name: 'depot', upgrade: [createTable(depot)], downgrade: [dropTable('depot')] };
export const third: Revision = {
  id: '0003',
  name: 'parcel_note',
  upgrade: [alterTable('parcel', { kind: 'addColumn', name: 'note', column: text({ nullable: true }) })],
  downgrade: [alterTable('parcel', { kind: 'dropColumn', name: 'note' })],
};

/** An sql step with the same statements on both engines. */
export const sql = (about: string, ...statements: string[]): Step => ({
  kind: 'sql',
  about,
  sqlite: statements,
  postgres: statements,
});

export interface Bench {
  readonly engine: Engine;
  readonly place: Place;
  run(revisions: readonly Revision[], more?: Partial<RunOptions>): RunOptions;
  ledger(): Promise<LedgerEntry[]>;
  query(sql: string): Promise<Record<string, unknown>[]>;
  direct<T>(work: (connection: Connection) => Promise<T>): Promise<T>;
}

/** A fresh database of this target; `close` drops it. */
export async function openBench(target: Target): Promise<Bench & { close(): Promise<void> }> {
  const place = await target.fresh();
  const engine = openEngine(place, { schema: schema({}) });
  const clock = systemClock();
  return {
    engine,
    place,
    run: (revisions, more = {}) => ({ engine, revisions, clock, ...more }),
    ledger: () => engine.dedicated((connection) => readLedger(connection, engine)),
    query: (text) => engine.dedicated((connection) => connection.query(text)),
    direct: (inside) => engine.dedicated(inside),
    async close() {
      await engine.close();
      await place.drop();
    },
  };
}

/** A fresh database of this target for one test; dropped afterwards. */
export async function onFresh(target: Target, work: (bench: Bench) => Promise<void>): Promise<void> {
  const bench = await openBench(target);
  try {
    await work(bench);
  } finally {
    await bench.close();
  }
}

export const hasCode =
  (code: string, ...texts: RegExp[]) =>
  (error: unknown): boolean => {
    if (!(error instanceof FlashcaseError) || error.code !== code) throw error;
    const text = error.toText();
    for (const wanted of texts) if (!wanted.test(text)) throw new Error(`${wanted} is not in: ${text}`);
    return true;
  };

/** As `engines`, on a direct connection; a database of PostgreSQL is a schema, which is quicker to make. */
export function quickEngines(): Target[] {
  const { FLASHCASE_TEST_POSTGRES: newest, FLASHCASE_TEST_POSTGRES_15: oldest } = process.env;
  return everydayEngines()
    .filter(({ name }) => !name.includes('pgbouncer'))
    .map((target) => {
      const url = target.name === 'postgres 18' ? newest : target.name === 'postgres 15' ? oldest : undefined;
      return url === undefined ? target : { ...target, fresh: () => newSchema(url) };
    });
}

async function newSchema(url: string): Promise<Place> {
  const { url: inside, close } = await onPostgres('postgres', url).open();
  return { url: inside, drop: close };
}

export const postgresOnly = (): Target[] => everydayEngines().filter((target) => target.name !== 'sqlite');
export const directPostgres = (): Target[] => postgresOnly().filter((target) => !target.name.includes('pgbouncer'));
