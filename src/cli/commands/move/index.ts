import { resolve } from 'node:path';
import { Command } from 'commander';
import { systemClock } from '../../../db/clock.ts';
import { type Env, readEnv } from '../../../db/env.ts';
import { randomBytes } from '../../../db/random.ts';
import { readSettings } from '../../../db/settings.ts';
import { FlashcaseError } from '../../../errors/index.ts';
import { verifyLive } from '../../../move/live/verify-live.ts';
import type { MoveOptions } from '../../../move/move-options.ts';
import { planMove } from '../../../move/plan/plan-move.ts';
import { readRules } from '../../../move/plan/rules.ts';
import { runMove } from '../../../move/run/run-move.ts';
import { workFolderOf } from '../../../move/source/snapshot.ts';
import { selfTest } from '../../../move/verify/self-test/self-test.ts';
import { verifyMove } from '../../../move/verify/verify-move.ts';
import { flashcase } from '../../../schema/flashcase.ts';
import { revisions } from '../../../versions/index.ts';
import { exitCodes, INTERRUPTED } from '../../exit-codes.ts';
import { indexTarget } from '../../index-search.ts';
import { liveVerdictText } from '../../move/live-report.ts';
import type { MoveProgress } from '../../move/progress.ts';
import { planText, runText, verifyText } from '../../move/report.ts';
import { selfTestText } from '../../move/self-test-report.ts';
import { fileNamed, serverNamed } from './addresses.ts';
import { abortCommand, finishCommand } from './end.ts';
import { isHomeward, planHomeCommand, runHomeCommand, verifyHomeCommand } from './home.ts';
import { isInLiveMove, liveOptionsOf, print, sqliteFileOf } from './live.ts';
import { pruneCommand } from './prune.ts';
import { rehearseCommand } from './rehearse.ts';
import { repairCommand } from './repair.ts';
import { reportCommand } from './report.ts';
import { shadowCommand } from './shadow.ts';
import { startCommand } from './start.ts';
import { cutoverCommand, rollbackCommand } from './switch.ts';
import { throttleCommand } from './throttle.ts';
import { followCommand, pauseCommand, recoverCommand, resumeCommand, statusCommand } from './watch.ts';
import { DECISIONS_OPEN, DIFFERENCES, progressOf } from './words.ts';

interface Flags {
  readonly to?: string;
  readonly from?: string;
  readonly rules: string;
  readonly workDir?: string;
  readonly startOver?: boolean;
  readonly all?: boolean;
  readonly paranoid?: boolean;
  readonly selfTest?: boolean;
  readonly fence?: boolean;
  readonly leaveUnknown?: boolean;
  readonly json?: boolean;
}

function invalid(what: string): never {
  throw new FlashcaseError('FC_INPUT_INVALID', {
    what,
    hint: 'Example: flashcase move plan --to postgresql://user:password@host:5432/flashcase',
  });
}

/** The file to move: `--from`, or the database of the settings. */
function sourceOf(flags: Flags, env: Env, folder: string): string {
  if (flags.from !== undefined) return fileNamed('--from', flags.from, folder);
  const { database } = readSettings(env, folder);
  if (database.engine === 'sqlite') return database.file;
  throw new FlashcaseError('FC_INPUT_INVALID', {
    what: 'Both sides are PostgreSQL databases. From one PostgreSQL to another FlashCase moves nothing.',
    hint: 'Use pg_upgrade, pg_dump or logical replication. Home to SQLite: flashcase move plan --to flashcase.db. From a file: name it with --from.',
  });
}

function targetOf(flags: Flags, folder: string): string {
  return flags.to === undefined ? invalid('Name the target with --to.') : serverNamed('--to', flags.to, folder);
}

