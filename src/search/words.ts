/**
 * What a word is, the same for what is stored and for what is asked (docs/design/search.md has the table). No engine takes part: each gets
 * tokens of a-z and 0-9 only, so that none of their own tables of letters decides what is found.
 */

/** Written without spaces: their words cannot be told apart, so every two characters in a row are one. */
const SPACELESS =
  '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Hangul}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}\u30fc\u3005\u3006';
const RUNS = new RegExp(`([${SPACELESS}]+)|[[\\p{L}\\p{N}\\p{M}]--[${SPACELESS}]]+`, 'gv');
/** Signs that change no letter for those who search: accents, Hebrew points, Arabic vowels and the stretcher. */
const MARKS = /[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670]/g;
/** Letters that fall apart into no letter and accent, and are written without all the same. */
const LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ł: 'l',
  ħ: 'h',
  ı: 'i',
  ŋ: 'n',
  ς: 'σ',
};
const LETTER = new RegExp(`[${Object.keys(LETTERS).join('')}]`, 'g');
const isAscii = (text: string): boolean => /^[\0-\x7f]*$/.test(text);

/** Characters of one word that count; a longer one is cut, where it is stored and where it is asked. */
const MAX_LETTERS = 64;

/** Text as it is compared: compatibility forms, capitals and accents are gone. */
export function fold(text: string): string {
  if (isAscii(text)) return text.toLowerCase();
  return text
    .normalize('NFKC')
    .toLowerCase()
    .normalize('NFD')
    .replace(MARKS, '')
    .normalize('NFC')
    .replace(LETTER, (letter) => LETTERS[letter] as string);
}

/** One run of letters and digits, or of characters written without spaces. */
interface Run {
  readonly characters: readonly string[];
  readonly isSpaceless: boolean;
}

function runsOf(text: string): Run[] {
  const folded = fold(text);
  if (isAscii(folded))
    return (folded.match(/[a-z0-9]+/g) ?? []).map((run) => ({ characters: [...run.slice(0, MAX_LETTERS)], isSpaceless: false }));
  const runs: Run[] = [];
  // Not matchAll: it makes the expression anew for each text, which takes a hundred times as long as to match.
  RUNS.lastIndex = 0;
  for (let found = RUNS.exec(folded); found !== null; found = RUNS.exec(folded)) {
    const characters = [...found[0]];
    const isSpaceless = found[1] !== undefined;
    runs.push({ characters: isSpaceless ? characters : characters.slice(0, MAX_LETTERS), isSpaceless });
  }
  return runs;
}

/** Every two characters in a row, and the last one alone: what begins at each place. */
const pairs = (characters: readonly string[]): string[] => characters.map((one, at) => one + (characters[at + 1] ?? ''));

/** The words of a text in their order. */
export function wordsOf(text: string): string[] {
  // Most texts: an import has millions of words.
  if (isAscii(text)) return (text.toLowerCase().match(/[a-z0-9]+/g) ?? []).map((run) => run.slice(0, MAX_LETTERS));
  return runsOf(text).flatMap(({ characters, isSpaceless }) => (isSpaceless ? pairs(characters) : [characters.join('')]));
}

export interface AskedWords {
  readonly words: readonly string[];
  /** The last word may go on. */
  readonly isPrefix: boolean;
}

/** The words that a text must have in a row to be found by this one. */
export function askedWords(text: string, isPrefix = false): AskedWords {
  const runs = runsOf(text);
  const last = runs.at(-1);
  if (last === undefined || !last.isSpaceless) return { words: wordsOf(text), isPrefix };
  const before = runs
    .slice(0, -1)
    .flatMap(({ characters, isSpaceless }) => (isSpaceless ? pairs(characters) : [characters.join('')]));
  // What follows the last character in the text is not asked: its pair is left out, or, where it stands alone, may be any.
  const { characters } = last;
  return characters.length === 1
    ? { words: [...before, characters[0] as string], isPrefix: true }
    : { words: [...before, ...pairs(characters).slice(0, -1)], isPrefix: false };
}

/** A word in the letters that both engines leave alone, each sign on its own: the beginning of a word is the beginning of its token. */
export function tokenOf(word: string): string {
  if (/^[a-y0-9]*$/.test(word)) return word;
  return [...word]
    .map((sign) => (/[a-y0-9]/.test(sign) ? sign : `z${(sign.codePointAt(0) as number).toString(16).padStart(6, '0')}`))
    .join('');
}

/** The word behind a token. */
export const wordOfToken = (token: string): string =>
  token.replace(/z([0-9a-f]{6})/g, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)));
