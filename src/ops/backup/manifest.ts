import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { FlashcaseError } from '../../errors/index.ts';
import type { TableContent } from './content.ts';
import { damaged, wrongKey } from './findings.ts';
import { type BackupKey, sealOf } from './key.ts';
import type { LogPoint } from './log/log-point.ts';

/** Of the folder of one backup. A code that meets a newer one does not guess. */
export const FORMAT = 1;
export const MANIFEST = 'manifest.json';
/** The data beside it. */
export const PLAIN_DATA = 'database.zst';
export const SEALED_DATA = 'database.zst.sealed';

/** What is stored of a backup's data, and how it was made of the database. */
export interface StoredData {
  readonly file: string;
  readonly bytes: number;
  readonly compression: 'zstd';
  readonly encryption?: { readonly cipher: 'aes-256-gcm'; readonly keyFingerprint: string; readonly salt: string };
  /** SHA-256 of each so many stored bytes: a damaged region is named, and its neighbours are known to be good. */
  readonly chunkBytes: number;
  readonly chunks: readonly string[];
}

/** What a backup is, beside its data. */
export interface Manifest {
  readonly format: number;
  readonly name: string;
  /** UTC, as every time here. */
  readonly madeAt: string;
  readonly madeBy: { readonly flashcase: string; readonly node: string; readonly host: string };
  /** Where the rows came from; the data is an SQLite file whatever this is. */
  readonly source: { readonly engine: 'sqlite' | 'postgres'; readonly version: string; readonly location: string };
  /** What was there before a restore: `--latest` and the drill mean another one. */
  readonly isRestorePoint?: true;
  /** Absent for a database of the original app. */
  readonly revision?: string;
  readonly schemaFingerprint: string;
  /** Of the write gate: a backup with a lower one is from before a move or a restore. */
  readonly epoch?: number;
  /** The live move the database was in. */
  readonly move?: { readonly runId: string; readonly phase: string };
  /** Rows that refer to a row that is not there: the database had them itself. */
  readonly orphans: number;
  /** Tables the schema does not have, which a backup of PostgreSQL leaves out. */
  readonly leftOut: readonly string[];
  readonly tables: readonly TableContent[];
  /** The SQLite file before it was compressed. */
  readonly database: { readonly bytes: number; readonly sha256: string };
  /** Where it lies in the change log; absent where none is written. */
  readonly log?: LogPoint;
  readonly data: StoredData;
  /** The key's seal (HMAC) over all the rest; absent without a key. It vouches for the data too, whose digest is in it. */
  readonly seal?: string;
}

/** How many rows of people's it has. */
export const rowsOf = ({ tables }: Pick<Manifest, 'tables'>): number =>
  tables.reduce((sum, { table, rows }) => sum + (table.startsWith('sqlite_') ? 0 : rows), 0);

const textOf = (manifest: Manifest): string => JSON.stringify(manifest, undefined, 2);

/** Seals a manifest, where there is a key: who does not have it can change nothing in it. */
export function sealManifest(manifest: Manifest, key: BackupKey | undefined): Manifest {
  return key === undefined ? manifest : { ...manifest, seal: sealOf(key, textOf(manifest)) };
}

/**
 * Refuses a backup for which the key does not vouch: whoever can write where the backups are could have put it there. Throws `FC_BACKUP_UNSEALED` for one that has no seal (which can be
 * accepted), `FC_BACKUP_KEY` for one of another key, and `FC_BACKUP_DAMAGED` for a seal that is wrong. Without a key there is nothing to compare with.
 */
export function refuseUntrusted(manifest: Manifest, key: BackupKey | undefined, isAccepted: boolean): void {
  if (key === undefined) return;
  const { seal, ...rest } = manifest;
  const { name, data } = rest;
  const needed = data.encryption?.keyFingerprint;
  if (needed !== undefined && needed !== key.fingerprint) throw wrongKey(name, needed, key.fingerprint);
  if (data.encryption === undefined || seal === undefined) {
    if (isAccepted) return;
    throw new FlashcaseError('FC_BACKUP_UNSEALED', {
      what: `A key is set, and the backup ${name} ${data.encryption === undefined ? 'is not encrypted' : 'has no seal of it'}.`,
      why: 'It was made before the key was set or by an earlier FlashCase, or somebody without the key has put it there: its content could be anybody’s.',
      hint: 'Take another one: flashcase backup list. If you know where it comes from, say so: --accept-unsealed. For the drill make a new one: flashcase backup now.',
      details: { backup: name },
    });
  }
  const right = Buffer.from(sealOf(key, textOf(rest)));
  const found = Buffer.from(seal);
  if (right.length !== found.length || !timingSafeEqual(right, found))
    throw damaged('seal_wrong', name, 'Its manifest was changed by somebody who does not have the key.');
}

/** Whether the key vouches for a backup; without one there is nothing to compare with. */
export function isVouchedFor(manifest: Manifest, key: BackupKey | undefined): boolean {
  try {
    refuseUntrusted(manifest, key, false);
    return true;
  } catch (error) {
    if (error instanceof FlashcaseError) return false;
    throw error;
  }
}

/** The text of a manifest. Its last line is the SHA-256 of what is before it. */
export function manifestText(manifest: Manifest): string {
  const body = textOf(manifest);
  return `${body}\n${createHash('sha256').update(body).digest('hex')}\n`;
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;

/** Whether it names no other file than the data's, and sizes that can be. The digest at its end is nobody's signature. */
function isUsable({ data, database, tables }: Partial<Manifest>): boolean {
  return (
    data?.file === (data?.encryption === undefined ? PLAIN_DATA : SEALED_DATA) &&
    isCount(data.bytes) &&
    isCount(database?.bytes) &&
    isCount(data.chunkBytes) &&
    data.chunkBytes > 0 &&
    Array.isArray(data.chunks) &&
    Array.isArray(tables)
  );
}

/**
 * Reads a manifest. A byte that was changed is found, wherever it is: the text must be what would be written.
 * Throws `FC_BACKUP_DAMAGED`, and `FC_BACKUP_VERSION` for a newer form.
 */
export function readManifest(folder: string, name: string): Manifest {
  const file = `${folder}/${MANIFEST}`;
  let text: string;
  try {
    // Not as UTF-8: bytes that are none would be replaced, and two different files look the same.
    text = readFileSync(file, 'latin1');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT')
      throw damaged('manifest_missing', name, 'Its manifest is not there.', { where: file });
    throw cause;
  }
  const found = /^([\s\S]*)\n([0-9a-f]{64})\n$/.exec(text);
  const body = found?.[1] ?? '';
  if (found === null || createHash('sha256').update(body, 'latin1').digest('hex') !== found[2])
    throw damaged('manifest_changed', name, 'Its manifest is not what was written.', { where: file });
  const manifest = JSON.parse(Buffer.from(body, 'latin1').toString('utf8')) as Manifest;
  if (manifest.format !== FORMAT)
    throw new FlashcaseError('FC_BACKUP_VERSION', {
      what: `The backup ${name} has form ${manifest.format}; this FlashCase reads form ${FORMAT}.`,
      where: file,
      hint: `Use the FlashCase that made it: ${manifest.madeBy?.flashcase ?? 'see its manifest'}.`,
    });
  if (!isUsable(manifest)) throw damaged('manifest_changed', name, 'Its manifest says what cannot be.', { where: file });
  if (manifest.name !== name)
    throw damaged('other_backup', name, `This is the backup ${manifest.name} under another name.`, { where: file });
  return manifest;
}
