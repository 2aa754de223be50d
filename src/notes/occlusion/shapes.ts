/**
 * The areas of a picture, as the field `Occlusion` of a note has them: a gap each, in the form that Anki writes,
 * `{{c1::image-occlusion:rect:left=.1:top=.2:width=.3:height=.4:oi=1}}`. Numbers are parts of the picture's width and height. The server and
 * the page read and write it by this file alone; nothing in it needs either.
 */

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export type Point = readonly [x: number, y: number];

/** What an area looks like. `angle` is in degrees, clockwise around its upper left corner. */
export type Outline =
  | (Box & { readonly kind: 'rect' | 'ellipse'; readonly angle: number })
  | { readonly kind: 'polygon'; readonly points: readonly Point[]; readonly angle: number }
  | {
      readonly kind: 'text';
      readonly left: number;
      readonly top: number;
      /** Of a line, as a part of the picture's height. */
      readonly size: number;
      readonly text: string;
      readonly angle: number;
    };

export interface Area {
  /** The card that asks for it; areas of one number are asked for together. 0: a text that every card shows. */
  readonly number: number;
  readonly outline: Outline;
  /** What is there, in words: part of the answer. Anki knows no such thing, and leaves it where it is. */
  readonly label: string;
  /** What Anki wrote besides (colours): kept as it was. */
  readonly more: readonly (readonly [name: string, value: string])[];
}

export interface Occlusion {
  readonly areas: readonly Area[];
  /** All areas are hidden and one is asked for; otherwise the one alone is hidden. */
  readonly hidesAll: boolean;
  /** What could not be read, in sentences. */
  readonly problems: readonly string[];
  /** The same as it stands there, and whatever else does: who writes the areas anew writes these behind them. */
  readonly unread: readonly string[];
}

/** Areas of a picture, at most: each is drawn on each card that hides all. */
export const MAX_AREAS = 200;
/** Numbers of cards, as gaps have them. */
export const MAX_NUMBER = 200;
/** Corners of one polygon, at most. */
export const MAX_POINTS = 300;
/** Characters of a label or a text on the picture, at most. */
export const MAX_WORDS = 200;

/** Anki lets areas stand out over an edge; further away there is nothing to hide. */
const isPlace = (value: number): boolean => Number.isFinite(value) && value >= -1 && value <= 2;
/** Smaller ones nobody sees. */
const LEAST = 0.001;
/** Anki keeps turns in ten thousandths. */
const ANGLE_STEPS = 10_000;

const AREA = /\{\{c(\d{1,4})::image-occlusion:((?:[^{}]|\{(?!\{)|\}(?!\}))*)\}\}/g;

const numberOf = (text: string | undefined): number => (text === undefined || text.trim() === '' ? Number.NaN : Number(text));

/** Names and values of an area; a colon inside of a value has a backslash before it, all but the first one in what Anki wrote. */
function propertiesOf(parts: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  let last = '';
  for (const part of parts) {
    const at = part.indexOf('=');
    if (at > 0) {
      last = part.slice(0, at);
      found.set(last, part.slice(at + 1).replaceAll('\\:', ':'));
    } else if (last === 'text' || last === 'label') found.set(last, `${found.get(last)}:${part.replaceAll('\\:', ':')}`);
  }
  return found;
}

const OWN = new Set(['left', 'top', 'width', 'height', 'rx', 'ry', 'points', 'text', 'scale', 'fs', 'angle', 'oi', 'label']);

function pointsOf(text: string): Point[] | undefined {
  const points = text
    .trim()
    .split(/\s+/)
    .map((pair): Point => {
      const [x, y, ...others] = pair.split(',');
      return others.length > 0 ? [Number.NaN, Number.NaN] : [numberOf(x), numberOf(y)];
    });
  return points.length >= 3 && points.length <= MAX_POINTS && points.every(([x, y]) => isPlace(x) && isPlace(y))
    ? points
    : undefined;
}

/** The smallest box around points. */
export function boxAround(points: readonly Point[]): Box {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of points) {
    left = Math.min(left, x);
    top = Math.min(top, y);
    right = Math.max(right, x);
    bottom = Math.max(bottom, y);
  }
  return { left, top, width: right - left, height: bottom - top };
}

function outlineOf(kind: string, given: ReadonlyMap<string, string>): Outline | undefined {
  const number = (name: string): number => numberOf(given.get(name));
  const steps = number('angle');
  const angle = Number.isFinite(steps) ? ((steps % ANGLE_STEPS) / ANGLE_STEPS) * 360 : 0;
  const place = { left: number('left'), top: number('top') };
  const isPlaced = isPlace(place.left) && isPlace(place.top);
  if (kind === 'polygon') {
    const points = pointsOf(given.get('points') ?? '');
    if (points === undefined) return undefined;
    // Anki moves a polygon by its place alone, and leaves its points.
    const { left, top } = boxAround(points);
    const [x, y] = isPlaced ? [place.left - left, place.top - top] : [0, 0];
    const moved = points.map((point): Point => [point[0] + x, point[1] + y]);
    return moved.every((point) => point.every(isPlace)) ? { kind, points: moved, angle } : undefined;
  }
  if (!isPlaced) return undefined;
  if (kind === 'text') {
    const text = (given.get('text') ?? '').trim().toWellFormed();
    const scale = number('scale');
    const size = (Number.isFinite(number('fs')) ? number('fs') : 0.05) * (Number.isFinite(scale) ? scale : 1);
    return text !== '' && text.length <= MAX_WORDS && size >= LEAST && size <= 1
      ? { kind, ...place, size, text, angle }
      : undefined;
  }
  if (kind !== 'rect' && kind !== 'ellipse') return undefined;
  /** Of an ellipse Anki draws the radius; its width, which says the same, has one digit more. */
  const extent = (name: string, radius: string): number => {
    const whole = number(name);
    const half = kind === 'ellipse' ? number(radius) : Number.NaN;
    return Number.isNaN(half) || Math.abs(half * 2 - whole) <= 0.0002 ? whole : half * 2;
  };
  const [width, height] = [extent('width', 'rx'), extent('height', 'ry')];
  const isSized = isPlace(width) && isPlace(height) && width >= LEAST && height >= LEAST;
  return isSized ? { kind, ...place, width, height, angle } : undefined;
}

