import { chownSync, closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { PhysicalSettings } from '../../db/settings.ts';
import { syncFolder } from '../../engine/sqlite/verified-copy.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { type BackupKey, physicalPassphrase } from '../backup/key.ts';
import type { Identity } from './run-program.ts';

/** One name for the cluster of an installation within a repository. */
export const STANZA = 'flashcase';
/** FlashCase decides what is kept, by days, weeks and months: the tool, which counts, is told to remove nothing by itself. */
const KEEP_ALL = 9_999_999;

/** How the tool reaches the running server, on its own machine. */
export interface ClusterAddress {
  readonly dataDirectory: string;
  readonly port: number;
  readonly socketFolder: string;
  readonly user: string;
}

/** The tool's configuration for the running server; `archive_command` names it. */
export const configFile = ({ directory }: PhysicalSettings): string => join(directory, 'pgbackrest.conf');
/** What is needed to read the repository, and nothing of the server: a restored cluster fetches its log with it. */
export const readerFile = ({ directory }: PhysicalSettings): string => join(directory, 'pgbackrest-restore.conf');

function s3Key(file: string): readonly [string, string] {
  let lines: string[];
  try {
    lines = readFileSync(file, 'utf8')
      .trim()
      .split(/\s*\n\s*/);
  } catch (cause) {
    throw new FlashcaseError('FC_PHYSICAL_SETUP', {
      what: 'The key file of the object storage cannot be read.',
      where: file,
      why: (cause as Error).message,
      hint: 'Correct BACKUP_S3_KEY_FILE, or the rights of that file.',
      cause,
    });
  }
  const [key, secret] = lines;
  if (lines.length === 2 && key !== undefined && secret !== undefined) return [key, secret];
  throw new FlashcaseError('FC_PHYSICAL_SETUP', {
    what: 'The key file of the object storage does not hold two lines.',
    where: file,
    hint: 'Write the access key on the first line and its secret on the second.',
  });
}

function repositoryLines({ repository }: PhysicalSettings): string[] {
  if (repository.kind === 'folder') return ['repo1-type=posix', `repo1-path=${repository.path}`];
  const [key, secret] = s3Key(repository.keyFile);
  return [
    'repo1-type=s3',
    `repo1-path=${repository.path}`,
    `repo1-s3-bucket=${repository.bucket}`,
    `repo1-s3-endpoint=${repository.endpoint}`,
    `repo1-s3-region=${repository.region}`,
    `repo1-s3-uri-style=${repository.uriStyle}`,
    `repo1-s3-key=${key}`,
    `repo1-s3-key-secret=${secret}`,
  ];
}

/**
 * The configuration as pgBackRest reads it. It holds the passphrase of the repository, and the key of the object storage: whoever may read the server's files may read both anyway, and nobody else may
 * read this one. @param folder of the tool's own logs and locks @param cluster absent: for restoring only
 */
export function configText(
  settings: PhysicalSettings,
  key: BackupKey | undefined,
  folder: string,
  cluster?: ClusterAddress,
): string {
  return [
    '# Written by flashcase backup setup, and again whenever it is run: change the settings of FlashCase, not this file.',
    '[global]',
    ...repositoryLines(settings),
    ...(key === undefined ? [] : ['repo1-cipher-type=aes-256-cbc', `repo1-cipher-pass=${physicalPassphrase(key)}`]),
    `repo1-retention-full=${KEEP_ALL}`,
    'expire-auto=n',
    'repo1-bundle=y',
    'compress-type=zst',
    'compress-level=3',
    'start-fast=y',
    'process-max=2',
    'archive-timeout=60',
    `log-path=${join(folder, 'log')}`,
    `lock-path=${join(folder, 'lock')}`,
    `spool-path=${join(folder, 'spool')}`,
    'log-level-console=off',
    'log-level-stderr=warn',
    'log-level-file=info',
    '',
    `[${STANZA}]`,
    ...(cluster === undefined
      ? []
      : [
          `pg1-path=${cluster.dataDirectory}`,
          `pg1-port=${cluster.port}`,
          `pg1-socket-path=${cluster.socketFolder}`,
          `pg1-user=${cluster.user}`,
        ]),
    '',
  ].join('\n');
}

/** The folder of the server that archives here, as it was set up; `undefined` where that was on another machine. */
export function clusterFolder(settings: PhysicalSettings): string | undefined {
  const file = configFile(settings);
  return existsSync(file) ? /^pg1-path=(.+)$/m.exec(readFileSync(file, 'utf8'))?.[1] : undefined;
}

/** Makes a folder that only its owner may enter. */
export function makePrivateFolder(folder: string, owner: Identity | undefined): void {
  if (existsSync(folder)) return;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (owner !== undefined) chownSync(folder, owner.uid, owner.gid);
  syncFolder(dirname(folder));
}

/** Writes a file in one step that only its owner may read; it is on the disk when this returns. */
export function writePrivateFile(file: string, text: string, owner: Identity | undefined): void {
  const next = `${file}.new`;
  const handle = openSync(next, 'w', 0o600);
  try {
    writeSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  if (owner !== undefined) chownSync(next, owner.uid, owner.gid);
  renameSync(next, file);
  syncFolder(dirname(file));
}