function optionsOf(flags: Flags): MoveOptions & { readonly progress: MoveProgress } {
  const folder = process.cwd();
  const sourceFile = sourceOf(flags, readEnv(folder), folder);
  const progress = progressOf(flags);
  return {
    schema: flashcase,
    revisions,
    sourceFile,
    targetUrl: targetOf(flags, folder),
    workFolder: flags.workDir === undefined ? workFolderOf(sourceFile) : resolve(folder, flags.workDir),
    rules: readRules(resolve(folder, flags.rules)),
    rulesFile: resolve(folder, flags.rules),
    isStartingOver: flags.startOver === true,
    events: progress,
    clock: systemClock(),
    newId: () => randomBytes(4).toString('hex'),
    progress,
  };
}

async function plan(flags: Flags): Promise<void> {
  if (isHomeward(flags)) return planHomeCommand(flags);
  const options = optionsOf(flags);
  const made = await planMove(options, (found, findings) => {
    options.progress.end();
    if (flags.json === true) {
      for (const group of found.groups) {
        for (const finding of findings.findingsOf(group)) {
          process.stdout.write(
            `${JSON.stringify({ event: 'finding', id: group.id, ...finding, rowid: String(finding.rowid), decided: group.decided })}\n`,
          );
        }
      }
      const { snapshot, target, rows, specialRows } = found;
      const groups = found.groups.map(({ examples: _, ...group }) => group);
      print(flags, '', {
        event: 'plan',
        source: { file: options.sourceFile, bytes: snapshot.bytes, walBytes: snapshot.walBytes, revision: found.revision, rows },
        target: { ...target, run: target.run?.id },
        specialRows,
        groups,
        open: found.open.length,
      });
    } else {
      print(flags, planText(found, findings, { ...options, isAll: flags.all === true }), undefined);
    }
  });
  if (made.open.length > 0) process.exitCode = DECISIONS_OPEN;
}

async function run(flags: Flags): Promise<void> {
  if (isHomeward(flags)) return runHomeCommand(flags);
  const options = optionsOf(flags);
  // What is under way is rolled back by the server when the connections close; every finished range stays.
  process.once('SIGINT', () => {
    options.progress.end();
    process.stderr.write('Stopped. The source was not changed; the same command goes on from its last checkpoint.\n');
    process.exit(INTERRUPTED);
  });
  const result = await runMove(options);
  await indexTarget(options.targetUrl, flags.json === true);
  options.progress.end();
  print(flags, runText(result, options), { event: 'result', ...result });
}

/** In a live move: both sides at one moment. */
async function verifyRunning(flags: Flags): Promise<void> {
  const progress = progressOf(flags);
  const verdict = await verifyLive(await liveOptionsOf(flags), { events: progress, isParanoid: flags.paranoid === true });
  progress.end();
  print(flags, liveVerdictText(verdict), { event: 'verdict', ...verdict });
  if (!verdict.isEqual) process.exitCode = DIFFERENCES;
}

/** Whether the comparison would see damage: shown on a scratch copy, with every kind of it. */
async function verifyItself(flags: Flags): Promise<void> {
  const targetUrl = flags.to === undefined ? (await liveOptionsOf(flags)).postgresUrl : targetOf(flags, process.cwd());
  const progress = progressOf(flags);
  const tested = await selfTest({ schema: flashcase, targetUrl, events: progress });
  progress.end();
  print(flags, selfTestText(tested), { event: 'self-test', ...tested });
  if (!tested.isPassed) process.exitCode = DIFFERENCES;
}

async function verify(flags: Flags): Promise<void> {
  if (flags.selfTest === true) return verifyItself(flags);
  if (isHomeward(flags)) return verifyHomeCommand(flags);
  const folder = process.cwd();
  const sourceFile = await sqliteFileOf(flags, readEnv(folder), folder);
  if (await isInLiveMove(sourceFile)) return verifyRunning(flags);
  const options = { schema: flashcase, sourceFile, targetUrl: targetOf(flags, folder), workFolder: workFolderOf(sourceFile) };
  const progress = progressOf(flags);
  const started = performance.now();
  const verdict = await verifyMove({ ...options, events: progress, isParanoid: flags.paranoid === true });
  progress.end();
  print(flags, verifyText(verdict, { targetUrl: options.targetUrl, seconds: (performance.now() - started) / 1000 }), {
    event: 'verdict',
    ...verdict,
  });
  if (!verdict.isEqual) process.exitCode = DIFFERENCES;
}

