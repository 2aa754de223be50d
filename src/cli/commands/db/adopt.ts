import type { Command } from 'commander';
import { FlashcaseError } from '../../../errors/index.ts';
import { adoptionLines } from '../../../ops/adopt/report.ts';
import { exitCodes } from '../../exit-codes.ts';
import { commandSettings, print, withDatabase } from '../open.ts';
import { type JsonOption, requireFile } from './application.ts';

export function addAdopt(db: Command): void {
  exitCodes(db.command('adopt'), { 2: 'PostgreSQL: make a backup first, then say --yes.' })
    .description('take over a database of the original Python app')
    .option('--json', 'for machines')
    .option('--yes', 'PostgreSQL: a backup was made with pg_dump')
    .action(async (options: JsonOption & { yes?: boolean }) => {
      // Loaded here: it needs the revisions, and the commands that mend these are in this group too.
      const { adopt } = await import('../../../ops/adopt/adopt.ts');
      requireFile(commandSettings());
      const report = await withDatabase(async (database) => {
        if (!database.engine.capabilities.isLocalFile && options.yes !== true) {
          throw new FlashcaseError('FC_ADOPTION_NEEDED', {
            what: 'FlashCase cannot copy a PostgreSQL database beside itself before it changes it.',
            where: database.engine.location,
            hint: 'Make a backup with pg_dump, then run flashcase db adopt --yes.',
          });
        }
        return adopt(database, { onProgress: (line) => process.stderr.write(`${line}\n`) });
      });
      print(options.json === true, report, () =>
        report.tables.length === 0 ? ['Nothing to do: this database is FlashCase’s already.'] : adoptionLines(report),
      );
    });
}
