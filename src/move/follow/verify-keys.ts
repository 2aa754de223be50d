import type { Connection } from '../../engine/engine.ts';
import { codecOf } from '../../schema/codec.ts';
import type { Column, ColumnType, Value } from '../../schema/column.ts';
import { printable, rowToJson, type StoredCell } from '../../schema/stored-cell.ts';
import type { Schema } from '../../schema/table.ts';
import type { CarriedTable } from '../carried-tables.ts';
import { exactValue } from '../plan/apply-remedy.ts';
import { judgeCell } from '../plan/judge-cell.ts';
import type { Rules } from '../plan/rules.ts';
import { quoted } from '../source/source-tables.ts';
import { readSideState } from '../state/postgres-state.ts';
import { SEND, shown } from '../verify/find-differences.ts';
import type { KeyDifference } from './carrier.ts';
import { decideRow } from './decide-row.ts';
import { quarantineKey } from './live-quarantine.ts';
import type { JournalKey, SqliteJournal, StoredRow } from './sqlite-journal.ts';

const AT_ONCE = 500;
const NAMED = 100;

const ARRAYS: Record<ColumnType, string> = {
  int32: 'integer[]',
  int64: 'bigint[]',
  float64: 'float8[]',
  boolean: 'boolean[]',
  text: 'text[]',
  timestamp: 'timestamptz[]',
  bytes: 'bytea[]',
};

export interface VerifyParts {
  readonly schema: Schema;
  readonly tables: readonly CarriedTable[];
  readonly rules: Rules;
  readonly runId: string;
  readonly journal: SqliteJournal;
  readonly postgres: Connection;
}

export interface VerifiedKeys {
  readonly checked: number;
  readonly differences: readonly KeyDifference[];
  /** The position the target has: a later call begins here. */
  readonly position: bigint;
}

/**
 * Compares the keys journalled after a position and carried by now, value by value. SQLite is read by another way than the one that carries:
 * every bit of each row, judged anew. Keys written again since then are left out: they are on their way.
 */
