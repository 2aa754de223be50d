import type { Command } from 'commander';
import { FlashcaseError } from '../../../errors/index.ts';
import { readLedger } from '../../../revisions/ledger.ts';
import { pendingRevisions } from '../../../revisions/pending.ts';
import { downgrade } from '../../../revisions/run.ts';
import { describeLoss } from '../../../revisions/undo/losses.ts';
import { downgradeLosses } from '../../../revisions/undo/undo.ts';
import { refuseUnfinished } from '../../../revisions/unfinished.ts';
import { exitCodes } from '../../exit-codes.ts';
import { type FolderOption, forApplication, type JsonOption, tell, withApplication } from './application.ts';
import { keepFor } from './kept.ts';
import { downTarget, namingOf } from './revision-named.ts';
import { addRunOptions, type RunWords, withRun } from './run-options.ts';
import { printScript, type SqlOptions } from './sql-script.ts';

type Options = JsonOption & FolderOption & SqlOptions & RunWords & { readonly yes?: boolean; readonly copy?: boolean };

export function addDowngrade(db: Command): void {
  exitCodes(
    addRunOptions(forApplication(db.command('downgrade <target>')))
      .description('take revisions back: -1, an id to stay at, or base')
      .option('--yes', 'delete the data of the tables taken back')
      .option('--sql', 'print a script instead, without a connection')
      .option('--target <engine=version>', 'with --sql: sqlite=3.40 or postgres=15 (default: the configured engine)')
      .option('--from <id>', 'with --sql: the revision the database is at (default: head)')
      .option('--no-copy', 'make no copy of an SQLite file before'),
    { 2: 'Somebody must decide with --yes: what would be lost is listed, and nothing was changed.' },
  ).action(async (target: string, options: Options) => {
    if (options.sql === true) return printScript('down', target, options);
    const copies = keepFor(options);
    const { undone, losses } = await withApplication(options, async ({ engine, clock, project: { revisions } }) => {
      const ledger = await engine.dedicated((connection) => readLedger(connection, engine));
      pendingRevisions(revisions, ledger, { allowsOutOfOrder: true });
      const naming = namingOf(revisions, ledger, true);
      await engine.dedicated((connection) => refuseUnfinished(connection, engine, revisions, 'down', naming.applied.at(-1)));
      const to = downTarget(target, naming);
      const back = await downgradeLosses(engine, revisions, ledger, to);
      const losses = back.flatMap((entry) => entry.losses);
      if (options.yes !== true && back.length > 0) {
        throw new FlashcaseError('FC_REVISION_DECISION_NEEDED', {
          what: `Taking back ${back.map(({ revision }) => revision).join(', ')} deletes what was made there, with everything in it. Nothing was changed.`,
          where: engine.location,
          why:
            losses.length === 0
              ? 'Nothing that is there now would be lost.'
              : `In this database:\n${losses.map((loss) => `         ${describeLoss(loss)}`).join('\n')}`,
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
    tell(options, { undone, losses, copies: copies.made }, () => (undone.length === 0 ? ['Nothing to take back.'] : []));
  });
}
