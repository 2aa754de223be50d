import { fold } from './words.ts';

/** Between the levels of a deck's name, as in `Law::Torts`: Anki's form. */
export const LEVEL_SEPARATOR = '::';

/** Stands in no name: two names with other levels never have one path. */
const PATH_SEPARATOR = '\0';

/**
 * The levels of a deck's name, outermost first: `Law::Torts` is `Torts` below `Law`. Spaces around a level and levels without a letter
 * are no part of it, so `Law::` and `Law ::Torts` have the levels of `Law` and `Law::Torts`; of three colons the third belongs to the level
 * behind it. A name of colons alone is one level.
 */
export function levelsOf(name: string): readonly string[] {
  const levels = name
    .split(LEVEL_SEPARATOR)
    .map((level) => level.trim())
    .filter((level) => level !== '');
  return levels.length === 0 ? [name] : levels;
}

/** Levels by which decks are compared: capitals and accents do not count, as in a search. */
export const foldedOf = (levels: readonly string[]): readonly string[] => levels.map(fold);

/** By what decks are found below each other, of folded levels. */
export const pathOfFolded = (folded: readonly string[]): string => folded.join(PATH_SEPARATOR);

export const pathOf = (levels: readonly string[]): string => pathOfFolded(foldedOf(levels));

/** Whether a path is below another, however far. */
export const isBelow = (path: string, upper: string): boolean => path.startsWith(upper + PATH_SEPARATOR);

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

/**
 * Names side by side and below each other as they are read: `Chapter 2` before `Chapter 10`, `Law` before `Law::Torts`. By folded levels: folding
 * them in each comparison took half of a sort, and nine tenths where names are deep.
 */
export function compareFolded(one: readonly string[], other: readonly string[]): number {
  for (let at = 0; at < Math.min(one.length, other.length); at++) {
    const [left, right] = [one[at] as string, other[at] as string];
    // What only looks equal to the collator must not be mixed: whatever is below a deck comes right behind it.
    const order = left === right ? 0 : collator.compare(left, right) || (left < right ? -1 : 1);
    if (order !== 0) return order;
  }
  return one.length - other.length;
}
