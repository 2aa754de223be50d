import type { SchemaForm } from '../schema/form.ts';
import type { Schema } from '../schema/table.ts';
import type { Engine } from './engine.ts';

/** The tables that belong to the tools, not to the schema. */
export const LEDGER_TABLE = 'schema_revision';
export const PROGRESS_TABLE = 'schema_revision_progress';
/** PostgreSQL tables and columns that a revision dropped begin with this until `flashcase db finish`; they are in no form of the schema. */
export const ASIDE_PREFIX = '__aside_';
/** What a live move keeps in a database begins with this (tables, triggers; on PostgreSQL a schema): it is in no form of the schema. */
export const MOVE_PREFIX = 'flashcase_move';
/**
 * Indexes beside the schema begin with this (on SQLite full-text tables and their triggers): whoever opens the database makes them from the
 * rows where they are missing, so they are in no form of the schema, and no move carries them.
 */
export const DERIVED_PREFIX = 'flashcase_derived_';
/**
 * The PostgreSQL schema in which a table is built anew in another storage form, with the record of that; triggers that belong to it begin with
 * the same. The table it takes the place of waits in the second one until it is dropped.
 */
export const PARTITION_SCHEMA = 'flashcase_partition';
export const PARTITION_BEFORE_SCHEMA = 'flashcase_partition_before';
/** The PostgreSQL schema with the fence of a move home to SQLite, and its record. */
export const HOME_SCHEMA = 'flashcase_home';
export const HOME_RECORD = `${HOME_SCHEMA}.move`;

/**
 * What `engine.introspect` reports when the database holds exactly this schema. Where an engine keeps expressions in its own words, they
 * are «…», which `differenceOf` takes for any expression.
 */
export function formOf(schema: Schema, engine: Pick<Engine, 'ddl'>): SchemaForm {
  return engine.ddl.formOf(schema);
}
