import { revisions } from '../../../versions/index.ts';

export interface JsonOption {
  readonly json?: boolean;
}

/** The id of a revision given as id, name, `head`, `base`, `-n` below the newest applied, or `+n` above it: the n-th that is pending. */
export function revisionNamed(word: string, applied: readonly string[]): string {
  if (/^-\d+$/.test(word)) return applied[applied.length - 1 - Number(word.slice(1))] ?? 'base';
  if (/^\+\d+$/.test(word)) {
    const pending = revisions.filter((revision) => !applied.includes(revision.id));
    return pending[Math.min(pending.length, Number(word.slice(1))) - 1]?.id ?? applied.at(-1) ?? 'base';
  }
  if (word === 'head') return revisions.at(-1)?.id ?? 'base';
  return revisions.find((revision) => revision.name === word)?.id ?? word;
}