/** Reads the areas of a text. Never throws: what cannot be read is said, and is no area. */
export function readAreas(text: string): Occlusion {
  const areas: Area[] = [];
  const unread: { readonly at: number; readonly written: string }[] = [];
  let count = 0;
  let hidesAll = false;
  for (const [written, digits, body = ''] of text.matchAll(AREA)) {
    count++;
    const number = Number(digits);
    const [kind = '', ...parts] = body.split(/(?<!\\):/);
    const given = propertiesOf(parts);
    const outline = outlineOf(kind, given);
    const isNumbered = number <= MAX_NUMBER && (number > 0 || outline?.kind === 'text');
    const label = (given.get('label') ?? '').trim().toWellFormed();
    if (outline === undefined || !isNumbered || areas.length >= MAX_AREAS || label.length > MAX_WORDS) {
      unread.push({ at: count, written });
      continue;
    }
    // A text hides nothing, whatever its number.
    const isText = outline.kind === 'text';
    if (!isText && given.get('oi') === '1') hidesAll = true;
    areas.push({ number: isText ? 0 : number, outline, label, more: [...given].filter(([name]) => !OWN.has(name)) });
  }
  const problems: string[] = [];
  if (unread.length > 0)
    problems.push(
      `${unread.length === 1 ? 'Area' : 'Areas'} ${unread
        .slice(0, 10)
        .map(({ at }) => at)
        .join(
          ', ',
        )}${unread.length > 10 ? ' …' : ''} of the picture could not be read and ${unread.length === 1 ? 'is' : 'are'} left out: places and sizes are parts of the picture (0 to 1), a polygon has 3 to ${MAX_POINTS} corners, a picture at most ${MAX_AREAS} areas with numbers up to ${MAX_NUMBER}.`,
    );
  const others = text.replaceAll(AREA, '').trim();
  if (others.includes('image-occlusion:'))
    problems.push('Something that begins like an area of the picture has no end: {{c1::image-occlusion:…}}.');
  return { areas, hidesAll, problems, unread: [...unread.map(({ written }) => written), ...(others === '' ? [] : [others])] };
}

/** The numbers of the cards, in rising order. */
export const numbersOfAreas = (areas: readonly Area[]): number[] =>
  [...new Set(areas.flatMap(({ number, outline }) => (outline.kind === 'text' ? [] : [number])))].toSorted((a, b) => a - b);

/** A part of the picture as Anki writes it: four digits are enough for ten thousand points. */
export function shortNumber(value: number): string {
  const text = value.toFixed(4).replace(/\.?0+$/, '');
  return text === '' || text === '-0' ? '0' : text.replace(/^(-?)0(?=\.)/, '$1');
}

/** Words without what would end an area. */
const safeWords = (words: string): string =>
  words
    .replaceAll(/[\s{}\\]+/g, ' ')
    .trim()
    .slice(0, MAX_WORDS)
    .trim()
    .toWellFormed()
    .replaceAll(':', '\\:');

function outlineProperties(outline: Outline): [string, string][] {
  const place = (left: number, top: number): [string, string][] => [
    ['left', shortNumber(left)],
    ['top', shortNumber(top)],
  ];
  switch (outline.kind) {
    case 'polygon': {
      const { left, top } = boxAround(outline.points);
      return [...place(left, top), ['points', outline.points.map(([x, y]) => `${shortNumber(x)},${shortNumber(y)}`).join(' ')]];
    }
    case 'text':
      return [
        ...place(outline.left, outline.top),
        ['text', safeWords(outline.text)],
        ['scale', '1'],
        ['fs', shortNumber(outline.size)],
      ];
    default: {
      const { kind, left, top, width, height } = outline;
      const round: [string, string][] = [
        ['rx', shortNumber(width / 2)],
        ['ry', shortNumber(height / 2)],
      ];
      return [
        ...place(left, top),
        ['width', shortNumber(width)],
        ['height', shortNumber(height)],
        ...(kind === 'ellipse' ? round : []),
      ];
    }
  }
}

/**
 * Writes areas as the field has them, one a line: plain text, which HTML has to escape.
 * @param unread what `readAreas` could not read: stays as it was
 */
export function writeAreas(areas: readonly Area[], hidesAll: boolean, unread: readonly string[] = []): string {
  const written = areas.map(({ number, outline, label, more }) => {
    const words = safeWords(label);
    const steps = Math.round((outline.angle / 360) * ANGLE_STEPS);
    const properties = [
      ...outlineProperties(outline),
      ...(steps === 0 ? [] : [['angle', String(steps)]]),
      ...more,
      ...(words === '' ? [] : [['label', words]]),
      ...(hidesAll ? [['oi', '1']] : []),
    ];
    return `{{c${number}::image-occlusion:${outline.kind}${properties.map(([name, value]) => `:${name}=${value}`).join('')}}}`;
  });
  return [...written, ...unread].join('\n');
}
