import { Command, InvalidArgumentError } from 'commander';
import type { DatabaseState } from '../../ops/monitor/read-state.ts';
import { exitCodes } from '../exit-codes.ts';
import { askServer } from '../monitor/ask-server.ts';
import { StateLooks } from '../monitor/look-at-state.ts';
import { showLive } from '../monitor/show-live.ts';
import { stateText } from '../monitor/state-text.ts';
import { commandSettings, print } from './open.ts';

const FOUND = 3;

interface Flags {
  readonly once?: boolean;
  readonly json?: boolean;
  readonly every: number;
}

const seconds = (text: string): number => {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('It is a whole number of seconds from 1.');
  return Number(text);
};

/** What somebody should look at today: the exit code says it to machines. */
const isGood = ({ findings }: DatabaseState): boolean => findings.every(({ severity }) => severity === 'note');

/** `flashcase monitor`. */
export function monitor(): Command {
  return exitCodes(new Command('monitor'), {
    0: 'Nothing is wrong; there may be notes.',
    [FOUND]: 'Something should be looked at; only with --once or --json.',
  })
    .description(
      'How the database is: what is wrong and exactly what to do, slow statements with their plans, tables and indexes, sessions, upkeep, backups. Changes nothing.',
    )
    .option('--once', 'look once; so it does where no terminal is')
    .option('--json', 'for machines; looks once')
    .option('--every <seconds>', 'look again after so long', seconds, 5)
    .action(async ({ once = false, json = false, every }: Flags) => {
      const settings = commandSettings();
      const looks = new StateLooks(settings);
      const look = async () => looks.look(await askServer(settings));
      try {
        if (!once && !json && process.stdout.isTTY && process.stdin.isTTY) return await showLive(look, every);
        const state = await look();
        print(json, state, () => stateText(state));
        if (!isGood(state)) process.exitCode = FOUND;
      } finally {
        await looks.close();
      }
    });
}
