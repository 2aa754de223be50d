import assert from 'node:assert/strict';
import { systemClock } from '../../src/db/clock.ts';
import { catalogQuery } from '../../src/engine/catalog-query.ts';
import type { Connection, Engine } from '../../src/engine/engine.ts';
import { sequenceName } from '../../src/engine/postgres/ddl.ts';
import { FlashcaseError } from '../../src/errors/index.ts';
import { applySteps, liveTarget } from '../../src/revisions/apply.ts';
import { diff } from '../../src/revisions/diff.ts';
import { invert, type Renames, renamesOf } from '../../src/revisions/renames.ts';
import type { Revision } from '../../src/revisions/revision.ts';
import { downgrade, upgrade } from '../../src/revisions/run.ts';
import { applyToState, EMPTY, replay, type State } from '../../src/revisions/state.ts';
import type { Step } from '../../src/revisions/step.ts';
import { readAsides } from '../../src/revisions/undo/asides.ts';
import { codecOf } from '../../src/schema/codec.ts';
import type { Column, ColumnType, SqlText } from '../../src/schema/column.ts';
import type { Value } from '../../src/schema/index.ts';
import type { Schema, Table } from '../../src/schema/table.ts';
import { fill, type Rows } from './fill.ts';
import type { Vehicle } from './vehicles.ts';

/** Schema A with rows, to schema B, and back. */
export interface Journey {
  readonly a: Schema;
  readonly b: Schema;
  readonly rows: Rows;
  /** The conversion a person writes for a column whose type changes, where autogenerate knows none. */
  readonly usingOf?: (column: string, from: ColumnType, to: ColumnType) => SqlText | undefined;
  /** Each statement committed alone, indexes concurrently. */
  readonly isOnline?: boolean;
  /** What B drops is kept aside, and comes home: on engines that can. */
  readonly isKept?: boolean;
}

/** By table: its rows as sorted texts. The same value is the same text whatever the engine. */
type Told = Readonly<Record<string, readonly string[]>>;

/** What a database holds. */
interface Seen {
  readonly form: readonly string[];
  readonly rows: Told;
  readonly computed: Told;
  readonly views: Told;
}

export interface Travelling {
  readonly name: string;
  readonly engine: Engine;
  readonly vehicle: Vehicle;
}

export type Arrival = 'there and back' | 'there' | 'refused';

/**
 * Travels A, B, A on every vehicle. After each step: the schema is that of a fresh database of the same state; the rows are exactly what
 * A's rows, the defaults and nothing else say, on every engine; computed columns and views say the same on every engine; the next
 * generated id is one that was never used; no trigger has run. Where rows do not fit a schema all engines refuse, and change nothing.
 */
export async function travel(journey: Journey, vehicles: readonly Vehicle[]): Promise<Arrival> {
  const { a, b, rows } = journey;
  const { before, after, renames, revisions } = historyOf(journey);
  const opened = await Promise.all(vehicles.map(async (vehicle) => ({ ...(await vehicle.open()), vehicle, name: vehicle.name })));
  try {
    for (const { engine } of opened) {
      await upgrade({ engine, revisions, clock: systemClock() }, '0001');
      await fill(engine, a, rows);
    }
    const start = await lookAt(opened, before, 'in A');
    // What triggers wrote while the rows came in is part of where the journey starts.
    const audit = start.rows.audit === undefined ? {} : { audit: start.rows.audit };
    const told = (of: Rows, state: State): Told => ({ ...tell(of, state), ...audit });
    assert.deepEqual(start.rows, told(rows, before), 'the rows came in');

    const inB = carried(rows, before, after, renames);
    const run = { revisions, clock: systemClock() };
    if (!(await go(opened, 'to B', (engine) => upgrade({ ...run, engine, ...(journey.isKept === true ? { keep: {} } : {}) })))) {
      if (journey.isOnline !== true) assert.deepEqual(await lookAt(opened, before, 'after B was refused'), start);
      return 'refused';
    }
    const there = await lookAt(opened, after, 'in B');
    assert.deepEqual(there.rows, told(inB, after), 'the rows in B');
    if (!(await go(opened, 'back to A', (engine) => downgrade({ ...run, engine }, '0001')))) {
      if (journey.isOnline !== true) assert.deepEqual(await lookAt(opened, after, 'after A was refused'), there);
      return 'there';
    }
    const home = await lookAt(opened, before, 'back in A');
    const without = carried(inB, after, before, invert(renames));
    const expected = journey.isKept === true ? broughtHome(rows, without, before, after, renames) : without;
    assert.deepEqual(home.rows, told(expected, before), 'the rows back in A');
    for (const { engine } of opened)
      assert.deepEqual(await engine.dedicated((connection) => readAsides(connection, engine)), [], 'nothing is left aside');
    assert.deepEqual(diff(after, b, renamesOf(after, b)), []);
    return 'there and back';
  } finally {
    for (const { close } of opened) await close();
  }
}

