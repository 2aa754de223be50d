import { clozeAnswer, parseCloze, plainCloze, showCloze } from './cloze.ts';
import { escapeHtml, htmlOfText, isBlankHtml, safeHtml, textOfHtml } from './html.ts';

/**
 * The templates of note types, in the language that imported ones are written in: `{{Field}}`, filters before it (`{{type:cloze:Field}}`),
 * `{{#Field}}…{{/Field}}` where it is filled and `{{^Field}}…{{/Field}}` where it is not, `{{FrontSide}}`, `{{Tags}}` and others. Nothing in
 * it is ever run.
 */
export type TemplateNode =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'field'; readonly name: string; readonly filters: readonly string[] }
  | { readonly kind: 'section'; readonly name: string; readonly isInverted: boolean; readonly children: readonly TemplateNode[] };

export interface Template {
  readonly nodes: readonly TemplateNode[];
  /** What is wrong with it, in words. It is shown all the same, as far as it can be understood. */
  readonly problems: readonly string[];
}

/** Sections inside of sections, at most. */
const MAX_DEPTH = 50;

interface OpenSection {
  readonly name: string;
  readonly isInverted: boolean;
  readonly children: TemplateNode[];
}

/** Reads a template. A section without an end ends with the template, an end without a beginning is left out; both are said. */
export function parseTemplate(source: string): Template {
  const isLegacy = /^\s*\{\{=<% %>=\}\}/.test(source);
  const text = source.replace(/^\s*\{\{=<% %>=\}\}/, '').replaceAll(/<!--[\s\S]*?-->/g, '');
  const problems: string[] = [];
  const bottom: TemplateNode[] = [];
  const open: OpenSection[] = [];
  const add = (node: TemplateNode): void => void (open.at(-1)?.children ?? bottom).push(node);
  const close = (): void => {
    const { name, isInverted, children } = open.pop() as OpenSection;
    add({ kind: 'section', name, isInverted, children });
  };
  let at = 0;
  for (const match of text.matchAll(isLegacy ? /<%(.+?)%>/gs : /\{\{(.+?)\}\}/gs)) {
    if (match.index > at) add({ kind: 'literal', text: text.slice(at, match.index) });
    at = match.index + match[0].length;
    const inner = (match[1] ?? '').trim();
    const sign = inner[0];
    const name = inner.slice(1).trim();
    if (sign === '#' || sign === '^') {
      if (open.length >= MAX_DEPTH) problems.push(`The section ${name} lies too deep and is left out.`);
      else open.push({ name, isInverted: sign === '^', children: [] });
    } else if (sign === '/') {
      const index = open.findLastIndex((section) => section.name === name);
      if (index === -1) problems.push(`The section ${name} ends without a beginning.`);
      else {
        while (open.length > index + 1) {
          problems.push(`The section ${open.at(-1)?.name} has no end.`);
          close();
        }
        close();
      }
    } else {
      const parts = inner.split(':').map((part) => part.trim());
      add({ kind: 'field', name: parts.at(-1) ?? '', filters: parts.slice(0, -1) });
    }
  }
  if (at < text.length) add({ kind: 'literal', text: text.slice(at) });
  while (open.length > 0) {
    problems.push(`The section ${open.at(-1)?.name} has no end.`);
    close();
  }
  return { nodes: bottom, problems };
}

/** The fields that stand behind a `cloze` filter: their gaps make the cards. */
export function clozeFields(nodes: readonly TemplateNode[]): string[] {
  return [
    ...new Set(
      nodes.flatMap((node) => {
        if (node.kind === 'section') return clozeFields(node.children);
        return node.kind === 'field' && node.filters.includes('cloze') ? [node.name] : [];
      }),
    ),
  ];
}

/** What a side is made from. */
export interface SideInput {
  /** `html`: fields are sanitised HTML, and so is what comes out. `text`: all of it is plain text. */
  readonly mode: 'text' | 'html';
  /** Whether the words of the template itself are HTML (types from elsewhere) or text (FlashCase's own). */
  readonly syntax: 'text' | 'html';
  readonly side: 'front' | 'back';
  readonly fields: ReadonlyMap<string, string>;
  /** Tags, Deck, Subdeck, Card, Type: plain text. */
  readonly special: ReadonlyMap<string, string>;
  readonly frontSide: string;
  /** The number of the card's gap, on types that have gaps. */
  readonly cloze: number | undefined;
}

