import type { Command } from 'commander';
import { FlashcaseError } from '../../../errors/index.ts';
import { readLedger } from '../../../revisions/ledger.ts';
import { pendingRevisions } from '../../../revisions/pending.ts';
import { downgrade } from '../../../revisions/run.ts';
import { describeLoss } from '../../../revisions/undo/losses.ts';
import { downgradeLosses } from '../../../revisions/undo/undo.ts';
import { revisions } from '../../../versions/index.ts';
import { exitCodes } from '../../exit-codes.ts';
import { print, withDatabase } from '../open.ts';
import { keepFor } from './kept.ts';
import { type JsonOption, revisionNamed } from './revision-named.ts';
import { addRunOptions, type RunWords, withRun } from './run-options.ts';
import { printScript, type SqlOptions } from './sql-script.ts';

export function addDowngrade(db: Command): void {
  exitCodes(
    addRunOptions(db.command('downgrade <target>'))
      .description('take revisions back: -1, an id to stay at, or base')
      .option('--json', 'for machines')
      .option('--yes', 'delete the data of the tables taken back')
      .option('--sql', 'print a script instead, without a connection')
      .option('--target <engine=version>', 'with --sql: sqlite=3.40 or postgres=15 (default: the configured engine)')
      .option('--from <id>', 'with --sql: the revision the database is at (default: head)')
      .option('--no-copy', 'make no copy of an SQLite file before'),
    { 2: 'Somebody must decide with --yes: what would be lost is listed, and nothing was changed.' },
  ).action(async (target: string, options: JsonOption & SqlOptions & RunWords & { yes?: boolean; copy?: boolean }) => {
    if (options.sql === true) return printScript('down', target, options);
    const copies = keepFor(options);
    const { undone, losses } = await withDatabase(async ({ engine, clock }) => {
      const applied = await engine.dedicated((connection) => readLedger(connection, engine));
      pendingRevisions(revisions, applied, { allowsOutOfOrder: true });
      const to = revisionNamed(
        target,
        applied.map((entry) => entry.id),
      );
      const losses = (await downgradeLosses(engine, revisions, applied, to)).flatMap((entry) => entry.losses);
      if (options.yes !== true) {
        throw new FlashcaseError('FC_REVISION_DECISION_NEEDED', {
          what: 'Taking revisions back deletes what they made, with everything in it.',
          where: engine.location,
          why:
            losses.length === 0
              ? 'Nothing that is there now would be lost.'
              : `\n${losses.map((loss) => `         ${describeLoss(loss)}`).join('\n')}`,
          hint: 'Make a backup, then run the same command with --yes.',
          details: { losses },
        });
      }
      if (options.json !== true) for (const loss of losses) process.stdout.write(`${describeLoss(loss)}\n`);
      const undone = await withRun(
        options,
        (run) => downgrade({ ...run, engine, revisions, clock, ...(copies.keep === undefined ? {} : { keep: copies.keep }) }, to),
        ({ id, name }) => `taken back  ${id} ${name}`,
      );
      return { undone, losses };
    });
    print(options.json === true, { undone, losses, copies: copies.made }, () =>
      undone.length === 0 ? ['Nothing to take back.'] : [],
    );
  });
}
