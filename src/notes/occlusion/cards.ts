import { escapeHtml, htmlOfText, textOfHtml } from '../html.ts';
import { DRAWING_ATTRIBUTE, drawingOf, writeDrawing } from './drawing.ts';
import { MAX_NUMBER, numbersOfAreas, type Occlusion, readAreas } from './shapes.ts';

/** What of a note is needed here. */
interface OccludedNote {
  readonly type: { readonly fields: readonly string[] };
  readonly format: 'text' | 'html' | 'markdown';
  readonly fields: ReadonlyMap<string, string>;
}

/** What the card of one number has in place of its picture and of its label, on each side. */
export interface OccludedSide {
  readonly number: number;
  readonly front: ReadonlyMap<string, string>;
  readonly back: ReadonlyMap<string, string>;
}

const PICTURE = /<img\b(?:"[^"]*"|[^">])*>/i;
const attribute = (tag: string, name: string): string => new RegExp(`\\s${name}="([^"]*)"`, 'i').exec(tag)?.[1] ?? '';

/** The areas of a note as it is kept. */
const areasOfNote = ({ type, format, fields }: OccludedNote): Occlusion => {
  const value = fields.get(type.fields[0] ?? '') ?? '';
  return readAreas(format === 'html' ? textOfHtml(value) : value);
};

/**
 * The sides of each card: the picture with what is drawn over it. What the areas are called stands on the back alone, and of the one that is
 * asked for. @param picture the field that holds the picture, as HTML
 */
export function occludedSides(
  note: OccludedNote,
  picture: string,
): { sides: readonly OccludedSide[]; problems: readonly string[] } {
  const { areas, hidesAll, problems } = areasOfNote(note);
  const said = [...problems];
  const tag = PICTURE.exec(picture)?.[0];
  const source = tag === undefined ? '' : attribute(tag, 'src');
  const numbers = numbersOfAreas(areas);
  if (tag === undefined || source === '')
    said.push('No picture yet: the field Image shows one, in a note written as Markdown or HTML.');
  if (numbers.length === 0 && problems.length === 0)
    said.push(`No area yet: draw what is to be asked on the picture (numbers up to ${MAX_NUMBER}).`);
  if (tag === undefined || source === '') return { sides: [], problems: said };
  const masked = (number: number, side: 'front' | 'back'): string => {
    const drawing = writeDrawing(drawingOf(areas, hidesAll, number, side));
    const drawn = `<img src="${source}" alt="${attribute(tag, 'alt')}" ${DRAWING_ATTRIBUTE}="${escapeHtml(drawing)}">`;
    return picture.replace(tag, () => drawn);
  };
  const sides = numbers.map((number): OccludedSide => {
    const labels = areas.flatMap((area) => (area.number === number && area.label !== '' ? [htmlOfText(area.label)] : []));
    return {
      number,
      front: new Map([
        ['Masked', masked(number, 'front')],
        ['Label', ''],
      ]),
      back: new Map([
        ['Masked', masked(number, 'back')],
        ['Label', [...new Set(labels)].map((label) => `<b>${label}</b>`).join('<br>')],
      ]),
    };
  });
  return { sides, problems: said };
}

/** The fields of areas and picture as other programs read them: areas a line each, nothing around the picture. */
export function packagedOcclusion({ type, format, fields }: OccludedNote, picture: string): [string, string] {
  const value = fields.get(type.fields[0] ?? '') ?? '';
  const tag = PICTURE.exec(picture)?.[0];
  return format === 'html' ? [value, picture] : [htmlOfText(value), tag ?? picture];
}
