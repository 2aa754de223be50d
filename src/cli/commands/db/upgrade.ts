import type { Command } from 'commander';
import { refuseUnknown } from '../../../ops/prepare.ts';
import { readLedger } from '../../../revisions/ledger.ts';
import { upgrade } from '../../../revisions/run.ts';
import { revisions } from '../../../versions/index.ts';
import { exitCodes } from '../../exit-codes.ts';
import { print, withDatabase } from '../open.ts';
import { keepFor } from './kept.ts';
import { type JsonOption, revisionNamed } from './revision-named.ts';
import { addRunOptions, type RunWords, withRun } from './run-options.ts';
import { printScript, type SqlOptions } from './sql-script.ts';

type Options = JsonOption & SqlOptions & RunWords & { readonly allowOutOfOrder?: boolean; readonly copy?: boolean };

export function addUpgrade(db: Command): void {
  exitCodes(addRunOptions(db.command('upgrade [target]')), { 2: 'This is a database of the original app; nothing was changed.' })
    .description('apply pending revisions: all, or up to an id, a name, or +n')
    .option('--json', 'for machines')
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
      const applied = await withDatabase(async (database) => {
        await refuseUnknown(database);
        const { engine, clock } = database;
        const ledger = await engine.dedicated((connection) => readLedger(connection, engine));
        const to =
          target === undefined
            ? undefined
            : revisionNamed(
                target,
                ledger.map((entry) => entry.id),
              );
        // Nothing to go up to: `+0`, or an empty history.
        if (to === 'base') return [];
        return withRun(
          options,
          (run) =>
            upgrade(
              {
                ...run,
                engine,
                revisions,
                clock,
                allowsOutOfOrder: options.allowOutOfOrder === true,
                ...(copies.keep === undefined ? {} : { keep: copies.keep }),
              },
              to,
            ),
          ({ id, name }, milliseconds) => `applied  ${id} ${name}  ${milliseconds} ms`,
        );
      });
      print(options.json === true, { applied, copies: copies.made, isKept: copies.keep !== undefined }, () =>
        applied.length === 0
          ? ['Nothing to do: the database is up to date.']
          : copies.keep === undefined
            ? ['kept     nothing (--no-copy): what was taken away cannot be undone']
            : [],
      );
    });
}
