import type { Connection } from '../../engine/engine.ts';
import { ddl } from '../../engine/postgres/ddl.ts';
import { PARTITION_SCHEMA } from '../../engine/schema-form.ts';
import { type Names, namesOf, type Partitioned, type StorageForm } from './partitioned.ts';
import { whenFree } from './when-free.ts';

/** Every trigger of a build begins with this. */
const PREFIX = PARTITION_SCHEMA;
const JOURNAL = `${PARTITION_SCHEMA}.journal`;
const FORGET = `${PREFIX}_forget`;

/** Nobody but the owner may change search path and settings a function of the owner's rights runs with. */
const SAFE = 'SECURITY DEFINER SET search_path = pg_catalog, pg_temp';

/**
 * `note` also takes away, in the writer's own transaction, what is in the other table under a key that was changed or deleted: otherwise that row would go on
 * referring to a card its review no longer refers to, and PostgreSQL would refuse to delete the card. The carrier brings back what is still there. Planned
 * for each row, so that only the month of the row is opened and locked. An insert, which is nearly every write, does nothing of this. `forget` does the same
 * after the exchange, until the table before is empty, and `refuse_truncate` lets that one be emptied.
 */
function functionsSql({ made, before, key }: Names): string {
  const write = (row: 'OLD' | 'NEW'): string =>
    `INSERT INTO ${JOURNAL} (${key.join(', ')}) VALUES (${key.map((column) => `${row}.${column}`).join(', ')});`;
  const isMoved = key.map((column) => `OLD.${column} IS DISTINCT FROM NEW.${column}`).join(' OR ');
  const take = (table: string): string => {
    const sql = `DELETE FROM ${table} WHERE ${key.map((column, i) => `${column} = $${i + 1}`).join(' AND ')}`;
    return `EXECUTE ${ddl.literal(sql)} USING ${key.map((column) => `OLD.${column}`).join(', ')};`;
  };
  return `
    CREATE FUNCTION ${PARTITION_SCHEMA}.note() RETURNS trigger LANGUAGE plpgsql ${SAFE} AS $body$
    BEGIN
      IF TG_OP <> 'DELETE' THEN
        ${write('NEW')}
        IF TG_OP = 'INSERT' THEN RETURN NULL; END IF;
      END IF;
      IF TG_OP = 'DELETE' OR ${isMoved} THEN
        ${write('OLD')}
      END IF;
      -- What forget takes away is noted by nobody.
      IF EXISTS (SELECT FROM ${PARTITION_SCHEMA}.run WHERE state = 'swapped') THEN RETURN NULL; END IF;
      ${take(made)}
      RETURN NULL;
    END $body$;
    CREATE FUNCTION ${PARTITION_SCHEMA}.forget() RETURNS trigger LANGUAGE plpgsql ${SAFE} AS $body$
    BEGIN
      IF EXISTS (SELECT FROM ${PARTITION_SCHEMA}.run WHERE state = 'swapped') THEN
        ${take(before)}
      END IF;
      RETURN NULL;
    END $body$;
    CREATE FUNCTION ${PARTITION_SCHEMA}.refuse_truncate() RETURNS trigger LANGUAGE plpgsql ${SAFE} AS $body$
    BEGIN
      IF EXISTS (SELECT FROM ${PARTITION_SCHEMA}.run WHERE state = 'swapped') THEN RETURN NULL; END IF;
      RAISE EXCEPTION USING ERRCODE = '55006',
        MESSAGE = format('%I may not be truncated: FlashCase is storing it in another form.', TG_TABLE_NAME),
        HINT = 'Nothing was changed. DELETE works; or give the other form up first: flashcase db partition undo.';
    END $body$;
    REVOKE ALL ON FUNCTION ${PARTITION_SCHEMA}.note(), ${PARTITION_SCHEMA}.forget(), ${PARTITION_SCHEMA}.refuse_truncate() FROM PUBLIC;`;
}

/** The table and its partitions that a TRUNCATE of their own would empty unseen. */
async function uncovered(connection: Connection, live: string): Promise<string[]> {
  const rows = await connection.query(
    `SELECT c.oid::regclass::text AS p_name FROM pg_class c
     WHERE (c.oid = to_regclass($1) OR c.oid IN (SELECT relid FROM pg_partition_tree(to_regclass($1))))
       AND NOT EXISTS (SELECT 1 FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = '${PREFIX}_truncate') ORDER BY 1`,
    [live],
  );
  return rows.map((row) => String(row.p_name));
}