function subcommand(name: string, about: string): Command {
  return new Command(name)
    .description(about)
    .requiredOption(
      '--to <place>',
      'the PostgreSQL database, without a pooler between; or, to come home from PostgreSQL, a new SQLite file',
    )
    .option('--from <place>', 'the SQLite file; or the PostgreSQL database to come home from (default: DATABASE_URL)')
    .option('--leave-unknown', 'home: tables the schema does not have stay in PostgreSQL')
    .option('--json', 'print NDJSON for machines');
}

/** `flashcase move plan | start | status | … | finish`, and the offline `run`. */
export const move = (): Command =>
  new Command('move')
    .description(
      'Move the data from SQLite to PostgreSQL, live (start … finish) or offline (run), and home again (rollback, run).',
    )
    .addCommand(
      exitCodes(
        subcommand('plan', 'Check source and target and judge every row; writes to neither.')
          .option('--rules <file>', 'the decisions; written as a proposal when absent', 'move.rules.yaml')
          .option('--work-dir <folder>', 'where the copy of the source goes (default: beside it)')
          .option('--all', 'list every row that needs a decision')
          .action(plan),
        { 0: 'Everything can go.', [DECISIONS_OPEN]: 'A decision is open.' },
      ),
    )
    .addCommand(rehearseCommand())
    .addCommand(startCommand())
    .addCommand(statusCommand())
    .addCommand(shadowCommand())
    .addCommand(
      exitCodes(
        new Command('verify')
          .description(
            'Compare both sides down to the value: in a live move at one moment while users write, else the file with what was moved.',
          )
          .option(
            '--to <place>',
            'the PostgreSQL database (default: the one the live move was started with); or the SQLite file that came home',
          )
          .option('--from <place>', 'the SQLite file; or the PostgreSQL database it came home from (default: DATABASE_URL)')
          .option('--json', 'print NDJSON for machines')
          .option('--paranoid', 'compare every value as text written by each engine, sharing no code with the copy')
          .option('--self-test', 'compare nothing; show that a comparison sees every kind of damage, planted in a scratch copy')
          .action(verify),
        {
          0: 'Everything is equal; with --self-test: all planted damage was seen.',
          [DIFFERENCES]: 'They differ; each difference is named. With --self-test: some damage went unseen.',
        },
      ),
    )
    .addCommand(repairCommand())
    .addCommand(cutoverCommand())
    .addCommand(rollbackCommand())
    .addCommand(finishCommand())
    .addCommand(pruneCommand())
    .addCommand(abortCommand())
    .addCommand(pauseCommand())
    .addCommand(resumeCommand())
    .addCommand(throttleCommand())
    .addCommand(followCommand())
    .addCommand(recoverCommand())
    .addCommand(reportCommand())
    .addCommand(
      exitCodes(
        subcommand(
          'run',
          'Move the data offline, with the server stopped: to PostgreSQL, or home to a new SQLite file. Interrupted, the same command goes on.',
        )
          .option('--rules <file>', 'the decisions', 'move.rules.yaml')
          .option('--work-dir <folder>', 'where the copy of the source goes (default: beside it)')
          .option('--start-over', 'forget an unfinished move on the target and begin anew')
          .option(
            '--fence',
            'home: begin although others are connected; reads go on, and writes wait or are refused until the end',
          )
          .option('--paranoid', 'home: compare every value as text written by each engine, too, before the file gets its name')
          .action(run),
        {
          [DECISIONS_OPEN]: 'A decision is open; nothing was moved.',
          [INTERRUPTED]: 'Ended by Ctrl-C; the same command goes on.',
        },
      ),
    );