export interface Side {
  readonly text: string;
  /** False when no field put anything on it: such a front makes no card. */
  readonly isFilled: boolean;
  /** What is to be typed, as plain text. */
  readonly answer: string | undefined;
  readonly problems: readonly string[];
}

/** A side that grew past this is cut short and said: a template can repeat a long field as often as it likes. */
export const MAX_SIDE = 100_000;

/** Filters that change nothing here: speech and accents are the reader's settings. */
const QUIET_FILTERS = /^(nc|tts\b.*|edit|furigana|kanji|kana)$/;

export function renderSide(template: Template, input: SideInput): Side {
  const { mode, syntax, side, fields, special, cloze } = input;
  const problems = new Set<string>(template.problems);
  const isBlank = (value: string): boolean => (mode === 'html' ? isBlankHtml(value) : value.trim() === '');
  const ofText = (text: string): string => (mode === 'html' ? htmlOfText(text) : text);
  const marks = {
    gap: (hint: string) => (mode === 'html' ? `<span class="cloze">[${hint}]</span>` : `[${hint}]`),
    answer: (text: string) => (mode === 'html' ? `<span class="cloze">${text}</span>` : text),
  };
  let isFilled = false;
  let answer: string | undefined;
  let length = 0;

  function isTrue(name: string): boolean {
    // `{{#c1}}`: the card of the first gap.
    if (/^c\d+$/.test(name) && !fields.has(name)) return cloze === Number(name.slice(1));
    const value = fields.get(name) ?? special.get(name);
    if (value === undefined) problems.add(`There is no field ${name}.`);
    return value !== undefined && !isBlank(value);
  }

  function field(name: string, filters: readonly string[]): string {
    if (name === 'FrontSide' && filters.length === 0) return side === 'back' ? input.frontSide : '';
    const own = fields.get(name);
    if (own === undefined) {
      const known = special.get(name);
      if (known === undefined) problems.add(`There is no field ${name}.`);
      return known === undefined ? '' : ofText(known);
    }
    const isTyped = filters.includes('type');
    const hasCloze = filters.includes('cloze') && cloze !== undefined;
    if (isTyped) {
      const parts = parseCloze(own);
      const wanted = hasCloze ? clozeAnswer(parts, cloze) : own;
      answer ??= (mode === 'html' ? textOfHtml(wanted) : wanted).trim();
      // The box to type in is the page's; on the back the answer stands for readers that have none.
      if (side === 'front') return '';
    }
    let value = own;
    // The filter next to the field comes first.
    for (const filter of filters.toReversed()) {
      if (filter === 'cloze') value = hasCloze ? showCloze(parseCloze(value), cloze, side, marks) : plainCloze(parseCloze(value));
      else if (filter === 'text') value = mode === 'html' ? htmlOfText(textOfHtml(value)) : value;
      else if (filter === 'hint') value = isBlank(value) ? '' : hint(name, value);
      else if (filter !== 'type' && !QUIET_FILTERS.test(filter))
        problems.add(`The filter ${filter} is not known; its field is shown as it is.`);
    }
    if (!isBlank(own)) isFilled = true;
    return value;
  }

  const hint = (name: string, value: string): string =>
    mode === 'html' ? `<details class="hint"><summary>${escapeHtml(name)}</summary>${value}</details>` : value;

  function render(nodes: readonly TemplateNode[]): string {
    let text = '';
    for (const node of nodes) {
      if (length > MAX_SIDE) break;
      if (node.kind === 'section') {
        if (isTrue(node.name) !== node.isInverted) text += render(node.children);
        continue;
      }
      const piece = node.kind === 'field' ? field(node.name, node.filters) : syntax === 'text' ? ofText(node.text) : node.text;
      length += piece.length;
      text += piece;
    }
    return text;
  }

  let text = render(template.nodes);
  if (length > MAX_SIDE) {
    problems.add(`A side of this card is longer than ${MAX_SIDE.toLocaleString('en')} characters; the rest is left out.`);
    text = text.slice(0, MAX_SIDE);
  }
  return { text: mode === 'html' ? safeHtml(text).trim() : text.trim(), isFilled, answer, problems: [...problems] };
}