async function coverTruncate(connection: Connection, live: string): Promise<void> {
  for (const name of await uncovered(connection, live))
    await connection.script(
      `CREATE TRIGGER ${PREFIX}_truncate BEFORE TRUNCATE ON ${name} FOR EACH STATEMENT EXECUTE FUNCTION ${PARTITION_SCHEMA}.refuse_truncate();
       ALTER TABLE ONLY ${name} ENABLE ALWAYS TRIGGER ${PREFIX}_truncate`,
    );
}

/**
 * From the commit of the caller's transaction on, the key of every row of the live table that is written is noted, for replication roles too:
 * a statement locks its table before it looks for triggers. Call it in `whenFree`.
 */
export async function installCapture(connection: Connection, partitioned: Partitioned, form: StorageForm): Promise<void> {
  const names = namesOf(partitioned);
  const { live, made } = names;
  await connection.script(functionsSql(names));
  // To empty all months would take too long with the writers held; a whole table is emptied in the exchange itself.
  if (form === 'whole')
    await connection.script(
      `CREATE TRIGGER ${FORGET} AFTER UPDATE OR DELETE ON ${made} FOR EACH ROW EXECUTE FUNCTION ${PARTITION_SCHEMA}.forget();
       ALTER TABLE ${made} ENABLE ALWAYS TRIGGER ${FORGET}`,
    );
  await connection.script(
    `CREATE TRIGGER ${PREFIX}_note AFTER INSERT OR UPDATE OR DELETE ON ${live} FOR EACH ROW EXECUTE FUNCTION ${PARTITION_SCHEMA}.note()`,
  );
  await coverTruncate(connection, live);
  // By each relation, because not every version tells the partitions.
  const relations = await connection.query(
    `SELECT tgrelid::regclass::text AS p_name FROM pg_trigger t WHERE tgname = '${PREFIX}_note' AND tgenabled <> 'A'
       AND (tgrelid = to_regclass($1) OR tgrelid IN (SELECT relid FROM pg_partition_tree(to_regclass($1))))`,
    [live],
  );
  for (const { p_name: name } of relations)
    await connection.script(`ALTER TABLE ONLY ${String(name)} ENABLE ALWAYS TRIGGER ${PREFIX}_note`);
}

/** Partitions that were made since then get theirs. @returns how many there were */
export async function coverNewPartitions(connection: Connection, partitioned: Partitioned): Promise<number> {
  const { live } = namesOf(partitioned);
  const found = (await uncovered(connection, live)).length;
  if (found > 0) await whenFree(connection, () => coverTruncate(connection, live));
  return found;
}

/** Throws nothing and answers with a sentence where somebody took the capture away, or switched it off. */
export async function captureProblem(connection: Connection, partitioned: Partitioned): Promise<string | undefined> {
  const { live } = namesOf(partitioned);
  const [row] = await connection.query(
    `SELECT count(*) FILTER (WHERE t.tgenabled = 'A' AND t.tgfoid = to_regprocedure('${PARTITION_SCHEMA}.note()'))::int AS p_good, count(*)::int AS p_all
     FROM (SELECT to_regclass($1)::oid AS oid UNION SELECT relid::oid FROM pg_partition_tree(to_regclass($1))) AS r
     LEFT JOIN pg_trigger t ON t.tgrelid = r.oid AND t.tgname = '${PREFIX}_note'`,
    [live],
  );
  return row?.p_good === row?.p_all
    ? undefined
    : `the triggers that note what is written are not on all of ${partitioned.table.name}`;
}

/** Writes are noted no more, and nothing is looked for in a table that was exchanged. */
export async function removeCapture(connection: Connection, partitioned: Partitioned): Promise<void> {
  const { live } = namesOf(partitioned);
  const triggers = await connection.query(
    `SELECT t.tgname::text AS p_trigger, t.tgrelid::regclass::text AS p_name FROM pg_trigger t
     WHERE t.tgparentid = 0 AND starts_with(t.tgname, '${PREFIX}_')
       AND (t.tgrelid = to_regclass($1) OR t.tgrelid IN (SELECT relid FROM pg_partition_tree(to_regclass($1)))) ORDER BY 2, 1`,
    [live],
  );
  for (const { p_trigger: trigger, p_name: name } of triggers)
    await whenFree(connection, () =>
      connection.script(`DROP TRIGGER IF EXISTS ${ddl.quote(String(trigger))} ON ${String(name)}`),
    );
}

/** Keys that wait to be carried. */
export async function waitingKeys(connection: Connection): Promise<number> {
  const [row] = await connection.query(`SELECT count(*)::float8 AS p_keys FROM ${JOURNAL}`);
  return Number(row?.p_keys);
}
