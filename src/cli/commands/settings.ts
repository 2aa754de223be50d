import { Command } from 'commander';
import { readEnv } from '../../db/env.ts';
import { describeSettings, readSettings } from '../../db/settings.ts';
import { print } from './open.ts';

export function settings(): Command {
  return new Command('settings')
    .description('Print every setting with its source.')
    .option('--json', 'for machines')
    .action((options: { json?: boolean }) => {
      const env = readEnv();
      const described = describeSettings(env);
      print(options.json === true, described, () =>
        described.map(({ name, value, source, about }) => `${name.padEnd(22)} ${value.padEnd(40)} ${source.padEnd(12)} ${about}`),
      );
      // Printed first, judged after: a wrong setting is easier to see among the others.
      readSettings(env, process.cwd());
    });
}
