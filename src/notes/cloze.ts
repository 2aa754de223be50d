/** A piece of a text with gaps: what is always read, or what may be hidden. */
export type ClozePart = string | Cloze;

export interface Cloze {
  /** The cards that ask for it: `{{c1::…}}`, or several at once, `{{c1,2::…}}`. */
  readonly numbers: readonly number[];
  readonly content: readonly ClozePart[];
  readonly hint: string | undefined;
}

/** The highest number of a gap: a card each, so there must be an end. */
export const MAX_CLOZE = 200;
/** Gaps inside of gaps, at most; what is deeper stays as it was typed. */
const MAX_DEPTH = 8;

interface Open {
  /** As it was typed: it goes back into the text when its end is missing. */
  readonly start: string;
  readonly numbers: readonly number[] | undefined;
  readonly parts: ClozePart[];
  hint: string | undefined;
}

const numbersOf = (text: string): number[] | undefined => {
  const numbers = [...new Set(text.split(',').map(Number))];
  return numbers.every((number) => number >= 1 && number <= MAX_CLOZE) ? numbers : undefined;
};

/** Reads `{{c1::text::hint}}` with any nesting. What is no whole gap stays text, so nothing a person typed is lost. */
export function parseCloze(text: string): ClozePart[] {
  const bottom: ClozePart[] = [];
  const open: Open[] = [];
  const add = (part: ClozePart): void => {
    const top = open.at(-1);
    if (top === undefined) return void bottom.push(part);
    if (top.hint !== undefined) top.hint += typeof part === 'string' ? part : plainCloze([part]);
    else top.parts.push(part);
  };
  let at = 0;
  for (const match of text.matchAll(/\{\{c(\d{1,4}(?:,\d{1,4})*)::|\}\}|::/g)) {
    if (match.index > at) add(text.slice(at, match.index));
    at = match.index + match[0].length;
    if (match[1] !== undefined) {
      if (open.length >= MAX_DEPTH) add(match[0]);
      else open.push({ start: match[0], numbers: numbersOf(match[1]), parts: [], hint: undefined });
    } else if (match[0] === '::') {
      const top = open.at(-1);
      if (top?.numbers !== undefined && top.hint === undefined) top.hint = '';
      else add('::');
    } else {
      const closed = open.pop();
      if (closed === undefined) add('}}');
      else if (closed.numbers === undefined) for (const part of [closed.start, ...closed.parts, '}}']) add(part);
      else add({ numbers: closed.numbers, content: closed.parts, hint: closed.hint });
    }
  }
  if (at < text.length) add(text.slice(at));
  // Gaps that were never closed.
  while (open.length > 0) {
    const { start, parts, hint } = open.pop() as Open;
    for (const part of [start, ...parts, ...(hint === undefined ? [] : ['::', hint])]) add(part);
  }
  return bottom;
}

/** The numbers of a text's gaps, in rising order: a card each. */
export function clozeNumbers(parts: readonly ClozePart[]): number[] {
  const numbers = new Set<number>();
  const walk = (inner: readonly ClozePart[]): void => {
    for (const part of inner) {
      if (typeof part === 'string') continue;
      for (const number of part.numbers) numbers.add(number);
      walk(part.content);
    }
  };
  walk(parts);
  return [...numbers].toSorted((a, b) => a - b);
}

/** Every gap of a text, in the order in which they begin: the numbers of each. */
export function gapsOf(parts: readonly ClozePart[]): string[] {
  return parts.flatMap((part) => (typeof part === 'string' ? [] : [part.numbers.join(), ...gapsOf(part.content)]));
}

/** The text with all gaps filled. */
export function plainCloze(parts: readonly ClozePart[]): string {
  return parts.map((part) => (typeof part === 'string' ? part : plainCloze(part.content))).join('');
}

/** How a gap and its answer are shown. */
export interface ClozeMarks {
  gap(hint: string): string;
  answer(text: string): string;
}

/** One side of the card of gap `number`: its gaps are hidden on the question and marked on the answer, all others are filled. */
export function showCloze(parts: readonly ClozePart[], number: number, side: 'front' | 'back', marks: ClozeMarks): string {
  return parts
    .map((part) => {
      if (typeof part === 'string') return part;
      if (!part.numbers.includes(number)) return showCloze(part.content, number, side, marks);
      if (side === 'front') return marks.gap(part.hint?.trim() || '...');
      return marks.answer(showCloze(part.content, number, side, marks));
    })
    .join('');
}

/** What is hidden in the gaps of `number`, for an answer that is typed. */
export function clozeAnswer(parts: readonly ClozePart[], number: number): string {
  const found: string[] = [];
  const walk = (inner: readonly ClozePart[]): void => {
    for (const part of inner) {
      if (typeof part === 'string') continue;
      if (part.numbers.includes(number)) found.push(plainCloze(part.content));
      else walk(part.content);
    }
  };
  walk(parts);
  return found.join(', ');
}
