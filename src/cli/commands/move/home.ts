import { realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Env, readEnv } from '../../../db/env.ts';
import { readPeer, removePeer, writePeer } from '../../../db/peer.ts';
import { readSettings } from '../../../db/settings.ts';
import { makeFileSearchIndex } from '../../../db/stores/search-index.ts';
import type { PostgresConnection } from '../../../engine/postgres/connection.ts';
import { locationOf } from '../../../engine/postgres/engine.ts';
import { FlashcaseError } from '../../../errors/index.ts';
import { readHome } from '../../../move/home/fence.ts';
import type { HomeOptions } from '../../../move/home/home-options.ts';
import { planHome } from '../../../move/home/plan-home.ts';
import { abortHome, runHome } from '../../../move/home/run-home.ts';
import { abortStart, startHome } from '../../../move/home/start-home.ts';
import { homeStatus } from '../../../move/home/status.ts';
import { compareHome } from '../../../move/home/verify-home.ts';
import { withPostgres } from '../../../move/live/sides.ts';
import { revisions } from '../../../versions/index.ts';
import { INTERRUPTED } from '../../exit-codes.ts';
import { confirmed } from '../../move/confirmed.ts';
import { homeNextSteps, homePlanText, homeRunText, homeStatusText, homeVerdictText } from '../../move/home-report.ts';
import { liveOptions } from '../../move/live-options.ts';
import { grouped, type MoveProgress } from '../../move/progress.ts';
import { fileNamed, isServer, serverNamed } from './addresses.ts';
import { print } from './live.ts';
import { DECISIONS_OPEN, DIFFERENCES, progressOf } from './words.ts';

export interface HomeFlags {
  readonly to?: string;
  readonly from?: string;
  readonly fence?: boolean;
  readonly leaveUnknown?: boolean;
  readonly paranoid?: boolean;
  readonly json?: boolean;
}

/** True when `--to` names an SQLite file: the way home. */
export const isHomeward = ({ to }: HomeFlags): boolean => to !== undefined && !isServer(to);

/** The PostgreSQL database to come home from: `--from`, or that of the settings. `undefined` when neither names one. */
function serverOf({ from }: HomeFlags, env: Env, folder: string): string | undefined {
  if (from !== undefined) return isServer(from) ? serverNamed('--from', from, folder) : undefined;
  const { database, directUrl } = readSettings(env, folder);
  return database.engine === 'postgres' ? (directUrl ?? database.url) : undefined;
}

/** The folder as it really is: the record on PostgreSQL must name the file to whoever reads it, wherever it is typed. */
function realPath(file: string): string {
  try {
    return join(realpathSync(dirname(file)), basename(file));
  } catch {
    return file;
  }
}

function optionsOf(flags: HomeFlags): HomeOptions & { readonly progress: MoveProgress } {
  const folder = process.cwd();
  const server = serverOf(flags, readEnv(folder), folder);
  if (server === undefined)
    throw new FlashcaseError('FC_INPUT_INVALID', {
      what: 'Both sides are SQLite files.',
      hint: 'To come home, name the PostgreSQL database with --from, or in DATABASE_URL. To copy a file: sqlite3 OLD ".backup NEW".',
    });
  const progress = progressOf(flags);
  const live = liveOptions(realPath(fileNamed('--to', flags.to as string, folder)), server);
  return {
    ...live,
    revisions,
    derive: makeFileSearchIndex,
    events: progress,
    isFencing: flags.fence === true,
    isLeavingUnknown: flags.leaveUnknown === true,
    isParanoid: flags.paranoid === true,
    progress,
  };
}

export async function planHomeCommand(flags: HomeFlags): Promise<void> {
  const options = optionsOf(flags);
  const plan = await planHome(options);
  options.progress.end();
  const isLeavingUnknown = flags.leaveUnknown === true;
  print(flags, homePlanText(plan, { sqliteFile: options.sqliteFile, isLeavingUnknown }), {
    event: 'plan',
    target: options.sqliteFile,
    ...plan,
  });
  if (plan.open.length > 0) process.exitCode = DECISIONS_OPEN;
}

/** The peer file of a finished move tells where the data went: it has come back. That of a later move stays. */
function forgetPeer({ sqliteFile, postgresUrl }: HomeOptions): void {
  const peer = readPeer(sqliteFile);
  if (peer !== undefined && locationOf(peer.directUrl ?? peer.postgresUrl) === locationOf(postgresUrl)) removePeer(sqliteFile);
}

