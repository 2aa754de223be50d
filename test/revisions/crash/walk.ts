import assert from 'node:assert/strict';
import { systemClock } from '../../../src/db/clock.ts';
import { catalogQuery } from '../../../src/engine/catalog-query.ts';
import type { Connection, Engine } from '../../../src/engine/engine.ts';
import { readLedger } from '../../../src/revisions/ledger.ts';
import { readProgress } from '../../../src/revisions/progress.ts';
import { downgrade, upgrade } from '../../../src/revisions/run.ts';
import { replay } from '../../../src/revisions/state.ts';
import { downgradeLosses } from '../../../src/revisions/undo/undo.ts';
import type { Vehicle } from '../vehicles.ts';
import { revisions } from './revisions.ts';

export type Direction = 'up' | 'down';

/** All the way up from nothing, or down to the first revision. */
export async function walk(engine: Engine, direction: Direction, signal?: AbortSignal): Promise<void> {
  const options = { engine, revisions, clock: systemClock(), waitMs: 60_000, ...(signal === undefined ? {} : { signal }) };
  if (direction === 'up') return void (await upgrade(options));
  // As the command does, also where a run before was interrupted half-way.
  const ledger = await engine.dedicated((connection) => readLedger(connection, engine));
  await downgradeLosses(engine, revisions, ledger, '0001');
  await downgrade(options, '0001');
}

/** The engine, with a look at each statement before it is run on a connection of a revision. */
export function watched(engine: Engine, before: (sql: string, connection: Connection) => void): Engine {
  return {
    ...engine,
    dedicated: (work) =>
      engine.dedicated((connection) =>
        work({
          get kysely() {
            return connection.kysely;
          },
          query(text, parameters) {
            before(text, connection);
            return connection.query(text, parameters);
          },
          execute(text, parameters) {
            before(text, connection);
            return connection.execute(text, parameters);
          },
          script(text) {
            before(text, connection);
            return connection.script(text);
          },
        }),
      ),
  };
}

/** Everything a database holds that two runs must agree on: schema, rows, ledger, and that nothing is half done. */
export async function contents(engine: Engine): Promise<unknown> {
  return engine.dedicated(async (connection) => {
    const ledger = await readLedger(connection, engine);
    const done = new Set(ledger.map((entry) => entry.id));
    const state = replay(revisions.filter((revision) => done.has(revision.id)));
    const rows: Record<string, unknown> = {};
    for (const { name, columns } of Object.values(state.tables)) {
      const selected = Object.fromEntries(Object.keys(columns).map((column) => [column, engine.ddl.quote(column)]));
      rows[name] = (await catalogQuery(connection, selected, `FROM ${engine.ddl.quote(name)} ORDER BY id`)).map((row) =>
        JSON.stringify(row),
      );
    }
    return {
      form: await engine.introspect(connection),
      rows,
      ledger: ledger.map(({ id, name, hash, fingerprint }) => ({ id, name, hash, fingerprint })),
      halfDone: await readProgress(connection, engine),
    };
  });
}

/** Reads change nothing: being killed before one is being killed before what follows it. */
export const isChange = (text: string): boolean => !/^\s*(?:SELECT (?!setval)|PRAGMA \w+$|WITH )/.test(text);

/** What an uninterrupted walk does and leaves. */
export async function uninterrupted(vehicle: Vehicle, direction: Direction): Promise<{ statements: string[]; result: unknown }> {
  const { engine, close } = await vehicle.open();
  const statements: string[] = [];
  try {
    if (direction === 'down') await walk(engine, 'up');
    await walk(
      watched(engine, (text) => statements.push(text)),
      direction,
    );
    return { statements, result: await contents(engine) };
  } finally {
    await close();
  }
}

/**
 * Lets `interrupt` end a walk somewhere, walks again to the end, and compares with the walk nobody interrupted.
 */
export async function recovers(
  vehicle: Vehicle,
  direction: Direction,
  expected: unknown,
  where: string,
  interrupt: (engine: Engine, url: string) => Promise<void>,
): Promise<void> {
  const { engine, url, close } = await vehicle.open();
  try {
    if (direction === 'down') await walk(engine, 'up');
    await interrupt(engine, url);
    await walk(engine, direction);
    assert.deepEqual(await contents(engine), expected, `${vehicle.name}, ${direction}, interrupted ${where}`);
  } finally {
    await close();
  }
}
