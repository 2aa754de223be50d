import type { Command } from 'commander';
import { systemClock } from '../../../db/clock.ts';
import { describeLoss } from '../../../revisions/undo/losses.ts';
import { type Undone, undo } from '../../../revisions/undo/undo.ts';
import { describeWrites } from '../../../revisions/undo/written-since.ts';
import { exitCodes } from '../../exit-codes.ts';
import { applicationOf, type FolderOption, forApplication, type JsonOption, requireFile, tell } from './application.ts';
import { keepFor } from './kept.ts';
import { oneNamed } from './revision-named.ts';
import { addRunOptions, type RunWords, withRun } from './run-options.ts';

export function addUndo(db: Command): void {
  exitCodes(
    addRunOptions(forApplication(db.command('undo [revision]')))
      .description('take the newest revision back: from the copy made before it where there is one, else by its own way back')
      .option('--discard-writes', 'go back although something is lost; an SQLite file is kept aside by name'),
    { 2: 'Something would be lost: it is listed, and nothing was changed.' },
  ).action(async (word: string | undefined, options: JsonOption & FolderOption & RunWords & { discardWrites?: boolean }) => {
    const { project, settings, open } = await applicationOf(options);
    const { revisions } = project;
    const revision = word === undefined ? undefined : oneNamed(word, revisions, hintFor(word));
    requireFile(settings);
    const clock = systemClock();
    const copies = keepFor({ json: options.json === true });
    const undone = await withRun(options, (run) =>
      undo({
        open: () => open(false),
        revisions,
        clock,
        run,
        ...(copies.keep === undefined ? {} : { keep: copies.keep }),
        discardsWrites: options.discardWrites === true,
        ...(revision === undefined ? {} : { revision }),
      }),
    );
    tell(options, { ...undone, copies: copies.made }, () => undoneLines(undone));
  });
}

/** `undo` takes one back; `downgrade` as many as it is told. */
const hintFor = (word: string): string =>
  word.startsWith('+') ? 'The newest one is taken back by flashcase db undo' : `flashcase db downgrade ${word}`;

function undoneLines(undone: Undone): string[] {
  if (undone.how === 'nothing')
    return [
      undone.revision === undefined
        ? 'Nothing to take back: no revision is applied.'
        : `Nothing to take back: revision ${undone.revision} is not applied here.`,
    ];
  const next = `Start the release before ${undone.revision} now: this one would apply it again.`;
  if (undone.how === 'copy')
    return [
      `taken back  ${undone.revision}  from the copy made before it (${undone.copy})`,
      ...undone.writes.map((writes) => `discarded   ${describeWrites(writes)}`),
      `kept aside  ${undone.keptAside}`,
      next,
    ];
  return [`taken back  ${undone.revision}  by its own way back`, ...undone.losses.map(describeLoss), next];
}
