// slow
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { catalogQuery } from '../../src/engine/catalog-query.ts';
import type { Connection, Engine } from '../../src/engine/engine.ts';
import { liveTarget } from '../../src/revisions/apply.ts';
import { LOCK_MODES, type LockMode } from '../../src/revisions/effects/effect.ts';
import { type PlannedAction, plannedActions } from '../../src/revisions/effects/planned.ts';
import { effectsOnPostgres } from '../../src/revisions/effects/postgres.ts';
import { typeChangeRewrites } from '../../src/revisions/effects/type-change.ts';
import { rebuild } from '../../src/revisions/rebuild.ts';
import { upgrade } from '../../src/revisions/run.ts';
import { mustRunAlone } from '../../src/revisions/run-alone.ts';
import { base, fillSamples } from '../revisions/effect-history.ts';
import { allSteps, samples } from '../revisions/effect-samples.ts';
import { directPostgres, hasCode, onFresh } from '../revisions/own-schema.ts';
import { engines } from '../support/database.ts';

/** Enough for several pages, so that writing all of them shows. */
const ROWS = 400;
/** More than any index of the table has, less than the table. */
const PAGES = 80;

const fill = (engine: Engine): Promise<void> => engine.dedicated((connection) => fillSamples(connection, engine, ROWS));

const strongest = (modes: readonly LockMode[]): LockMode =>
  LOCK_MODES[Math.max(...modes.map((mode) => LOCK_MODES.indexOf(mode)))] as LockMode;

/** What a PostgreSQL server says of its tables and views: their storage, their indexes' storage, and how often each was read as a whole. */
async function look(connection: Connection) {
  const rows = await catalogQuery(
    connection,
    {
      oid: 'c.oid::text',
      name: 'c.relname',
      file: 'pg_relation_filenode(c.oid)::text',
      scans: 'pg_stat_get_xact_numscans(c.oid)::int',
      indexes: `(SELECT coalesce(string_agg(pg_relation_filenode(indexrelid)::text, ' '), '') FROM pg_index WHERE indrelid = c.oid)`,
    },
    "FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v') ORDER BY c.oid",
  );
  return new Map(rows.map((row) => [String(row.oid), row]));
}

async function locksOf(connection: Connection, pid: string): Promise<Record<string, LockMode>> {
  const rows = await catalogQuery(
    connection,
    { oid: 'relation::text', modes: "string_agg(mode, ' ')" },
    `FROM pg_locks WHERE locktype = 'relation' AND granted AND pid = ${pid} AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) GROUP BY 1`,
  );
  return Object.fromEntries(rows.map((row) => [String(row.oid), strongest(String(row.modes).split(' ') as LockMode[])]));
}