/** The two revisions as autogenerate writes them, with the conversions a person adds. Checks that nothing is left to change. */
function historyOf({ a, b, usingOf = () => undefined, isOnline }: Journey) {
  const nothing: Renames = { tables: new Map(), columns: new Map() };
  const first: Revision = { id: '0001', name: 'a', upgrade: diff(EMPTY, a, nothing), downgrade: 'it is the beginning.' };
  const before = replay([first]);
  assert.deepEqual(diff(before, a, nothing), [], 'no changes are left in A');
  const renames = renamesOf(before, b);
  const there = converted(diff(before, b, renames), before, usingOf);
  const second = { id: '0002', name: 'b', upgrade: there, ...(isOnline === true ? { isTransactional: false as const } : {}) };
  const after = replay([{ ...second, downgrade: [] }], before);
  assert.deepEqual(diff(after, b, renamesOf(after, b)), [], 'no changes are left in B');
  const downgradeSteps = converted(diff(after, before, invert(renames)), after, usingOf);
  const home = replay([{ ...second, upgrade: downgradeSteps, downgrade: [] }], after);
  assert.deepEqual(diff(home, before, nothing), [], 'no changes are left after the way back');
  return { before, after, renames, revisions: [first, { ...second, downgrade: downgradeSteps }] };
}

function converted(steps: readonly Step[], from: State, usingOf: NonNullable<Journey['usingOf']>): Step[] {
  let state = from;
  return steps.map((step) => {
    const here = state;
    state = applyToState(state, step);
    if (step.kind !== 'alterTable') return step;
    const names = new Map<string, string>();
    return {
      ...step,
      changes: step.changes.map((change) => {
        if (change.kind === 'renameColumn') names.set(change.to, change.name);
        if (change.kind !== 'changeColumn' || change.using !== undefined) return change;
        const old = here.tables[step.table]?.columns[names.get(change.name) ?? change.name];
        const using = old === undefined ? undefined : usingOf(change.name, old.type, change.column.type);
        return using === undefined ? change : { ...change, using };
      }),
    };
  });
}

/** Runs on every engine; true when all succeeded, false when the rows were refused by all. Anything else is a failure of the test. */
async function go(all: readonly Travelling[], where: string, run: (engine: Engine) => Promise<unknown>): Promise<boolean> {
  const failed: string[] = [];
  for (const { engine, name } of all) {
    try {
      await run(engine);
    } catch (error) {
      if (!isAboutRows(error))
        throw new Error(`${name} ${where}: ${(error as FlashcaseError).toText?.() ?? String(error)}`, { cause: error });
      failed.push(`${name}: ${(error as FlashcaseError).toText()}`);
    }
  }
  assert.ok(failed.length === 0 || failed.length === all.length, `${where} only some refused: ${failed.join('\n')}`);
  return failed.length === 0;
}

/** True when the reason at the bottom is a row that does not fit: two alike, a value that is missing or not one of the new type, no parent. */
function isAboutRows(error: unknown): boolean {
  for (let cause = error; cause instanceof FlashcaseError; cause = cause.cause)
    if (cause.code === 'FC_DB_CONSTRAINT' || /without their parent|integer out of range|not exactly/.test(cause.toText()))
      return true;
  return false;
}

/**
 * What the databases hold. Each has the schema of a fresh database of the state, and all have the same rows, computed values and views.
 */
