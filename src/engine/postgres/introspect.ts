import { expression, linesAbout, quoted, type SchemaForm } from '../../schema/form.ts';
import { catalogQuery } from '../catalog-query.ts';
import type { Connection, Row } from '../engine.ts';
import { ASIDE_PREFIX, LEDGER_TABLE, PROGRESS_TABLE } from '../schema-form.ts';
import { constantOf } from './constant.ts';
import { readMonthTables } from './months.ts';
import { comments, constraints, indexes, parse, type Reader, sequences, triggers } from './table-parts.ts';

/**
 * Tables, views, sequences of the current schema, without the tools' own; partitions belong to their table, and an extension's objects to
 * the extension. Found once: the queries about their parts are given the numbers.
 */
const RELATIONS = `pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
  AND NOT c.relispartition AND c.relname NOT IN ('${LEDGER_TABLE}', '${PROGRESS_TABLE}') AND NOT starts_with(c.relname, '${ASIDE_PREFIX}')
  AND NOT EXISTS (SELECT 1 FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')`;

/**
 * Reads the schema of the current PostgreSQL schema; what nobody declared appears as such. Expressions are in the server's words. A table that
 * is stored by months is the same table (months.ts): that form is no fact of the schema; one partitioned otherwise appears as such.
 */
export async function introspect(connection: Connection): Promise<SchemaForm> {
  const relations = await catalogQuery(
    connection,
    {
      oid: 'c.oid::bigint',
      name: 'c.relname',
      kind: 'c.relkind::text',
      isUnlogged: `c.relpersistence = 'u'`,
      partitionedBy: `CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END`,
      hasRowSecurity: 'c.relrowsecurity',
      text: `CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid, true) END`,
    },
    `FROM ${RELATIONS}`,
  );
  const reader: Reader = { connection, oids: `{${relations.map((row) => String(row.oid)).join(',')}}` };
  const byMonths = relations.some(({ partitionedBy }) => partitionedBy !== null)
    ? new Set((await readMonthTables(connection)).map(({ oid }) => oid))
    : new Set<number>();
  const lines = relations.flatMap((row) => relationLines(byMonths.has(Number(row.oid)) ? { ...row, partitionedBy: null } : row));
  lines.push(...(await types(connection)));
  if (relations.length > 0)
    for (const read of [columns, constraints, indexes, triggers, sequences, comments]) lines.push(...(await read(reader)));
  return lines.toSorted();
}

function relationLines(row: Row): string[] {
  const about = linesAbout(String(row.name));
  switch (row.kind) {
    case 'S':
      return [];
    case 'v':
      return [about.view(expression(String(row.text)))];
    case 'm':
      return [about.view(expression(String(row.text)), 'materialized view')];
    case 'f':
      return [about.virtual(expression('foreign table'))];
    default:
      return [
        about.table(
          ...(row.isUnlogged === true ? ['unlogged'] : []),
          ...(row.partitionedBy === null ? [] : [`partitioned by ${expression(String(row.partitionedBy))}`]),
          ...(row.hasRowSecurity === true ? ['with row security'] : []),
        ),
      ];
  }
}

async function columns({ connection, oids }: Reader): Promise<string[]> {
  const rows = await catalogQuery(
    connection,
    {
      owner: 'o.relname',
      name: 'a.attname',
      type: 'format_type(a.atttypid, a.atttypmod)',
      collation: `CASE WHEN a.attcollation <> t.typcollation THEN co.collname END`,
      isRequired: 'a.attnotnull',
      isProved: `NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conrelid = a.attrelid AND k.contype = 'n' AND k.conkey = ARRAY[a.attnum] AND NOT k.convalidated)`,
      filled: 'pg_get_expr(d.adbin, d.adrelid)',
      identity: 'a.attidentity::text',
      computed: 'a.attgenerated::text',
    },
    `FROM pg_attribute a JOIN pg_class o ON o.oid = a.attrelid JOIN pg_type t ON t.oid = a.atttypid
       LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
       LEFT JOIN pg_collation co ON co.oid = a.attcollation
      WHERE a.attrelid = ANY($1::oid[]) AND o.relkind IN ('r', 'p', 'f') AND a.attnum > 0 AND NOT a.attisdropped AND NOT starts_with(a.attname, '${ASIDE_PREFIX}')`,
    [oids],
  );
  return rows.map((row) => {
    const filled = row.filled === null ? undefined : String(row.filled);
    const isComputed = row.computed !== '';
    const isGenerated = filled !== undefined && /^nextval\(/.test(filled);
    const constant = filled === undefined || isComputed || isGenerated ? undefined : (constantOf(filled) ?? expression(filled));
    return linesAbout(String(row.owner)).column(String(row.name), {
      type: String(row.type) + (row.collation === null ? '' : ` COLLATE ${quoted(String(row.collation))}`),
      isRequired: row.isRequired === true,
      isGenerated,
      ...(constant === undefined ? {} : { default: constant }),
      ...(isComputed ? { computed: `${row.computed === 's' ? 'stored' : 'virtual'} ${expression(String(filled))}` } : {}),
      more: [
        ...(row.identity === '' ? [] : [`identity ${row.identity === 'a' ? 'always' : 'by default'}`]),
        ...(row.isProved === true ? [] : ['not valid']),
      ].join(' '),
    });
  });
}

async function types(connection: Connection): Promise<string[]> {
  const rows = await catalogQuery(
    connection,
    {
      name: 't.typname',
      values: `(SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder)::text FROM pg_enum e WHERE e.enumtypid = t.oid)`,
      base: `CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) END`,
    },
    `FROM pg_type t WHERE t.typnamespace = current_schema()::regnamespace AND t.typtype IN ('e', 'd')
       AND NOT EXISTS (SELECT 1 FROM pg_depend e WHERE e.classid = 'pg_type'::regclass AND e.objid = t.oid AND e.deptype = 'e')`,
  );
  return rows.map((row: Row) =>
    row.base === null
      ? `enum ${quoted(String(row.name))} (${parse(row.values ?? '[]')
          .map((value) => `'${value.replaceAll("'", "''")}'`)
          .join(', ')})`
      : `domain ${quoted(String(row.name))} ${String(row.base)}`,
  );
}