/** Runs one statement in the open transaction and compares what the server shows with what is claimed. */
async function compare(connection: Connection, { action, effect }: PlannedAction, held: Record<string, LockMode>): Promise<void> {
  if (action.kind !== 'statement') throw new Error('a rebuild on PostgreSQL');
  const before = await look(connection);
  const nameOf = (oid: string): string | undefined => before.get(oid)?.name as string | undefined;
  await connection.script(action.sql);
  const locks = await locksOf(connection, 'pg_backend_pid()');
  for (const [table, mode] of Object.entries(effect.locks)) held[table] = strongest([mode, held[table] ?? 'AccessShareLock']);
  const measured = Object.fromEntries(
    Object.entries(locks).flatMap(([oid, mode]) =>
      nameOf(oid) === undefined || nameOf(oid) === 'branch' ? [] : [[nameOf(oid) as string, mode]],
    ),
  );
  const onKnown = Object.fromEntries(
    Object.entries(held).filter(([table]) => [...before.values()].some((row) => row.name === table)),
  );
  assert.deepEqual(measured, onKnown, `locks of ${action.sql}`);
  const after = await look(connection);
  const changed = (isDifferent: (old: Record<string, unknown>, now: Record<string, unknown>) => boolean): string[] =>
    [...before]
      .filter(([oid, old]) => after.has(oid) && isDifferent(old, after.get(oid) as Record<string, unknown>))
      .map(([, old]) => String(old.name));
  assert.deepEqual(
    changed((old, now) => old.file !== now.file),
    [...effect.rewrites].toSorted(),
    `rewrites of ${action.sql}`,
  );
  const built = (old: unknown, now: unknown): boolean =>
    String(now)
      .split(' ')
      .some((file) => file !== '' && !String(old).split(' ').includes(file));
  assert.deepEqual(
    changed((old, now) => built(old.indexes, now.indexes)),
    [...effect.indexes].toSorted(),
    `indexes of ${action.sql}`,
  );
  // The parent of a new foreign key is looked up, by its index or as a whole; an UPDATE reads what it changes.
  const parents = /FOREIGN KEY|REFERENCES|VALIDATE CONSTRAINT "fk/.test(action.sql) ? ['depot', 'parcel'] : [];
  const isRead = changed((old, now) => old.scans !== now.scans).filter(
    (name) => !parents.includes(name) || effect.scans.includes(name),
  );
  if (/^(?:ALTER|CREATE|DROP|COMMENT)/.test(action.sql))
    assert.deepEqual(isRead, [...effect.scans].toSorted(), `scans of ${action.sql}`);
  assert.equal(effect.isKnown, true, action.sql);
}

for (const target of directPostgres()) {
  const { skip } = target;
  test(
    `checklist 163, F42: locks, rewrites, scans and index builds of every kind of change are what the linter claims (${target.name})`,
    { skip },
    () =>
      onFresh(target, async ({ engine, run, direct }) => {
        await upgrade(run([base]));
        await fill(engine);
        const version = await liveTarget(engine);
        await direct(async (connection) => {
          for (const [name, step] of allSteps) {
            await connection.script('BEGIN');
            const held: Record<string, LockMode> = {};
            try {
              for (const planned of plannedActions(step, samples, version, false)) await compare(connection, planned, held);
            } catch (error) {
              throw new Error(`${name}: ${String(error)}`, { cause: error });
            }
            await connection.script('ROLLBACK');
          }
        });
      }),
  );

  test(`checklist 163, F43, F44: the same for the way that keeps nobody waiting, each statement by itself (${target.name})`, {
    skip,
  }, async () => {
    const differs = allSteps.filter(
      ([, step]) =>
        step.kind === 'alterTable' &&
        JSON.stringify(plannedActions(step, samples, { engine: 'postgres', version: [15, 0] }, true)) !==
          JSON.stringify(plannedActions(step, samples, { engine: 'postgres', version: [15, 0] }, false)),
    );
    assert.ok(differs.length >= 7, `${differs.length}`);
    await onFresh(target, async ({ engine, run, direct, query }) => {
      await upgrade(run([base]));
      await fill(engine);
      const version = await liveTarget(engine);
      for (const [name, step] of differs) {
        await direct(async (connection) => {
          await query('BEGIN');
          for (const planned of plannedActions(step, samples, version, true)) {
            const { action, effect } = planned;
            if (action.kind !== 'statement') throw new Error('a rebuild on PostgreSQL');
            if (mustRunAlone(action.sql)) {
              assert.deepEqual(await lockWhileAlone(connection, direct, action.sql), effect.locks, action.sql);
              continue;
            }
            await connection.script('BEGIN');
            try {
              await compare(connection, planned, {});
            } catch (error) {
              throw new Error(`${name}: ${String(error)}`, { cause: error });
            }
            await connection.script('COMMIT');
          }
          const names = await catalogQuery(connection, { sql: "'DROP SCHEMA public CASCADE; CREATE SCHEMA public'" }, '');
          await connection.script(String(names[0]?.sql));
        });
        await upgrade(run([base]));
        await fill(engine);
      }
    });
  });
}

