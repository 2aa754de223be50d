import { resolve } from 'node:path';
import type { Command } from 'commander';
import { readEnv } from '../../../db/env.ts';
import { readSettings } from '../../../db/settings.ts';
import { FlashcaseError } from '../../../errors/index.ts';
import { rehearse } from '../../../move/live/rehearse.ts';
import { readRules } from '../../../move/plan/rules.ts';
import { workFolderOf } from '../../../move/source/snapshot.ts';
import { revisions } from '../../../versions/index.ts';
import { exitCodes, INTERRUPTED } from '../../exit-codes.ts';
import { rehearsedText, wentWell } from '../../move/live-report.ts';
import { askFlashcase, USERS } from '../../move/rehearsal-answers.ts';
import { serverNamed } from './addresses.ts';
import { type LiveFlags, liveCommand, liveOptionsOf, print } from './live.ts';
import { DECISIONS_OPEN, DIFFERENCES, progressOf } from './words.ts';

interface Flags extends LiveFlags {
  readonly rules: string;
  readonly switches: string;
  readonly users: string;
  readonly scratch?: string;
}

function numberOf(option: string, given: string, hint: string): number {
  const number = Number(given);
  if (Number.isInteger(number) && number >= 1 && number <= 1000) return number;
  throw new FlashcaseError('FC_INPUT_INVALID', { what: `${option} ${given} is no whole number from 1 to 1000.`, hint });
}

async function rehearseAction(flags: Flags): Promise<void> {
  const options = await liveOptionsOf(flags);
  const folder = process.cwd();
  const switches = numberOf(
    '--switches',
    flags.switches,
    'Ten, the default, show what to expect; 200 show how rare a long pause is.',
  );
  const users = numberOf('--users', flags.users, 'Twenty, the default, are asked some hundred reads each; fewer take less time.');
  const progress = progressOf(flags);
  process.once('SIGINT', () => {
    progress.end();
    process.stderr.write('Stopped. Users are not affected; the next rehearsal removes what this one made.\n');
    process.exit(INTERRUPTED);
  });
  const rehearsed = await rehearse({
    ...options,
    revisions,
    sourceFile: options.sqliteFile,
    workFolder: workFolderOf(options.sqliteFile),
    rules: readRules(resolve(folder, flags.rules)),
    rulesFile: resolve(folder, flags.rules),
    isStartingOver: false,
    events: progress,
    switches,
    askBothSides: askFlashcase(readSettings(readEnv(folder), folder), users),
    ...(flags.scratch === undefined ? {} : { scratchUrl: serverNamed('--scratch', flags.scratch, folder) }),
  });
  progress.end();
  print(flags, rehearsedText(rehearsed), { event: 'rehearsed', ...rehearsed });
  if (!wentWell(rehearsed)) process.exitCode = DIFFERENCES;
}

export const rehearseCommand = (): Command =>
  exitCodes(
    liveCommand(
      'rehearse',
      'Practise the whole move with a copy of the file in a database of its own: copy, comparison, answers of both sides, switches there and back. Users are not affected.',
    )
      .option('--rules <file>', 'the decisions', 'move.rules.yaml')
      .option('--switches <n>', 'how many switches to practise', '10')
      .option('--users <n>', 'whose reads are asked of both sides: so many, those with most reviews', String(USERS))
      .option('--scratch <url>', 'an empty database for it (default: one is made on the server of --to, and dropped)')
      .action(rehearseAction),
    {
      0: 'It went well; the figures say what to expect.',
      [DECISIONS_OPEN]: 'A decision is open.',
      [DIFFERENCES]: 'The copy differs from the file, or answers otherwise; each difference is named.',
      [INTERRUPTED]: 'Ended by Ctrl-C.',
    },
  );
