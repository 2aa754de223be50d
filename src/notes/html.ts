import { createRequire } from 'node:module';
import type sanitizeHtml from 'sanitize-html';
import { mediaIn } from './media.ts';
import { DRAWING_ATTRIBUTE, readDrawing, writeDrawing } from './occlusion/drawing.ts';
import { quickHtml } from './quick-html.ts';

/** Loaded when the first HTML comes: a server of plain text cards starts without it. */
const load = createRequire(import.meta.url);
let library: typeof sanitizeHtml | undefined;

const COLOUR = [/^#[0-9a-f]{3,8}$/i, /^[a-z]{3,20}$/i, /^rgba?\([\d\s,.%]{1,40}\)$/i];

/**
 * What a note may hold: text with its structure and emphasis, tables, images and sounds of this server and links. No script, style sheet, form,
 * frame, SVG or MathML; a style only where it is a colour, a weight or an alignment, which the page does not use but an export keeps.
 */
const RULES = {
  allowedTags: [
    ...[
      'a',
      'abbr',
      'audio',
      'b',
      'bdi',
      'bdo',
      'blockquote',
      'br',
      'caption',
      'cite',
      'code',
      'dd',
      'del',
      'details',
      'dfn',
      'div',
      'dl',
      'dt',
    ],
    ...[
      'em',
      'font',
      'h1',
      'h2',
      'h3',
      'h4',
      'h5',
      'h6',
      'hr',
      'i',
      'img',
      'ins',
      'kbd',
      'li',
      'mark',
      'ol',
      'p',
      'pre',
      'q',
      'rp',
      'rt',
    ],
    ...[
      'ruby',
      's',
      'samp',
      'small',
      'span',
      'strike',
      'strong',
      'sub',
      'summary',
      'sup',
      'table',
      'tbody',
      'td',
      'tfoot',
      'th',
      'thead',
    ],
    ...['tr', 'u', 'ul', 'var', 'wbr'],
  ],
  allowedAttributes: {
    '*': ['dir', 'lang', 'title', 'style'],
    a: ['href'],
    audio: ['controls', 'src'],
    font: ['color'],
    img: ['src', 'alt', 'width', 'height', DRAWING_ATTRIBUTE],
    ol: ['start'],
    td: ['colspan', 'rowspan'],
    th: ['colspan', 'rowspan', 'scope'],
  },
  allowedClasses: { span: ['cloze'], details: ['hint'] },
  allowedStyles: {
    '*': {
      color: COLOUR,
      'background-color': COLOUR,
      'font-style': [/^(normal|italic)$/],
      'font-weight': [/^(normal|bold|[1-9]00)$/],
      'text-align': [/^(left|right|center|justify|start|end)$/],
      'text-decoration': [/^(none|underline|line-through)$/],
    },
  },
  allowedSchemes: ['http', 'https', 'mailto'],
  // Images of this server only: a picture from elsewhere tells its owner who studies what, and when.
  allowedSchemesByTag: { img: [], audio: [] },
  exclusiveFilter: ({ tag, attribs }) => tag === 'audio' && mediaIn(attribs.src ?? '').size === 0,
  // What is drawn over a picture is numbers in one form, or it is nothing.
  transformTags: {
    img: (tagName, { [DRAWING_ATTRIBUTE]: given, ...attribs }) => {
      const drawing = given === undefined ? undefined : readDrawing(given);
      return { tagName, attribs: drawing === undefined ? attribs : { ...attribs, [DRAWING_ATTRIBUTE]: writeDrawing(drawing) } };
    },
  },
  allowProtocolRelative: false,
  // Their content is no text for readers.
  nonTextTags: ['script', 'style', 'textarea', 'option', 'noscript', 'title', 'template', 'iframe', 'svg', 'math', 'head'],
  nestingLimit: 100,
} satisfies sanitizeHtml.IOptions;

/**
 * Text, characters by name, and tags without attributes from the list above: most of what people write, and nothing in it needs the
 * parser, which takes a tenth of a millisecond. An import has a hundred thousand notes.
 */
const isPlainlySafe =
  /^(?:[^<>&]|&(?:amp|lt|gt|quot|nbsp|#39);|<\/?(?:b|strong|i|em|u|s|sub|sup|p|div|ul|ol|li|span|code)>|<br ?\/?>)*$/;

/** HTML from anywhere to HTML that can harm nobody. What is clean already comes back as it is. */
export function safeHtml(html: string): string {
  if (isPlainlySafe.test(html)) return html;
  return quickHtml(html, parsedHtml) ?? parsedHtml(html);
}

/** The same by the parser alone: what it takes for a whole note is what others wait for. */
export function parsedHtml(html: string): string {
  library ??= load('sanitize-html') as typeof sanitizeHtml;
  return library(html, RULES);
}

export const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** Plain text as HTML that looks the same. */
export const htmlOfText = (text: string): string => escapeHtml(text).replaceAll(/\r\n?|\n/g, '<br>');

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' };

/** The characters that stand for `&lt;`, `&#39;` and the like; one it does not know stays as it is. */
function decodeEntities(text: string): string {
  return text.replaceAll(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]{2,6}));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return ENTITIES[name.toLowerCase()] ?? whole;
    const point = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    const isText = point > 0 && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
    return isText ? String.fromCodePoint(point) : whole;
  });
}

