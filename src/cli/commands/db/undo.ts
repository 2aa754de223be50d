import type { Command } from 'commander';
import { systemClock } from '../../../db/clock.ts';
import { openDatabase } from '../../../db/database.ts';
import { describeLoss } from '../../../revisions/undo/losses.ts';
import { type Undone, undo } from '../../../revisions/undo/undo.ts';
import { describeWrites } from '../../../revisions/undo/written-since.ts';
import { revisions } from '../../../versions/index.ts';
import { exitCodes } from '../../exit-codes.ts';
import { commandSettings, print } from '../open.ts';
import { keepFor } from './kept.ts';
import type { JsonOption } from './revision-named.ts';
import { addRunOptions, type RunWords, withRun } from './run-options.ts';

export function addUndo(db: Command): void {
  exitCodes(
    addRunOptions(db.command('undo [revision]'))
      .description('take the newest revision back: from the copy made before it where there is one, else by its own way back')
      .option('--json', 'for machines')
      .option('--discard-writes', 'go back although something is lost; an SQLite file is kept aside by name'),
    { 2: 'Something would be lost: it is listed, and nothing was changed.' },
  ).action(async (revision: string | undefined, options: JsonOption & RunWords & { discardWrites?: boolean }) => {
    const settings = commandSettings();
    const clock = systemClock();
    const copies = keepFor({ json: options.json === true });
    const undone = await withRun(options, (run) =>
      undo({
        open: () => openDatabase(settings, clock).engine,
        revisions,
        clock,
        run,
        ...(copies.keep === undefined ? {} : { keep: copies.keep }),
        discardsWrites: options.discardWrites === true,
        ...(revision === undefined ? {} : { revision }),
      }),
    );
    print(options.json === true, { ...undone, copies: copies.made }, () => undoneLines(undone));
  });
}

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
