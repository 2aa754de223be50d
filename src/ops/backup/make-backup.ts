import { closeSync, fsyncSync, mkdirSync, openSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { locationOf } from '../../engine/postgres/engine.ts';
import { copyVerified, refuseWithoutSpace, sizeWithLog, timeInName } from '../../engine/sqlite/verified-copy.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { giveToOwnerOf, makeDirectory, partialOf, publish, withDirectory } from './backup-folder.ts';
import { copyPostgres } from './copy-postgres.ts';
import { checkStored, pack, unpack } from './data-file.ts';
import { describeFile } from './describe-file.ts';
import type { BackupKey } from './key.ts';
import { chainNow, type LogPoint, placeNow } from './log/log-point.ts';
import { pruneLogsFirst } from './log/prune-log.ts';
import { FORMAT, MANIFEST, type Manifest, manifestText, sealManifest } from './manifest.ts';
import { type BackupOptions, keyOf, namingFullDisk } from './options.ts';
import { type Recorded, record } from './record.ts';
import { removeLeftovers, withScratch } from './scratch.ts';

/** Room for the copy, and for what it is packed into; both may be on one disk. */
function refuseWithoutRoom(file: string, { directory, scratch }: BackupOptions['backup']): void {
  const bytes = sizeWithLog(file);
  const isOneDisk = statSync(directory).dev === statSync(scratch).dev;
  refuseWithoutSpace(
    directory,
    isOneDisk ? 2 * bytes : bytes,
    'A backup',
    'Make room there, or set BACKUP_DIRECTORY to another disk; flashcase backup prune removes backups that are past their time.',
  );
  if (!isOneDisk)
    refuseWithoutSpace(scratch, bytes, 'The copy a backup is made of', 'Make room there, or set BACKUP_SCRATCH to another disk.');
}

/** A copy of the serving database as one SQLite file. @returns where the rows came from. */
async function copyDatabase(
  copy: string,
  options: BackupOptions,
): Promise<Pick<Manifest, 'leftOut' | 'log'> & { readonly source?: Manifest['source'] }> {
  const { database, directUrl } = options;
  if (database.engine === 'postgres') {
    const url = directUrl ?? database.url;
    const { version, leftOut } = await copyPostgres(url, copy, options);
    return { source: { engine: 'postgres', version, location: locationOf(url) }, leftOut };
  }
  if (statSync(database.file, { throwIfNoEntry: false })?.isFile() !== true)
    throw new FlashcaseError('FC_DB_MISSING', {
      what: 'There is no database file to back up.',
      where: database.file,
      hint: 'Correct DATABASE_URL, or start the server once: it makes the file.',
    });
  const file = realpathSync(database.file);
  refuseWithoutRoom(file, options.backup);
  const chain = chainNow(options.backup.directory, file, keyOf(options), options.clock.now());
  let log: LogPoint | undefined;
  await copyVerified(file, copy, () => {
    if (chain !== undefined) log = { ...chain, reach: placeNow(file), at: options.clock.now().text };
  });
  return { leftOut: [], ...(log === undefined ? {} : { log }) };
}

function writeManifest(folder: string, manifest: Manifest): void {
  const handle = openSync(join(folder, MANIFEST), 'wx', 0o600);
  try {
    writeFileSync(handle, manifestText(manifest));
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Copies the database into a scratch place, describes the copy, and packs it into the folder, which is made for it. */
function copyAndPack(folder: string, key: BackupKey | undefined, options: BackupOptions) {
  const { say, onStep, database } = options;
  return withScratch(options.backup, async (scratch) => {
    const copy = join(scratch, 'database');
    say('copying the database');
    const { source, leftOut, log } = await copyDatabase(copy, options);
    await onStep?.('copied');
    say('checking the copy');
    const { version, ...described } = await describeFile(copy, options);
    await onStep?.('checked');
    say(key === undefined ? 'compressing' : 'compressing and encrypting');
    mkdirSync(folder, { mode: 0o700 });
    return {
      source: source ?? { engine: 'sqlite' as const, version, location: database.engine === 'sqlite' ? database.file : '' },
      ...described,
      leftOut,
      ...(log === undefined ? {} : { log }),
      ...(await pack(copy, folder, key)),
    };
  });
}

/** Makes the folder of a backup under a name that says it is none yet. */
async function fill(
  folder: string,
  name: string,
  madeAt: string,
  options: BackupOptions,
  isRestorePoint: boolean,
): Promise<Manifest> {
  const { onStep, madeBy } = options;
  const key = keyOf(options);
  const packed = await copyAndPack(folder, key, options);
  await onStep?.('packed');
  const manifest = sealManifest(
    { format: FORMAT, name, madeAt, madeBy, ...(isRestorePoint ? { isRestorePoint } : {}), ...packed },
    key,
  );
  // Read back from the disk: what was written is what will be read.
  await checkStored(folder, manifest);
  await unpack(folder, manifest, key);
  writeManifest(folder, manifest);
  giveToOwnerOf(options.backup.directory, folder, join(folder, MANIFEST), join(folder, manifest.data.file));
  await onStep?.('described');
  return manifest;
}

/**
 * Makes a backup of the serving database while people use it: one moment of it, as one SQLite file whichever engine serves; compressed, encrypted where a key is
 * set, read back and proved. It gets its name when all of it is on the disk. Killed anywhere, or on a full disk, older backups are as they were, and what is left is
 * no backup. Call it with the directory held (`withDirectory`).
 */
export async function makeBackup(options: BackupOptions, isRestorePoint = false): Promise<Manifest> {
  const { clock, say, onStep } = options;
  const { directory } = options.backup;
  const started = performance.now();
  const seconds = (): number => Math.round(performance.now() - started) / 1000;
  const now = clock.now();
  const name = timeInName(now);
  const folder = partialOf(directory, name);
  try {
    removeLeftovers(options.backup, say);
    const manifest = await fill(folder, name, now.text, options, isRestorePoint);
    publish(directory, name);
    await onStep?.('named');
    record(directory, { at: clock.now().text, kind: 'backup', backup: name, isGood: true, seconds: seconds() });
    return manifest;
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    const named = namingFullDisk(error, options);
    recordFailure(options, 'backup', named, seconds());
    throw named;
  }
}

/** `flashcase backup now`: what of the change log is past its time goes before, so that a full disk has room again. Throws `FC_BACKUP_BUSY` while another process makes one. */
export function backupNow(options: BackupOptions): Promise<Manifest> {
  makeDirectory(options.backup.directory);
  return withDirectory(options.backup.directory, () => {
    pruneLogsFirst(options);
    return makeBackup(options);
  });
}

/** A failure that cannot be written down either is still told by whoever called. */
export function recordFailure(
  { backup: { directory }, clock }: BackupOptions,
  kind: Recorded['kind'],
  error: unknown,
  seconds: number,
  backup?: string,
): void {
  try {
    record(directory, {
      at: clock.now().text,
      kind,
      isGood: false,
      detail: error instanceof FlashcaseError ? `${error.code}: ${error.message}` : String(error),
      seconds,
      ...(backup === undefined ? {} : { backup }),
    });
  } catch {
    // A full disk, for example: the error itself is on its way to the log.
  }
}
