import { expression, linesAbout, type SchemaForm } from '../../schema/form.ts';
import { splitAtCommas, TokenReader, textOf, tokensOf } from './sql-tokens.ts';
import { partTexts, tableLines } from './table-sql.ts';

/** An entry of `sqlite_schema`: SQLite keeps a schema as the texts that made it. */
export interface SchemaEntry {
  readonly kind: string;
  readonly name: string;
  readonly table: string;
  readonly sql: string;
}

/** The schema form that these texts say. */
export function formOfEntries(entries: readonly SchemaEntry[]): SchemaForm {
  const lines: string[] = [];
  const columns = new Map<string, ReadonlySet<string>>();
  for (const entry of entries) {
    if (entry.kind !== 'table') continue;
    const reader = new TokenReader(tokensOf(entry.sql));
    if (reader.take('create', 'virtual')) {
      while (!reader.isAtEnd && !reader.take('using')) reader.next();
      lines.push(linesAbout(entry.name).virtual(expression(textOf(reader.rest()))));
    } else {
      const table = tableLines(entry.name, entry.sql);
      columns.set(entry.name, table.columns);
      lines.push(...table.lines);
    }
  }
  const none: ReadonlySet<string> = new Set();
  for (const entry of entries) if (entry.kind !== 'table') lines.push(objectLine(entry, columns.get(entry.table) ?? none));
  return lines.toSorted();
}

function objectLine({ kind, name, table, sql }: SchemaEntry, columns: ReadonlySet<string>): string {
  const reader = new TokenReader(tokensOf(sql));
  const about = linesAbout(table);
  if (kind === 'index') {
    const isUnique = reader.take('create', 'unique', 'index');
    while (!reader.isAtEnd && !reader.is('(')) reader.next();
    const parts = partTexts(splitAtCommas(reader.takeParenthesis() ?? []), columns);
    const hasCondition = reader.take('where');
    return about.index(name, {
      isUnique,
      parts,
      ...(hasCondition ? { where: expression(textOf(reader.rest(), columns)) } : {}),
    });
  }
  // Behind the name stands what the object is; the name stands in the line already.
  while (!reader.isAtEnd && !reader.take(kind)) reader.next();
  if (reader.take('if', 'not', 'exists')) reader.next();
  else reader.next();
  reader.take('as');
  const text = expression(textOf(reader.rest(), columns));
  return kind === 'view' ? linesAbout(name).view(text) : about.trigger(name, text);
}
