import {
  type Area,
  type Box,
  boxAround,
  MAX_AREAS,
  MAX_NUMBER,
  type Outline,
  type Point,
} from '../../../src/notes/occlusion/shapes.ts';
import { msg } from '../languages/t.ts';
import { parsedHtml } from '../lib/trusted.ts';

/** What the editor of a picture's areas does with them; nothing here knows the page. */

export type Tool = 'select' | 'rect' | 'ellipse' | 'polygon';

export const NAMES: Readonly<Record<Outline['kind'], string>> = {
  rect: msg('Rectangle'),
  ellipse: msg('Ellipse'),
  polygon: msg('Polygon'),
  text: msg('Text'),
};

/** The smallest side that is drawn: what is less was a click. */
export const LEAST = 0.01;
const between = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, value));

/** A box within the picture. */
export function within({ left, top, width, height }: Box): Box {
  const [w, h] = [between(width, LEAST, 1), between(height, LEAST, 1)];
  return { left: between(left, 0, 1 - w), top: between(top, 0, 1 - h), width: w, height: h };
}

/** The area in another box: a polygon is stretched, a text has another height. */
export function withBox(outline: Outline, box: Box): Outline {
  if (outline.kind === 'text') return { ...outline, left: box.left, top: box.top, size: between(box.height, LEAST, 0.5) };
  if (outline.kind !== 'polygon') return { ...outline, ...box };
  const old = boxAround(outline.points);
  const scaled = (value: number, from: number, size: number, to: number, wanted: number): number =>
    to + (size === 0 ? 0 : ((value - from) / size) * wanted);
  return {
    ...outline,
    points: outline.points.map(
      ([x, y]): Point => [
        scaled(x, old.left, old.width, box.left, box.width),
        scaled(y, old.top, old.height, box.top, box.height),
      ],
    ),
  };
}

/** The box with two corners at these places. */
export const boxOfCorners = ([x, y]: Point, [u, v]: Point): Box => ({
  left: Math.min(x, u),
  top: Math.min(y, v),
  width: Math.abs(x - u),
  height: Math.abs(y - v),
});

/** What a click draws: around that place. */
export const boxAt = ([x, y]: Point): Box => within({ left: x - 0.1, top: y - 0.05, width: 0.2, height: 0.1 });

/** With one more area, a card of its own; `undefined` where there are as many as there may be. */
export function added(areas: readonly Area[], outline: Outline): readonly Area[] | undefined {
  const isText = outline.kind === 'text';
  const number = isText ? 0 : Math.max(0, ...areas.map((area) => area.number)) + 1;
  if (areas.length >= MAX_AREAS || number > MAX_NUMBER) return undefined;
  return [...areas, { number, outline, label: '', more: [] }];
}

const IMAGE = /<img\b(?:"[^"]*"|[^">])*>/i;
const MARKDOWN = /!\[([^\]]*)\]\(([^)\s]+)\)/;

export interface Picture {
  readonly address: string;
  /** What it shows, for who cannot see it. */
  readonly alt: string;
}

/** The picture that a field shows; plain text shows none. */
export function pictureOf(value: string, format: string): Picture | undefined {
  if (format === 'text') return undefined;
  const [, alt = '', address] = format === 'markdown' ? (MARKDOWN.exec(value) ?? []) : [];
  if (address !== undefined) return { address, alt };
  const tag = IMAGE.exec(value)?.[0];
  if (tag === undefined) return undefined;
  const image = parsedHtml(tag).querySelector('img');
  return { address: image?.getAttribute('src') ?? '', alt: image?.getAttribute('alt') ?? '' };
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** The field with this picture in place of the one it has. */
export function withPicture(value: string, format: string, { address, alt }: Picture): string {
  const made =
    format === 'html' ? `<img src="${address}" alt="${escaped(alt)}">` : `![${alt.replaceAll(/[[\]\\]/g, ' ')}](${address})`;
  const old = format === 'html' ? IMAGE.exec(value)?.[0] : (MARKDOWN.exec(value) ?? IMAGE.exec(value))?.[0];
  return old === undefined ? made : value.replace(old, () => made);
}

/** The text of a field that is kept as HTML, and back. */
export const textOfField = (value: string, format: string): string =>
  format === 'html' ? (parsedHtml(value.replaceAll(/<br\s*\/?>|<\/(?:div|p)>/gi, '\n')).body.textContent ?? '') : value;
export const fieldOfText = (text: string, format: string): string =>
  format === 'html' ? escaped(text).replaceAll('\n', '<br>') : text;
