import type { Connection } from '../../engine/engine.ts';
import { ddl } from '../../engine/postgres/ddl.ts';
import { PARTITION_BEFORE_SCHEMA, PARTITION_SCHEMA } from '../../engine/schema-form.ts';
import { removeCapture } from './capture.ts';
import { namesOf, type Partitioned } from './partitioned.ts';
import { copyAnew } from './state.ts';
import { whenFree } from './when-free.ts';

/** From then on the foreign keys of a table that nobody reads keep nobody from deleting a card. Part of a transaction. */
const empty = (connection: Connection, name: string): Promise<void> =>
  connection.script(
    `DO $do$ BEGIN IF to_regclass(${ddl.literal(name)}) IS NOT NULL THEN EXECUTE ${ddl.literal(`TRUNCATE ${name}`)}; END IF; END $do$`,
  );

/**
 * Drops a table nobody uses any more, with its months. Its foreign keys go first, one at a time: with each, the table it refers to is locked against
 * everybody for a moment, and never two of them at once.
 */
async function dropTable(connection: Connection, name: string): Promise<void> {
  const keys = await connection.query(
    `SELECT conrelid::regclass::text AS p_table, quote_ident(conname) AS p_key FROM pg_constraint
     WHERE contype = 'f' AND conparentid = 0 AND (conrelid = to_regclass($1) OR conrelid IN (SELECT relid FROM pg_partition_tree(to_regclass($1)))) ORDER BY 1, 2`,
    [name],
  );
  for (const { p_table: table, p_key: key } of keys)
    await whenFree(connection, () => connection.script(`ALTER TABLE ${String(table)} DROP CONSTRAINT ${String(key)}`));
  await whenFree(connection, () => connection.script(`DROP TABLE IF EXISTS ${name}`));
}

/**
 * Takes away what a build leaves: the table that was built (`made`: it is given up), or the one whose place it took (`before`). The record goes last,
 * so that the same call goes on where it was killed; nothing of it is left.
 */
export async function removeBuild(connection: Connection, partitioned: Partitioned, which: 'made' | 'before'): Promise<void> {
  const names = namesOf(partitioned);
  const name = which === 'made' ? names.made : names.before;
  // Before the triggers go that keep it from referring to what is deleted. Killed here, the other command copies again.
  await whenFree(connection, async () => {
    if (which === 'made') await copyAnew(connection);
    await empty(connection, name);
  });
  // Those of a table that was exchanged go with it.
  await removeCapture(connection, partitioned);
  await dropTable(connection, name);
  await whenFree(connection, () =>
    connection.script(`
      DROP TABLE IF EXISTS ${PARTITION_SCHEMA}.journal, ${PARTITION_SCHEMA}.carrying, ${PARTITION_SCHEMA}.run;
      DROP FUNCTION IF EXISTS ${PARTITION_SCHEMA}.note(), ${PARTITION_SCHEMA}.forget(), ${PARTITION_SCHEMA}.refuse_truncate();
      DROP SCHEMA IF EXISTS ${PARTITION_BEFORE_SCHEMA};
      DROP SCHEMA IF EXISTS ${PARTITION_SCHEMA}`),
  );
}
