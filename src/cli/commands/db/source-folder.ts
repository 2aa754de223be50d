import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { FlashcaseError } from '../../../errors/index.ts';
import { type LedgerEntry, readLedger } from '../../../revisions/ledger.ts';
import { ownVersions } from '../../../revisions/source/library.ts';
import { readSources, requireSources, type Sources } from '../../../revisions/source/sources.ts';
import { commandSettings, withDatabase } from '../open.ts';

export interface FolderOption {
  readonly versions?: string;
}

/** A command that works on revision files: this tool's own, or another application's. */
export function onFiles(command: Command): Command {
  return command.option('--versions <dir>', 'the versions folder of another application').option('--json', 'for machines');
}

const folderOf = (options: FolderOption): string =>
  options.versions === undefined ? requireSources(ownVersions()) : resolve(options.versions);

export const sourcesOf = (options: FolderOption): Promise<Sources> => readSources(folderOf(options));

/** What the configured database has applied, where it can be reached; files are worked on without one too. */
export async function appliedIfReachable(options: FolderOption): Promise<LedgerEntry[]> {
  // The configured database is this tool's own; another application's is not known here.
  if (options.versions !== undefined) return [];
  const { database } = commandSettings();
  if (database.engine === 'sqlite' && !existsSync(database.file)) return [];
  try {
    return await withDatabase(({ engine }) => engine.dedicated((connection) => readLedger(connection, engine)));
  } catch (error) {
    if (error instanceof FlashcaseError && error.code.startsWith('FC_DB_')) return [];
    throw error;
  }
}
