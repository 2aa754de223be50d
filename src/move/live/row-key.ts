import { FlashcaseError } from '../../errors/index.ts';
import { codecOf } from '../../schema/codec.ts';
import type { Column, ColumnType } from '../../schema/column.ts';
import type { Table } from '../../schema/table.ts';
import type { CarriedTable } from '../carried-tables.ts';

/** A row by its primary key, in PostgreSQL's text form. */
export interface RowToRepair {
  readonly table: string;
  readonly key: readonly string[];
}

const EXAMPLE: Record<ColumnType, string> = {
  int32: '17',
  int64: '17',
  float64: '0.5',
  boolean: 'true',
  text: '"words"',
  timestamp: '"2024-01-31 12:00:00.000000"',
  bytes: "x'00ff'",
};

/** How the key of a table is written: `id=17`. */
export function keyForm({ primaryKey, columns }: Table): string {
  return primaryKey.map((name) => `${name}=${EXAMPLE[(columns[name] as Column).type]}`).join(',');
}

function canonical(type: ColumnType, word: string): string | undefined {
  const codec = codecOf(type);
  let text = word;
  if (word.startsWith('"')) {
    try {
      text = String(JSON.parse(word));
    } catch {
      return undefined;
    }
  } else if (type === 'bytes') text = word.replace(/^x'([0-9a-f]*)'$/i, '\\x$1');
  const isWritten: Partial<Record<ColumnType, RegExp>> = {
    int32: /^-?\d{1,10}$/,
    int64: /^-?\d{1,19}$/,
    float64: /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i,
    boolean: /^(true|false)$/,
    bytes: /^\\x([0-9a-f]{2})*$/i,
  };
  if (isWritten[type]?.test(text) === false) return undefined;
  try {
    const value = codec.fromPostgresText(text);
    return codec.refuse(value) === undefined ? codec.toPostgresText(value as never) : undefined;
  } catch {
    return undefined;
  }
}

/** A word up to the next comma, or a JSON string. */
const PARTS = /(\w+)=("(?:[^"\\]|\\.)*"|[^,]*)(?:,|$)/gy;

/**
 * Reads a row as `move verify` names it (`id=17`, `room="r",label="l"`), or as the bare value of a key of one column.
 * Throws `FC_INPUT_INVALID` naming the tables, or the form of the key.
 */
export function rowToRepair(tables: readonly CarriedTable[], tableName: string, written: string): RowToRepair {
  const table = tables.find((carried) => carried.table.name === tableName)?.table;
  if (table === undefined)
    throw new FlashcaseError('FC_INPUT_INVALID', {
      what: `There is no table ${tableName} in this move.`,
      hint: `Its tables are ${tables.map((carried) => carried.table.name).join(', ')}.`,
    });
  const [only] = table.primaryKey;
  const parts = new Map([...written.matchAll(PARTS)].map(([, name, word]) => [name as string, word as string]));
  const isBare = table.primaryKey.length === 1 && !parts.has(only as string);
  const words = isBare ? [written] : table.primaryKey.map((name) => parts.get(name));
  const key = table.primaryKey.map((name, i) => {
    const word = words[i];
    return word === undefined ? undefined : canonical((table.columns[name] as Column).type, word);
  });
  if (key.includes(undefined) || (!isBare && parts.size !== table.primaryKey.length))
    throw new FlashcaseError('FC_INPUT_INVALID', {
      what: `${written} is no key of ${tableName}.`,
      hint: `Write it as flashcase move verify names it: ${keyForm(table)}`,
    });
  return { table: tableName, key: key as string[] };
}