/** A piece of HTML as `htmlPieces` tells them apart. */
export interface HtmlPiece {
  /** As it stands in the HTML. */
  readonly raw: string;
  /** What it says: the characters of a text, a line break for a tag that begins a line, nothing for any other tag. */
  readonly text: string;
  /** Where each character of the text stands in `raw`, and where the last one ends; absent for a tag. */
  readonly places?: readonly number[];
}

/** Sanitised HTML as its texts and tags, in their order. */
export function htmlPieces(html: string): HtmlPiece[] {
  const pieces: HtmlPiece[] = [];
  for (const [raw, tag] of html.matchAll(/<\/?([a-z][a-z\d]*)(?:"[^"]*"|[^">])*>|[^<]+|</gi)) {
    if (tag !== undefined) {
      const name = tag.toLowerCase();
      pieces.push({ raw, text: name === 'br' || BLOCKS.test(name) ? '\n' : raw.startsWith('</') ? '' : mediaText(name, raw) });
      continue;
    }
    const places: number[] = [];
    let text = '';
    for (const { 0: sign, index } of raw.matchAll(/&(?:#\d{1,7}|#x[\da-f]{1,6}|[a-z]{2,6});|[\s\S]/gi)) {
      const said = sign.length > 1 ? decodeEntities(sign) : sign;
      // One that it does not know stands for itself, whole.
      for (let at = 0; at < said.length; at++) places.push(index);
      text += said;
    }
    pieces.push({ raw, text, places: [...places, raw.length] });
  }
  return pieces;
}

const BLOCKS = /^(address|blockquote|caption|dd|details|div|dl|dt|h[1-6]|hr|li|ol|p|pre|summary|table|tbody|tfoot|thead|tr|ul)$/;

/**
 * What sanitised HTML says, as plain text: for clients that know no HTML, for searching, for comparing. A block is a line of its own, an
 * item has a dash, an image its description; what a hint hides is left out.
 */
export function textOfHtml(html: string): string {
  if (!/[<&]/.test(html)) return html.trim();
  let text = '';
  let hidden = 0;
  for (const [, between = '', close = '', tag = '', rest = ''] of html.matchAll(
    /([^<]*)(?:<(\/?)([a-z][a-z\d]*)((?:"[^"]*"|[^>"])*)>|$|<)/gi,
  )) {
    if (hidden === 0) {
      const words = between.replaceAll(/[ \t\r\n]+/g, ' ');
      text += decodeEntities(text === '' || text.endsWith('\n') ? words.trimStart() : words);
    }
    const name = tag.toLowerCase();
    if (name === 'details') hidden = Math.max(0, hidden + (close === '' ? 1 : -1));
    if (name === 'summary') hidden = Math.max(0, hidden + (close === '' ? -1 : 1));
    if (hidden > 0) continue;
    if (name === 'br') text += '\n';
    else if (close === '' && /^(?:img|audio)$/.test(name)) text += mediaText(name, rest);
    else if (name === 'td' || name === 'th') text += close === '' ? '' : ' ';
    else if (BLOCKS.test(name)) {
      if (text !== '' && !text.endsWith('\n')) text += '\n';
      if (name === 'li' && close === '') text += '- ';
    }
  }
  return text
    .split('\n')
    .map((line) => line.trim())
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim();
}

/** What stands for a picture or sound in a text: what it is called. */
function insteadOf(attributes: string, name: 'alt' | 'title', kind: string): string {
  const called = new RegExp(`\\s${name}="([^"]*)"`).exec(attributes)?.[1];
  return called === undefined || called === '' ? `[${kind}]` : `[${decodeEntities(called)}]`;
}

/** A picture: its description, and which of its areas is asked for. */
function pictureText(attributes: string): string {
  const [, place, count] = new RegExp(`\\s${DRAWING_ATTRIBUTE}="(\\d{1,3})/(\\d{1,3})`).exec(attributes) ?? [];
  const said = insteadOf(attributes, 'alt', 'image');
  if (place === undefined) return said;
  return `${said === '[image]' ? said : `[image: ${said.slice(1)}`} — area ${place} of ${count}`;
}

/** The same by the name of the tag; nothing for other tags. */
const mediaText = (tag: string, attributes: string): string =>
  tag === 'img' ? pictureText(attributes) : tag === 'audio' ? insteadOf(attributes, 'title', 'sound') : '';

/** True for HTML in which there is nothing to see. */
export const isBlankHtml = (html: string): boolean => /^(?:[\s\u00a0]|&nbsp;|<(?!(?:img|audio)\b)[^>]*>)*$/i.test(html);
