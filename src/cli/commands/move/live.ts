import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { type Env, readEnv } from '../../../db/env.ts';
import { peerFileOf, readPeer } from '../../../db/peer.ts';
import { readSettings } from '../../../db/settings.ts';
import { FlashcaseError } from '../../../errors/index.ts';
import type { LiveOptions } from '../../../move/live/live-options.ts';
import { withPostgres, withSqlite } from '../../../move/live/sides.ts';
import { readMoveState } from '../../../move/state/sqlite-state.ts';
import { isHomeRun, readRun } from '../../../move/target/bookkeeping.ts';
import { liveOptions } from '../../move/live-options.ts';
import { moveJson } from '../../move/status-json.ts';
import { fileNamed, serverNamed } from './addresses.ts';

export interface LiveFlags {
  readonly from?: string;
  readonly to?: string;
  readonly json?: boolean;
}

/** The SQLite file of the move: `--from`, the file of the settings, or the one the PostgreSQL database of the settings was moved from. */
export async function sqliteFileOf(flags: LiveFlags, env: Env, folder: string): Promise<string> {
  if (flags.from !== undefined) return fileNamed('--from', flags.from, folder);
  const settings = readSettings(env, folder);
  if (settings.database.engine === 'sqlite') return settings.database.file;
  const run = await withPostgres(settings.directUrl ?? settings.database.url, readRun);
  if (run !== undefined && existsSync(run.sourceFile)) return run.sourceFile;
  if (run !== undefined && existsSync(peerFileOf(run.sourceFile)))
    throw new FlashcaseError('FC_MOVE_NOT_STARTED', {
      what: `The move ${run.id} is finished: the data is in PostgreSQL, and nothing follows it.`,
      where: run.sourceFile,
      hint: `Its report and the old file are beside it: ${run.sourceFile}.${run.id}.report.json. When the file's days are over: flashcase move prune`,
    });
  if (run !== undefined && isHomeRun(run))
    throw new FlashcaseError('FC_MOVE_STATE', {
      what: `The move ${run.id} home to ${run.sourceFile} has not come to its file: its start was interrupted, or the file is not on this machine.`,
      where: run.sourceFile,
      why: 'PostgreSQL serves, and notes what is written.',
      hint: `Go on: flashcase move start --to '${run.sourceFile}'. Or end it: flashcase move abort.`,
    });
  throw new FlashcaseError('FC_INPUT_INVALID', {
    what:
      run === undefined
        ? 'The database of the settings was not moved from an SQLite file.'
        : `The file it was moved from, ${run.sourceFile}, is not here.`,
    hint: 'Name the SQLite file with --from.',
  });
}

/** Where the SQLite file of a move was, also of one that is finished: `--from`, the file of the settings, or what PostgreSQL says. */
export async function movedFileOf(flags: Pick<LiveFlags, 'from'>, env: Env, folder: string): Promise<string> {
  const settings = flags.from === undefined ? readSettings(env, folder) : undefined;
  if (settings?.database.engine !== 'postgres') return sqliteFileOf(flags, env, folder);
  const run = await withPostgres(settings.directUrl ?? settings.database.url, readRun);
  return run?.sourceFile ?? sqliteFileOf(flags, env, folder);
}

/** The target: `--to`, or the one this move was started with. */
function targetOf(flags: LiveFlags, sqliteFile: string, folder: string): string {
  if (flags.to !== undefined) return serverNamed('--to', flags.to, folder);
  const peer = readPeer(sqliteFile);
  if (peer !== undefined) return peer.directUrl ?? peer.postgresUrl;
  throw new FlashcaseError('FC_MOVE_NOT_STARTED', {
    what: 'No live move was started from this file.',
    where: sqliteFile,
    hint: existsSync(sqliteFile)
      ? 'Look first: flashcase move plan --to URL. Then: flashcase move start --to URL.'
      : 'The file is not there. Is it on its way home? Then name the PostgreSQL database: flashcase move status --from postgresql://…',
  });
}

/** The options of a live command from its words, the settings and what the move was started with. */
export async function liveOptionsOf(flags: LiveFlags): Promise<LiveOptions> {
  const folder = process.cwd();
  const sqliteFile = await sqliteFileOf(flags, readEnv(folder), folder);
  return liveOptions(sqliteFile, targetOf(flags, sqliteFile, folder));
}

/** A command about the live move: where its two sides are, and `--json`. */
export const liveCommand = (name: string, about: string): Command =>
  new Command(name)
    .description(about)
    .option('--from <file>', 'the SQLite file (default: DATABASE_URL, or where it was moved from)')
    .option('--to <url>', 'the PostgreSQL database (default: the one the move was started with)')
    .option('--json', 'print NDJSON for machines');

/** Prints text for people, or one JSON line for machines. */
export function print(flags: { readonly json?: boolean }, text: string, json: unknown): void {
  process.stdout.write(`${flags.json === true ? moveJson(json) : text}\n`);
}

/** True while the file is in a live move. A file that is not there is in none. */
export async function isInLiveMove(sqliteFile: string): Promise<boolean> {
  return existsSync(sqliteFile) && (await withSqlite(sqliteFile, readMoveState)) !== undefined;
}
