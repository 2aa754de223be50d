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

/** Words looked through at once: others are served between. */
const PART = 5000;

/** The words of a user's own cards, and how often each; so many and no more. */
export class Vocabulary {
  readonly #times = new Map<string, number>();
  readonly #most: number;

  /** @param most different words that are kept: the first ones */
  constructor(most = 50_000) {
    this.#most = most;
  }

  /** Takes the words of one document (search/document.ts). */
  add(document: string): void {
    for (const token of document.split(' ')) {
      if (!WORD_PLACES.includes(token[0] as string)) continue;
      const word = token.slice(1);
      const times = this.#times.get(word) ?? 0;
      if (times > 0 || this.#times.size < this.#most) this.#times.set(word, times + 1);
    }
  }

  /** The word most like this one; of equals the more frequent, then the first of the alphabet. */
  async closest(word: string): Promise<string | undefined> {
    const wanted = trigramsOf(word);
    const parts = [...wanted];
    const furthest = Math.max(2, word.length / 2);
    let best: { word: string; likeness: number; times: number } | undefined;
    let looked = 0;
    for (const [token, times] of this.#times) {
      if (++looked % PART === 0) await new Promise(setImmediate);
      const known = wordOfToken(token);
      if (known === word || Math.abs(known.length - word.length) > furthest) continue;
      // Nearly all words have nothing in common with it, which takes no set to see.
      const edged = `  ${known} `;
      if (!parts.some((trigram) => edged.includes(trigram))) continue;
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
