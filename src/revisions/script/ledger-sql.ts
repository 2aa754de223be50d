import type { Ddl } from '../../engine/engine.ts';
import { LEDGER_TABLE } from '../../engine/schema-form.ts';
import { ledgerTable } from '../ledger.ts';
import { HASH_ALGORITHM, type Revision, revisionHash } from '../revision.ts';

/** What a script writes where only a live database could know: the schema it made has not been read back. */
const NOT_READ_BACK = 'none';

/** Also where all was taken back, and the ledger is there and empty: what is in it is asked next. */
export function createLedger(ddl: Ddl): string[] {
  return ddl.createTable(ledgerTable).map((sql) => sql.replace(/^CREATE TABLE /, 'CREATE TABLE IF NOT EXISTS '));
}

/** The form kept with an older revision is not this schema's any more; `flashcase db repair` takes a new one. */
export function forgetForm(ddl: Ddl): string {
  return `UPDATE ${ddl.quote(LEDGER_TABLE)} SET schema_form = NULL WHERE schema_form IS NOT NULL`;
}

/** The entry of an applied revision. @param now, by: SQL of the time and of who ran the script. */
export function insertEntry(ddl: Ddl, revision: Revision, now: string, by: string, rest = ''): string {
  const values: Readonly<Record<string, string>> = {
    revision_id: ddl.literal(revision.id),
    revision_name: ddl.literal(revision.name),
    revision_hash: ddl.literal(revisionHash(revision)),
    hash_algorithm: ddl.literal(HASH_ALGORITHM),
    schema_fingerprint: ddl.literal(''),
    fingerprint_algorithm: ddl.literal(NOT_READ_BACK),
    applied_at: now,
    duration_ms: '0',
    applied_by: by,
  };
  const columns = Object.keys(ledgerTable.columns);
  return `INSERT INTO ${ddl.quote(LEDGER_TABLE)} (${columns.map(ddl.quote).join(', ')}) SELECT ${columns.map((name) => values[name] ?? 'NULL').join(', ')}${rest}`;
}

export function deleteEntry(ddl: Ddl, revision: Revision, rest = ''): string {
  return `DELETE FROM ${ddl.quote(LEDGER_TABLE)} WHERE revision_id = ${ddl.literal(revision.id)}${rest}`;
}