export async function runHomeCommand(flags: HomeFlags): Promise<void> {
  const options = optionsOf(flags);
  const stop = new AbortController();
  process.once('SIGINT', () => {
    options.progress.end();
    process.stderr.write(
      'Stopping: PostgreSQL is opened again. A second Ctrl-C leaves it fenced; the same command goes on then.\n',
    );
    process.once('SIGINT', () => process.exit(INTERRUPTED));
    stop.abort();
  });
  try {
    const run = await runHome({ ...options, signal: stop.signal });
    forgetPeer(options);
    options.progress.end();
    print(flags, homeRunText(run), { event: 'result', ...run });
  } catch (error) {
    if (!stop.signal.aborted || error instanceof FlashcaseError) throw error;
    process.stderr.write('Stopped. PostgreSQL takes writes again, and nothing is left of the file.\n');
    process.exitCode = INTERRUPTED;
  }
}

export async function verifyHomeCommand(flags: HomeFlags): Promise<void> {
  const options = optionsOf(flags);
  const started = performance.now();
  const verdict = await withPostgres(options.postgresUrl, (postgres) =>
    compareHome(postgres as PostgresConnection, options.sqliteFile, options, { isParanoid: flags.paranoid === true }),
  );
  options.progress.end();
  print(flags, homeVerdictText(verdict, (performance.now() - started) / 1000), { event: 'verdict', ...verdict });
  if (!verdict.isEqual) process.exitCode = DIFFERENCES;
}

/** The address servers use, through the pooler if there is one: `--serve-url`, or that of the settings. */
function servingUrl(flags: HomeFlags & { readonly serveUrl?: string }, folder: string): string | undefined {
  if (flags.serveUrl !== undefined) return serverNamed('--serve-url', flags.serveUrl, folder);
  if (flags.from !== undefined) return undefined;
  const { database } = readSettings(readEnv(folder), folder);
  return database.engine === 'postgres' ? database.url : undefined;
}

/** Begins a live move home: from then on the commands of a live move do the rest. */
export async function startHomeCommand(flags: HomeFlags & { readonly serveUrl?: string }): Promise<void> {
  const options = optionsOf(flags);
  const { sqliteFile, postgresUrl } = options;
  const folder = process.cwd();
  const serving = servingUrl(flags, folder) ?? postgresUrl;
  const whenNamed = (): void => writePeer({ sqliteFile, postgresUrl: serving, directUrl: postgresUrl });
  const started = await startHome({ ...options, whenNamed });
  await confirmed(options, 'start', flags);
  options.progress.end();
  const { runId, tables } = started;
  const rows = (tables ?? []).reduce((sum, { rowsOut }) => sum + rowsOut, 0);
  const text = [
    tables === undefined
      ? `Move ${runId}: the file was made before.`
      : `Move ${runId}: ${grouped(rows)} rows of one moment came to ${sqliteFile}, none missing; every table is equal. PostgreSQL serves on.`,
    'Servers on this machine keep it so; without one: flashcase move follow',
    'Next: flashcase move verify  |  flashcase move rollback  |  not home after all: flashcase move finish',
  ];
  print(flags, text.join('\n'), { event: 'started', phase: 'reverse', ...started });
}

/** Says where a move home stands that closed PostgreSQL. @returns false when there is none. */
export async function toldHome(flags: HomeFlags): Promise<boolean> {
  const folder = process.cwd();
  const server = serverOf(flags, readEnv(folder), folder);
  const status = server === undefined ? undefined : await homeStatus(server);
  if (server === undefined || status === undefined) return false;
  print(flags, homeStatusText(status, locationOf(server)), { event: 'home', ...status, next: homeNextSteps(status) });
  return true;
}

/** Ends a move home that was interrupted. @returns false when the words mean another move. */
export async function abortedHome(flags: HomeFlags & { readonly acceptLoss?: boolean }): Promise<boolean> {
  const folder = process.cwd();
  const server = serverOf(flags, readEnv(folder), folder);
  if (server === undefined) return false;
  const { sqliteFile: _, ...live } = liveOptions('', server);
  const options = { ...live, revisions, events: progressOf(flags) };
  const isClosed = (await withPostgres(server, readHome)) !== undefined;
  const begun = isClosed ? undefined : await withPostgres(server, (postgres) => abortStart(postgres, options));
  if (!isClosed && begun === undefined && flags.from === undefined) return false;
  const aborted =
    begun === undefined ? await abortHome(options, flags.acceptLoss === true) : { runId: begun.id, file: begun.sourceFile };
  const text =
    aborted.runId === undefined
      ? 'No move home is under way; nothing was changed.'
      : `Move ${aborted.runId} is aborted. PostgreSQL takes writes again; ${aborted.file} was not made.`;
  print(flags, text, { event: 'aborted', ...aborted });
  return true;
}
