import { resolve } from 'node:path';
import { Command } from 'commander';
import { removePeer, writePeer } from '../../../db/peer.ts';
import { catchUp } from '../../../move/live/carrying.ts';
import { startMove } from '../../../move/live/start.ts';
import { readRules } from '../../../move/plan/rules.ts';
import { workFolderOf } from '../../../move/source/snapshot.ts';
import { revisions } from '../../../versions/index.ts';
import { exitCodes, INTERRUPTED } from '../../exit-codes.ts';
import { indexTarget } from '../../index-search.ts';
import { confirmed } from '../../move/confirmed.ts';
import { grouped, readableSeconds } from '../../move/progress.ts';
import { serverNamed } from './addresses.ts';
import { isHomeward, startHomeCommand } from './home.ts';
import { isInLiveMove, type LiveFlags, liveOptionsOf, print } from './live.ts';
import { DECISIONS_OPEN, progressOf } from './words.ts';

interface Flags extends LiveFlags {
  readonly rules: string;
  readonly serveUrl?: string;
  readonly workDir?: string;
  readonly startOver?: boolean;
}

async function start(flags: Flags): Promise<void> {
  if (isHomeward(flags)) return startHomeCommand(flags);
  const options = await liveOptionsOf(flags);
  const progress = progressOf(flags);
  const { sqliteFile, postgresUrl } = options;
  const folder = process.cwd();
  // Through the pooler, if there is one.
  const serving = flags.serveUrl === undefined ? postgresUrl : serverNamed('--serve-url', flags.serveUrl, folder);
  const rulesFile = resolve(folder, flags.rules);
  let hasBegun = false;
  process.once('SIGINT', () => {
    progress.end();
    process.stderr.write('Stopped. Users are not affected; the same command goes on from its last checkpoint.\n');
    process.exit(INTERRUPTED);
  });
  const { state, copy } = await startMove({
    ...options,
    revisions,
    sourceFile: sqliteFile,
    workFolder: flags.workDir === undefined ? workFolderOf(sqliteFile) : resolve(folder, flags.workDir),
    rules: readRules(rulesFile),
    rulesFile,
    isStartingOver: flags.startOver === true,
    events: progress,
    // Not before: a mistyped --to would send the servers of a move that is under way to another database.
    whenBegun: async () => {
      writePeer({ sqliteFile, postgresUrl: serving, directUrl: postgresUrl });
      hasBegun = true;
      await confirmed(options, 'start', flags);
    },
  }).catch(async (error: unknown) => {
    // Begun here and taken back: the file is alone again. One that this call did not write leads an out-of-date setting to where the data is.
    if (hasBegun && !(await isInLiveMove(sqliteFile))) removePeer(sqliteFile);
    throw error;
  });
  const caughtUp = state.phase === 'forward' ? await catchUp(options) : undefined;
  // Before anybody searches there.
  if (caughtUp !== undefined) await indexTarget(postgresUrl, flags.json === true);
  progress.end();
  const lines = [
    copy === undefined
      ? `Move ${state.runId}: the copy was complete before.`
      : `Move ${state.runId}: ${grouped(copy.tables.reduce((sum, { rowsOut }) => sum + rowsOut, 0))} rows copied in ${readableSeconds(copy.seconds.prepare + copy.seconds.data + copy.seconds.finish)}, ${grouped(copy.tables.reduce((sum, { quarantined }) => sum + quarantined, 0))} quarantined, none missing.${copy.restedSeconds === 0 ? '' : ` It rested ${readableSeconds(copy.restedSeconds)} so that users were served.`}`,
    caughtUp === undefined
      ? `The move is past its start: it is in phase ${state.phase}.`
      : `PostgreSQL is level: ${grouped(caughtUp.keys)} rows written meanwhile were carried. Servers of this installation keep it so; without one: flashcase move follow`,
    'Next: flashcase move verify  |  flashcase move status',
  ];
  print(flags, lines.join('\n'), { event: 'started', runId: state.runId, phase: state.phase, copy, caughtUp });
}

export const startCommand = (): Command =>
  exitCodes(
    new Command('start')
      .description(
        'Begin the live move, or go on with it: capture, copy, then the other side follows. Users keep working. Home: a new SQLite file follows PostgreSQL, until rollback.',
      )
      .requiredOption(
        '--to <place>',
        'the PostgreSQL database, without a pooler between; or, to come home from PostgreSQL, a new SQLite file',
      )
      .option('--from <place>', 'the SQLite file; or the PostgreSQL database to come home from (default: DATABASE_URL)')
      .option('--leave-unknown', 'home: tables the schema does not have stay in PostgreSQL')
      .option('--serve-url <url>', 'the address servers use after the cutover, through a pooler (default: --to)')
      .option('--rules <file>', 'the decisions', 'move.rules.yaml')
      .option('--work-dir <folder>', 'where the copy of the source goes (default: beside it)')
      .option('--start-over', 'forget an unfinished copy on the target and begin anew')
      .option('--json', 'print NDJSON for machines')
      .action(start),
    {
      [DECISIONS_OPEN]: 'A decision is open; nothing was written.',
      [INTERRUPTED]: 'Ended by Ctrl-C; the same command goes on.',
    },
  );
