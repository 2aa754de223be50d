import type { Connection } from '../../engine/engine.ts';
import { PARTITION_SCHEMA } from '../../engine/schema-form.ts';
import { namesOf, type Partitioned, type StorageForm } from './partitioned.ts';
import { whenFree } from './when-free.ts';

/** A foreign key of the live table, by its name and in the server's words. */
async function foreignKeys(connection: Connection, partitioned: Partitioned): Promise<{ name: string; definition: string }[]> {
  const rows = await connection.query(
    `SELECT quote_ident(conname) AS p_name, pg_get_constraintdef(oid) AS p_definition FROM pg_constraint WHERE contype = 'f' AND conrelid = to_regclass($1) ORDER BY conname`,
    [namesOf(partitioned).live],
  );
  return rows.map((row) => ({ name: String(row.p_name), definition: String(row.p_definition) }));
}

const hasKey = async (connection: Connection, table: string, name: string): Promise<'valid' | 'unproved' | undefined> => {
  const [row] = await connection.query(
    `SELECT convalidated AS p_valid FROM pg_constraint WHERE contype = 'f' AND conrelid = to_regclass($1) AND quote_ident(conname) = $2`,
    [table, name],
  );
  return row === undefined ? undefined : row.p_valid === true ? 'valid' : 'unproved';
};

/**
 * Gives the table that is built its foreign keys, with every row proved. Partition by partition: the key holds for new rows from a moment on, which
 * keeps writers of the parents waiting no longer than that; what is there is then proved without any lock they would meet. The key of the whole
 * table takes over those of its partitions, and looks at no row again. What is there already is passed over.
 */
export async function addReferences(connection: Connection, partitioned: Partitioned, form: StorageForm): Promise<void> {
  const { made } = namesOf(partitioned);
  const keys = await foreignKeys(connection, partitioned);
  const leaves =
    form === 'whole'
      ? [made]
      : (
          await connection.query(
            'SELECT relid::regclass::text AS p_name FROM pg_partition_tree(to_regclass($1)) WHERE isleaf ORDER BY 1',
            [made],
          )
        ).map((row) => String(row.p_name));
  for (const { name, definition } of keys) {
    if ((await hasKey(connection, made, name)) === 'valid') continue;
    for (const leaf of leaves) {
      if ((await hasKey(connection, leaf, name)) === undefined)
        await whenFree(connection, () => connection.script(`ALTER TABLE ${leaf} ADD CONSTRAINT ${name} ${definition} NOT VALID`));
      if ((await hasKey(connection, leaf, name)) === 'unproved')
        await connection.script(`ALTER TABLE ${leaf} VALIDATE CONSTRAINT ${name}`);
    }
    if (form === 'months')
      await whenFree(connection, () => connection.script(`ALTER TABLE ${made} ADD CONSTRAINT ${name} ${definition}`));
  }
}

/** Foreign keys of the live table that are not, or not proved, on the one that is built. */
export async function missingReferences(connection: Connection, partitioned: Partitioned): Promise<string[]> {
  const { made } = namesOf(partitioned);
  const missing: string[] = [];
  for (const { name } of await foreignKeys(connection, partitioned))
    if ((await hasKey(connection, made, name)) !== 'valid') missing.push(name);
  const unproved = await connection.query(
    `SELECT conrelid::regclass::text || '.' || conname AS p_name FROM pg_constraint
     WHERE contype = 'f' AND NOT convalidated AND conrelid IN (SELECT relid FROM pg_partition_tree(to_regclass($1)))`,
    [`${PARTITION_SCHEMA}.${partitioned.table.name}`],
  );
  return [...missing, ...unproved.map((row) => String(row.p_name))];
}
