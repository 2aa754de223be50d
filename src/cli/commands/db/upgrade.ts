import type { Command } from 'commander';
import { type LedgerEntry, readLedger } from '../../../revisions/ledger.ts';
import { full, pendingRevisions } from '../../../revisions/pending.ts';
import type { Revision } from '../../../revisions/revision.ts';
import { upgrade } from '../../../revisions/run.ts';
import { exitCodes } from '../../exit-codes.ts';
import { indexSearch } from '../../index-search.ts';
import { type FolderOption, forApplication, type JsonOption, tell, withApplication } from './application.ts';
import { keepFor } from './kept.ts';
import { namingOf, upTarget } from './revision-named.ts';
import { addRunOptions, type RunWords, withRun } from './run-options.ts';
import { printScript, type SqlOptions } from './sql-script.ts';

type Options = JsonOption &
  FolderOption &
  SqlOptions &
  RunWords & { readonly allowOutOfOrder?: boolean; readonly copy?: boolean };

export function addUpgrade(db: Command): void {
  exitCodes(addRunOptions(forApplication(db.command('upgrade [target]'))), {
    2: 'This is a database of the original app; nothing was changed.',
  })
    .description('apply pending revisions: all, or up to an id, a name, or +n')
    .option('--allow-out-of-order', 'apply a revision that was merged late, behind newer ones')
    .option('--sql', 'print a script instead, without a connection')
    .option('--target <engine=version>', 'with --sql: sqlite=3.40 or postgres=15 (default: the configured engine)')
    .option('--from <id>', 'with --sql: the revision the database is at (default: base)')
    .option(
      '--no-copy',
      'keep nothing for undo: no copy of an SQLite file before it loses something, no dropped columns kept aside',
    )
    .action(async (target: string | undefined, options: Options) => {
      if (options.sql === true) return printScript('up', target ?? 'head', options);
      const copies = keepFor(options);
      const { applied, at, left } = await withApplication(
        options,
        async (opened) => {
          await opened.refuseUnknown();
          const { engine, clock } = opened;
          const { revisions } = opened.project;
          const ledgerNow = (): Promise<LedgerEntry[]> => engine.dedicated((connection) => readLedger(connection, engine));
          const to = target === undefined ? undefined : upTarget(target, namingOf(revisions, await ledgerNow()));
          const run = { engine, revisions, clock, allowsOutOfOrder: options.allowOutOfOrder === true };
          const applied = await (to === 'base'
            ? [] // Nothing to go up to: `+0`, or an empty history.
            : withRun(
                options,
                (more) => upgrade({ ...more, ...run, ...(copies.keep === undefined ? {} : { keep: copies.keep }) }, to),
                ({ id, name }, milliseconds) => `applied  ${id} ${name}  ${milliseconds} ms`,
              ));
          const ledger = await ledgerNow();
          const left = pendingRevisions(revisions, ledger, { allowsOutOfOrder: true });
          if (options.versions === undefined && left.length === 0) await indexSearch(engine, options.json === true);
          return { applied, at: ledger.at(-1), left };
        },
        { makesDatabase: true },
      );
      tell(options, { applied, copies: copies.made, isKept: copies.keep !== undefined }, () =>
        applied.length === 0
          ? [nothingToDo(at, left)]
          : copies.keep === undefined
            ? ['kept     nothing (--no-copy): what was taken away cannot be undone']
            : [],
      );
    });
}

function nothingToDo(at: LedgerEntry | undefined, left: readonly Revision[]): string {
  if (left.length === 0) return 'Nothing to do: the database is up to date.';
  return `Nothing to do: the database is at ${at === undefined ? 'no revision' : full(at)}, as asked. Pending: ${left.map(full).join(', ')} (flashcase db upgrade).`;
}