/** A statement that runs outside a transaction waits for a reader that opened one: then its lock can be seen. */
async function lockWhileAlone(
  connection: Connection,
  direct: <T>(work: (connection: Connection) => Promise<T>) => Promise<T>,
  sql: string,
): Promise<Record<string, LockMode>> {
  const [backend] = await catalogQuery(connection, { pid: 'pg_backend_pid()::text' }, '');
  return direct(async (writer) => {
    await writer.script("BEGIN; UPDATE parcel SET note = 'open' WHERE id = 1");
    const running = connection.script(sql);
    let locks: Record<string, LockMode> = {};
    while (Object.keys(locks).length === 0) {
      await delay(20);
      const held = await locksOf(writer, String(backend?.pid));
      const tables = await look(writer);
      locks = Object.fromEntries(
        Object.entries(held).flatMap(([oid, mode]) => (tables.has(oid) ? [[String(tables.get(oid)?.name), mode]] : [])),
      );
    }
    await writer.script('COMMIT');
    await running;
    return locks;
  });
}

/** Raw statements of sql steps, on the tables of the samples. */
const raw = [
  ...[
    'now()',
    "'a'::text",
    'clock_timestamp()::text',
    'gen_random_uuid()::text',
    '(1 + 2)::text',
    "lower('A')",
    'random()::text',
    'current_user',
  ].map((value) => `ALTER TABLE parcel ADD COLUMN extra text DEFAULT ${value}`),
  'ALTER TABLE parcel ADD COLUMN extra bigserial',
  'ALTER TABLE parcel ADD COLUMN extra bigint GENERATED BY DEFAULT AS IDENTITY',
  'ALTER TABLE parcel ADD COLUMN extra bigint REFERENCES depot (id)',
  'ALTER TABLE parcel ADD COLUMN extra bigint DEFAULT 1 REFERENCES depot (id)',
  'ALTER TABLE parcel ADD EXCLUDE USING btree (label WITH =)',
  'TRUNCATE TABLE memo',
  'LOCK TABLE parcel IN SHARE ROW EXCLUSIVE MODE',
  "INSERT INTO parcel (label, pieces, size, depot_id) VALUES ('new', 1, 's', 1)",
  "UPDATE parcel SET note = 'a' FROM depot WHERE depot.id = parcel.depot_id",
  'DELETE FROM memo WHERE id = 1',
  "COMMENT ON TABLE parcel IS 'DROP TABLE parcel'",
  'SELECT count(*) FROM parcel -- DROP TABLE parcel',
  'CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN DROP TABLE memo; END $$',
];

/** Old and new type, and whether PostgreSQL stores the two alike. */
const types: readonly [string, string][] = [
  ['varchar(10)', 'varchar(20)'],
  ['varchar(20)', 'varchar(10)'],
  ['varchar(10)', 'varchar'],
  ['varchar', 'varchar(10)'],
  ['varchar(10)', 'text'],
  ['text', 'varchar'],
  ['text', 'varchar(10)'],
  ['char(10)', 'text'],
  ['numeric(10,2)', 'numeric(12,2)'],
  ['numeric(12,2)', 'numeric(10,2)'],
  ['numeric(10,2)', 'numeric(12,4)'],
  ['numeric(10,2)', 'numeric'],
  ['numeric', 'numeric(10,2)'],
  ['timestamp(3)', 'timestamp(6)'],
  ['timestamp(6)', 'timestamp(3)'],
  ['timestamp(3)', 'timestamp'],
  ['timestamptz', 'timestamp'],
  ['timestamp', 'timestamptz'],
  ['timestamptz', 'timestamp(3)'],
  ['cidr', 'inet'],
  ['integer', 'bigint'],
  ['bigint', 'integer'],
  ['integer', 'text'],
  ['boolean', 'text'],
  ['real', 'double precision'],
  ['bit varying(10)', 'bit varying(20)'],
  ['interval(3)', 'interval'],
  ['json', 'jsonb'],
];

