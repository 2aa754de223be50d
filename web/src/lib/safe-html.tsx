import { createElement, Fragment, type ReactNode } from 'react';
import { DRAWING_ATTRIBUTE, readDrawing } from '../../../src/notes/occlusion/drawing.ts';
import { Formula } from './formula.tsx';
import { withFormulas } from './formula-nodes.ts';
import { type FormulaText, formulasIn } from './formula-text.ts';
import { OccludedPicture } from './occluded-picture.tsx';
import { parsedHtml } from './trusted.ts';

/**
 * HTML of a card as elements of the page. The server has sanitised it; here it is taken apart once more and only what is listed is built
 * anew, so that HTML never meets the page as HTML. Colours of elsewhere are left out: they would not fit light and dark.
 */
const TAGS = new Set(
  'a abbr audio b bdi bdo blockquote br caption cite code dd del details dfn div dl dt em h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q rp rt ruby s samp small span strike strong sub summary sup table tbody td tfoot th thead tr u ul var wbr'.split(
    ' ',
  ),
);
/** The page has headings of its own; a card's begin below them. */
const AS: Readonly<Record<string, string>> = { h1: 'h3', h2: 'h4', h3: 'h5', h4: 'h6', h5: 'h6', strike: 's' };
const EMPTY = new Set(['br', 'hr', 'img', 'wbr']);
const MAX_DEPTH = 200;

/** Pictures and sounds that people gave this server; who did not give one sees it as what a card shows. */
const MEDIA = /^\/api\/v1\/media\/[0-9a-f]{64}$/;
const ofCard = (address: string, cardId: number | undefined): string =>
  MEDIA.test(address) && cardId !== undefined ? `${address}?card_id=${cardId}` : address;

function attributesOf(element: Element, tag: string, cardId: number | undefined): Record<string, unknown> {
  const given = (name: string): string | undefined => element.getAttribute(name) ?? undefined;
  const isClass = ['cloze', 'hint'].includes(element.className);
  const common = {
    dir: given('dir'),
    lang: given('lang'),
    title: given('title'),
    ...(isClass ? { className: element.className } : {}),
  };
  const address = given(tag === 'a' ? 'href' : 'src') ?? '';
  if (tag === 'a') {
    const isSafe = /^(https?:|mailto:)/i.test(address);
    return isSafe ? { ...common, href: address, rel: 'noopener noreferrer nofollow', target: '_blank' } : common;
  }
  if (tag === 'img') {
    const isOurs = address !== '' && !/^(\/\/|[a-z][a-z0-9+.-]*:|\\)/i.test(address);
    return { ...common, ...(isOurs ? { src: ofCard(address, cardId) } : {}), alt: given('alt') ?? '', loading: 'lazy' };
  }
  if (tag === 'audio')
    return { ...common, controls: true, preload: 'none', ...(MEDIA.test(address) ? { src: ofCard(address, cardId) } : {}) };
  if (tag === 'ol') return { ...common, start: given('start') };
  if (tag === 'td' || tag === 'th') return { ...common, colSpan: given('colspan'), rowSpan: given('rowspan') };
  return common;
}

/** Text in these is about how something is written: a formula in it is meant as its source. */
const LITERAL = new Set(['code', 'kbd', 'pre', 'samp']);

function build(nodes: Iterable<Node>, depth: number, cardId: number | undefined, isLiteral = false): ReactNode[] {
  return (isLiteral ? [...nodes] : withFormulas([...nodes])).map((node, key) => {
    if (typeof node === 'string') return node;
    if (!(node instanceof Node)) return formulaOf(node, key);
    if (node.nodeType === Node.TEXT_NODE) return node.nodeValue;
    if (!(node instanceof Element) || depth > MAX_DEPTH) return null;
    const tag = node.localName;
    if (['script', 'style', 'template', 'svg', 'math'].includes(tag)) return null;
    const inner = EMPTY.has(tag) ? [] : build(node.childNodes, depth + 1, cardId, isLiteral || LITERAL.has(tag));
    const drawing = tag === 'img' ? readDrawing(node.getAttribute(DRAWING_ATTRIBUTE) ?? '') : undefined;
    if (drawing !== undefined) {
      const { src, alt } = attributesOf(node, tag, cardId) as { src?: string; alt: string };
      // Anew for each side: what was opened on one answer is closed on the next question.
      const own = `${key} ${src} ${node.getAttribute(DRAWING_ATTRIBUTE)}`;
      return createElement(OccludedPicture, { key: own, src, alt, drawing });
    }
    if (!TAGS.has(tag)) return createElement(Fragment, { key }, ...inner);
    return createElement(AS[tag] ?? tag, { key, ...attributesOf(node, tag, cardId) }, ...inner);
  });
}

const formulaOf = ({ tex, isBlock, source }: FormulaText, key: number): ReactNode => (
  <Formula key={key} tex={tex} isBlock={isBlock} source={source} />
);

/** A plain text with its formulas. */
export function nodesOfText(text: string): ReactNode[] {
  const nodes: ReactNode[] = [];
  let from = 0;
  for (const formula of formulasIn(text)) {
    nodes.push(text.slice(from, formula.start), formulaOf(formula, nodes.length));
    from = formula.start + formula.source.length;
  }
  return [...nodes, text.slice(from)];
}

/** The elements of a piece of HTML. Parsing it runs nothing and loads nothing. @param cardId the card it is of */
export function nodesOfHtml(html: string, cardId?: number): ReactNode[] {
  return build(parsedHtml(html).body.childNodes, 0, cardId);
}
