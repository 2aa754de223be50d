import type { Command } from 'commander';
import { FlashcaseError } from '../../../errors/index.ts';
import { readLedger } from '../../../revisions/ledger.ts';
import { downgrade } from '../../../revisions/run.ts';
import { revisions } from '../../../versions/index.ts';
import { print, withDatabase } from '../open.ts';
import { type JsonOption, revisionNamed } from './revision-named.ts';
import { addRunOptions, type RunWords, withRun } from './run-options.ts';
import { printScript, type SqlOptions } from './sql-script.ts';

export function addDowngrade(db: Command): void {
  addRunOptions(db.command('downgrade <target>'))
    .description('take revisions back: -1, an id to stay at, or base; give -1 after --')
    .option('--json', 'for machines')
    .option('--yes', 'delete the data of the tables taken back')
    .option('--sql', 'print a script instead, without a connection')
    .option('--target <engine=version>', 'with --sql: sqlite=3.40 or postgres=15 (default: the configured engine)')
    .option('--from <id>', 'with --sql: the revision the database is at (default: head)')
    .action(async (target: string, options: JsonOption & SqlOptions & RunWords & { yes?: boolean }) => {
      if (options.sql === true) return printScript('down', target, options);
      if (options.yes !== true) {
        throw new FlashcaseError('FC_BAD_REQUEST', {
          what: 'Taking revisions back deletes the tables they made, with everything in them.',
          hint: 'Make a backup, then run the same command with --yes.',
        });
      }
      const undone = await withDatabase(async (database) => {
        const applied = await database.engine.dedicated((connection) => readLedger(connection, database.engine));
        const to = revisionNamed(
          target,
          applied.map((entry) => entry.id),
        );
        return withRun(options, (run) => downgrade({ ...run, engine: database.engine, revisions, clock: database.clock }, to));
      });
      print(options.json === true, { undone }, () =>
        undone.length === 0 ? ['Nothing to take back.'] : undone.map((id) => `taken back  ${id}`),
      );
    });
}