for (const target of directPostgres()) {
  const { skip } = target;
  test(`checklist 144, 149: what raw statements do is what the linter claims (${target.name})`, { skip }, () =>
    onFresh(target, async ({ engine, run, direct }) => {
      await upgrade(run([base]));
      await fill(engine);
      await direct(async (connection) => {
        for (const sql of raw) {
          await connection.script('BEGIN');
          const [effect] = effectsOnPostgres([sql], samples);
          assert.ok(effect);
          try {
            await compare(connection, { action: { kind: 'statement', sql }, effect }, {});
          } catch (error) {
            throw new Error(`${sql}: ${String(error)}`, { cause: error });
          }
          await connection.script('ROLLBACK');
        }
      });
    }),
  );

  test(`checklist 147, F42: a change of type rewrites the table where the linter says so (${target.name})`, { skip }, () =>
    onFresh(target, async ({ direct }) =>
      direct(async (connection) => {
        for (const zone of ['UTC', 'Europe/Berlin']) {
          await connection.script(`SET TIME ZONE '${zone}'`);
          for (const [from, to] of types) {
            await connection.script(
              `DROP TABLE IF EXISTS typed; CREATE TABLE typed (v ${from}); INSERT INTO typed VALUES (NULL)`,
            );
            const file = async (): Promise<unknown> =>
              (await catalogQuery(connection, { file: "pg_relation_filenode('typed')::text" }, ''))[0]?.file;
            const before = await file();
            await connection.script(`ALTER TABLE typed ALTER COLUMN v TYPE ${to}${to === 'jsonb' ? ' USING v::jsonb' : ''}`);
            assert.equal((await file()) !== before, typeChangeRewrites(from, to, zone === 'UTC'), `${from} to ${to} in ${zone}`);
          }
        }
      }),
    ),
  );
}

test('checklist 163: on SQLite every change takes the write lock, readers go on, and the tables written anew are those the linter names', async () => {
  const [sqlite] = engines();
  assert.ok(sqlite);
  for (const [name, step] of allSteps) {
    // SQLite numbers rows by the primary key only (lint: add-generated-id).
    if (step.kind === 'alterTable' && step.changes.some((change) => change.kind === 'addColumn' && change.column.isGenerated))
      continue;
    await onFresh(sqlite, async ({ engine, run, direct, query }) => {
      await upgrade(run([base]));
      await fill(engine);
      const planned = plannedActions(step, samples, await liveTarget(engine), false);
      await direct(async (connection) => {
        await connection.script('PRAGMA foreign_keys = OFF; PRAGMA wal_checkpoint(TRUNCATE); BEGIN IMMEDIATE');
        for (const { action } of planned) {
          const run = action.kind === 'rebuild' ? rebuild(connection, engine, action) : connection.script(action.sql);
          await run.catch((error: unknown) => {
            throw new Error(`${name}: ${String(error)}`, { cause: error });
          });
        }
        await direct(async (writer) => {
          await writer.script('PRAGMA busy_timeout = 0');
          await assert.rejects(writer.script('BEGIN IMMEDIATE'), hasCode('FC_DB_BUSY'));
        });
        assert.equal((await query('SELECT count(*) AS n FROM depot'))[0]?.n, ROWS);
        await connection.script('COMMIT');
        const [log] = await connection.query('PRAGMA wal_checkpoint(PASSIVE)');
        const isWritten = Number(log?.log) > PAGES;
        const isClaimed = planned.some(({ effect }) => effect.rewrites.length > 0 || effect.changes.length > 0);
        assert.equal(isWritten, isClaimed, `${name}: ${String(log?.log)} pages`);
        assert.ok(
          planned.every(({ effect }) => effect.locksFile && effect.isKnown),
          name,
        );
      });
    });
  }
});
