import { PLACES } from './document.ts';
import { wordOfToken } from './words.ts';

/** Every three signs in a row, with the edges of the word. */
export function trigramsOf(word: string): Set<string> {
  const signs = [...`  ${word} `];
  return new Set(signs.slice(0, -2).map((sign, at) => sign + signs[at + 1] + signs[at + 2]));
}

/** What two words have in common, from 0 to 1. */
function likeness(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let shared = 0;
  for (const trigram of a) if (b.has(trigram)) shared++;
  return (2 * shared) / (a.size + b.size);
}

/** Below this two words only look alike to a machine. */
const LEAST_LIKENESS = 0.4;
const WORD_PLACES: readonly string[] = [PLACES.front, PLACES.back, PLACES.note];

/** The words of a user's own cards, and how often each. */
export class Vocabulary {
  readonly #times = new Map<string, number>();

  /** Takes the words of one document (search/document.ts). */
  add(document: string): void {
    for (const token of document.split(' ')) {
      if (WORD_PLACES.includes(token[0] as string)) this.#times.set(token.slice(1), (this.#times.get(token.slice(1)) ?? 0) + 1);
    }
  }

  /** The word most like this one; of equals the more frequent, then the first of the alphabet. */
  closest(word: string): string | undefined {
    const wanted = trigramsOf(word);
    let best: { word: string; likeness: number; times: number } | undefined;
    for (const [token, times] of this.#times) {
      const known = wordOfToken(token);
      if (known === word || Math.abs(known.length - word.length) > word.length) continue;
      const like = likeness(wanted, trigramsOf(known));
      if (like < LEAST_LIKENESS) continue;
      const isBetter =
        best === undefined ||
        like > best.likeness ||
        (like === best.likeness && (times > best.times || (times === best.times && known < best.word)));
      if (isBetter) best = { word: known, likeness: like, times };
    }
    return best?.word;
  }
}
