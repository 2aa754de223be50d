import type { Keep, KeptCopy } from '../../../revisions/undo/copies.ts';
import type { Kept } from '../../../revisions/undo/finish.ts';

/** What a command keeps for undo, and the copies made meanwhile; `--no-copy` keeps nothing. */
export function keepFor({ copy }: { readonly copy?: boolean }): { keep?: Keep; made: KeptCopy[] } {
  const made: KeptCopy[] = [];
  return copy === false ? { made } : { made, keep: { onCopy: (kept) => made.push(kept) } };
}

export function copyLines(made: readonly KeptCopy[]): string[] {
  return made.flatMap(({ revision, file, bytes, removed }) => [
    `copied   before ${revision}: ${file} (${Math.ceil(bytes / 1_048_576)} MiB, verified)`,
    ...removed.map((old) => `removed  the older copy ${old}`),
  ]);
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
