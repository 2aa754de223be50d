import { revisions } from '../../../versions/index.ts';

export interface JsonOption {
  readonly json?: boolean;
}

/** The id of a revision given as id, name, `head`, `base` or `-n` below the newest applied. */
export function revisionNamed(word: string, applied: readonly string[]): string {
  if (/^-\d+$/.test(word)) return applied[applied.length - 1 - Number(word.slice(1))] ?? 'base';
  if (word === 'head') return revisions.at(-1)?.id ?? 'base';
  return revisions.find((revision) => revision.name === word)?.id ?? word;
}
