import type { Command } from 'commander';
import { refuseStranger } from '../../../revisions/pending.ts';
import { withReplaced } from '../../../revisions/settle.ts';
import { finish } from '../../../revisions/undo/finish.ts';
import { revisions } from '../../../versions/index.ts';
import { print, withDatabase } from '../open.ts';
import { keptLine } from './kept.ts';
import { type JsonOption, revisionNamed } from './revision-named.ts';
import { addRunOptions, type RunWords, withRun } from './run-options.ts';

export function addFinish(db: Command): void {
  addRunOptions(db.command('finish [revision]'))
    .description('drop for good what was kept for undo: columns and tables kept aside, copies; all, or up to a revision')
    .option('--json', 'for machines')
    .action(async (revision: string | undefined, options: JsonOption & RunWords) => {
      const upTo =
        revision === undefined
          ? undefined
          : revisionNamed(
              revision,
              revisions.map(({ id }) => id),
            );
      // What follows cannot be taken back: a mistyped id must not stand for everything before it.
      refuseStranger(upTo, withReplaced(revisions));
      const dropped = await withDatabase(({ engine, clock }) =>
        withRun(options, (run) => finish({ ...run, engine, clock, ...(upTo === undefined ? {} : { revision: upTo }) })),
      );
      print(options.json === true, { dropped }, () =>
        dropped.length === 0 ? ['Nothing is kept for undo.'] : dropped.map((kept) => `dropped  ${keptLine(kept)}`),
      );
    });
}
