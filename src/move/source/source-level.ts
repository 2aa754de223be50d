import type { Engine } from '../../engine/engine.ts';
import { LEDGER_TABLE, PROGRESS_TABLE } from '../../engine/schema-form.ts';
import { capabilities } from '../../engine/sqlite/capabilities.ts';
import { SqliteConnection } from '../../engine/sqlite/connection.ts';
import { ddl } from '../../engine/sqlite/ddl.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { type LedgerEntry, readLedger } from '../../revisions/ledger.ts';
import { pendingRevisions } from '../../revisions/pending.ts';
import type { Revision } from '../../revisions/revision.ts';

/** Tables that describe a database instead of holding its data: each side has its own. */
export const LEDGERS: readonly string[] = [LEDGER_TABLE, PROGRESS_TABLE, 'alembic_version'];

/**
 * Reads which revisions a snapshot has. Throws when it is not at the newest one: source and target must have the same form (facts T-31).
 * @returns the ledger's entries, oldest first.
 */
export async function requireNewestLevel(
  snapshotFile: string,
  revisions: readonly Revision[],
  where: string,
): Promise<LedgerEntry[]> {
  const connection = new SqliteConnection({ file: snapshotFile, readOnly: true, busyTimeoutMs: 0, columnTypes: new Map() });
  let applied: LedgerEntry[];
  try {
    // Opening it as an engine would change its journal; reading the ledger needs no more than these two.
    applied = await readLedger(connection, { capabilities, ddl } as Engine);
  } finally {
    connection.close();
  }
  requireNewest(applied, revisions, where);
  return applied;
}

/** Throws when a database with these entries is not at the newest revision, or was not made by this history. */
export function requireNewest(applied: readonly LedgerEntry[], revisions: readonly Revision[], where: string): void {
  const newest = revisions.at(-1);
  if (applied.length === 0) {
    throw new FlashcaseError('FC_ADOPTION_NEEDED', {
      what: 'The source has no revision ledger: it was not made by this FlashCase.',
      where,
      hint: 'A file of the original app: run flashcase db adopt first, then plan again.',
    });
  }
  const pending = pendingRevisions(revisions, applied);
  if (pending.length > 0) {
    throw new FlashcaseError('FC_REVISION_PENDING', {
      what: `The source is at revision ${applied.at(-1)?.id} ${applied.at(-1)?.name}; the move needs ${newest?.id} ${newest?.name}.`,
      where,
      hint: 'Run flashcase db upgrade, then plan again.',
      details: { source: applied.at(-1)?.id, needed: newest?.id },
    });
  }
}
