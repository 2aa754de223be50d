import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { type Clock, systemClock } from '../../../db/clock.ts';
import { openDatabase, openEngine } from '../../../db/database.ts';
import { readEnv } from '../../../db/env.ts';
import type { Settings } from '../../../db/settings.ts';
import type { Engine } from '../../../engine/engine.ts';
import { FlashcaseError } from '../../../errors/index.ts';
import { refuseUnknown } from '../../../ops/whose.ts';
import { requireBaseline } from '../../../revisions/baseline.ts';
import { hasLedger, type LedgerEntry, readLedger } from '../../../revisions/ledger.ts';
import type { Project } from '../../../revisions/project.ts';
import { ownVersions } from '../../../revisions/source/library.ts';
import {
  historyOf,
  readProject,
  readSources,
  requireListed,
  requireSources,
  type Sources,
} from '../../../revisions/source/sources.ts';
import { withFolder } from '../../folder-words.ts';
import { commandSettings, debugging, print, servingSettings } from '../open.ts';

export interface FolderOption {
  readonly versions?: string;
}

export interface JsonOption {
  readonly json?: boolean;
}

/** A command that works on this tool's own tables and revisions, or on another application's. */
export function forApplication(command: Command): Command {
  return command.option('--versions <dir>', 'the versions folder of another application').option('--json', 'for machines');
}

/** Prints a result; the commands it names come with the folder they need. */
export function tell(options: FolderOption & JsonOption, result: unknown, lines: () => readonly string[]): void {
  print(options.json === true, result, () => lines().map((line) => withFolder(line, options.versions)));
}

function folderOf(options: FolderOption): string {
  if (options.versions !== undefined) return resolve(options.versions);
  refuseAppFolder();
  return requireSources(ownVersions());
}

/** In the folder of another application, a command without its name would work on FlashCase's own tables: in that application's database. */
function refuseAppFolder(): void {
  const versions = resolve('versions');
  if (versions === ownVersions() || !existsSync(join(versions, 'project.ts'))) return;
  throw new FlashcaseError('FC_BAD_REQUEST', {
    what: 'This folder is an application’s of its own: it has versions/project.ts.',
    where: versions,
    hint: 'For that application add --versions versions; for FlashCase itself, use another folder.',
  });
}

export const sourcesOf = (options: FolderOption): Promise<Sources> => readSources(folderOf(options));

/** This tool's own project; loaded only when it is asked for, so that commands on files help where its index cannot be loaded. */
async function ownProject(): Promise<Project> {
  refuseAppFolder();
  return (await import('../../../versions/project.ts')).project;
}

/** The model with the history; of another application as its files are. */
export async function projectOf(options: FolderOption): Promise<Project> {
  if (options.versions === undefined) return ownProject();
  const sources = await sourcesOf(options);
  return { ...(await readProject(sources.folder)), revisions: historyOf(sources) };
}

export interface Opened {
  readonly project: Project;
  readonly engine: Engine;
  readonly clock: Clock;
  /** Throws where `upgrade` would not touch this database, with its words. */
  refuseUnknown(): Promise<void>;
}

export interface Application {
  readonly project: Project;
  readonly settings: Settings;
  /** Opens the database of the application. @param isReadOnly for commands that only look */
  open(isReadOnly: boolean): Engine;
}

/** An application with the database at `DATABASE_URL`, not opened yet. */
export async function applicationOf(options: FolderOption): Promise<Application> {
  // Where a live move has taken FlashCase's data, its commands work there.
  const settings = options.versions === undefined ? await servingSettings() : commandSettings();
  const listeners = debugging(settings);
  if (options.versions === undefined) {
    const open = (isReadOnly: boolean): Engine => openDatabase(settings, systemClock(), listeners, isReadOnly).engine;
    return { project: await ownProject(), settings, open };
  }
  const sources = await sourcesOf(options);
  const project = await readProject(sources.folder);
  requireListed(sources, project);
  if (!isDatabaseNamed()) {
    throw new FlashcaseError('FC_SETTINGS_INVALID', {
      what: 'DATABASE_URL is not set, and its default is FlashCase’s own database, not this application’s.',
      where: sources.folder,
      hint: 'Set it, in the environment or in .env: DATABASE_URL=sqlite:///./app.db',
    });
  }
  const engineOptions = { schema: project.schema, ...listeners };
  return { project, settings, open: (isReadOnly) => openEngine(settings, engineOptions, isReadOnly) };
}

const isDatabaseNamed = (): boolean => Boolean(readEnv().get('DATABASE_URL')?.value);

/** The file of an SQLite database that is not there yet. */
export function missingFile({ database }: Settings): string | undefined {
  return database.engine === 'sqlite' && !existsSync(database.file) ? database.file : undefined;
}

/** In a sentence for people. */
export const noDatabase = (file: string): string =>
  `There is no database at ${file} yet; flashcase db upgrade makes it. Nothing was made.`;

/** `upgrade` makes the database; everything else would leave an empty one where somebody mistyped its name. */
export function requireFile(settings: Settings): void {
  const file = missingFile(settings);
  if (file === undefined) return;
  throw new FlashcaseError('FC_DB_MISSING', {
    what: 'There is no database yet.',
    where: file,
    hint: 'flashcase db upgrade makes it; or correct DATABASE_URL.',
  });
}

interface Opening {
  readonly isReadOnly?: boolean;
  readonly makesDatabase?: boolean;
}

/** Runs a command on the database of the application and closes it, whatever happens. Throws `FC_DB_MISSING` where there is none. */
export async function withApplication<T>(
  options: FolderOption,
  work: (opened: Opened) => Promise<T>,
  { isReadOnly = false, makesDatabase = false }: Opening = {},
): Promise<T> {
  const { project, settings, open } = await applicationOf(options);
  if (!makesDatabase) requireFile(settings);
  const engine = open(isReadOnly);
  try {
    return await work({
      project,
      engine,
      clock: systemClock(),
      refuseUnknown: () => refuseOthers(engine, project, options.versions === undefined),
    });
  } finally {
    await engine.close();
  }
}

async function refuseOthers(engine: Engine, { revisions }: Project, isOwn: boolean): Promise<void> {
  if (isOwn) {
    await refuseUnknown({ engine });
    return;
  }
  await engine.dedicated(async (connection) => {
    if (!(await hasLedger(connection, engine))) await requireBaseline(connection, engine, revisions);
  });
}

/** True where a command on files may ask a database too: one that is named, and there. */
export function hasDatabase(options: FolderOption): boolean {
  return (options.versions === undefined || isDatabaseNamed()) && missingFile(commandSettings()) === undefined;
}

/** What the database of the application has applied, where it can be reached; files are worked on without one too. */
export async function appliedIfReachable(options: FolderOption): Promise<LedgerEntry[]> {
  if (!hasDatabase(options)) return [];
  try {
    // With no tables of the application: its model may be what does not load.
    const engine = openEngine(commandSettings(), { schema: { tables: {}, views: [] } }, true);
    try {
      return await engine.dedicated((connection) => readLedger(connection, engine));
    } finally {
      await engine.close();
    }
  } catch (error) {
    if (error instanceof FlashcaseError && error.code.startsWith('FC_DB_')) return [];
    throw error;
  }
}
