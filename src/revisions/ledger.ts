import { catalogQuery } from '../engine/catalog-query.ts';
import type { Connection, Engine } from '../engine/engine.ts';
import { LEDGER_TABLE } from '../engine/schema-form.ts';
import { FlashcaseError } from '../errors/index.ts';
import { FINGERPRINT_ALGORITHM } from '../schema/form.ts';
import { int32, Timestamp, table, text, timestamp } from '../schema/index.ts';
import { HASH_ALGORITHM, type Revision, revisionHash } from './revision.ts';

/** What was applied to this database: an applied set, never a high-water mark (facts F16). */
export const ledgerTable = table(LEDGER_TABLE, {
  columns: {
    revision_id: text(),
    revision_name: text(),
    revision_hash: text(),
    hash_algorithm: text(),
    schema_fingerprint: text(),
    fingerprint_algorithm: text(),
    applied_at: timestamp(),
    duration_ms: int32(),
    applied_by: text(),
  },
  primaryKey: ['revision_id'],
});

export interface LedgerEntry {
  readonly id: string;
  readonly name: string;
  readonly hash: string;
  readonly hashAlgorithm: string;
  readonly fingerprint: string;
  readonly appliedAt: string;
  readonly durationMs: number;
  readonly appliedBy: string;
}

export async function hasLedger(connection: Connection, engine: Engine): Promise<boolean> {
  const rows = engine.capabilities.isLocalFile
    ? await catalogQuery(connection, { found: '1' }, 'FROM sqlite_schema WHERE type = ? AND name = ?', ['table', LEDGER_TABLE])
    : await catalogQuery(
        connection,
        { found: '1' },
        'FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relname = $1',
        [LEDGER_TABLE],
      );
  return rows.length > 0;
}

/** Makes the ledger where there is none. Call it inside the revision lock only: even `IF NOT EXISTS` races on PostgreSQL (facts F28). */
export async function ensureLedger(connection: Connection, engine: Engine): Promise<void> {
  if (await hasLedger(connection, engine)) return;
  for (const sql of engine.ddl.createTable(ledgerTable)) await connection.script(sql);
}

/** The entries in the order of their ids; none where there is no ledger. */
export async function readLedger(connection: Connection, engine: Engine): Promise<LedgerEntry[]> {
  if (!(await hasLedger(connection, engine))) return [];
  const rows = await catalogQuery(
    connection,
    {
      id: 'revision_id',
      name: 'revision_name',
      hash: 'revision_hash',
      hashAlgorithm: 'hash_algorithm',
      fingerprint: 'schema_fingerprint',
      appliedAt: 'applied_at',
      durationMs: 'duration_ms',
      appliedBy: 'applied_by',
    },
    `FROM ${engine.ddl.quote(LEDGER_TABLE)} ORDER BY revision_id`,
  );
  return rows.map((row) => ({ ...row, appliedAt: String(row.appliedAt) }) as unknown as LedgerEntry);
}

export async function writeEntry(connection: Connection, engine: Engine, entry: LedgerEntry): Promise<void> {
  const values = [
    entry.id,
    entry.name,
    entry.hash,
    entry.hashAlgorithm,
    entry.fingerprint,
    FINGERPRINT_ALGORITHM,
    Timestamp.parse(entry.appliedAt),
    entry.durationMs,
    entry.appliedBy,
  ];
  const placeholders = values.map((_, i) => (engine.capabilities.isLocalFile ? '?' : `$${i + 1}`));
  await connection.execute(
    `INSERT INTO ${engine.ddl.quote(LEDGER_TABLE)} (${Object.keys(ledgerTable.columns).map(engine.ddl.quote).join(', ')}) VALUES (${placeholders.join(', ')})`,
    values,
  );
}

export async function removeEntry(connection: Connection, engine: Engine, id: string): Promise<void> {
  await connection.execute(
    `DELETE FROM ${engine.ddl.quote(LEDGER_TABLE)} WHERE revision_id = ${engine.capabilities.isLocalFile ? '?' : '$1'}`,
    [id],
  );
}

/**
 * Compares what was applied with what this code knows; returns what is still to apply, in order.
 * Throws one sentence naming both sides: `FC_REVISION_UNKNOWN` (database ahead of the code), `FC_REVISION_EDITED`,
 * `FC_REVISION_OUT_OF_ORDER` (an older one was merged late).
 */
export function pendingRevisions(revisions: readonly Revision[], applied: readonly LedgerEntry[]): Revision[] {
  const known = new Map(revisions.map((revision) => [revision.id, revision]));
  const newest = applied.at(-1);
  for (const entry of applied) {
    const revision = known.get(entry.id);
    if (revision === undefined) {
      throw new FlashcaseError('FC_REVISION_UNKNOWN', {
        what: `The database is at revision ${newest?.id} ${newest?.name}, which is newer than this FlashCase (it knows ${revisions.at(-1)?.id ?? 'none'}).`,
        hint: 'Start the FlashCase version that made it, or a newer one.',
        details: { database: entry.id, code: revisions.at(-1)?.id },
      });
    }
    if (entry.hashAlgorithm === HASH_ALGORITHM && entry.hash !== revisionHash(revision)) {
      throw new FlashcaseError('FC_REVISION_EDITED', {
        what: `Revision ${entry.id} ${entry.name} was changed after it was applied: the ledger has ${entry.hash.slice(0, 12)}, the code ${revisionHash(revision).slice(0, 12)}.`,
        hint: 'Bring the old text back and put the change into a new revision.',
        details: { revision: entry.id, ledger: entry.hash, code: revisionHash(revision) },
      });
    }
  }
  const done = new Set(applied.map((entry) => entry.id));
  const pending = revisions.filter((revision) => !done.has(revision.id));
  const late = pending.find((revision) => newest !== undefined && revision.id < newest.id);
  if (late !== undefined) {
    throw new FlashcaseError('FC_REVISION_OUT_OF_ORDER', {
      what: `Revision ${late.id} ${late.name} was never applied, but the newer ${newest?.id} ${newest?.name} was.`,
      hint: `Give ${late.id} an id after ${newest?.id} if it does not depend on the order.`,
      details: { late: late.id, newest: newest?.id },
    });
  }
  return pending;
}
