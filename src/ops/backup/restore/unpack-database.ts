import { dirname } from 'node:path';
import type { Engine } from '../../../engine/engine.ts';
import { capabilities } from '../../../engine/sqlite/capabilities.ts';
import { SqliteConnection } from '../../../engine/sqlite/connection.ts';
import { ddl } from '../../../engine/sqlite/ddl.ts';
import { refuseWithoutSpace, removeDatabase, verifyCopy } from '../../../engine/sqlite/verified-copy.ts';
import { FlashcaseError } from '../../../errors/index.ts';
import { standingOf } from '../../../revisions/boot.ts';
import { readLedger } from '../../../revisions/ledger.ts';
import { folderOf } from '../backup-folder.ts';
import { contentDifferences } from '../content.ts';
import { checkStored, unpack } from '../data-file.ts';
import { describeFile } from '../describe-file.ts';
import { damaged } from '../findings.ts';
import { type Manifest, refuseUntrusted } from '../manifest.ts';
import { type BackupOptions, keyOf } from '../options.ts';

/** Throws `FC_BACKUP_VERSION` for a schema newer than this code can serve. */
export async function refuseNewer(file: string, { name }: Manifest, { project }: BackupOptions): Promise<void> {
  const connection = new SqliteConnection({ file, readOnly: true, busyTimeoutMs: 0, columnTypes: new Map() });
  try {
    const applied = await readLedger(connection, { capabilities, ddl } as Engine);
    // A database of the original app: the next start adopts it.
    if (applied.length === 0) return;
    const { kind, database, code, isFit } = standingOf(project, applied);
    if (kind !== 'newer' || isFit) return;
    throw new FlashcaseError('FC_BACKUP_VERSION', {
      what: `The backup ${name} is at revision ${database}; this FlashCase knows revisions up to ${code}.`,
      hint: 'Use the FlashCase that made it, or a newer one.',
    });
  } finally {
    connection.close();
  }
}

/** Makes a database in a new file. @returns what that is, in the words of a backup's manifest */
export type Unpack = (manifest: Manifest, target: string, options: BackupOptions) => Promise<Manifest>;

/**
 * Proves a backup and unpacks it into a new file: every stored byte first, then the database it gives, then every page, reference and row of that. Until this resolves nothing
 * else was touched. Throws `FC_BACKUP_DAMAGED`, `FC_BACKUP_KEY`, `FC_BACKUP_UNSEALED`, `FC_BACKUP_VERSION`, `FC_DB_DISK_FULL`; no file is left then.
 * @returns the manifest
 */
export async function unpackDatabase(manifest: Manifest, target: string, options: BackupOptions): Promise<Manifest> {
  const { say } = options;
  const { name, database } = manifest;
  const folder = folderOf(options.backup.directory, name);
  const key = keyOf(options);
  refuseUntrusted(manifest, key, options.acceptsUnsealed === true);
  say(`reading ${name}`);
  await checkStored(folder, manifest);
  refuseWithoutSpace(
    dirname(target),
    database.bytes,
    'The restored database',
    'Make room there, or restore into another place: --into.',
  );
  removeDatabase(target);
  try {
    await unpack(folder, manifest, key, target);
    say('checking the restored database');
    verifyCopy(target);
    const found = await describeFile(target, options);
    const differences = [
      ...contentDifferences(manifest.tables, found.tables),
      ...(found.schemaFingerprint === manifest.schemaFingerprint ? [] : ['the schema is not what it was']),
      ...(found.revision === manifest.revision ? [] : [`it is at revision ${found.revision} instead of ${manifest.revision}`]),
      ...(found.orphans === manifest.orphans ? [] : [`${found.orphans} rows refer to nothing instead of ${manifest.orphans}`]),
    ];
    if (differences.length > 0) throw damaged('content_differs', name, `${differences.slice(0, 5).join('; ')}.`);
    await refuseNewer(target, manifest, options);
    return manifest;
  } catch (error) {
    removeDatabase(target);
    throw error;
  }
}
