import { clozeNumbers, parseCloze, plainCloze, showCloze } from '../../notes/cloze.ts';
import { type AnkiHeader, cellText, isAnkiText, parseAnkiText } from './anki-text.ts';
import { guessSeparator, parseDelimited, parseTermList, type Table } from './delimited.ts';
import { isObsidian, parseObsidian } from './obsidian.ts';
import { isQuestions, parseQuestions } from './questions.ts';
import { normalText, type TextCard, type TextProblem } from './text-card.ts';

/** `terms`: term and definition with separators somebody chose, as Quizlet exports them. */
export const TEXT_FORMATS = ['anki', 'delimited', 'terms', 'obsidian', 'questions'] as const;
export type TextFormat = (typeof TEXT_FORMATS)[number];

/** What a person chose; everything left out is found out. Columns count from 1. */
export interface TextSettings {
  readonly format?: TextFormat | undefined;
  readonly separator?: string | undefined;
  readonly rowSeparator?: string | undefined;
  readonly hasHeader?: boolean | undefined;
  readonly frontColumn?: number | undefined;
  readonly backColumn?: number | undefined;
}

/** How a text was read, and what came out. */
export interface TextReading {
  readonly format: TextFormat;
  /** For formats of rows. */
  readonly table?: {
    readonly separator: string;
    readonly rowSeparator: string;
    readonly hasHeader: boolean;
    /** Names of the columns, as far as they have any. */
    readonly columns: readonly string[];
    readonly frontColumn: number;
    readonly backColumn: number;
  };
  readonly cards: readonly TextCard[];
  readonly problems: readonly TextProblem[];
}

const FRONT_NAMES = ['front', 'question', 'term', 'word'];
const BACK_NAMES = ['back', 'answer', 'definition', 'meaning'];
const TAG_NAMES = ['tags', 'tag'];
/** Gaps and answers in plain text. */
const PLAIN = { gap: (hint: string) => `[${hint}]`, answer: (text: string) => text };

export function detectFormat(text: string): TextFormat {
  if (isAnkiText(text)) return 'anki';
  if (isQuestions(text)) return 'questions';
  if (isObsidian(text)) return 'obsidian';
  return 'delimited';
}

/** Reads a text as cards. Never throws: what cannot be read is a problem with its line. */
export function readText(text: string, settings: TextSettings = {}): TextReading {
  const isCut = settings.rowSeparator !== undefined && settings.rowSeparator !== '\n';
  const format = settings.format ?? (isCut ? 'terms' : settings.separator !== undefined ? 'delimited' : detectFormat(text));
  switch (format) {
    case 'obsidian':
      return { format, ...parseObsidian(text) };
    case 'questions':
      return { format, ...parseQuestions(text) };
    case 'anki': {
      const { header, table } = parseAnkiText(text);
      return fromTable(format, table, header.separator ?? '\t', '\n', settings, header);
    }
    case 'terms': {
      const separator = settings.separator ?? guessSeparator(text) ?? '\t';
      const rowSeparator = settings.rowSeparator ?? '\n';
      return fromTable(format, parseTermList(text, separator, rowSeparator), separator, rowSeparator, settings, {});
    }
    case 'delimited': {
      const separator = settings.separator ?? guessSeparator(text) ?? '\t';
      // More than one character parts terms, not cells of CSV.
      const table = separator.length === 1 ? parseDelimited(text, separator) : parseTermList(text, separator, '\n');
      return fromTable(format, table, separator, '\n', settings, {});
    }
  }
}

/** Column names in the first row, known by what they say. */
function namedColumns(row: readonly string[]): boolean {
  const names = row.map((cell) => cell.trim().toLowerCase());
  const has = (known: readonly string[]) => names.some((name) => known.includes(name));
  return has(FRONT_NAMES) && has(BACK_NAMES);
}

const indexOf = (names: readonly string[], known: readonly string[]): number | undefined => {
  const index = names.findIndex((name) => known.includes(name.trim().toLowerCase()));
  return index < 0 ? undefined : index + 1;
};

function fromTable(
  format: TextFormat,
  table: Table,
  separator: string,
  rowSeparator: string,
  settings: TextSettings,
  header: AnkiHeader,
): TextReading {
  const first = table.rows[0] ?? [];
  const hasHeader = settings.hasHeader ?? (header.columns === undefined && namedColumns(first));
  const names = header.columns ?? (hasHeader ? first.map((name) => name.trim()) : []);
  const width = table.rows.reduce((most, row) => Math.max(most, row.length), 0);
  const special = new Set([header.guidColumn, header.deckColumn, header.noteTypeColumn, header.tagsColumn]);
  const tagsColumn = header.tagsColumn ?? indexOf(names, TAG_NAMES);
  const free = Array.from({ length: width }, (_, index) => index + 1).filter((column) => !special.has(column));
  const frontColumn = settings.frontColumn ?? indexOf(names, FRONT_NAMES) ?? free[0] ?? 1;
  const backColumn =
    settings.backColumn ??
    indexOf(names, BACK_NAMES) ??
    free.find((column) => column !== frontColumn && column !== tagsColumn) ??
    2;
  const problems: TextProblem[] = table.hasLooseQuotes
    ? [{ line: 1, what: 'A quotation mark has no end: quotation marks are read as ordinary characters.' }]
    : [];
  const isHtml = header.html === true;
  const cards: TextCard[] = [];
  for (const [index, row] of table.rows.entries()) {
    if (hasHeader && index === 0) continue;
    const line = table.lines[index] ?? 1;
    const cell = (column: number | undefined): string => (column === undefined ? '' : (row[column - 1] ?? ''));
    const front = cellText(cell(frontColumn), isHtml);
    const back = cellText(cell(backColumn), isHtml);
    const deck = cell(header.deckColumn).trim() || header.deck || '';
    const guid = cell(header.guidColumn).trim();
    const common = {
      tags: [
        ...(header.tags ?? []),
        ...cell(tagsColumn)
          .split(/\s+/)
          .filter((tag) => tag !== ''),
      ],
      line,
      ...(deck === '' ? {} : { deck: deck.split('::') }),
      ...(guid === '' ? {} : { guid }),
    };
    const parts = parseCloze(front);
    const numbers = clozeNumbers(parts);
    if (numbers.length > 0) {
      const full = `${plainCloze(parts)}${back === '' ? '' : `\n\n${back}`}`;
      for (const number of numbers) cards.push({ ...common, front: showCloze(parts, number, 'front', PLAIN), back: full });
    } else if (front === '') problems.push({ line, what: 'The front is empty.' });
    else if (back === '') {
      problems.push({
        line,
        what: row.length < 2 ? 'There is only one column here: no separator was found.' : 'The back is empty.',
      });
    } else cards.push({ ...common, front, back });
  }
  const columns = Array.from({ length: width }, (_, index) => names[index] ?? '');
  return { format, table: { separator, rowSeparator, hasHeader, columns, frontColumn, backColumn }, cards, problems };
}

/** Whether the bytes are text of UTF-8, or what FlashCase takes for it; `undefined` for anything else. */
export function decodeText(bytes: Uint8Array): string | undefined {
  const utf16 =
    bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : undefined;
  try {
    return normalText(new TextDecoder(utf16 ?? 'utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}
