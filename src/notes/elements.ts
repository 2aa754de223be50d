/** A line of a note that has a card, and the number of that card. It stays when the line is moved or edited. */
export interface KnownElement {
  readonly ordinal: number;
  readonly text: string;
  /** The line is there no more; its card comes back when it does. */
  readonly isGone?: boolean;
}

/** Lines of one note, at most: a card each. */
export const MAX_ELEMENTS = 100;
/** Lines that were taken away are remembered, the newest of them. */
const MAX_GONE = 50;
/** Lines that a note knows, at most. */
export const MAX_KNOWN_ELEMENTS = MAX_ELEMENTS + MAX_GONE;

const MARKER = /^(?:[-*•]|\(?(?:\d{1,3}|[a-z])[.)])\s+/i;

/** The elements of a field: a line each, or an item or block each in HTML. Dashes and numbers before them are left out. */
export function elementsOf(value: string, format: 'text' | 'html' | 'markdown'): string[] {
  const lines =
    format === 'html' ? value.split(/<\/?(?:li|ul|ol|div|p|br|table|tbody|tr|h[1-6])\b[^>]*>|\n/i) : value.split(/\r\n?|\n/);
  return lines
    .map((line) => line.replaceAll('&nbsp;', ' ').trim().replace(MARKER, '').trim())
    .filter((line) => line.replaceAll(/<[^>]*>/g, '').trim() !== '')
    .slice(0, MAX_ELEMENTS);
}

/**
 * Which card each line has: a line keeps its card when it is moved, edited in its place, or typed again after it was taken away; a new
 * line gets a number no line had. Card 0 is that of all elements. Gives the lines in their order, those that are gone last.
 */
export function followElements(known: readonly KnownElement[], lines: readonly string[]): KnownElement[] {
  const present = known.filter((element) => element.isGone !== true);
  const gone = known.filter((element) => element.isGone === true);
  const ordinals: (number | undefined)[] = lines.map(() => undefined);
  const taken = new Set<number>();
  const take = (index: number, ordinal: number): void => {
    ordinals[index] = ordinal;
    taken.add(ordinal);
  };
  for (const among of [present, gone]) {
    for (const [index, line] of lines.entries()) {
      if (ordinals[index] !== undefined) continue;
      const same = among.find(({ ordinal, text }) => text === line && !taken.has(ordinal));
      if (same !== undefined) take(index, same.ordinal);
    }
  }
  // A line that is new where an old one is missing, between the same neighbours, is that line, edited.
  for (const [index] of lines.entries()) {
    if (ordinals[index] !== undefined) continue;
    const before = index === 0 ? undefined : ordinals[index - 1];
    const at = before === undefined ? (index === 0 ? 0 : -1) : present.findIndex(({ ordinal }) => ordinal === before) + 1;
    const old = at === -1 || (at === 0 && index !== 0) ? undefined : present[at];
    if (old !== undefined && !taken.has(old.ordinal) && !lines.includes(old.text)) take(index, old.ordinal);
  }
  let next = Math.max(0, ...known.map(({ ordinal }) => ordinal)) + 1;
  const now = lines.map((text, index) => ({ ordinal: ordinals[index] ?? next++, text }));
  // The highest numbers stay, so that none is ever given twice.
  const missing = known
    .filter(({ ordinal }) => !taken.has(ordinal))
    .toSorted((a, b) => a.ordinal - b.ordinal)
    .slice(-MAX_GONE);
  return [...now, ...missing.map(({ ordinal, text }) => ({ ordinal, text, isGone: true }))];
}
