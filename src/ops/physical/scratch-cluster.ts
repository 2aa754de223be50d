import { spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from '../../engine/engine.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { openTarget } from '../../move/target/connect.ts';
import { bareEnv, endsWithThread, folderWith, type Identity, programInPath, run } from './run-program.ts';

/** How often a recovering server is asked how far it is. */
const LOOK_MS = 100;
/** An archive that gave nothing more for so many looks in a row is at its end. */
const QUIET_LOOKS = 20;
const STOP_MS = 60_000;

/** Where `postgres` of a version is. Throws `FC_PHYSICAL_SETUP`. */
export async function serverPrograms(major: number, named: string | undefined): Promise<string> {
  const inPath = programInPath('postgres');
  const candidates =
    named === undefined
      ? [`/usr/lib/postgresql/${major}/bin`, `/usr/pgsql-${major}/bin`, ...(inPath === undefined ? [] : [dirname(inPath)])]
      : [named];
  for (const candidate of candidates) {
    const folder = folderWith('postgres', [candidate]);
    if (folder === undefined || folderWith('pg_controldata', [folder]) === undefined) continue;
    const { output } = await run(join(folder, 'postgres'), ['--version'], {});
    if (Number(/\) (\d+)/.exec(output)?.[1]) === major) return folder;
  }
  throw new FlashcaseError('FC_PHYSICAL_SETUP', {
    what: `The server programs of PostgreSQL ${major} are not here; what is restored could not be tried out.`,
    where: candidates.join(', '),
    hint: `apt-get install postgresql-${major}, or set POSTGRES_BIN to the folder that has postgres and pg_controldata of version ${major}.`,
  });
}

/** Settings a recovering server may not have lower than the one whose log it reads had, by their names in its control file. */
const AT_LEAST: Readonly<Record<string, string>> = {
  'max_connections setting': 'max_connections',
  'max_worker_processes setting': 'max_worker_processes',
  'max_wal_senders setting': 'max_wal_senders',
  'max_prepared_xacts setting': 'max_prepared_transactions',
  'max_locks_per_xact setting': 'max_locks_per_transaction',
};

export interface ScratchOptions {
  /** The restored data directory. */
  readonly dataDirectory: string;
  readonly bin: string;
  readonly as: Identity | undefined;
  /** Who asks, and in which database. */
  readonly user: string;
  readonly database: string;
  /** With which the log is fetched for this folder. */
  readonly fetchCommand: string;
  /**
   * `pause`: recovery stops at the target and writes nothing more, so that it can go on from there. `follow`: the same at the end of the log. `promote`: the cluster is made one of its own, which writes.
   */
  readonly until: 'pause' | 'follow' | 'promote';
  /** The last archived piece; with `follow`. */
  readonly lastLog?: string;
}

/** A restored cluster that runs for a look: nobody but this machine's owner of the folder reaches it, it archives nothing, and nothing follows it. */
export interface ScratchCluster {
  readonly url: string;
  /** How far recovery came: the time of the last commit in it, as PostgreSQL says it; `undefined` where none was replayed. */
  readonly reached: string | undefined;
  stop(): Promise<void>;
}

/** Recovery that did not reach its target: the log ends before. */
export class TargetNotReached extends Error {
  /** Of the last commit there is, UTC. */
  readonly last: string | undefined;

  constructor(last: string | undefined) {
    super('recovery ended before its target');
    this.last = last;
  }
}

async function limitsOf({ bin, dataDirectory, as }: ScratchOptions): Promise<string[]> {
  const { output } = await run(join(bin, 'pg_controldata'), [dataDirectory], { as });
  return output.split('\n').flatMap((line) => {
    const [name = '', value = ''] = line.split(/:\s+/);
    const setting = AT_LEAST[name];
    return setting === undefined ? [] : [`${setting}=${value.trim()}`];
  });
}

/** The end of a piece of log as a position, of pieces of the default 16 MiB; larger ones begin later, which only makes the wait for quiet longer. */
function positionOf(name: string): string {
  return `${name.slice(8, 16)}/${(Number.parseInt(name.slice(16), 16) * 16).toString(16).padStart(2, '0')}00000`;
}

interface Progress {
  readonly isPaused: boolean;
  readonly isRecovering: boolean;
  readonly position: string;
  readonly isPastLast: boolean;
  readonly reached: string | undefined;
}

async function progressOf(connection: Connection, lastLog: string | undefined): Promise<Progress> {
  const [row = {}] = await connection.query(
    `SELECT pg_is_in_recovery() AS v_recovering, CASE WHEN pg_is_in_recovery() THEN pg_is_wal_replay_paused() ELSE false END AS v_paused,
       coalesce(pg_last_wal_replay_lsn()::text, '') AS v_position, coalesce(pg_last_wal_replay_lsn() >= $1::pg_lsn, false) AS v_past,
       (pg_last_xact_replay_timestamp() AT TIME ZONE 'UTC')::text AS v_reached`,
    [lastLog === undefined ? '0/0' : positionOf(lastLog)],
  );
  return {
    isRecovering: row.v_recovering === true,
    isPaused: row.v_paused === true,
    position: String(row.v_position),
    isPastLast: row.v_past === true,
    reached: row.v_reached === null ? undefined : String(row.v_reached),
  };
}

/** No such role, no such database: waiting brings neither. */
const isFinal = ({ cause }: FlashcaseError): boolean => /^(28000|28P01|3D000)$/.test(String((cause as { code?: unknown })?.code));

