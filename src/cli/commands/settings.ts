import { Command } from 'commander';
import { systemClock } from '../../db/clock.ts';
import { readEnv } from '../../db/env.ts';
import { describeSettings, readSettings, type Settings } from '../../db/settings.ts';
import { findSides } from '../../db/sides.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { print } from './open.ts';

export function settings(): Command {
  return new Command('settings')
    .description('Print every setting with its source.')
    .option('--json', 'for machines')
    .action(async (options: { json?: boolean }) => {
      const env = readEnv();
      const described = describeSettings(env);
      print(options.json === true, described, () =>
        described.map(({ name, value, source, about }) => `${name.padEnd(22)} ${value.padEnd(40)} ${source.padEnd(12)} ${about}`),
      );
      // Printed first, judged after: a wrong setting is easier to see among the others.
      await tellSides(readSettings(env, process.cwd()));
    });
}

/** Says when the data is elsewhere than the settings say. Settings are printed without a database too. */
async function tellSides(settings: Settings): Promise<void> {
  try {
    const { outdated, conflict } = await findSides(settings, systemClock());
    const told = conflict?.toText() ?? outdated;
    if (told !== undefined) process.stderr.write(`${told}\n`);
  } catch (error) {
    if (error instanceof FlashcaseError && error.code === 'FC_GATE_MOVED') process.stderr.write(`${error.toText()}\n`);
  }
}
