import { MAX_CLOZE } from '../../notes/cloze.ts';

/** Two characters that no text has: what stands between them is the place of something that is not to be touched. */
const OPEN = '\uFDD0';
const CLOSE = '\uFDD1';
/** Code, and formulas between two dollars on each side. */
const KEPT =
  /^(`{3,}|~{3,})[^\n]*\n[\s\S]*?(?:^\1[`~]*[ \t]*$|(?![\s\S]))|(`{1,3})(?!`)[^\n]{0,200}?[^`\n]\2(?!`)|\$\$(?!\$)[^$]{1,4000}?\$\$/gm;
const GAP = /\{\{(?:(\d{1,3})::)?((?:(?!\{\{|\}\})[\s\S])+)\}\}/g;
const FENCE = /^ {0,3}(`{3,}|~{3,})/;

/** `$$…$$` in the form of notes: set apart where it stands alone, in its line elsewhere. */
const asFormula = (kept: string, isAlone: boolean): string => {
  const tex = kept.slice(2, -2).trim();
  return isAlone ? `\\[${tex}\\]` : `\\(${tex}\\)`;
};

/** Sides of a card, from the question on: lines of `---` outside of code part them. Sides without anything on them are left out. */
export function sidesOf(content: string): string[] {
  const sides: string[][] = [[]];
  let fence: string | undefined;
  for (const line of content.split('\n')) {
    const mark = FENCE.exec(line)?.[1];
    if (fence === undefined) fence = mark;
    else if (mark?.startsWith(fence) === true) fence = undefined;
    if (fence === undefined && line.trimEnd() === '---') sides.push([]);
    else sides.at(-1)?.push(line);
  }
  return sides.map((lines) => lines.join('\n').trim()).filter((side) => side !== '');
}

/** Changes a text outside of its code and formulas. */
function outside(text: string, change: (rest: string) => string): string {
  const kept: string[] = [];
  const masked = text.replaceAll(new RegExp(`[${OPEN}${CLOSE}]`, 'g'), '').replaceAll(KEPT, (found, ...rest) => {
    const [at, whole] = rest.slice(-2) as [number, string];
    const isAlone =
      /(?:^|\n)[ \t]*$/.test(whole.slice(Math.max(0, at - 80), at)) && /^[ \t]*(?:\n|$)/.test(whole.slice(at + found.length));
    return `${OPEN}${kept.push(found.startsWith('$$') ? asFormula(found, isAlone) : found) - 1}${CLOSE}`;
  });
  return change(masked).replaceAll(new RegExp(`${OPEN}(\\d+)${CLOSE}`, 'g'), (_, place: string) => kept[Number(place)] ?? '');
}

export interface Gapped {
  readonly text: string;
  /** The numbers of its gaps, in rising order. */
  readonly numbers: readonly number[];
}

/**
 * A text with Mochi's gaps as gaps of notes, `{{c1::…}}`: those with a number keep it, each other is one of its own. Two colons inside of a
 * gap would begin a hint, which Mochi does not have. What has no number left stays as it was typed.
 */
export function withGaps(text: string): Gapped {
  const numbers = new Set<number>();
  const gapped = outside(text, (rest) => {
    const taken = new Set([...rest.matchAll(GAP)].flatMap(([, number]) => (number === undefined ? [] : [Number(number)])));
    let free = 1;
    return rest.replaceAll(GAP, (whole, given: string | undefined, content: string) => {
      while (given === undefined && taken.has(free)) free++;
      const number = given === undefined ? free : Number(given);
      if (number < 1 || number > MAX_CLOZE) return whole;
      taken.add(number);
      numbers.add(number);
      return `{{c${number}::${content.replaceAll('::', ':&#58;')}}}`;
    });
  });
  return { text: gapped, numbers: [...numbers].toSorted((one, other) => one - other) };
}

/** A text whose gaps are filled. */
export const withoutGaps = (text: string): string =>
  outside(text, (rest) => rest.replaceAll(GAP, (_, __, content: string) => content));

/**
 * Puts fields into a template: `<< Name >>`. @param fieldOf `undefined` for what is no field; it stays
 * @param most characters; what would be longer is `undefined`
 */
export function filled(template: string, fieldOf: (name: string) => string | undefined, most: number): string | undefined {
  let length = template.length;
  const text = template.replaceAll(/<<([^<>\n]{1,200})>>/g, (whole, name: string) => {
    const value = fieldOf(name.trim()) ?? whole;
    length += value.length - whole.length;
    return length > most ? '' : value;
  });
  return length > most ? undefined : text;
}

/** A file that a text shows. */
interface Shown {
  readonly name: string;
  readonly alt: string;
}

const PICTURE = /!\[([^\]\n]{0,1000})\]\([ \t]?<?(?:@media\/)?([^)<>\n"]{1,300}?)>?(?:[ \t]"[^"\n]{0,300}")?[ \t]?\)/g;
const TAG = /<(?:img|audio)\b[^<>]*?\ssrc\s*=\s*["']@media\/([^"'<>]+)["'][^<>]*>(?:\s*<\/audio>)?/gi;

function nameOf(given: string): string {
  try {
    return decodeURIComponent(given).normalize('NFC');
  } catch {
    return given.normalize('NFC');
  }
}

const isElsewhere = (name: string): boolean => /^(?:[a-z][a-z0-9+.-]*:|\/)/i.test(name);

/** Writes what notes show where Mochi's Markdown names a file. @param shownAs `undefined`: it stays as it is */
export function withMedia(text: string, shownAs: (file: Shown) => string | undefined): string {
  return text
    .replaceAll(PICTURE, (whole, alt: string, given: string) =>
      isElsewhere(given) ? whole : (shownAs({ name: nameOf(given), alt }) ?? whole),
    )
    .replaceAll(TAG, (whole, given: string) => shownAs({ name: nameOf(given), alt: '' }) ?? whole);
}
