import { FlashcaseError } from '../../../errors/index.ts';
import { revisions } from '../../../versions/index.ts';

export interface JsonOption {
  readonly json?: boolean;
}

/** The id of a revision given as id, name, `head`, `base`, `-n` below the newest applied, or `+n` above it: the n-th that is pending. Throws `FC_BAD_REQUEST`. */
export function revisionNamed(word: string, applied: readonly string[]): string {
  if (/^-\d+$/.test(word)) {
    const count = Number(word.slice(1));
    if (count > applied.length) {
      throw new FlashcaseError('FC_BAD_REQUEST', {
        what: `${word} is further back than there is: ${applied.length} revisions are applied.`,
        hint: 'Count again (flashcase db current), or name base to take all back.',
      });
    }
    return applied[applied.length - 1 - count] ?? 'base';
  }
  if (/^\+\d+$/.test(word)) {
    const pending = revisions.filter((revision) => !applied.includes(revision.id));
    return pending[Math.min(pending.length, Number(word.slice(1))) - 1]?.id ?? applied.at(-1) ?? 'base';
  }
  if (word === 'head') return revisions.at(-1)?.id ?? 'base';
  return revisions.find((revision) => revision.name === word)?.id ?? word;
}