export async function lookAt(all: readonly Travelling[], state: State, where: string): Promise<Seen> {
  const seen: Seen[] = [];
  for (const { engine, name, vehicle } of all) {
    const found = await engine.dedicated((connection) => look(connection, engine, state));
    assert.deepEqual(found.form, await freshForm(vehicle, engine, state), `${name} ${where}: the schema of a fresh database`);
    seen.push(found);
  }
  const [first, ...others] = seen as [Seen, ...Seen[]];
  for (const [i, other] of others.entries()) {
    for (const part of ['rows', 'computed', 'views'] as const)
      assert.deepEqual(other[part], first[part], `${part} of ${all[i + 1]?.name} and ${all[0]?.name} ${where}`);
  }
  return first;
}

/** The form of a database that was never in any other state. */
async function freshForm(vehicle: Vehicle, engine: Engine, state: State): Promise<readonly string[]> {
  const steps = diff(EMPTY, state, { tables: new Map(), columns: new Map() });
  const make = async (on: Engine, begin: string): Promise<readonly string[]> =>
    on.dedicated(async (connection) => {
      await connection.script(begin);
      await applySteps(connection, on, await liveTarget(on), { id: '0001', name: 'fresh' }, steps, EMPTY);
      const form = await on.introspect(connection);
      await connection.script('ROLLBACK');
      return form;
    });
  if (!engine.capabilities.isLocalFile) return make(engine, 'BEGIN; CREATE SCHEMA fresh_one; SET LOCAL search_path = fresh_one');
  const fresh = await vehicle.open();
  try {
    return await make(fresh.engine, 'PRAGMA foreign_keys = OFF; BEGIN');
  } finally {
    await fresh.close();
  }
}

async function look(connection: Connection, engine: Engine, state: State): Promise<Seen> {
  const rows: Record<string, string[]> = {};
  const computed: Record<string, string[]> = {};
  const views: Record<string, string[]> = {};
  for (const table of Object.values(state.tables)) {
    const read = await readTable(connection, engine, table);
    const textOf = (isWanted: (column: Column) => boolean): string[] =>
      read.map((row) => text(Object.entries(row).filter(([name]) => isWanted(table.columns[name] as Column)))).toSorted();
    rows[table.name] = textOf((column) => column.computed === undefined);
    computed[table.name] = textOf((column) => column.computed !== undefined);
    for (const [name, column] of Object.entries(table.columns))
      if (column.isGenerated) await refuseUsedIds(connection, engine, table, name, read);
  }
  for (const view of state.views) {
    const [row] = await catalogQuery(
      connection,
      { rows: 'count(*)', total: 'coalesce(sum(total), 0)' },
      `FROM ${engine.ddl.quote(view.name)}`,
    );
    views[view.name] = [`${String(row?.rows)} rows, ${String(row?.total)} in all`];
  }
  return { form: await engine.introspect(connection), rows, computed, views };
}

const text = (cells: readonly (readonly [string, string | null])[]): string =>
  JSON.stringify(cells.toSorted(([a], [b]) => (a < b ? -1 : 1)));

const tellValue = (type: ColumnType, value: Value | null): string | null =>
  value === null ? null : codecOf(type).toPostgresText(value as never);

/** Rows as one text each, from values of TypeScript. */
function tell(rows: Rows, state: State): Told {
  return Object.fromEntries(
    Object.values(state.tables).map((table) => [
      table.name,
      (rows[table.name] ?? [])
        .map((row) =>
          text(
            Object.entries(table.columns)
              .filter(([, column]) => column.computed === undefined)
              .map(([name, column]) => [name, tellValue(column.type, row[name] ?? null)] as const),
          ),
        )
        .toSorted(),
    ]),
  );
}

