import type { Command } from 'commander';
import { finish } from '../../../revisions/undo/finish.ts';
import { type FolderOption, forApplication, type JsonOption, tell, withApplication } from './application.ts';
import { keptLine } from './kept.ts';
import { oneNamed } from './revision-named.ts';
import { addRunOptions, type RunWords, withRun } from './run-options.ts';

const HINT = 'Name the last revision meant by its id or name: flashcase db history lists them.';

export function addFinish(db: Command): void {
  addRunOptions(forApplication(db.command('finish [revision]')))
    .description('drop for good what was kept for undo: columns and tables kept aside, copies; all, or up to a revision')
    .action(async (revision: string | undefined, options: JsonOption & FolderOption & RunWords) => {
      const dropped = await withApplication(options, ({ engine, clock, project: { revisions } }) => {
        // What follows cannot be taken back: a mistyped id must not stand for everything before it.
        const upTo = revision === undefined ? {} : { revision: oneNamed(revision, revisions, HINT) };
        return withRun(options, (run) => finish({ ...run, engine, clock, ...upTo }));
      });
      tell(options, { dropped }, () =>
        dropped.length === 0 ? ['Nothing is kept for undo.'] : dropped.map((kept) => `dropped  ${keptLine(kept)}`),
      );
    });
}
