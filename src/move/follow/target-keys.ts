import type { Connection } from '../../engine/engine.ts';
import type { CarriedTable } from '../carried-tables.ts';
import { quoted } from '../source/source-tables.ts';
import { whenLocksAreFree } from '../target/when-locks-are-free.ts';

interface Constraint {
  readonly table: string;
  readonly name: string;
  readonly isDeferrable: boolean;
}

/** The foreign keys of the carried tables as they are, by `table.name`. */
async function constraintsOf(connection: Connection, tables: readonly CarriedTable[]): Promise<Constraint[]> {
  const rows = await connection.query(
    `SELECT r.relname::text AS m_table, k.conname::text AS m_name, k.condeferrable AS m_deferrable FROM pg_constraint AS k JOIN pg_class AS r ON r.oid = k.conrelid
     WHERE k.contype = 'f' AND k.conparentid = 0 AND k.connamespace = current_schema()::regnamespace AND r.relname::text = ANY ($1::text[])`,
    [tables.map(({ table }) => table.name)],
  );
  return rows.map((row) => ({
    table: row.m_table as string,
    name: row.m_name as string,
    isDeferrable: row.m_deferrable as boolean,
  }));
}

const alter = (connection: Connection, { table, name }: Constraint, to: string): Promise<void> =>
  whenLocksAreFree(connection, () => connection.script(`ALTER TABLE ${quoted(table)} ALTER CONSTRAINT ${quoted(name)} ${to}`));

/**
 * Lets a carrier's transaction check the foreign keys of the target at its end; everybody else's are checked as before. May be repeated.
 * Throws `FC_DB_LOCK_TIMEOUT` when others keep a table locked.
 */
export async function deferForeignKeys(connection: Connection, tables: readonly CarriedTable[]): Promise<void> {
  for (const constraint of await constraintsOf(connection, tables)) {
    if (!constraint.isDeferrable) await alter(connection, constraint, 'DEFERRABLE INITIALLY IMMEDIATE');
  }
}

/** Gives the foreign keys of the target the form the schema declares. For the end of a move, or before the target is written by others. */
export async function restoreForeignKeys(connection: Connection, tables: readonly CarriedTable[]): Promise<void> {
  const deferred = new Set(
    tables.flatMap(({ table }) =>
      table.foreignKeys.filter(({ isDeferred }) => isDeferred === true).map(({ name }) => `${table.name}.${name}`),
    ),
  );
  for (const constraint of await constraintsOf(connection, tables)) {
    if (constraint.isDeferrable && !deferred.has(`${constraint.table}.${constraint.name}`))
      await alter(connection, constraint, 'NOT DEFERRABLE');
  }
}

/** The statements that keep the schema's own triggers from firing for carried rows, and those that let them fire again: both in the carrier's transaction. */
export function triggerSwitches(tables: readonly CarriedTable[]): { readonly off: string; readonly on: string } {
  const all = tables.flatMap(({ table }) => table.triggers.map(({ name }) => ({ table: table.name, name })));
  const turn = (to: string): string =>
    all.map(({ table, name }) => `ALTER TABLE ${quoted(table)} ${to} TRIGGER ${quoted(name)};`).join(' ');
  return { off: turn('DISABLE'), on: turn('ENABLE') };
}
