import { type Area, MAX_AREAS, MAX_POINTS, MAX_WORDS, numbersOfAreas, type Outline, type Point, shortNumber } from './shapes.ts';

/**
 * What a card draws over its picture, in one attribute of the picture (`data-occlusion`): `2/5 qr:.1,.2,.3,.4 me@30:.5,.5,.2,.1`. The sanitiser
 * lets through what `readDrawing` reads, in the form that `writeDrawing` gives it, and nothing else; the page builds its elements from the numbers.
 */

/** `asked`: hidden, and the question. `hidden`: hidden as well. `answer`: what was asked for, seen. `shown`: words for everybody. */
export type Role = 'asked' | 'hidden' | 'answer' | 'shown';

export interface Drawing {
  /** Which area of how many. */
  readonly place: number;
  readonly count: number;
  readonly marks: readonly { readonly role: Role; readonly outline: Outline }[];
}

export const DRAWING_ATTRIBUTE = 'data-occlusion';

const ROLES: Readonly<Record<string, Role>> = { q: 'asked', m: 'hidden', a: 'answer', t: 'shown' };
const KINDS: Readonly<Record<string, Outline['kind']>> = { r: 'rect', e: 'ellipse', p: 'polygon', t: 'text' };
const letterOf = <T>(table: Readonly<Record<string, T>>, value: T): string =>
  Object.keys(table).find((letter) => table[letter] === value) as string;

/** The drawing of one side of the card that asks for `number`. */
export function drawingOf(areas: readonly Area[], hidesAll: boolean, number: number, side: 'front' | 'back'): Drawing {
  const numbers = numbersOfAreas(areas);
  const marks = areas.flatMap(({ number: own, outline }): Drawing['marks'] => {
    if (outline.kind === 'text') return [{ role: 'shown', outline }];
    if (own === number) return [{ role: side === 'front' ? 'asked' : 'answer', outline }];
    return hidesAll ? [{ role: 'hidden', outline }] : [];
  });
  return { place: numbers.indexOf(number) + 1, count: numbers.length, marks };
}

function valuesOf(outline: Outline): string {
  const numbers = (values: readonly number[]): string => values.map(shortNumber).join(',');
  switch (outline.kind) {
    case 'polygon':
      return numbers(outline.points.flat());
    case 'text':
      return `${numbers([outline.left, outline.top, outline.size])},${encodeURIComponent(outline.text)}`;
    default:
      return numbers([outline.left, outline.top, outline.width, outline.height]);
  }
}

/** A drawing as the attribute has it. */
export function writeDrawing({ place, count, marks }: Drawing): string {
  const words = marks.map(({ role, outline }) => {
    const angle = Math.round(outline.angle * 100) / 100;
    return `${letterOf(ROLES, role)}${letterOf(KINDS, outline.kind)}${angle === 0 ? '' : `@${angle}`}:${valuesOf(outline)}`;
  });
  return [`${place}/${count}`, ...words].join(' ');
}

const MARK = /^([qmat])([rept])(?:@(-?\d{1,3}(?:\.\d{1,2})?))?:(.+)$/;
const NUMBER = /^-?(?:\d{1,2}(?:\.\d{1,6})?|\.\d{1,6})$/;

function outlineOf(kind: Outline['kind'], angle: number, text: string): Outline | undefined {
  const parts = text.split(',');
  const words = kind === 'text' ? parts.pop() : undefined;
  if (parts.length > MAX_POINTS * 2 || !parts.every((part) => NUMBER.test(part))) return undefined;
  const values = parts.map(Number);
  if (values.some((value) => value < -3 || value > 4)) return undefined;
  if (kind === 'polygon') {
    if (values.length < 6 || values.length % 2 === 1) return undefined;
    const points = Array.from(
      { length: values.length / 2 },
      (_, at): Point => [values[at * 2] as number, values[at * 2 + 1] as number],
    );
    return { kind, points, angle };
  }
  const [left = 0, top = 0, third = 0, height = 0] = values;
  if (kind !== 'text')
    return values.length === 4 && third >= 0 && height >= 0 ? { kind, left, top, width: third, height, angle } : undefined;
  try {
    const said = decodeURIComponent(words ?? '');
    return values.length === 3 && third > 0 && said.length <= MAX_WORDS
      ? { kind, left, top, size: third, text: said, angle }
      : undefined;
  } catch {
    return undefined;
  }
}

/** Reads the attribute; `undefined` for anything that `writeDrawing` could not have written. Never throws. */
export function readDrawing(text: string): Drawing | undefined {
  const [head = '', ...words] = text.split(' ');
  const found = /^(\d{1,3})\/(\d{1,3})$/.exec(head);
  if (found === null || words.length > MAX_AREAS) return undefined;
  const marks: { role: Role; outline: Outline }[] = [];
  for (const word of words) {
    const [, role = '', kind = '', angle = '0', values = ''] = MARK.exec(word) ?? [];
    const outline = KINDS[kind] === undefined ? undefined : outlineOf(KINDS[kind], Number(angle), values);
    if (outline === undefined) return undefined;
    marks.push({ role: ROLES[role] as Role, outline });
  }
  return { place: Number(found[1]), count: Number(found[2]), marks };
}
