import type { Connection } from '../../engine/engine.ts';
import type { Column, ColumnType, Value } from '../../schema/column.ts';
import type { Table } from '../../schema/table.ts';
import { Timestamp } from '../../schema/timestamp.ts';
import { quoted } from '../source/source-tables.ts';
import { ExpectedRows, type SourceView } from './expected-rows.ts';
import { type Difference, LISTED, type OwnRows, ownFilter, type TableVerdict } from './find-differences.ts';

/** Rows fetched from the target at once. */
const FETCHED = 2000;

/** The text each engine writes for a value of each type; neither goes through the codec that carried it. */
const TARGET_TEXT: Record<ColumnType, (column: string) => string> = {
  int32: (c) => `${c}::text`,
  int64: (c) => `${c}::text`,
  float64: (c) => `${c}::text`,
  boolean: (c) => `CASE WHEN ${c} THEN '1' WHEN NOT ${c} THEN '0' END`,
  text: (c) => `encode(convert_to(${c}, 'UTF8'), 'hex')`,
  timestamp: (c) => `to_char(${c} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')`,
  bytes: (c) => `encode(${c}, 'hex')`,
};

/** A value of another storage class is marked, so that it cannot look equal by chance. */
const only = (storageClass: string, c: string, text: string): string =>
  `CASE typeof(${c}) WHEN '${storageClass}' THEN ${text} WHEN 'null' THEN NULL ELSE 'stored as ' || typeof(${c}) END`;

const SOURCE_TEXT: Record<ColumnType, (column: string) => string> = {
  int32: (c) => only('integer', c, `CAST(${c} AS TEXT)`),
  int64: (c) => only('integer', c, `CAST(${c} AS TEXT)`),
  // SQLite prints 15 to 17 digits, PostgreSQL the fewest that are exact: reals are compared as numbers.
  float64: (c) => only('real', c, c),
  boolean: (c) => only('integer', c, `CAST(${c} AS TEXT)`),
  text: (c) => only('text', c, `lower(hex(CAST(${c} AS BLOB)))`),
  timestamp: (c) => only('text', c, c),
  bytes: (c) => only('blob', c, `lower(hex(${c}))`),
};

type Texts = readonly (string | null)[];

/** A value of a decided row in the text the engines write. */
function textOf(type: ColumnType, value: Value | null): string | null {
  if (value === null) return null;
  if (type === 'boolean') return value === true ? '1' : '0';
  if (type === 'text') return Buffer.from(value as string, 'utf8').toString('hex');
  if (type === 'bytes') return Buffer.from(value as Uint8Array).toString('hex');
  return value instanceof Timestamp ? value.text : String(value);
}

/** A part of a key in PostgreSQL's own text form. */
function keyPart(type: ColumnType, text: string): string {
  if (type === 'text') return Buffer.from(text, 'hex').toString('utf8');
  if (type === 'bytes') return `\\x${text}`;
  if (type === 'timestamp') return `${text}+00`;
  return type === 'boolean' ? (text === '1' ? 't' : 'f') : text;
}

/** Orders two keys as both engines order them: numbers by value, text by bytes. NULLs do not occur in keys. */
function keyOrder(table: Table): (a: Texts, b: Texts) => number {
  const names = Object.keys(table.columns);
  const parts = table.primaryKey.map((column) => ({ at: names.indexOf(column), type: (table.columns[column] as Column).type }));
  return (a, b) => {
    for (const { at, type } of parts) {
      const left = a[at] ?? '';
      const right = b[at] ?? '';
      if (left === right) continue;
      // Two hex digits a byte: the order of the hex text is the order of the bytes.
      if (type === 'int32' || type === 'int64') return BigInt(left) < BigInt(right) ? -1 : 1;
      if (type === 'float64') return Number(left) < Number(right) ? -1 : 1;
      return left < right ? -1 : 1;
    }
    return 0;
  };
}

const isSameText = (type: ColumnType, left: string | null, right: string | null): boolean =>
  left === right || (type === 'float64' && left !== null && right !== null && Object.is(Number(left), Number(right)));

async function* targetTexts(target: Connection, table: Table, own: OwnRows | undefined): AsyncGenerator<Texts> {
  const columns = Object.entries(table.columns);
  const select = columns.map(([name, { type }], i) => `${TARGET_TEXT[type](quoted(name))} AS c${i}`).join(', ');
  await target.script(
    `DECLARE move_verify NO SCROLL CURSOR FOR SELECT ${select} FROM ${quoted(table.name)} ${ownFilter(table, own)} ORDER BY ${table.primaryKey.map((column) => `${quoted(table.name)}.${quoted(column)}`).join(', ')}`,
  );
  for (;;) {
    const rows = await target.query(`FETCH ${FETCHED} FROM move_verify`);
    for (const row of rows) yield columns.map((_, i) => (row[`c${i}`] as string | null) ?? null);
    if (rows.length < FETCHED) break;
  }
  await target.script('CLOSE move_verify');
}