export async function verifyJournalledKeys(parts: VerifyParts, from: bigint, signal?: AbortSignal): Promise<VerifiedKeys> {
  const { postgres, journal } = parts;
  await postgres.script('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  const position = (await readSideState(postgres))?.position ?? 0n;
  journal.begin();
  const changed = journal.changedTables(from, position);
  const differences: KeyDifference[] = [];
  let checked = 0;
  for (const carried of parts.tables) {
    if (!changed.has(carried.no)) continue;
    let keys: JournalKey[] = [];
    const compare = async (): Promise<void> => {
      signal?.throwIfAborted();
      checked += keys.length;
      const found = await compareKeys(parts, carried, keys);
      differences.push(...found.slice(0, NAMED - differences.length));
      keys = [];
    };
    for (const key of journal.settledKeys(carried, from, position)) {
      keys.push(key);
      if (keys.length === AT_ONCE) await compare();
    }
    if (keys.length > 0) await compare();
  }
  await postgres.script('COMMIT');
  return { checked, differences, position };
}

/** A row of the target, with the bytes it was read from: a codec would give -0 and 0 the same. */
interface TargetRow {
  readonly values: readonly (Value | null)[];
  readonly hex: readonly (string | null)[];
}

const bytesOf = (column: Column, value: Value | null): string | null =>
  value === null ? null : codecOf(column.type).toBinary(value).toString('hex');

const shownTarget = ({ type }: Column, value: Value | null, bytes: string | null): string =>
  type === 'float64' && value === 0 && bytes?.startsWith('8') === true ? '-0' : shown(value);

/** A key as values of the target; `undefined` when it can hold no such key. */
function keyValues({ table, key }: CarriedTable, cells: JournalKey): Value[] | undefined {
  const values: Value[] = [];
  for (const [i, name] of key.entries()) {
    const column = table.columns[name] as Column;
    const cell = cells[i] as StoredCell;
    const value = judgeCell(column, cell, 'key') === undefined ? exactValue(column, cell) : null;
    if (value === null) return undefined;
    values.push(value);
  }
  return values;
}

const nameOf = ({ table, key }: CarriedTable, values: readonly Value[]): string =>
  key.map((name, i) => bytesOf(table.columns[name] as Column, values[i] as Value)).join(' ');

/** The target's rows of some keys, by key. */
async function targetRows(
  postgres: Connection,
  carried: CarriedTable,
  keys: readonly Value[][],
): Promise<Map<string, TargetRow>> {
  const { table, key } = carried;
  const columns = Object.entries(table.columns);
  const places = key.map((name) => columns.findIndex(([column]) => column === name));
  const typeOf = (name: string): ColumnType => (table.columns[name] as Column).type;
  const rows = await postgres.query(
    `SELECT ${columns.map(([name, { type }], i) => `encode(${SEND[type]}(t.${quoted(name)}), 'hex') AS c${i}`).join(', ')}
     FROM unnest(${key.map((name, i) => `$${i + 1}::${ARRAYS[typeOf(name)]}`).join(', ')}) AS k (${key.map((_, i) => `k${i}`).join(', ')})
     JOIN ${quoted(table.name)} AS t ON ${key.map((name, i) => `t.${quoted(name)} = k.k${i}`).join(' AND ')}`,
    key.map((name, i) => keys.map((values) => codecOf(typeOf(name)).toPostgresText(values[i] as Value))),
  );
  return new Map(
    rows.map((row) => {
      const hex = columns.map((_, i) => row[`c${i}`] as string | null);
      const values = columns.map(([, { type }], i) => {
        const bytes = hex[i] ?? null;
        return bytes === null ? null : codecOf(type).fromBinary(Buffer.from(bytes, 'hex'));
      });
      return [
        nameOf(
          carried,
          places.map((place) => values[place] as Value),
        ),
        { values, hex },
      ];
    }),
  );
}

async function compareKeys(parts: VerifyParts, carried: CarriedTable, keys: readonly JournalKey[]): Promise<KeyDifference[]> {
  const { table } = carried;
  const possible = keys.map((key) => keyValues(carried, key));
  const target = await targetRows(
    parts.postgres,
    carried,
    possible.filter((values) => values !== undefined),
  );
  const kept = await quarantinedRows(parts, carried, keys);
  return keys.flatMap((key, i) => {
    const values = possible[i];
    const there = values === undefined ? undefined : target.get(nameOf(carried, values));
    const shownKey = carried.key.map((name, k) => `${name}=${printable(key[k] as StoredCell)}`).join(',');
    const differ = (column: string | undefined, primary: string | undefined, follower: string | undefined): KeyDifference => ({
      table: table.name,
      key: shownKey,
      column,
      primary,
      follower,
    });
    const rows = parts.journal.find(carried, key);
    const [row] = rows;
    if (row === undefined) return there === undefined ? [] : [differ(undefined, undefined, 'a row')];
    if (rows.some((stored) => kept.get(quarantineKey(carried, key))?.has(cellsOf(carried, stored)) === true))
      return there === undefined ? [] : [differ(undefined, 'a row in quarantine', 'a row')];
    if (there === undefined) return [differ(undefined, 'a row', undefined)];
    return differingColumns(parts, carried, row, there, differ);
  });
}

function differingColumns(
  parts: VerifyParts,
  carried: CarriedTable,
  row: StoredRow,
  there: TargetRow,
  differ: (column: string, primary: string, follower: string) => KeyDifference,
): KeyDifference[] {
  const { schema, rules, journal } = parts;
  const decided = decideRow(schema, journal.source(carried), row, rules);
  return Object.entries(carried.table.columns).flatMap(([name, column], i) => {
    const cell = row.cells[i] as StoredCell;
    const other = there.values[i] ?? null;
    const bytes = there.hex[i] ?? null;
    if ('values' in decided) {
      const expected = decided.values[i] ?? null;
      if (bytesOf(column, expected) === bytes || isEmptied(parts, carried, name, row, other)) return [];
      return [differ(name, shown(expected), shownTarget(column, other, bytes))];
    }
    return judgeCell(column, cell, 'plain') === undefined && bytesOf(column, exactValue(column, cell)) === bytes
      ? []
      : [differ(name, printable(cell), shownTarget(column, other, bytes))];
  });
}

/** A reference that was emptied because its row is not there, as decided. */
function isEmptied(
  { rules, journal, tables }: VerifyParts,
  carried: CarriedTable,
  column: string,
  row: StoredRow,
  other: Value | null,
): boolean {
  const { table } = carried;
  const names = Object.keys(table.columns);
  return (
    other === null &&
    table.foreignKeys.some((key) => {
      const parent = tables.find((entry) => entry.table.name === key.references.table);
      if (parent === undefined || !key.columns.includes(column)) return false;
      const remedy = rules.remedyFor({ table: table.name, column: key.columns.join(','), kind: 'orphan' });
      const cells = key.columns.map((name) => row.cells[names.indexOf(name)] as StoredCell);
      return remedy === 'set_null' && !journal.hasRow(parent, key.references.columns, cells);
    })
  );
}

const cellsOf = ({ table }: CarriedTable, row: StoredRow): string =>
  rowToJson(Object.fromEntries(Object.keys(table.columns).map((name, i) => [name, row.cells[i] as StoredCell])));

/** What the quarantine keeps of some keys. */
async function quarantinedRows(
  { postgres, runId }: VerifyParts,
  carried: CarriedTable,
  keys: readonly JournalKey[],
): Promise<Map<string, Set<string>>> {
  const rows = await postgres.query(
    'SELECT row_key AS m_key, cells AS m_cells FROM flashcase_move.quarantine WHERE run_id = $1 AND table_name = $2 AND row_key = ANY ($3::text[])',
    [runId, carried.table.name, keys.map((key) => quarantineKey(carried, key))],
  );
  const kept = new Map<string, Set<string>>();
  for (const row of rows) {
    const set = kept.get(row.m_key as string) ?? new Set();
    set.add(row.m_cells as string);
    kept.set(row.m_key as string, set);
  }
  return kept;
}
