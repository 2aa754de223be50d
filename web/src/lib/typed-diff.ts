/** A piece of the comparison of what was typed with what was asked. */
export interface DiffPart {
  /** `right` stands in both, `wrong` was typed only, `missing` was asked only. */
  readonly kind: 'right' | 'wrong' | 'missing';
  readonly text: string;
}

export interface DiffOptions {
  readonly ignoresCase?: boolean;
  readonly ignoresAccents?: boolean;
  readonly ignoresPunctuation?: boolean;
}

export interface TypedDiff {
  readonly isRight: boolean;
  readonly parts: readonly DiffPart[];
}

/** Above this many pieces on a side words are compared instead of characters, and above it again only beginning and end. */
const MAX_PIECES = 400;

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
const characters = (text: string): string[] => [...segmenter.segment(text)].map(({ segment }) => segment);
const words = (text: string): string[] => text.match(/\s+|[^\s]+/g) ?? [];
const spaced = (text: string): string =>
  text
    .normalize('NFC')
    .replaceAll(/[\s\u00a0]+/g, ' ')
    .trim();

function comparable(piece: string, { ignoresCase, ignoresAccents, ignoresPunctuation }: DiffOptions): string {
  let text = piece;
  if (ignoresCase === true) text = text.toLowerCase();
  if (ignoresAccents === true) text = text.normalize('NFD').replaceAll(/\p{M}/gu, '').normalize('NFC');
  if (ignoresPunctuation === true) text = text.replaceAll(/\p{P}/gu, '');
  return text;
}

/** Compares what was typed with what was asked. Runs of white space count as one space; everything else as the options say. */
export function typedDiff(typed: string, asked: string, options: DiffOptions = {}): TypedDiff {
  const [given, wanted] = [spaced(typed), spaced(asked)];
  const whole = (text: string): string => spaced(comparable(text, options));
  const isRight = whole(given) === whole(wanted);
  if (isRight) return { isRight, parts: wanted === '' ? [] : [{ kind: 'right', text: wanted }] };
  const isLong = Math.max(given.length, wanted.length) > MAX_PIECES;
  const cut = isLong ? words : characters;
  return { isRight, parts: joined(compare(cut(given), cut(wanted), options)) };
}

function compare(given: readonly string[], wanted: readonly string[], options: DiffOptions): DiffPart[] {
  const keys = (pieces: readonly string[]): string[] => pieces.map((piece) => comparable(piece, options));
  const [a, b] = [keys(given), keys(wanted)];
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  const right = (pieces: readonly string[]): DiffPart[] => pieces.map((text) => ({ kind: 'right', text }));
  const [from, to] = [given.slice(start, given.length - end), wanted.slice(start, wanted.length - end)];
  return [
    ...right(wanted.slice(0, start)),
    ...between(from, to, a.slice(start, a.length - end), b.slice(start, b.length - end)),
    ...right(wanted.slice(wanted.length - end)),
  ];
}

/** The longest common subsequence, where both sides are short enough for it. */
function between(given: readonly string[], wanted: readonly string[], a: readonly string[], b: readonly string[]): DiffPart[] {
  const part = (kind: DiffPart['kind']) => (text: string) => ({ kind, text });
  if (Math.max(a.length, b.length) > MAX_PIECES) return [...given.map(part('wrong')), ...wanted.map(part('missing'))];
  const width = b.length + 1;
  const longest = new Uint16Array((a.length + 1) * width);
  const at = (i: number, j: number): number => longest[i * width + j] as number;
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--)
      longest[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  }
  const parts: DiffPart[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      parts.push({ kind: 'right', text: wanted[j++] as string });
      i += 1;
    } else if (i < a.length && (j >= b.length || at(i + 1, j) >= at(i, j + 1))) {
      parts.push({ kind: 'wrong', text: given[i++] as string });
    } else parts.push({ kind: 'missing', text: wanted[j++] as string });
  }
  return parts;
}

function joined(parts: readonly DiffPart[]): DiffPart[] {
  const runs: DiffPart[] = [];
  for (const part of parts) {
    const last = runs.at(-1);
    if (last?.kind === part.kind) runs[runs.length - 1] = { kind: part.kind, text: last.text + part.text };
    else runs.push(part);
  }
  return runs;
}
