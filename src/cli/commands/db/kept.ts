import type { Keep, KeptCopy } from '../../../revisions/undo/copies.ts';
import type { Kept } from '../../../revisions/undo/finish.ts';

/**
 * What a command keeps for undo, and the copies made meanwhile; `--no-copy` keeps nothing. People are told of a copy when the revision
 * behind it is committed: with one that fails, it goes.
 */
export function keepFor({ copy, json }: { readonly copy?: boolean; readonly json?: boolean }): { keep?: Keep; made: KeptCopy[] } {
  const made: KeptCopy[] = [];
  if (copy === false) return { made };
  const onCopy = (kept: KeptCopy): void => {
    made.push(kept);
    if (json !== true) process.stdout.write(copyLines(kept).join(''));
  };
  return { made, keep: { onCopy } };
}

function copyLines({ revision, before, part, file, bytes, removed }: KeptCopy): string[] {
  return [
    `copied   before ${part === undefined ? '' : `part ${part} of `}${revision}${before === 'downgrade' ? ' was taken back' : part === undefined ? '' : ', since others wrote meanwhile'}: ${file} (${Math.ceil(bytes / 1_048_576)} MiB, verified)\n`,
    ...removed.map((old) => `removed  the older copy ${old}\n`),
  ];
}

export function keptLine({ revision, what, rows, before }: Kept): string {
  const about =
    before === 'downgrade'
      ? ' (from before it was taken back)'
      : before === 'part'
        ? ' (from the middle of it, with what others wrote meanwhile)'
        : rows === undefined
          ? ''
          : ` (${rows} ${what.startsWith('table') ? 'rows' : 'values'})`;
  return `${revision}  ${what}${about}`;
}

/** For commands that tell how the database stands. */
export function keptLines(kept: readonly Kept[]): string[] {
  if (kept.length === 0) return [];
  const isForUndo = ({ before }: Kept): boolean => before !== 'downgrade' && before !== 'part';
  return [
    ...kept.filter(isForUndo).map((entry) => `kept     ${keptLine(entry)}`),
    ...(kept.some(isForUndo) ? ['         for flashcase db undo'] : []),
    ...kept.filter((entry) => !isForUndo(entry)).map((entry) => `kept     ${keptLine(entry)}`),
    ...(kept.every(isForUndo)
      ? []
      : ['         not for undo: to go back there, put the copy in the place of the file, with every program stopped']),
    '         when it is not needed any more: flashcase db finish',
  ];
}
