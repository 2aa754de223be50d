import { Command } from 'commander';
import { systemClock } from '../../db/clock.ts';
import { readEnv } from '../../db/env.ts';
import type { Peer } from '../../db/peer.ts';
import { readSettings, type Settings } from '../../db/settings.ts';
import { openSwitchingDatabase } from '../../db/switching-database.ts';
import type { EngineListeners } from '../../engine/engine.ts';
import { serve as startServer } from '../../http/serve.ts';
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
import { debugging } from './open.ts';

export function serve(): Command {
  return exitCodes(new Command('serve'), {
    0: 'It was stopped.',
    2: 'A database of the original app that is not taken over at the start: flashcase db adopt.',
  })
    .description('Start the server and the web page.')
    .option('--host <address>', 'address to listen on (HOST)')
    .option('--port <number>', 'port to listen on (PORT)')
    .action(async (options: { host?: string; port?: string }) => {
      const env = new Map(readEnv());
      if (options.host !== undefined) env.set('HOST', { value: options.host, source: '--host' });
      if (options.port !== undefined) env.set('PORT', { value: options.port, source: '--port' });
      await serveProject(readSettings(env, process.cwd()), project);
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
export async function serveProject(settings: Settings, served: Project): Promise<void> {
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
  try {
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
    stop = async () => {
      await taking.stop();
      await backingUp.stop();
      await beating.stop();
      await maintaining.stop();
      await shadowing.stop();
      await following.stop();
      await database.close();
      await logging.stop();
    };
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
      move: openMoveConsole(fileOf),
      state: openStateConsole(settings),
    });
    stop = async () => {
      await taking.stop();
      await backingUp.stop();
      await beating.stop();
      await maintaining.stop();
      await shadowing.stop();
      await following.stop();
      await server.stop();
      await measuring.stop();
      await logging.stop();
    };
    process.stdout.write(`FlashCase is at ${server.url}  (data: ${database.engine.location})\n`);
  } catch (error) {
    await stop();
    throw error;
  }
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  await stop();
}
