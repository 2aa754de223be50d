import cluster from 'node:cluster';
import { setTimeout as delay } from 'node:timers/promises';
import { Command } from 'commander';
import { systemClock } from '../../db/clock.ts';
import { readEnv } from '../../db/env.ts';
import { type Peer, readPeer } from '../../db/peer.ts';
import { readSettings, type Settings } from '../../db/settings.ts';
import { type InstalledDatabase, openSwitchingDatabase } from '../../db/switching-database.ts';
import type { EngineListeners } from '../../engine/engine.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { serve as startServer } from '../../http/serve.ts';
import { stopAll } from '../../http/stop-all.ts';
import { withSqlite } from '../../move/live/sides.ts';
import { recover } from '../../move/switch/recover.ts';
import { adoptionLines } from '../../ops/adopt/report.ts';
import { auditorOn } from '../../ops/audit/auditor.ts';
import { journalBeside, journalOf } from '../../ops/audit/journal.ts';
import { cleanUp, settleFile } from '../../ops/backup/clean-up.ts';
import { CommitMarks } from '../../ops/backup/log/commit-marks.ts';
import { Metrics } from '../../ops/metrics/metrics.ts';
import { installationState, prepareDatabase } from '../../ops/prepare.ts';
import { describeStanding } from '../../revisions/boot.ts';
import type { Project } from '../../revisions/project.ts';
import { consoleAt } from '../../services/move-console.ts';
import { project } from '../../versions/project.ts';
import { keepTakingIn } from '../audit/keep-taking-in.ts';
import { keepBackingUp } from '../backup/keep-backing-up.ts';
import { keepBeating } from '../backup/keep-beating.ts';
import { keepLogging } from '../backup/keep-logging.ts';
import { exitCodes } from '../exit-codes.ts';
import { keepMaintaining } from '../maintain/keep-maintaining.ts';
import { openStateConsole } from '../monitor/state-console.ts';
import { openMoveConsole } from '../move/console.ts';
import { keepFollowing } from '../move/follower.ts';
import { liveOptions } from '../move/live-options.ts';
import { keepMeasuring } from '../move/measurer.ts';
import { keepShadowing } from '../move/shadow.ts';
import { ownVersion } from '../version.ts';
import { COUNTED } from '../workers/messages.ts';
import { supervise } from '../workers/supervise.ts';
import { WorkerDesk } from '../workers/worker-desk.ts';
import { debugging } from './open.ts';

/** How often a worker that goes looks whether a file that comes in pieces is still here. */
const KEPT_LOOK_MS = 500;

export function serve(): Command {
  return exitCodes(new Command('serve'), {
    0: 'It was stopped.',
    2: 'A database of the original app that is not taken over at the start: flashcase db adopt.',
  })
    .description('Start the server and the web page.')
    .option('--host <address>', 'address to listen on (HOST)')
    .option('--port <number>', 'port to listen on (PORT)')
    .option('--workers <number>', 'processes that serve together on the port (WORKERS)')
    .action(async (options: { host?: string; port?: string; workers?: string }) => {
      const env = new Map(readEnv());
      if (options.host !== undefined) env.set('HOST', { value: options.host, source: '--host' });
      if (options.port !== undefined) env.set('PORT', { value: options.port, source: '--port' });
      if (options.workers !== undefined) env.set('WORKERS', { value: options.workers, source: '--workers' });
      const settings = readSettings(env, process.cwd());
      if (cluster.isWorker)
        // The channel to the supervisor would keep a worker that could not start.
        await serveProject(settings, project, new WorkerDesk()).finally(() => cluster.worker?.disconnect());
      else if (settings.workers === 1) await serveProject(settings, project);
      else process.exitCode = await supervise(settings.workers, (line) => process.stderr.write(`workers: ${line}\n`));
    });
}

/** Brings an interrupted switch of the live move to its end, or takes it back. */
async function recoverMove(peer: Peer): Promise<void> {
  const options = liveOptions(peer.sqliteFile, peer.directUrl ?? peer.postgresUrl);
  await withSqlite(peer.sqliteFile, (sqlite) => recover(sqlite, options));
}

type OnQuery = NonNullable<EngineListeners['onQuery']>;

const both =
  (first: OnQuery | undefined, second: OnQuery | undefined): OnQuery =>
  (sql, milliseconds) => {
    first?.(sql, milliseconds);
    second?.(sql, milliseconds);
  };

