import { lasting } from './storage.ts';
import type { Grade } from './study-round.ts';

/**
 * Which keys of one character do something while studying: all of them, those of the grades, or none. Who speaks to the computer, or strikes
 * keys by accident, must be able to switch them off. Space, Enter and Ctrl+Z always work.
 */
export type StudyKeys = 'all' | 'grades' | 'none';

/** By user: the next one at this browser is somebody else. */
const nameOf = (userId: number): string => `flashcase.study-keys.${userId}`;

export function readStudyKeys(userId: number | undefined): StudyKeys {
  const kept = userId === undefined ? null : lasting.read(nameOf(userId));
  return kept === 'grades' || kept === 'none' ? kept : 'all';
}

/** False when this browser keeps nothing. */
export const keepStudyKeys = (userId: number, keys: StudyKeys): boolean => lasting.write(nameOf(userId), keys);

/** The digit of a grade, by the key's place first: on a French keyboard the unshifted 1 types "&". */
export function digitOf(event: KeyboardEvent): Grade | undefined {
  const digit = /^(?:Digit|Numpad)([1-4])$/.exec(event.code)?.[1] ?? /^[1-4]$/.exec(event.key)?.[0];
  return digit === undefined ? undefined : (Number(digit) as Grade);
}

/** Ctrl+Z as everywhere; with all keys also Z and U. */
export function isUndoKey({ key, ctrlKey, metaKey, altKey, shiftKey }: KeyboardEvent, keys: StudyKeys): boolean {
  if (altKey || shiftKey) return false;
  const letter = key.toLowerCase();
  return ctrlKey || metaKey ? letter === 'z' : keys === 'all' && (letter === 'z' || letter === 'u');
}
