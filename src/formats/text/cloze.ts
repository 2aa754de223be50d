const CLOZE = /\{\{c(\d+)::((?:(?!\{\{|\}\}).)*?)(?:::((?:(?!\{\{|\}\}).)*?))?\}\}/gs;

/** The numbers of a text's clozes, in rising order. */
export function clozeNumbers(text: string): number[] {
  return [...new Set([...text.matchAll(/\{\{c(\d+)::/g)].map(([, number]) => Number(number)))].sort((a, b) => a - b);
}

/** Replaces clozes from the inside out; what nests deeper than this is no card. */
const DEPTH = 8;

/** One side of the card of one cloze: its own text is a gap in front, all others are shown. */
export function renderCloze(text: string, number: number, side: 'front' | 'back'): string {
  let shown = text;
  for (let depth = 0; depth < DEPTH && /\{\{c\d+::/.test(shown); depth++) {
    shown = shown.replace(CLOZE, (_, found: string, inner: string, hint?: string) =>
      Number(found) === number && side === 'front' ? (hint === undefined || hint === '' ? '[…]' : `[${hint}]`) : inner,
    );
  }
  return shown;
}
