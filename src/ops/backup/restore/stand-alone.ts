import { turnGate } from '../../../db/gate.ts';
import type { Engine } from '../../../engine/engine.ts';
import { capabilities } from '../../../engine/sqlite/capabilities.ts';
import { SqliteConnection } from '../../../engine/sqlite/connection.ts';
import { ddl } from '../../../engine/sqlite/ddl.ts';
import { removeSqliteCapture } from '../../../move/capture/sqlite-capture.ts';
import { inWriteTransaction } from '../../../move/state/sqlite-state.ts';
import { hasTable } from '../../../revisions/ledger.ts';
import { columnTypes } from '../../../schema/table.ts';
import { syncFile } from '../data-file.ts';
import type { BackupOptions } from '../options.ts';

/**
 * Makes a restored file a database of its own: it is in no move, and its gate is open in a new epoch, so that what comes after the restore is never taken for what came before.
 * @param epoch the new one.
 */
export async function standAlone(file: string, epoch: number, by: string, { project, clock }: BackupOptions): Promise<void> {
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
