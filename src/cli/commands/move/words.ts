import { MoveProgress } from '../../move/progress.ts';

export const DECISIONS_OPEN = 2;
export const DIFFERENCES = 3;
export const GIVEN_UP = 4;

/** Progress goes to standard error for people, and to standard output as events for machines. */
export function progressOf(flags: { readonly json?: boolean }): MoveProgress {
  return flags.json === true ? new MoveProgress(process.stdout, true) : new MoveProgress(process.stderr, false);
}
