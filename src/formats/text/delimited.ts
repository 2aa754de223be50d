import papa from 'papaparse';
import { normalText } from './text-card.ts';

/** Rows of cells, each with the line it begins on. */
export interface Table {
  readonly rows: readonly (readonly string[])[];
  readonly lines: readonly number[];
  /** Quotes that do not end: they were read as ordinary characters. */
  readonly hasLooseQuotes: boolean;
}

/** In this order where two fit as well: a tab is never typed by chance. */
const CANDIDATES = ['\t', '|', ';', ',', ':'] as const;
/** What is looked at to guess. */
const GUESS_CHARACTERS = 8 * 1024;

const isEmpty = (row: readonly string[]): boolean => row.every((cell) => cell.trim() === '');

/** Papa's own quotes, switched off. */
const NO_QUOTE = '\u0000';

/** Rows by RFC 4180: quoted cells may hold separators and line breaks. A quote without an end is only a character. */
export function parseDelimited(given: string, separator: string): Table {
  const text = normalText(given);
  const parse = (quoteChar: string) =>
    papa.parse<string[]>(text, { delimiter: separator, newline: '\n', quoteChar, skipEmptyLines: false });
  const quoted = text.includes('"') ? parse('"') : parse(NO_QUOTE);
  const hasLooseQuotes = quoted.errors.some((error) => error.type === 'Quotes');
  const { data } = hasLooseQuotes ? parse(NO_QUOTE) : quoted;
  const rows: string[][] = [];
  const lines: number[] = [];
  let line = 1;
  for (const row of data) {
    if (!isEmpty(row)) {
      rows.push(row);
      lines.push(line);
    }
    line += 1 + row.reduce((sum, cell) => sum + (cell.split('\n').length - 1), 0);
  }
  return { rows, lines, hasLooseQuotes };
}

/**
 * Rows as Quizlet exports them: separators as somebody chose them, no quotes. The first separator parts the term from its definition,
 * which may hold it again.
 */
export function parseTermList(given: string, separator: string, rowSeparator: string): Table {
  const rows: string[][] = [];
  const lines: number[] = [];
  let line = 1;
  for (const row of normalText(given).split(rowSeparator)) {
    const trimmed = row.trim();
    if (trimmed !== '') {
      const at = trimmed.indexOf(separator);
      rows.push(at < 0 ? [trimmed] : [trimmed.slice(0, at).trim(), trimmed.slice(at + separator.length).trim()]);
      lines.push(
        line +
          (row.length - row.trimStart().length > 0
            ? row.slice(0, row.length - row.trimStart().length).split('\n').length - 1
            : 0),
      );
    }
    line += `${row}${rowSeparator}`.split('\n').length - 1;
  }
  return { rows, lines, hasLooseQuotes: false };
}

/** The separator that gives most rows the same number of cells, at least two; `undefined` when none parts anything. */
export function guessSeparator(given: string): string | undefined {
  const whole = normalText(given);
  // A cut in the middle of a row would make it look short.
  const text = whole.length <= GUESS_CHARACTERS ? whole : whole.slice(0, whole.lastIndexOf('\n', GUESS_CHARACTERS) + 1);
  let best: { separator: string; score: number } | undefined;
  for (const separator of CANDIDATES) {
    const { rows } = parseDelimited(text === '' ? whole : text, separator);
    const counts = new Map<number, number>();
    for (const row of rows) counts.set(row.length, (counts.get(row.length) ?? 0) + 1);
    const [columns, hits] = [...counts].toSorted(([, a], [, b]) => b - a)[0] ?? [0, 0];
    // Rows that are parted at all count, and rows parted the same way: short rows are common, and commas also stand in sentences.
    const parted = rows.filter((row) => row.length > 1).length;
    const score = columns < 2 ? 0 : (parted + hits) / (2 * rows.length);
    if (score > 0.5 && score > (best?.score ?? 0) + 0.05) best = { separator, score };
  }
  return best?.separator;
}
