import { linesOf, type SchemaForm } from '../../schema/form.ts';
import { catalogQuery } from '../catalog-query.ts';
import type { Connection, Row } from '../engine.ts';
import { LEDGER_TABLE, PROGRESS_TABLE } from '../schema-form.ts';

const checkNames = (sql: string): string[] =>
  [...sql.matchAll(/CONSTRAINT\s+"?([A-Za-z0-9_]+)"?\s+CHECK/gi)].map((match) => match[1] as string);

/** Reads the schema of an SQLite database; tables, views and triggers nobody declared appear as such. */
export async function introspect(connection: Connection): Promise<SchemaForm> {
  const objects = await catalogQuery(
    connection,
    { kind: 'type', object: 'name', owner: 'tbl_name', definition: 'sql' },
    "FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND type <> 'index' AND tbl_name NOT IN (?, ?)",
    [LEDGER_TABLE, PROGRESS_TABLE],
  );
  const strict = new Set(
    (await catalogQuery(connection, { object: 'name' }, 'FROM pragma_table_list WHERE strict = 1')).map((row) => row.object),
  );
  const lines: string[] = [];
  for (const { kind, object, owner, definition } of objects as {
    kind: string;
    object: string;
    owner: string;
    definition: string | null;
  }[]) {
    if (kind !== 'table') {
      lines.push(`"${owner}" ${kind} "${object}"`);
    } else if (/^\s*create\s+virtual/i.test(definition ?? '')) {
      lines.push(`"${object}" virtual table`);
    } else {
      lines.push(...(await tableLines(connection, object, definition ?? '', strict.has(object))));
    }
  }
  return lines.toSorted();
}

async function tableLines(connection: Connection, table: string, sql: string, isStrict: boolean): Promise<string[]> {
  const ask = (pragma: string, columns: readonly string[], argument: string = table): Promise<Row[]> =>
    catalogQuery(connection, Object.fromEntries(columns.map((column) => [column, `"${column}"`])), `FROM ${pragma}(?)`, [
      argument,
    ]);
  const columns = (await ask('pragma_table_xinfo', ['name', 'type', 'notnull', 'dflt_value', 'pk', 'hidden'])) as {
    name: string;
    type: string;
    notnull: number;
    dflt_value: string | null;
    pk: number;
    hidden: number;
  }[];
  const keyColumns = columns.filter((column) => column.pk > 0).toSorted((a, b) => a.pk - b.pk);
  const isAutoIncrement = /\bAUTOINCREMENT\b/i.test(sql);
  const uniques: string[][] = [];
  const indexes: { name: string; isUnique: boolean; columns: string[]; where?: string }[] = [];
  for (const index of (await ask('pragma_index_list', ['name', 'unique', 'origin', 'partial'])) as {
    name: string;
    unique: number;
    origin: string;
    partial: number;
  }[]) {
    const parts = (
      (await ask('pragma_index_xinfo', ['name', 'desc', 'key'], index.name)) as {
        name: string | null;
        desc: number;
        key: number;
      }[]
    ).filter((part) => part.key === 1);
    if (index.origin === 'u') uniques.push(parts.map((part) => part.name ?? '<expression>'));
    if (index.origin !== 'c') continue;
    indexes.push({
      name: index.name,
      isUnique: index.unique === 1,
      columns: parts.map((part) => (part.name === null ? '<expression>' : `"${part.name}"`) + (part.desc === 1 ? ' desc' : '')),
      ...(index.partial === 1 ? { where: '<condition>' } : {}),
    });
  }
  const references = (await ask('pragma_foreign_key_list', ['id', 'seq', 'table', 'from', 'to', 'on_update', 'on_delete'])) as {
    id: number;
    seq: number;
    table: string;
    from: string;
    to: string | null;
    on_update: string;
    on_delete: string;
  }[];
  const byKey = Map.groupBy(references, (reference) => String(reference.id));
  return linesOf({
    name: table,
    flags: isStrict ? ['strict'] : [],
    columns: columns.map((column) => ({
      name: column.name,
      type: column.type + (column.hidden > 1 ? ' computed' : ''),
      isNullable: column.notnull === 0 && !(column.pk > 0 && keyColumns.length === 1 && column.type === 'INTEGER'),
      isGenerated: isAutoIncrement && column.pk > 0,
      default: column.dflt_value ?? undefined,
    })),
    primaryKey: keyColumns.map((column) => column.name),
    uniques,
    indexes,
    foreignKeys: [...byKey.values()].map((parts) => {
      const ordered = parts.toSorted((a, b) => Number(a.seq) - Number(b.seq));
      const [first] = ordered as [(typeof ordered)[number]];
      return {
        columns: ordered.map((part) => part.from),
        table: first.table,
        to: ordered.map((part) => part.to ?? 'rowid'),
        actions:
          (first.on_delete === 'NO ACTION' ? '' : ` on delete ${first.on_delete}`) +
          (first.on_update === 'NO ACTION' ? '' : ` on update ${first.on_update}`),
      };
    }),
    checks: checkNames(sql),
  });
}
