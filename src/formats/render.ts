import { htmlToText } from './html.ts';
import { renderCloze } from './text/cloze.ts';

/** What a template may name: the fields, and a few things about the card. */
export interface RenderInput {
  readonly fields: ReadonlyMap<string, string>;
  readonly special: ReadonlyMap<string, string>;
  /** For cloze notes. */
  readonly cloze?: number;
}

const SECTION = /\{\{([#^])([^{}]+)\}\}((?:(?!\{\{[#^]).)*?)\{\{\/\s*\2\s*\}\}/s;
const HOLE = /\{\{([^{}#^/][^{}]*)\}\}/g;
/** Sections inside sections; what is deeper stays as it is. */
const MOST_SECTIONS = 200;

const isFilled = (html: string): boolean => htmlToText(html).trim() !== '' || /<(?:img|audio|video)\b|\[sound:/i.test(html);

/** One side of a card as HTML. Filters that only change how a field is asked show the field itself; `onUnknown` hears of any other. */
function renderSide(template: string, input: RenderInput, side: 'front' | 'back', onUnknown: (filter: string) => void): string {
  const valueNamed = (name: string): string => input.fields.get(name) ?? input.special.get(name) ?? '';
  let text = template.replace(/<!--[\s\S]*?-->/g, '');
  for (let count = 0; count < MOST_SECTIONS; count++) {
    const section = SECTION.exec(text);
    if (section === null) break;
    const [whole, sign, name, inner] = section as unknown as [string, string, string, string];
    const isShown = isFilled(valueNamed(name.trim())) === (sign === '#');
    text = text.slice(0, section.index) + (isShown ? inner : '') + text.slice(section.index + whole.length);
  }
  return text.replace(HOLE, (_, hole: string) => {
    const filters = hole.split(':').map((part) => part.trim());
    const name = filters.pop() as string;
    let value = valueNamed(name);
    for (const filter of filters.toReversed()) {
      if (filter === 'cloze') value = input.cloze === undefined ? value : renderCloze(value, input.cloze, side);
      else if (filter === 'text') value = htmlToText(value);
      else if (filter === 'type') value = side === 'front' ? '' : value;
      else if (filter !== 'hint' && filter !== 'nc' && filter !== 'edit') onUnknown(filter);
    }
    return value;
  });
}

/** Both sides of a card as plain text, as today's cards have them. No script of a template ever runs: it is left out. */
export function renderPlain(
  template: { readonly question: string; readonly answer: string },
  input: RenderInput,
  onUnknown: (filter: string) => void,
): { front: string; back: string } {
  const front = renderSide(template.question, input, 'front', onUnknown);
  // The answer repeats the question above a line; a card has a side for that.
  const answer = template.answer.replace(/^[\s\S]*\{\{FrontSide\}\}\s*(?:<hr[^>]*>)?/, '');
  const back = renderSide(answer, input, 'back', onUnknown);
  return { front: htmlToText(front).trim(), back: htmlToText(back).trim() };
}
