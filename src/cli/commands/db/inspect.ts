import type { Command } from 'commander';
import { systemClock } from '../../../db/clock.ts';
import { inspectDatabase } from '../../../ops/inspect.ts';
import { print, servingSettings } from '../open.ts';
import { type JsonOption, requireFile } from './application.ts';

export function addInspect(db: Command): void {
  db.command('inspect')
    .description('print the schema of the database at DATABASE_URL, whoever made it: one fact a line; changes nothing in it')
    .option('--json', 'for machines')
    .action(async (options: JsonOption) => {
      const settings = await servingSettings();
      requireFile(settings);
      const inspection = await inspectDatabase(settings, systemClock());
      print(options.json === true, inspection, () => [
        `# ${inspection.version} at ${inspection.location}, ${inspection.form.length} facts, fingerprint ${inspection.fingerprint.slice(0, 12)}`,
        ...inspection.form,
      ]);
    });
}
