const NAMED: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  hellip: '…',
  ndash: '–',
  mdash: '—',
  lsquo: '‘',
  rsquo: '’',
  ldquo: '“',
  rdquo: '”',
  sect: '§',
  para: '¶',
  copy: '©',
};

/** Character references of HTML; unknown names stay as they are. */
export function decodeEntities(html: string): string {
  return html.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]+));/gi, (whole, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return NAMED[name.toLowerCase()] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex as string, 16) : Number(decimal);
    const isCharacter = code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
    return isCharacter ? String.fromCodePoint(code) : whole;
  });
}

export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Plain text as HTML that shows it as it was typed: `htmlToText` gives exactly the text again. */
export function textToHtml(text: string): string {
  return escapeHtml(text)
    .replaceAll('[sound:', '&#91;sound:')
    .replaceAll('\t', '&#9;')
    .replace(/ (?= )|^ | $/gm, '&nbsp;')
    .replaceAll('\n', '<br>');
}

const UNSEEN = /<!--[\s\S]*?-->|<(script|style|head|title)\b[\s\S]*?<\/\1\s*>/gi;
const TAG = /<\/?([a-z][a-z0-9-]*)\b(?:[^>"']|"[^"]*"|'[^']*')*>/gi;
const MEDIA = /<(?:img|audio|video|object|source)\b[^>]*?\b(?:src|data)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))[^>]*>/gi;
const BLOCKS = new Set([
  'div',
  'p',
  'li',
  'tr',
  'hr',
  'ul',
  'ol',
  'table',
  'h1',
  'h2',
  'h3',
  'h4',
  'h5',
  'h6',
  'blockquote',
  'pre',
]);

/** Where a block begins or ends; one line break, however many of them meet. */
const EDGE = '\v';

/** What a reader sees of HTML, as lines of plain text. Pictures and sounds are named in brackets. */
export function htmlToText(html: string): string {
  const lines = html
    .replace(UNSEEN, '')
    .replace(/\s*[\n\v]\s*/g, ' ')
    .replace(MEDIA, (_, double?: string, single?: string, bare?: string) => ` [${double ?? single ?? bare ?? ''}] `)
    .replace(/\[sound:([^\]]+)\]/g, ' [$1] ')
    .replace(TAG, (_, given: string) => {
      const name = given.toLowerCase();
      return name === 'br' ? '\n' : BLOCKS.has(name) ? EDGE : name === 'td' ? ' ' : '';
    })
    .replace(/[ \t]+/g, ' ')
    .replace(/ ?([\n\v]) ?/g, '$1')
    .replace(/^[ \v]+|[ \v]+$/g, '')
    .replace(/\n?\v+/g, '\n');
  return decodeEntities(lines);
}

/** Text without any tag, in which media keep their names: what Anki compares and sorts notes by. */
export function stripHtml(html: string): string {
  return decodeEntities(
    html
      .replace(MEDIA, (_, double?: string, single?: string, bare?: string) => ` ${double ?? single ?? bare ?? ''} `)
      .replace(UNSEEN, '')
      .replace(TAG, ''),
  );
}
