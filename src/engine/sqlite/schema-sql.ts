import { expression, linesAbout, type SchemaForm } from '../../schema/form.ts';
import { splitAtCommas, TokenReader } from '../sql/token-reader.ts';
import { tokensOf } from '../sql/tokens.ts';
import { textOf } from './spelling.ts';
import { partTexts, tableLines } from './table-sql.ts';

/** An entry of `sqlite_schema`: SQLite keeps a schema as the texts that made it. */
export interface SchemaEntry {
  readonly kind: string;
  readonly name: string;
  readonly table: string;
  readonly sql: string;
}

interface Read {
  readonly lines: readonly string[];
  readonly columns: ReadonlySet<string>;
}

/**
 * What was read of a text before. A long history reads the same schema after each of its revisions, and all but one table are the same
 * as the time before: without this, reading them is half of its time.
 */
const known = new Map<string, Read>();
const KNOWN_TEXTS = 5000;

function readOnce(key: string, read: () => Read): Read {
  const before = known.get(key);
  if (before !== undefined) return before;
  if (known.size >= KNOWN_TEXTS) known.clear();
  const fresh = read();
  known.set(key, fresh);
  return fresh;
}

const NONE: ReadonlySet<string> = new Set();

/** The schema form that these texts say. */
export function formOfEntries(entries: readonly SchemaEntry[]): SchemaForm {
  const lines: string[] = [];
  const tables = new Map<string, Read & { readonly sql: string }>();
  for (const { kind, name, sql } of entries) {
    if (kind !== 'table') continue;
    const table = readOnce(JSON.stringify([name, sql]), () => readTableText(name, sql));
    tables.set(name, { ...table, sql });
    lines.push(...table.lines);
  }
  for (const entry of entries) {
    if (entry.kind === 'table') continue;
    const { kind, name, table, sql } = entry;
    const owner = tables.get(table);
    // What a word in it means depends on the columns of its table.
    const key = JSON.stringify([kind, name, table, sql, owner?.sql]);
    lines.push(...readOnce(key, () => ({ lines: [objectLine(entry, owner?.columns ?? NONE)], columns: NONE })).lines);
  }
  return lines.toSorted();
}

function readTableText(name: string, sql: string): Read {
  const reader = new TokenReader(tokensOf(sql, 'sqlite'));
  if (!reader.take('CREATE', 'VIRTUAL')) return tableLines(name, sql);
  while (!reader.isAtEnd && !reader.take('USING')) reader.next();
  return { lines: [linesAbout(name).virtual(expression(textOf(reader.rest())))], columns: NONE };
}

function objectLine({ kind, name, table, sql }: SchemaEntry, columns: ReadonlySet<string>): string {
  const reader = new TokenReader(tokensOf(sql, 'sqlite'));
  const about = linesAbout(table);
  if (kind === 'index') {
    const isUnique = reader.take('CREATE', 'UNIQUE', 'INDEX');
    while (!reader.isAtEnd && !reader.is('(')) reader.next();
    const parts = partTexts(splitAtCommas(reader.takeParenthesis() ?? []), columns);
    const hasCondition = reader.take('WHERE');
    return about.index(name, {
      isUnique,
      parts,
      ...(hasCondition ? { where: expression(textOf(reader.rest(), columns)) } : {}),
    });
  }
  // Behind the name stands what the object is; the name stands in the line already.
  while (!reader.isAtEnd && !reader.take(kind.toUpperCase())) reader.next();
  if (reader.take('IF', 'NOT', 'EXISTS')) reader.next();
  else reader.next();
  reader.take('AS');
  const text = expression(textOf(reader.rest(), columns));
  return kind === 'view' ? linesAbout(name).view(text) : about.trigger(name, text);
}
