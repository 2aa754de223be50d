import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { turnGate } from '../../../db/gate.ts';
import type { Engine } from '../../../engine/engine.ts';
import { capabilities } from '../../../engine/sqlite/capabilities.ts';
import { SqliteConnection } from '../../../engine/sqlite/connection.ts';
import { ddl } from '../../../engine/sqlite/ddl.ts';
import { countRows } from '../../../engine/sqlite/verified-copy.ts';
import { FlashcaseError } from '../../../errors/index.ts';
import { removeSqliteCapture } from '../../../move/capture/sqlite-capture.ts';
import { inWriteTransaction, STATE_TABLES } from '../../../move/state/sqlite-state.ts';
import { hasTable } from '../../../revisions/ledger.ts';
import { columnTypes } from '../../../schema/table.ts';
import { syncFile } from '../data-file.ts';
import type { Manifest } from '../manifest.ts';
import type { BackupOptions } from '../options.ts';

const changed = (file: string, why: string): FlashcaseError =>
  new FlashcaseError('FC_RESTORE_FAILED', {
    what: 'The restored file is not what was unpacked and checked any more. It was not used.',
    where: file,
    why,
    hint: 'Does another program work in this folder? Run the same command again; look at the disk if it comes back.',
  });

/** SQLite makes an empty database of a file that is not there, and that would be called restored. */
function refuseEmpty(file: string): void {
  const size = statSync(file, { throwIfNoEntry: false })?.size;
  if (!size) throw changed(file, size === undefined ? 'It is gone.' : 'It is empty.');
}

/**
 * Proves right before a restored file is used that it has every row of the backup; what a move keeps in it, and the gate, are left out. Throws `FC_RESTORE_FAILED`.
 */
export function refuseOtherRows(
  file: string,
  { tables }: Pick<Manifest, 'tables'>,
  { ownTables }: Pick<BackupOptions, 'ownTables'>,
): void {
  refuseEmpty(file);
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    const found = countRows(db);
    const wrong = tables.filter(
      ({ table, rows }) =>
        !(table.startsWith('sqlite_') || ownTables.includes(table) || STATE_TABLES.includes(table)) && found.get(table) !== rows,
    );
    if (wrong.length === 0) return;
    throw changed(
      file,
      `${wrong
        .slice(0, 5)
        .map(({ table, rows }) => `${table} has ${found.get(table) ?? 'no'} rows instead of ${rows}`)
        .join('; ')}.`,
    );
  } finally {
    db.close();
  }
}

/**
 * Makes a restored file a database of its own: it is in no move, and its gate is open in a new epoch, so that what comes after the restore is never taken for what came before.
 * Throws `FC_RESTORE_FAILED` for a file that is gone or empty. @param epoch the new one.
 */
export async function standAlone(file: string, epoch: number, by: string, { project, clock }: BackupOptions): Promise<void> {
  refuseEmpty(file);
  const connection = new SqliteConnection({
    file,
    readOnly: false,
    busyTimeoutMs: 0,
    columnTypes: columnTypes(project.schema),
  });
  try {
    await removeSqliteCapture(connection);
    if (await hasTable(connection, { capabilities, ddl } as Engine, 'write_gate'))
      await inWriteTransaction(connection, () =>
        turnGate(clock).turn(connection, 'sqlite', { state: 'open', epoch, movedTo: '', by }),
      );
  } finally {
    connection.close();
  }
  syncFile(file);
}