/** Waits as long as the server lives: how long replaying takes, the log decides. */
async function waitFor(
  url: string,
  { until, lastLog }: ScratchOptions,
  end: () => Error | undefined,
): Promise<string | undefined> {
  const engine = openTarget(url);
  try {
    let quiet = 0;
    for (let before = ''; ; await delay(LOOK_MS)) {
      const ended = end();
      if (ended !== undefined) throw ended;
      const found = await engine
        .dedicated((connection) => progressOf(connection, lastLog))
        .catch((error: unknown) => {
          if (error instanceof FlashcaseError && !isFinal(error)) return undefined;
          throw error;
        });
      if (found === undefined) continue;
      if (until === 'promote' ? !found.isRecovering : found.isPaused) return found.reached;
      quiet = found.position === before && found.isPastLast ? quiet + 1 : 0;
      before = found.position;
      if (until === 'follow' && quiet >= QUIET_LOOKS) return found.reached;
    }
  } finally {
    await engine.close();
  }
}

/** What PostgreSQL's own last words mean. */
function failureOf(log: string, dataDirectory: string): Error {
  const last = /last completed transaction was at log time (\S+ \S+?)(?:\+00| UTC)/.exec(log)?.[1];
  if (/recovery ended before configured recovery target was reached/.test(log)) return new TargetNotReached(last);
  const fatal = log
    .split('\n')
    .filter((line) => /FATAL|PANIC|ERROR/.test(line))
    .slice(-3)
    .map((line) => line.replace(/^.*?(FATAL|PANIC|ERROR)/, '$1').trim());
  return new FlashcaseError('FC_RESTORE_FAILED', {
    what: 'The restored cluster does not start.',
    where: dataDirectory,
    why: fatal.join('; ') || log.trim().split('\n').slice(-3).join('; '),
    hint: 'flashcase backup verify reads the whole repository; restore from an earlier set with another --to.',
  });
}

/**
 * Starts a restored cluster for a look, and waits until recovery is where it should be. Only its own auto.conf is read of what it has for settings; what could reach others, or be reached, is switched off. Throws `TargetNotReached`, and
 * `FC_RESTORE_FAILED` with what PostgreSQL says.
 */
export async function startScratch(options: ScratchOptions): Promise<ScratchCluster> {
  const { dataDirectory, bin, as, until, fetchCommand } = options;
  // A socket's path has 107 characters at most.
  const folder = mkdtempSync(join(tmpdir(), 'flashcase-pg-'));
  chmodSync(folder, 0o700);
  const files = { config_file: 'postgresql.conf', hba_file: 'pg_hba.conf', ident_file: 'pg_ident.conf' };
  for (const [setting, name] of Object.entries(files))
    writeFileSync(join(folder, name), setting === 'hba_file' ? 'local all all trust\n' : '', { mode: 0o600 });
  if (as !== undefined) for (const path of ['', ...Object.values(files)]) chownSync(join(folder, path), as.uid, as.gid);
  const follows = join(dataDirectory, 'standby.signal');
  if (until === 'follow') {
    writeFileSync(follows, '', { mode: 0o600 });
    if (as !== undefined) chownSync(follows, as.uid, as.gid);
  }
  const settings = [
    ...Object.entries(files).map(([setting, name]) => `${setting}=${join(folder, name)}`),
    'listen_addresses=',
    `unix_socket_directories=${folder}`,
    'port=5432',
    'ssl=off',
    'archive_mode=off',
    'archive_command=',
    'shared_preload_libraries=',
    'session_preload_libraries=',
    'primary_conninfo=',
    'logging_collector=off',
    'log_destination=stderr',
    'log_min_messages=log',
    'log_timezone=UTC',
    'lc_messages=C',
    'hot_standby=on',
    'external_pid_file=',
    'wal_retrieve_retry_interval=200ms',
    `restore_command=${fetchCommand}`,
    `recovery_target_action=${until === 'promote' ? 'promote' : 'pause'}`,
    ...(await limitsOf(options)),
  ];
  const child = endsWithThread(
    spawn(join(bin, 'postgres'), ['-D', dataDirectory, ...settings.flatMap((setting) => ['-c', setting])], {
      ...as,
      cwd: dataDirectory,
      env: bareEnv(),
      stdio: ['ignore', 'ignore', 'pipe'],
    }),
    'SIGQUIT',
  );
  let log = '';
  let problem: Error | undefined;
  child.stderr.setEncoding('utf8').on('data', (more: string) => {
    log = (log + more).slice(-100_000);
  });
  const closed = new Promise<void>((done) => {
    child.on('error', (error) => {
      problem = error;
      done();
    });
    child.on('close', () => done());
  });
  const hasEnded = (): boolean => problem !== undefined || child.exitCode !== null || child.signalCode !== null;
  const stop = async (): Promise<void> => {
    if (!hasEnded()) {
      child.kill('SIGINT');
      const late = setTimeout(() => child.kill('SIGQUIT'), STOP_MS);
      await closed;
      clearTimeout(late);
    }
    rmSync(folder, { recursive: true, force: true });
    if (until === 'follow' && existsSync(follows)) rmSync(follows);
  };
  const url = `postgresql://${encodeURIComponent(options.user)}@${encodeURIComponent(folder)}:5432/${encodeURIComponent(options.database)}`;
  try {
    const reached = await waitFor(url, options, () => (hasEnded() ? (problem ?? failureOf(log, dataDirectory)) : undefined));
    return { url, reached, stop };
  } catch (error) {
    // Its last words come after its end is seen.
    if (hasEnded()) await closed;
    const told = problem === undefined && hasEnded() ? failureOf(log, dataDirectory) : error;
    await stop();
    throw told;
  }
}