interface SourceTexts {
  readonly rowid: bigint;
  readonly texts: Texts;
}

function* sourceTexts(view: SourceView, expected: ExpectedRows): Generator<SourceTexts> {
  const { table } = expected;
  const source = view.source(table.name);
  const select = Object.entries(table.columns).map(([name, { type }]) => SOURCE_TEXT[type](quoted(name)));
  const key = table.primaryKey.map((column) => `${quoted(column)} COLLATE BINARY`).join(', ');
  const statement = view.db.prepare(
    `SELECT ${source.rowid}, ${select.join(', ')} FROM main.${quoted(source.storedAs)} ORDER BY ${key}`,
  );
  statement.setReadBigInts(true);
  statement.setReturnArrays(true);
  for (const cells of statement.iterate() as unknown as Iterable<readonly unknown[]>) {
    const rowid = cells[0] as bigint;
    if (expected.isQuarantined(rowid)) continue;
    yield { rowid, texts: cells.slice(1).map((cell) => (cell === null ? null : String(cell))) };
  }
  expected.finish();
}

const readable = (type: ColumnType, text: string | null): string => {
  if (text === null) return 'NULL';
  if (type === 'boolean') return text === '1' ? 'true' : text === '0' ? 'false' : text;
  if (type === 'bytes') return `x'${text.slice(0, 80)}'`;
  return type === 'text' ? JSON.stringify(Buffer.from(text.slice(0, 120), 'hex').toString('utf8')) : text;
};

function differencesOf(table: Table, source: Texts, target: Texts): Pick<Difference, 'column' | 'source' | 'target' | 'why'>[] {
  return Object.entries(table.columns).flatMap(([column, { type }], i) => {
    const left = source[i] ?? null;
    const right = target[i] ?? null;
    if (isSameText(type, left, right)) return [];
    return [{ column, source: readable(type, left), target: readable(type, right), why: 'the values differ' }];
  });
}

/** A row with what was decided for it, or `undefined` where nothing explains that it differs. */
function decidedTexts(expected: ExpectedRows, rowid: bigint): Texts | undefined {
  const decided = expected.decide(rowid);
  return decided && Object.values(expected.table.columns).map(({ type }, i) => textOf(type, decided.values[i] ?? null));
}

/** Compares one table value by value, each side in the text its own engine writes, in the order of the key. */
export async function compareTexts(
  target: Connection,
  view: SourceView,
  table: Table,
  own: OwnRows | undefined,
  onRows: (rows: number) => void,
): Promise<TableVerdict> {
  const expected = new ExpectedRows(view, table);
  const names = Object.keys(table.columns);
  const order = keyOrder(table);
  const differences: Difference[] = [];
  let differing = 0;
  let rows = 0;
  const add = (key: Texts, list: readonly Pick<Difference, 'column' | 'source' | 'target' | 'why'>[]): void => {
    differing++;
    const part = (column: string): string => readable((table.columns[column] as Column).type, key[names.indexOf(column)] ?? null);
    const rowKey = table.primaryKey.map((column) =>
      keyPart((table.columns[column] as Column).type, key[names.indexOf(column)] ?? ''),
    );
    const shownKey = table.primaryKey.map((column) => `${column}=${part(column)}`).join(',');
    if (differences.length < LISTED)
      differences.push(...list.map((difference) => ({ table: table.name, key: shownKey, rowKey, ...difference })));
  };
  const left = sourceTexts(view, expected);
  const right = targetTexts(target, table, own);
  let a = left.next();
  let b = await right.next();
  while (a.done !== true || b.done !== true) {
    const side = a.done === true ? 1 : b.done === true ? -1 : order(a.value.texts, b.value);
    if (a.done !== true && side <= 0) {
      if (side < 0) add(a.value.texts, [{ column: '*', source: 'a row', target: 'no row', why: 'PostgreSQL has no such row' }]);
      else if (b.done !== true && differencesOf(table, a.value.texts, b.value).length > 0) {
        const decided = decidedTexts(expected, a.value.rowid);
        const list = decided === undefined ? [] : differencesOf(table, decided, b.value);
        if (list.length > 0) add(a.value.texts, list);
      }
      a = left.next();
      if (++rows % 4096 === 0) onRows(4096);
    }
    if (b.done !== true && side >= 0) {
      if (side > 0) add(b.value, [{ column: '*', source: 'no row', target: 'a row', why: 'the SQLite file has no such row' }]);
      b = await right.next();
    }
  }
  onRows(rows % 4096);
  for (const { key, column, source, why } of expected.unexplained) {
    differing++;
    differences.push({ table: table.name, key, column, source, target: '-', why });
  }
  return { table: table.name, rows, approved: expected.approved, differences: differences.slice(0, LISTED), differing };
}
