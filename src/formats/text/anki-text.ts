import { htmlToText } from '../html.ts';
import { guessSeparator, parseDelimited, type Table } from './delimited.ts';
import { normalText } from './text-card.ts';

/** What the `#key:value` lines at the top of Anki's text say. Columns count from 1. */
export interface AnkiHeader {
  readonly separator?: string;
  readonly html?: boolean;
  readonly tags?: readonly string[];
  readonly columns?: readonly string[];
  readonly deck?: string;
  readonly noteType?: string;
  readonly deckColumn?: number;
  readonly noteTypeColumn?: number;
  readonly tagsColumn?: number;
  readonly guidColumn?: number;
}

const NAMED: Readonly<Record<string, string>> = {
  comma: ',',
  semicolon: ';',
  tab: '\t',
  space: ' ',
  pipe: '|',
  colon: ':',
};

const KEYS = new Set([
  'separator',
  'html',
  'tags',
  'columns',
  'notetype',
  'deck',
  'notetype column',
  'deck column',
  'tags column',
  'guid column',
]);

const directive = (line: string): [key: string, value: string] | undefined => {
  const match = /^#([a-z ]+):(.*)$/i.exec(line);
  const key = match?.[1]?.trim().toLowerCase() ?? '';
  return match !== null && KEYS.has(key) ? [key, match[2] as string] : undefined;
};

/** Text that begins with one of Anki's directives. */
export function isAnkiText(text: string): boolean {
  return directive(normalText(text).split('\n', 1)[0] ?? '') !== undefined;
}

function separatorOf(value: string): string {
  const name = value.trim().toLowerCase();
  return NAMED[name] ?? (value === '\\t' ? '\t' : value.length === 0 ? '\t' : (value.trim()[0] ?? value[0] ?? '\t'));
}

const column = (value: string): number | undefined => {
  const number = Number(value);
  return Number.isInteger(number) && number > 0 ? number : undefined;
};

/** Reads the header, then the rows: all as long as the first, as Anki reads them. Lines that begin with # are comments. */
export function parseAnkiText(given: string): { header: AnkiHeader; table: Table } {
  const lines = normalText(given).split('\n');
  const found = new Map<string, string>();
  let start = 0;
  for (; start < lines.length; start++) {
    const line = lines[start] as string;
    const known = directive(line);
    if (known !== undefined) found.set(...known);
    else if (!line.startsWith('#')) break;
  }
  const body = lines.slice(start).join('\n');
  const named = found.get('separator');
  const separator = named === undefined ? (guessSeparator(withoutComments(body)) ?? '\t') : separatorOf(named);
  const parsed = parseDelimited(withoutComments(body), separator);
  const width = parsed.rows[0]?.length ?? 0;
  const table = {
    ...parsed,
    rows: parsed.rows.map((row) => Array.from({ length: width }, (_, index) => row[index] ?? '')),
    lines: parsed.lines.map((line) => line + start),
  };
  const header: AnkiHeader = {
    separator,
    html: found.get('html')?.trim().toLowerCase() === 'true',
    ...stated(found, 'tags', (value) => ({ tags: value.split(/\s+/).filter((tag) => tag !== '') })),
    ...stated(found, 'columns', (value) => ({
      columns: (parseDelimited(value, separator).rows[0] ?? []).map((name) => name.trim()),
    })),
    ...stated(found, 'deck', (value) => ({ deck: value.trim() })),
    ...stated(found, 'notetype', (value) => ({ noteType: value.trim() })),
    ...stated(found, 'deck column', (value) => numbered('deckColumn', value)),
    ...stated(found, 'notetype column', (value) => numbered('noteTypeColumn', value)),
    ...stated(found, 'tags column', (value) => numbered('tagsColumn', value)),
    ...stated(found, 'guid column', (value) => numbered('guidColumn', value)),
  };
  return { header, table };
}

const numbered = (name: string, value: string): Partial<AnkiHeader> => {
  const number = column(value);
  return number === undefined ? {} : { [name]: number };
};

function stated(
  found: ReadonlyMap<string, string>,
  key: string,
  of: (value: string) => Partial<AnkiHeader>,
): Partial<AnkiHeader> {
  const value = found.get(key);
  return value === undefined ? {} : of(value);
}

/** Comments between rows; their lines stay, empty, so that the numbers of lines are right. Inside quotes a # begins no comment. */
function withoutComments(body: string): string {
  let isQuoted = false;
  return body
    .split('\n')
    .map((line) => {
      const isComment = !isQuoted && line.startsWith('#');
      if (!isComment && (line.split('"').length - 1) % 2 === 1) isQuoted = !isQuoted;
      return isComment ? '' : line;
    })
    .join('\n');
}

/** A cell as plain text. */
export const cellText = (cell: string, isHtml: boolean): string => (isHtml ? htmlToText(cell) : cell).trim();
