import type { Keep, KeptCopy } from '../../../revisions/undo/copies.ts';
import type { Kept } from '../../../revisions/undo/finish.ts';

/**
 * What a command keeps for undo, and the copies made meanwhile; `--no-copy` keeps nothing. People are told of a copy when it is made:
 * the revision after it may fail.
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

function copyLines({ revision, file, bytes, removed }: KeptCopy): string[] {
  return [
    `copied   before ${revision}: ${file} (${Math.ceil(bytes / 1_048_576)} MiB, verified)\n`,
    ...removed.map((old) => `removed  the older copy ${old}\n`),
  ];
}

export function keptLine({ revision, what, rows }: Kept): string {
  return `${revision}  ${what}${rows === undefined ? '' : ` (${rows} ${what.startsWith('table') ? 'rows' : 'values'})`}`;
}

/** For commands that tell how the database stands. */
export function keptLines(kept: readonly Kept[]): string[] {
  if (kept.length === 0) return [];
  return [
    ...kept.map((entry) => `kept     ${keptLine(entry)}`),
    '         for flashcase db undo; when it is not needed any more: flashcase db finish',
  ];
}
