import type { Command } from 'commander';
import { readAnswers, setShadowPercent } from '../../../move/answers/answer-files.ts';
import { withSqlite } from '../../../move/live/sides.ts';
import { requireMoveState } from '../../../move/state/sqlite-state.ts';
import { exitCodes } from '../../exit-codes.ts';
import { answersText } from '../../move/answers-text.ts';
import { confirmed } from '../../move/confirmed.ts';
import { shareOf } from '../../move/settings.ts';
import { type LiveFlags, liveCommand, liveOptionsOf, print } from './live.ts';
import { DIFFERENCES } from './words.ts';

interface Flags extends LiveFlags {
  readonly percent?: string;
  readonly off?: boolean;
}

function percentOf({ percent, off }: Flags): number | undefined {
  if (off === true) return 0;
  return percent === undefined ? undefined : shareOf(percent);
}

export const shadowCommand = (): Command =>
  exitCodes(
    liveCommand(
      'shadow',
      'Ask both sides a share of what users really read, compare the answers, and say what was found. Users wait for none of it.',
    )
      .option('--percent <n>', 'the share of the reads, from now on, in every server')
      .option('--off', 'compare no more answers')
      .action(async (flags: Flags) => {
        const options = await liveOptionsOf(flags);
        const percent = percentOf(flags);
        await withSqlite(options.sqliteFile, (sqlite) => requireMoveState(sqlite, options.sqliteFile));
        if (percent !== undefined) {
          await confirmed(options, 'shadow', flags);
          await setShadowPercent(options.sqliteFile, percent);
        }
        const answers = await readAnswers(options.sqliteFile);
        print(flags, answersText(answers), { event: 'shadow', ...answers });
        if ((answers?.differing ?? 0) > 0) process.exitCode = DIFFERENCES;
      }),
    { [DIFFERENCES]: 'Answers were found that differ.' },
  );
