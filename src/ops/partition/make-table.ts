import type { Connection, Row } from '../../engine/engine.ts';
import { ddl } from '../../engine/postgres/ddl.ts';
import { defaultPartition, olderPartition } from '../../engine/postgres/months.ts';
import { PARTITION_BEFORE_SCHEMA } from '../../engine/schema-form.ts';
import type { Month } from '../../schema/month.ts';
import { startOfMonth } from '../../schema/month.ts';
import { namesOf, type Partitioned, type StorageForm } from './partitioned.ts';

const { quote, literal } = ddl;

/** As another table is, without what has a name of its own: that is made with the names it has there. */
const LIKE = 'INCLUDING ALL EXCLUDING INDEXES EXCLUDING STATISTICS EXCLUDING IDENTITY';

const textsOf = async (connection: Connection, sql: string, parameters: readonly unknown[]): Promise<string[]> =>
  (await connection.query(sql, parameters)).map((row: Row) => String(row.p_text));

/**
 * Makes the table in its other form, empty, in a schema of its own: read from the catalogs, so that nothing of the live one is missing, not
 * even what no revision declares. Keys and indexes have their own names there, and keep them. Foreign keys come when the rows are there.
 * @param begins where the months begin. Inside a transaction.
 */
export async function makeTable(
  connection: Connection,
  partitioned: Partitioned,
  form: StorageForm,
  begins: Month,
): Promise<void> {
  const { live, made } = namesOf(partitioned);
  const { table, column } = partitioned;
  await connection.script(`CREATE SCHEMA ${PARTITION_BEFORE_SCHEMA}`);
  await connection.script(
    `CREATE TABLE ${made} (LIKE ${live} ${LIKE})${form === 'months' ? ` PARTITION BY RANGE (${quote(column)})` : ''}`,
  );
  if (form === 'months') {
    await connection.script(
      `CREATE TABLE ${quote(olderPartition(table.name))} PARTITION OF ${made} FOR VALUES FROM (MINVALUE) TO ('${startOfMonth(begins)}');
       CREATE TABLE ${quote(defaultPartition(table.name))} PARTITION OF ${made} DEFAULT`,
    );
  }
  const keys = await textsOf(
    connection,
    `SELECT format('ADD CONSTRAINT %I %s', conname, pg_get_constraintdef(oid)) AS p_text FROM pg_constraint
     WHERE conrelid = to_regclass($1) AND contype IN ('p', 'u') ORDER BY contype, conname`,
    [live],
  );
  for (const key of keys) await connection.script(`ALTER TABLE ${made} ${key}`);
  const indexes = await textsOf(
    connection,
    `SELECT regexp_replace(pg_get_indexdef(x.indexrelid), '^(CREATE (?:UNIQUE )?INDEX .+?) ON (?:ONLY )?\\S+ USING ', '\\1 ON ${made.replaceAll("'", "''")} USING ') AS p_text
     FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
     WHERE x.indrelid = to_regclass($1) AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = x.indexrelid AND k.contype IN ('p', 'u', 'x')) ORDER BY i.relname`,
    [live],
  );
  for (const index of indexes) await connection.script(index);
  const [comment] = await textsOf(
    connection,
    "SELECT obj_description(to_regclass($1), 'pg_class') AS p_text WHERE obj_description(to_regclass($1), 'pg_class') IS NOT NULL",
    [live],
  );
  if (comment !== undefined) await connection.script(`COMMENT ON TABLE ${made} IS ${literal(comment)}`);
  await copyRights(connection, live, made);
}

/** Whoever may read or write the one may the other. */
async function copyRights(connection: Connection, live: string, made: string): Promise<void> {
  const grants = `
    SELECT CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END AS who, a.privilege_type AS what, a.is_grantable AS may, '' AS columns
    FROM pg_class c, aclexplode(c.relacl) a WHERE c.oid = to_regclass($1) AND a.grantee <> c.relowner
    UNION ALL
    SELECT CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END, a.privilege_type, a.is_grantable, format(' (%I)', t.attname)
    FROM pg_attribute t, aclexplode(t.attacl) a WHERE t.attrelid = to_regclass($1) AND NOT t.attisdropped`;
  // What the defaults of the role gave somebody who has nothing there.
  for (const who of await textsOf(connection, `SELECT DISTINCT who AS p_text FROM (${grants}) g`, [made]))
    await connection.script(`REVOKE ALL ON ${made} FROM ${who}`);
  const wanted = `SELECT format('GRANT %s%s ON ${made.replaceAll("'", "''").replaceAll('%', '%%')} TO %s%s', what, columns, who, CASE WHEN may THEN ' WITH GRANT OPTION' ELSE '' END) AS p_text FROM (${grants}) g`;
  for (const grant of await textsOf(connection, wanted, [live])) await connection.script(grant);
}

/** The sequences of a table belong to its columns; `statements` before the exchange, and after it. */
export async function sequenceMoves(
  connection: Connection,
  { live }: { readonly live: string },
): Promise<{ readonly loosen: readonly string[]; readonly tie: readonly string[] }> {
  const rows = await connection.query(
    `SELECT s.oid::regclass::text AS p_sequence, quote_ident(a.attname) AS p_column FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
       JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
     WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = to_regclass($1) AND d.deptype = 'a'`,
    [live],
  );
  return {
    loosen: rows.map((row) => `ALTER SEQUENCE ${String(row.p_sequence)} OWNED BY NONE`),
    tie: rows.map((row) => `ALTER SEQUENCE ${String(row.p_sequence)} OWNED BY ${live}.${String(row.p_column)}`),
  };
}
