import { readFileSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import type { PhysicalSettings } from '../../db/settings.ts';
import { FlashcaseError } from '../../errors/index.ts';
import type { BackupOptions } from '../backup/options.ts';
import { keyOf } from '../backup/options.ts';
import { openPgbackrest } from './pgbackrest.ts';
import {
  type ClusterAddress,
  configFile,
  configText,
  makePrivateFolder,
  readerFile,
  STANZA,
  writePrivateFile,
} from './pgbackrest-config.ts';
import type { PhysicalBackup } from './physical-backup.ts';
import { type Identity, identityOf, programInPath, run } from './run-program.ts';
import { onServer, type RunningServer, readRunningServer, requireOwnHost } from './server.ts';

/** A commit is in the repository after this many seconds at most, while anything is written. */
export const ARCHIVE_SECONDS = 60;

/** The settings of physical backups. Throws `FC_PHYSICAL_SETUP` where there are none. */
export function physicalOf({ backup }: Pick<BackupOptions, 'backup'>): PhysicalSettings {
  if (backup.physical !== undefined) return backup.physical;
  throw new FlashcaseError('FC_PHYSICAL_SETUP', {
    what: 'Physical backups are not set up: BACKUP_PHYSICAL names no folder.',
    hint: 'On the machine of PostgreSQL set BACKUP_PHYSICAL to a folder for them, then: flashcase backup setup.',
  });
}

/** One setting of the server that archiving needs. */
export interface NeededSetting {
  readonly name: string;
  readonly value: string;
  readonly found: string;
  readonly isRight: boolean;
  readonly needsRestart: boolean;
}

/** The command with which the server hands a piece of log to the tool. */
export const archiveCommand = (program: string, settings: PhysicalSettings): string =>
  `${program} --config=${configFile(settings)} --stanza=${STANZA} archive-push %p`;

/** What the server must be set to, and whether it is. */
export function neededSettings(server: RunningServer, program: string, settings: PhysicalSettings): NeededSetting[] {
  const { archiveMode, archiveTimeoutSeconds: timeout, walLevel, archiveLibrary } = server;
  const wanted = archiveCommand(program, settings);
  return [
    {
      name: 'wal_level',
      value: 'replica',
      found: walLevel,
      isRight: walLevel === 'replica' || walLevel === 'logical',
      needsRestart: true,
    },
    { name: 'archive_mode', value: 'on', found: archiveMode, isRight: archiveMode !== 'off', needsRestart: true },
    ...(archiveLibrary === ''
      ? []
      : [{ name: 'archive_library', value: '', found: archiveLibrary, isRight: false, needsRestart: false }]),
    {
      name: 'archive_command',
      value: wanted,
      found: server.archiveCommand ?? '',
      isRight: server.archiveCommand === wanted,
      needsRestart: false,
    },
    {
      name: 'archive_timeout',
      value: String(ARCHIVE_SECONDS),
      found: String(timeout),
      isRight: timeout > 0 && timeout <= ARCHIVE_SECONDS,
      needsRestart: false,
    },
  ];
}

/** What an administrator types in psql. */
export const settingLines = (needed: readonly NeededSetting[]): string[] =>
  needed
    .filter(({ isRight }) => !isRight)
    .map(({ name, value }) => `ALTER SYSTEM SET ${name} = '${value.replaceAll("'", "''")}';`);

/** The operating system's user of an owner. */
async function userOf(uid: number): Promise<string | undefined> {
  if (process.getuid?.() === uid) return userInfo().username;
  const getent = programInPath('getent');
  if (getent === undefined) return undefined;
  return (await run(getent, ['passwd', String(uid)])).output.split(':')[0] || undefined;
}

/** How the tool reaches the server: as the user it runs as, by the server's socket. */
async function addressOf(server: RunningServer, dataDirectory: string, url: string): Promise<ClusterAddress> {
  const { roles, port, socketFolder } = server;
  if (socketFolder === undefined)
    throw new FlashcaseError('FC_PHYSICAL_SETUP', {
      what: 'PostgreSQL listens on no socket of its machine, and pgBackRest knows no other way to it.',
      hint: 'Set unix_socket_directories in postgresql.conf, and restart PostgreSQL.',
    });
  const owner = await userOf(statSync(dataDirectory).uid);
  const user = owner !== undefined && roles.has(owner) ? owner : decodeURIComponent(new URL(url).username) || 'postgres';
  return { dataDirectory, port, socketFolder, user };
}

/** What `backup setup` found and did. */
export interface Setup {
  readonly tool: string;
  readonly server: string;
  readonly config: { readonly file: string; readonly text: string };
  readonly needed: readonly NeededSetting[];
  /** The repository was made ready, and a piece of log was seen to arrive in it. */
  readonly isReady: boolean;
  /** Why nothing could be done from here; absent where it is the machine of PostgreSQL. */
  readonly elsewhere?: FlashcaseError;
}

/** Writes the files of the tool, for the owner of the cluster only. */
function writeConfig(options: BackupOptions, cluster: ClusterAddress, owner: Identity | undefined): void {
  const settings = physicalOf(options);
  const { directory, repository } = settings;
  makePrivateFolder(directory, owner);
  for (const name of ['log', 'lock', 'spool']) makePrivateFolder(`${directory}/${name}`, owner);
  if (repository.kind === 'folder') makePrivateFolder(repository.path, owner);
  const key = keyOf(options);
  writePrivateFile(configFile(settings), configText(settings, key, directory, cluster), owner);
  writePrivateFile(readerFile(settings), configText(settings, key, directory), owner);
}

/**
 * Sets physical backups up: the tool's configuration, the repository, and a piece of log that is seen to arrive. What the server must be set to is told, not done: it needs a restart, which is a person's. Where this is not the machine
 * of PostgreSQL, or `isPrinting`, nothing is written. Throws `FC_PHYSICAL_UNSERVED` and `FC_PHYSICAL_SETUP`.
 */
export async function setUpPhysical(options: BackupOptions, isPrinting: boolean): Promise<Setup> {
  const settings = physicalOf(options);
  const server = await onServer(options, readRunningServer);
  const program = programInPath('pgbackrest') ?? '/usr/bin/pgbackrest';
  const needed = neededSettings(server, program, settings);
  const url = options.directUrl ?? (options.database as { url: string }).url;
  const outcome = (tool: string, cluster: ClusterAddress): Omit<Setup, 'isReady'> => ({
    tool,
    server: `PostgreSQL ${server.version}`,
    config: { file: configFile(settings), text: configText(settings, keyOf(options), settings.directory, cluster) },
    needed,
  });
  let dataDirectory: string;
  try {
    dataDirectory = requireOwnHost(server);
  } catch (error) {
    if (!(error instanceof FlashcaseError) || !isPrinting) throw error;
    const { dataDirectory: named = '/path/of/the/data/directory', port, socketFolder = '/var/run/postgresql' } = server;
    return {
      ...outcome('pgBackRest', { dataDirectory: named, port, socketFolder, user: 'postgres' }),
      isReady: false,
      elsewhere: error,
    };
  }
  const as = identityOf(dataDirectory);
  const cluster = await addressOf(server, dataDirectory, url);
  const tool = await openPgbackrest({ config: configFile(settings), as });
  tool.requireServes(server.major);
  const told = outcome(tool.name, cluster);
  if (isPrinting) return { ...told, isReady: false };
  writeConfig(options, cluster, as);
  await tool.prepare();
  if (needed.some(({ isRight }) => !isRight)) return { ...told, isReady: false };
  await tool.check();
  return { ...told, isReady: true };
}

/** The tool, for what is done beside the running server. */
export interface OnHost {
  readonly tool: PhysicalBackup;
  readonly server: RunningServer;
  readonly as: Identity | undefined;
}

/** Opens the tool on the machine of PostgreSQL, as set up. Throws `FC_PHYSICAL_SETUP` with what is missing, and `FC_PHYSICAL_UNSERVED`. */
export async function openOnHost(options: BackupOptions): Promise<OnHost> {
  const settings = physicalOf(options);
  const server = await onServer(options, readRunningServer);
  const dataDirectory = requireOwnHost(server);
  const as = identityOf(dataDirectory);
  const tool = await openPgbackrest({ config: configFile(settings), as });
  tool.requireServes(server.major);
  requireConfig(options);
  const missing = neededSettings(server, programInPath('pgbackrest') as string, settings).filter(({ isRight }) => !isRight);
  if (missing.length === 0) return { tool, server, as };
  throw new FlashcaseError('FC_PHYSICAL_SETUP', {
    what: `PostgreSQL does not archive its log as physical backups need it: ${missing.map(({ name, found }) => `${name} is ${found === '' ? 'not set' : found}`).join('; ')}.`,
    hint: 'flashcase backup setup prints the lines that change it.',
    details: { settings: missing.map(({ name }) => name) },
  });
}

/** Refuses a configuration that says something else than the settings do: another repository, or another key. Throws `FC_PHYSICAL_SETUP`. */
function requireConfig(options: BackupOptions): void {
  const settings = physicalOf(options);
  const file = readerFile(settings);
  let text: string | undefined;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  if (text === configText(settings, keyOf(options), settings.directory)) return;
  throw new FlashcaseError('FC_PHYSICAL_SETUP', {
    what:
      text === undefined
        ? 'Physical backups are not set up yet.'
        : 'What physical backups were set up with is not what the settings say now.',
    where: file,
    hint: 'flashcase backup setup',
  });
}
