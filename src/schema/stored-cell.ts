import { isUtf8 } from 'node:buffer';
import { FlashcaseError } from '../errors/index.ts';

/**
 * One cell exactly as SQLite stores it: its storage class and every bit of it. Text is kept as bytes, since reading it as a string would
 * replace bytes that are not UTF-8 without an error (facts T-04).
 */
export type StoredCell =
  | { readonly kind: 'null' }
  | { readonly kind: 'integer'; readonly value: bigint }
  | { readonly kind: 'real'; readonly value: number }
  | { readonly kind: 'text'; readonly bytes: Buffer }
  | { readonly kind: 'blob'; readonly bytes: Buffer };

/** A row by column name. */
export type StoredRow = Readonly<Record<string, StoredCell>>;

/** What `cells` and `row_key` of a quarantine table hold for one cell: `null`, or one of these fields. Reals are their IEEE 754 bits. */
export type CellJson =
  | null
  | { integer: string }
  | { real: string; shown: string }
  | { text: string }
  | { textHex: string }
  | { blobHex: string };

/** The cell as JSON that loses no bit: text that is not UTF-8 is written as hex. */
export function cellToJson(cell: StoredCell): CellJson {
  switch (cell.kind) {
    case 'null':
      return null;
    case 'integer':
      return { integer: String(cell.value) };
    case 'real': {
      const bits = Buffer.allocUnsafe(8);
      bits.writeDoubleBE(cell.value);
      return { real: bits.toString('hex'), shown: String(cell.value) };
    }
    case 'text':
      return isUtf8(cell.bytes) ? { text: cell.bytes.toString('utf8') } : { textHex: cell.bytes.toString('hex') };
    case 'blob':
      return { blobHex: cell.bytes.toString('hex') };
  }
}

/** Reads what `cellToJson` wrote; throws `FC_VALUE_UNREADABLE` for anything else. */
export function cellFromJson(json: unknown): StoredCell {
  if (json === null) return { kind: 'null' };
  if (typeof json === 'object') {
    const { integer, real, text, textHex, blobHex } = json as Record<string, unknown>;
    if (typeof integer === 'string') return { kind: 'integer', value: BigInt(integer) };
    if (typeof real === 'string') return { kind: 'real', value: Buffer.from(real, 'hex').readDoubleBE() };
    if (typeof text === 'string') return { kind: 'text', bytes: Buffer.from(text, 'utf8') };
    if (typeof textHex === 'string') return { kind: 'text', bytes: Buffer.from(textHex, 'hex') };
    if (typeof blobHex === 'string') return { kind: 'blob', bytes: Buffer.from(blobHex, 'hex') };
  }
  throw new FlashcaseError('FC_VALUE_UNREADABLE', {
    what: 'A quarantined cell is not in the form FlashCase writes.',
    hint: 'The quarantine table was changed by another program.',
  });
}

/** A whole row, or the key columns of one, as JSON text. */
export function rowToJson(row: StoredRow): string {
  return JSON.stringify(Object.fromEntries(Object.entries(row).map(([column, cell]) => [column, cellToJson(cell)])));
}

export function rowFromJson(text: string): StoredRow {
  const parsed = JSON.parse(text) as Record<string, unknown>;
  return Object.fromEntries(Object.entries(parsed).map(([column, cell]) => [column, cellFromJson(cell)]));
}

/** SQLite's `typeof(column), CASE` pair for one column: read it with `cellOf`. The column name must be quoted. */
export function cellSql(quotedColumn: string): string {
  return `typeof(${quotedColumn}), CASE typeof(${quotedColumn}) WHEN 'text' THEN CAST(${quotedColumn} AS BLOB) ELSE ${quotedColumn} END`;
}

/** Builds a cell from the two values `cellSql` reads (integers as `bigint`). */
export function cellOf(storageClass: unknown, value: unknown): StoredCell {
  switch (storageClass) {
    case 'integer':
      return { kind: 'integer', value: value as bigint };
    case 'real':
      return { kind: 'real', value: value as number };
    case 'text':
      return { kind: 'text', bytes: Buffer.from(value as Uint8Array) };
    case 'blob':
      return { kind: 'blob', bytes: Buffer.from(value as Uint8Array) };
    default:
      return { kind: 'null' };
  }
}

/** A cell for people: control characters escaped, at most about 60 characters. */
export function printable(cell: StoredCell): string {
  const short = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}…` : text);
  switch (cell.kind) {
    case 'null':
      return 'NULL';
    case 'integer':
      return String(cell.value);
    case 'real':
      return String(cell.value);
    case 'text':
      if (!isUtf8(cell.bytes)) return short(`bytes ${cell.bytes.subarray(0, 40).toString('hex')}`);
      return short(JSON.stringify(cell.bytes.toString('utf8')));
    case 'blob':
      return short(`x'${cell.bytes.subarray(0, 40).toString('hex')}'`);
  }
}
