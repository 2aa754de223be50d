import { linesOf, type SchemaForm } from '../../schema/form.ts';
import { catalogQuery } from '../catalog-query.ts';
import type { Connection, Row } from '../engine.ts';
import { LEDGER_TABLE, PROGRESS_TABLE } from '../schema-form.ts';

/** Arrays are read as JSON text: the connection decodes no array types. */
const parse = (value: unknown): string[] => JSON.parse(String(value)) as string[];

/** Reads the schema of the current PostgreSQL schema; tables, views and triggers nobody declared appear as such. */
export async function introspect(connection: Connection): Promise<SchemaForm> {
  const inHere = 'c.relnamespace = current_schema()::regnamespace';
  const relations = await catalogQuery(
    connection,
    {
      object: `c.relname`,
      kind: `c.relkind::text`,
    },
    `FROM pg_class c WHERE ${inHere} AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition AND c.relname NOT IN ($1, $2)`,
    [LEDGER_TABLE, PROGRESS_TABLE],
  );
  const columns = await catalogQuery(
    connection,
    {
      owner: `c.relname`,
      object: `a.attname`,
      declared: `format_type(a.atttypid, a.atttypmod)`,
      sortedAs: `nullif(co.collname, 'default')`,
      isRequired: `a.attnotnull`,
      filled: `pg_get_expr(d.adbin, d.adrelid)`,
      identity: `a.attidentity::text`,
      computed: `a.attgenerated::text`,
    },
    `FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
       LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
       LEFT JOIN pg_collation co ON co.oid = a.attcollation
      WHERE ${inHere} AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
  );
  const constraints = await catalogQuery(
    connection,
    {
      owner: `c.relname`,
      object: `k.conname`,
      kind: `k.contype::text`,
      target: `f.relname`,
      isValid: `k.convalidated`,
      onDelete: `k.confdeltype::text`,
      onUpdate: `k.confupdtype::text`,
      own: `(SELECT json_agg(a.attname ORDER BY x.n)::text FROM unnest(k.conkey) WITH ORDINALITY x(num, n) JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = x.num)`,
      others: `(SELECT json_agg(a.attname ORDER BY x.n)::text FROM unnest(k.confkey) WITH ORDINALITY x(num, n) JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = x.num)`,
    },
    `FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid LEFT JOIN pg_class f ON f.oid = k.confrelid
      WHERE ${inHere} AND k.contype IN ('p', 'u', 'f', 'c', 'x')`,
  );
  const indexes = await catalogQuery(
    connection,
    {
      owner: `c.relname`,
      object: `i.relname`,
      isUnique: `x.indisunique`,
      isValid: `x.indisvalid`,
      condition: `pg_get_expr(x.indpred, x.indrelid)`,
      parts: `(SELECT json_agg(CASE WHEN a.attname IS NULL THEN '<expression>' ELSE '"' || a.attname || '"' END || CASE WHEN x.indoption[p.n - 1] & 1 = 1 THEN ' desc' ELSE '' END ORDER BY p.n)::text
               FROM generate_series(1, x.indnkeyatts) p(n) LEFT JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[p.n - 1] AND x.indkey[p.n - 1] <> 0)`,
    },
    `FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid
      WHERE ${inHere} AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = x.indexrelid AND k.contype IN ('p', 'u', 'x'))`,
  );
  const triggers = await catalogQuery(
    connection,
    {
      owner: `c.relname`,
      object: `t.tgname`,
    },
    `FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE ${inHere} AND NOT t.tgisinternal`,
  );
  const of = (rows: Row[], owner: string): Row[] => rows.filter((row) => row.owner === owner);
  const lines = triggers.map((row) => `"${String(row.owner)}" trigger "${String(row.object)}"`);
  for (const { object, kind } of relations as { object: string; kind: string }[]) {
    if (kind !== 'r' && kind !== 'p') {
      lines.push(`"${object}" ${kind === 'f' ? 'foreign table' : 'view'} "${object}"`);
      continue;
    }
    const keys = of(constraints, object);
    const columnsOf = (type: string): string[][] => keys.filter((key) => key.kind === type).map((key) => parse(key.own));
    lines.push(
      ...linesOf({
        name: object,
        flags: [],
        columns: of(columns, object).map((column) => {
          const isSequence = /^nextval\(/.test(String(column.filled ?? ''));
          return {
            name: String(column.object),
            type:
              String(column.declared) +
              (column.sortedAs === null ? '' : ` COLLATE "${String(column.sortedAs)}"`) +
              (column.identity === '' ? '' : ' identity') +
              (column.computed === '' ? '' : ' computed'),
            isNullable: column.isRequired === false,
            isGenerated: isSequence,
            default:
              isSequence || column.filled === null || column.computed !== ''
                ? undefined
                : String(column.filled).replace(/::[a-z ]+(?: varying)?$/, ''),
          };
        }),
        primaryKey: columnsOf('p')[0] ?? [],
        uniques: columnsOf('u'),
        indexes: of(indexes, object).map((index) => ({
          name: String(index.object) + (index.isValid === true ? '' : ' INVALID'),
          isUnique: index.isUnique === true,
          columns: parse(index.parts),
          ...(index.condition === null ? {} : { where: String(index.condition) }),
        })),
        foreignKeys: keys
          .filter((key) => key.kind === 'f')
          .map((key) => ({
            columns: parse(key.own),
            table: String(key.target),
            to: parse(key.others),
            actions:
              (key.onDelete === 'a' ? '' : ` on delete ${String(key.onDelete)}`) +
              (key.onUpdate === 'a' ? '' : ` on update ${String(key.onUpdate)}`) +
              (key.isValid === true ? '' : ' not valid'),
          })),
        checks: keys.filter((key) => key.kind === 'c').map((key) => String(key.object)),
      }),
    );
  }
  return lines.toSorted();
}
