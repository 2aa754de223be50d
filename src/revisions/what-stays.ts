import { FlashcaseError } from '../errors/index.ts';

/**
 * A run of several revisions that fails: what it has committed before stays, and the failure says so.
 * @param done the revisions that this run has applied, or taken back
 */
export async function tellingWhatStays<T>(direction: 'up' | 'down', done: readonly string[], work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (done.length === 0 || !(error instanceof FlashcaseError)) throw error;
    const { code, message: what, where, why, hint, details, cause } = error;
    const stays =
      direction === 'up' ? `Applied before it, and staying so: ${done.join(', ')}.` : `Taken back before it: ${done.join(', ')}.`;
    throw new FlashcaseError(code, {
      what,
      ...(where === undefined ? {} : { where }),
      ...(why === undefined ? {} : { why }),
      hint: hint === undefined ? stays : `${stays} ${hint}`,
      details: { ...details, [direction === 'up' ? 'applied' : 'takenBack']: done },
      cause,
    });
  }
}