/** Prepares the database, serves it, and returns when the process is asked to stop. */
export async function serveProject(settings: Settings, served: Project, worker?: WorkerDesk): Promise<void> {
  const tellBackup = (line: string) => void process.stderr.write(`backup: ${line}\n`);
  await cleanUp(settings, tellBackup);
  const metrics = new Metrics(ownVersion());
  const marks = new CommitMarks(systemClock());
  const database = await openSwitchingDatabase(settings, systemClock(), {
    onNote: (line) => process.stderr.write(`${line}\n`),
    recover: recoverMove,
    beforeFile: (file) => settleFile(file, tellBackup),
    ...metrics.listeners,
    onReplicaRead: (outcome) => metrics.replicaRead(outcome),
    commits: marks,
    onQuery: both(metrics.listeners.onQuery, debugging(settings).onQuery),
  });
  let stop = () => database.close();
  let drain = async (): Promise<void> => {};
  try {
    if (worker !== undefined) refuseManyOnFile(database, settings);
    const prepared = await prepareDatabase(database, {
      whenPending: settings.whenPending,
      project: served,
      onProgress: (line) => process.stderr.write(`${line}\n`),
    });
    if (prepared.standing.kind !== 'same')
      process.stderr.write(`The schema is ${describeStanding(prepared.standing)}; this code can serve it, and does.\n`);
    if (prepared.adoption !== undefined) process.stderr.write(`${adoptionLines(prepared.adoption).join('\n')}\n`);
    const tell = (line: string) => process.stderr.write(`move: ${line}\n`);
    const fileOf = () => database.sqliteFile;
    const following = keepFollowing(fileOf, tell);
    const measuring = keepMeasuring(fileOf, tell);
    const shadowing = keepShadowing(fileOf, tell);
    const backingUp = keepBackingUp(settings, tellBackup);
    const journal = journalOf(settings, process.cwd());
    const taking = keepTakingIn(database, journal, (line) => process.stderr.write(`audit: ${line}\n`));
    const maintaining = keepMaintaining(settings, (line) => void process.stderr.write(`upkeep: ${line}\n`));
    const logging = keepLogging(settings, () => database.sqliteFile, marks, tellBackup);
    const beating = keepBeating(settings, database);
    const background = [taking, backingUp, beating, maintaining, shadowing, following].map((part) => () => part.stop());
    // The log copies what is left when the server's own connections are closed.
    stop = () => stopAll(background, [() => database.close()], [() => logging.stop()]);
    const move = openMoveConsole(fileOf);
    worker?.open(COUNTED, async () => metrics.counted(database));
    const server = await startServer(database, settings, {
      installation: async () => {
        const backup = backingUp.health();
        return { ...(await installationState(database, served)), ...(backup === undefined ? {} : { backup }) };
      },
      takeTime: (kind, ms, outcome) => measuring.record(kind, ms, outcome),
      takeRead: shadowing,
      metrics,
      auditor: auditorOn(database, {
        journalOf: () => {
          const file = fileOf();
          return file === undefined ? undefined : journalBeside(file);
        },
        spare: journal,
        onProblem: (error) => process.stderr.write(`audit: a step is not in the audit trail: ${String(error)}\n`),
      }),
      move: worker === undefined ? move : consoleAt(worker, move),
      state: openStateConsole(settings),
      ...(worker === undefined ? {} : { desk: worker, others: () => worker.others() }),
    });
    drain = async () => {
      await server.drain();
      while (worker?.isKeeping === true) await delay(KEPT_LOOK_MS);
    };
    // The server beside them: nobody's request waits for a backup or a network, and the sum stays below what the supervisor waits.
    stop = () => stopAll([() => server.stop(), ...background], [() => measuring.stop()], [() => logging.stop()]);
    if (worker !== undefined) worker.ready(server.url, database.engine.location);
    else process.stdout.write(`FlashCase is at ${server.url}  (data: ${database.engine.location})\n`);
  } catch (error) {
    await stop();
    throw error;
  }
  const asked = new Promise<'stop'>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve('stop'));
  });
  const replaced = worker?.drained ?? asked;
  // A worker that is being replaced can still be told to stop at once.
  if ((await Promise.race([asked, replaced])) === 'replaced') await Promise.race([drain(), asked]);
  worker?.last(metrics.counted(database));
  await stop();
}

/**
 * A file has one writer at a time: several processes would wait for each other's locks, and each would sync its own commits. In a live move it may serve
 * again for a while, and does.
 */
function refuseManyOnFile({ engine, sqliteFile }: InstalledDatabase, { workers }: Settings): void {
  if (workers === 1 || !engine.capabilities.isLocalFile || (sqliteFile !== undefined && readPeer(sqliteFile) !== undefined))
    return;
  throw new FlashcaseError('FC_SETTINGS_INVALID', {
    what: `WORKERS is ${workers}, but the data is in an SQLite file, which has one writer at a time.`,
    where: engine.location,
    why: 'Several processes would wait for each other’s locks instead of sharing one sync.',
    hint: 'Set WORKERS=1; or move the data to PostgreSQL first: flashcase move plan --to URL.',
  });
}
