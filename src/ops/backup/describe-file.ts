import { readGate } from '../../db/gate.ts';
import type { Engine } from '../../engine/engine.ts';
import { capabilities } from '../../engine/sqlite/capabilities.ts';
import { SqliteConnection } from '../../engine/sqlite/connection.ts';
import { ddl } from '../../engine/sqlite/ddl.ts';
import { introspect } from '../../engine/sqlite/introspect.ts';
import { readMoveState } from '../../move/state/sqlite-state.ts';
import { hasTable, readLedger } from '../../revisions/ledger.ts';
import { fingerprint } from '../../schema/form.ts';
import { columnTypes } from '../../schema/table.ts';
import { contentOf } from './content.ts';
import type { Manifest } from './manifest.ts';
import type { BackupOptions } from './options.ts';

/** What a file says of itself, read from the finished copy. */
export async function describeFile(
  file: string,
  { project }: Pick<BackupOptions, 'project'>,
): Promise<
  Pick<Manifest, 'revision' | 'schemaFingerprint' | 'epoch' | 'move' | 'orphans' | 'tables'> & { readonly version: string }
> {
  const connection = new SqliteConnection({
    file,
    readOnly: true,
    busyTimeoutMs: 0,
    columnTypes: columnTypes(project.schema),
  });
  const engine = { capabilities, ddl } as Engine;
  try {
    const applied = await readLedger(connection, engine);
    const gate = (await hasTable(connection, engine, 'write_gate')) ? await readGate(connection) : undefined;
    const move = await readMoveState(connection);
    const revision = applied.at(-1)?.id;
    return {
      version: `SQLite ${String(connection.runSync('SELECT sqlite_version() AS v').rows[0]?.v)}`,
      ...(revision === undefined ? {} : { revision }),
      schemaFingerprint: fingerprint(await introspect(connection)),
      ...(gate === undefined ? {} : { epoch: gate.epoch }),
      ...(move === undefined ? {} : { move: { runId: move.runId, phase: move.phase } }),
      orphans: connection.runSync('PRAGMA foreign_key_check').rows.length,
      tables: contentOf(connection.raw),
    };
  } finally {
    connection.close();
  }
}