async function readTable(connection: Connection, engine: Engine, table: Table): Promise<Record<string, string | null>[]> {
  const { quote } = engine.ddl;
  const names = Object.keys(table.columns);
  const selected = Object.fromEntries(
    names.map((name, i) => [`c${i}`, engine.capabilities.isLocalFile ? quote(name) : `${quote(name)}::text`]),
  );
  const rows = await catalogQuery(connection, selected, `FROM ${quote(table.name)}`);
  return rows.map((row) =>
    Object.fromEntries(
      names.map((name, i) => {
        const { type } = table.columns[name] as Column;
        const codec = codecOf(type);
        const stored = row[`c${i}`];
        if (stored === null) return [name, null];
        if (!engine.capabilities.isLocalFile) return [name, tellValue(type, codec.fromPostgresText(String(stored)))];
        const isWhole = type === 'int32' || type === 'int64' || type === 'boolean';
        return [name, tellValue(type, codec.fromSqlite((isWhole ? BigInt(stored as number) : stored) as never))];
      }),
    ),
  );
}

/** What the rows are in another state: columns follow their renames, new ones have their default, and so have empty ones that may not be. */
function carried(rows: Rows, from: State, to: State, renames: Renames): Rows {
  return Object.fromEntries(
    Object.values(to.tables).map((table) => {
      const oldName = [...renames.tables].find(([, next]) => next === table.name)?.[0] ?? table.name;
      const old = from.tables[oldName];
      const columns = renames.columns.get(table.name) ?? new Map<string, string>();
      const given = old === undefined ? [] : (rows[oldName] ?? []);
      return [
        table.name,
        given.map((row) =>
          Object.fromEntries(
            Object.entries(table.columns).map(([name, column]) => {
              const past = [...columns].find(([, next]) => next === name)?.[0] ?? name;
              const before = old?.columns[past];
              const value = before === undefined || before.computed !== undefined ? null : (row[past] ?? null);
              const isNew = before === undefined;
              if (value === null) return [name, isNew || !column.isNullable ? defaultOf(column) : null];
              return [name, before === undefined ? null : convert(value, before.type, column.type)];
            }),
          ),
        ),
      ];
    }),
  );
}

/** What was dropped on the way to B has in A every value it had. */
function broughtHome(rows: Rows, without: Rows, before: State, after: State, renames: Renames): Rows {
  return Object.fromEntries(
    Object.values(before.tables).map(({ name, columns }) => {
      const nextName = renames.tables.get(name) ?? name;
      const next = after.tables[nextName];
      if (next === undefined) return [name, rows[name] ?? []];
      const dropped = Object.keys(columns).filter(
        (column) => !((renames.columns.get(nextName)?.get(column) ?? column) in next.columns),
      );
      const home = (without[name] ?? []).map((row, i) => ({
        ...row,
        ...Object.fromEntries(dropped.map((column) => [column, rows[name]?.[i]?.[column] ?? null])),
      }));
      return [name, home];
    }),
  );
}

function defaultOf({ type, default: value }: Column): Value | null {
  if (value === undefined) return null;
  return type === 'int64' ? BigInt(value as number) : value;
}

function convert(value: Value, from: ColumnType, to: ColumnType): Value {
  if (from === to) return value;
  if (to === 'bytes') return Buffer.from(String(value));
  if (from === 'bytes') return Buffer.from(value as Uint8Array).toString();
  if (to === 'text') return String(value);
  if (to === 'int64') return BigInt(value as number);
  if (to === 'boolean') return value !== 0;
  return Number(value);
}

async function refuseUsedIds(
  connection: Connection,
  engine: Engine,
  table: Table,
  name: string,
  rows: readonly Record<string, string | null>[],
): Promise<void> {
  const highest = rows.reduce((most, row) => (BigInt(row[name] ?? 0) > most ? BigInt(row[name] ?? 0) : most), 0n);
  const [row] = engine.capabilities.isLocalFile
    ? await catalogQuery(connection, { last: 'seq' }, 'FROM sqlite_sequence WHERE name = ?', [table.name])
    : await catalogQuery(
        connection,
        { last: 'last_value - CASE WHEN is_called THEN 0 ELSE 1 END' },
        `FROM ${engine.ddl.quote(sequenceName(table, name))}`,
      );
  assert.ok(
    BigInt((row?.last ?? 0) as number) >= highest,
    `${table.name}: the next id would be ${String(row?.last)} + 1, but ${highest} is used`,
  );
}
