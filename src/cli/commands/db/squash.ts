import type { Command } from 'commander';
import { writeSquash } from '../../../revisions/source/write-squash.ts';
import { exitCodes } from '../../exit-codes.ts';
import { type FolderOption, forApplication, type JsonOption, sourcesOf, tell } from './application.ts';

interface SquashOptions extends JsonOption, FolderOption {
  readonly to?: string;
  readonly carry?: readonly string[];
  readonly leaveOut?: readonly string[];
}

export function addSquash(db: Command): void {
  exitCodes(forApplication(db.command('squash')), { 2: 'A person must decide what statements become; nothing was written.' })
    .description('put the first revisions into one; databases at any point of them go on')
    .option('--to <id>', 'the last one to put in; all without it')
    .option('--carry <id...>', 'the statements of this revision work on the tables as they are at the end')
    .option('--leave-out <id...>', 'the statements of this revision only mattered for rows there were then')
    .action(async (options: SquashOptions) => {
      const choices = { carries: options.carry ?? [], leavesOut: options.leaveOut ?? [] };
      const result = await writeSquash(await sourcesOf(options), options.to, choices);
      tell(options, result, () => [
        `wrote     ${result.path}`,
        `replaces  ${result.replaces.join(', ')} (kept in squashed/ for databases that stand between them)`,
        ...result.upgrade.map((line) => `up        ${line}`),
        ...result.leftOut.map((line) => `left out  ${line}`),
      ]);
    });
}
