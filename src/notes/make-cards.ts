import { clozeNumbers, MAX_CLOZE, parseCloze } from './cloze.ts';
import { elementsOf, followElements, type KnownElement } from './elements.ts';
import { htmlOfText, textOfHtml } from './html.ts';
import { htmlOfMarkdown, htmlOfMarkdownLine } from './markdown.ts';
import type { CardTemplate, NoteType } from './note-types.ts';
import { occludedSides } from './occlusion/cards.ts';
import { clozeFields, parseTemplate, renderSide, type Template } from './template.ts';

/** How the fields of a note are written. `html` is sanitised when it is saved. */
export type NoteFormat = 'text' | 'html' | 'markdown';
export const NOTE_FORMATS = ['text', 'html', 'markdown'] as const satisfies readonly NoteFormat[];

export interface Note {
  readonly type: NoteType;
  readonly format: NoteFormat;
  readonly fields: ReadonlyMap<string, string>;
  readonly tags: readonly string[];
  /** The name of its deck, `A::B` for one inside of another. */
  readonly deck: string;
  /** Which card each line had so far, on types with a card a line. */
  readonly elements?: readonly KnownElement[];
}

export interface MadeCard {
  /** Which card of its note this is; it stays while the note is edited, and with it the card's history. */
  readonly ordinal: number;
  readonly name: string;
  /** What every reader understands: plain text. */
  readonly front: string;
  readonly back: string;
  /** Sanitised HTML for readers that show it; `null` where the text says it all. */
  readonly frontHtml: string | null;
  readonly backHtml: string | null;
  /** What is to be typed. */
  readonly answer: string | null;
}

export interface MadeCards {
  readonly cards: readonly MadeCard[];
  /** To be kept with the note, on types with a card a line. */
  readonly elements: readonly KnownElement[] | undefined;
  readonly problems: readonly string[];
}

/** Characters of all sides of one note's cards, at most: two hundred gaps in a long text are two hundred long texts. */
const MAX_TOTAL = 2_000_000;

/** Templates of a type, read once a process. */
const templates = new WeakMap<CardTemplate, { front: Template; back: Template }>();

function read(template: CardTemplate): { front: Template; back: Template } {
  const known = templates.get(template);
  if (known !== undefined) return known;
  const made = { front: parseTemplate(template.front), back: parseTemplate(template.back) };
  templates.set(template, made);
  return made;
}

function toHtml(value: string, format: NoteFormat): string {
  return format === 'html' ? value : format === 'markdown' ? htmlOfMarkdown(value) : htmlOfText(value);
}

/** A whole number of cards from a note: which, and what is on them. The same note gives the same cards, and nothing in it is ever run. */
export function makeCards(note: Note): MadeCards {
  const { type, format } = note;
  const problems = new Set<string>();
  const isText = format === 'text' && type.syntax === 'text';
  const fields = new Map(type.fields.map((name) => [name, note.fields.get(name) ?? '']));
  const special = new Map([
    ['Tags', note.tags.join(' ')],
    ['Deck', note.deck],
    ['Subdeck', note.deck.split('::').at(-1) ?? ''],
    ['Type', type.name],
    ['CardFlag', ''],
  ]);
  const html = new Map([...fields].map(([name, value]) => [name, toHtml(value, format)]));
  const cards: MadeCard[] = [];
  let total = 0;

  /** One card, or none when its front would be empty. `more`: fields that are made for this card alone. */
  function add(ordinal: number, name: string, template: CardTemplate, cloze?: number, more: Made = nothing): void {
    if (total > MAX_TOTAL) return;
    const { front, back } = read(template);
    const side = (mode: 'text' | 'html') => {
      const own = mode === 'html' ? new Map([...html, ...more.html]) : new Map([...fields, ...more.text]);
      const input = { mode, syntax: type.syntax, fields: own, special: new Map([...special, ['Card', name]]), cloze };
      const made = renderSide(front, { ...input, side: 'front', frontSide: '' });
      const answer = more.back === undefined ? own : new Map([...own, ...more.back]);
      return { front: made, back: renderSide(back, { ...input, fields: answer, side: 'back', frontSide: made.text }) };
    };
    // Gaps are marked in HTML, also where the note itself is plain text; what other readers get is the text as it was typed.
    const rich = isText && type.kind === 'standard' ? undefined : side('html');
    const plain = isText ? side('text') : undefined;
    const shown = (rich ?? plain) as NonNullable<typeof rich>;
    for (const problem of [...shown.front.problems, ...shown.back.problems]) problems.add(problem);
    if (!shown.front.isFilled) return;
    const card: MadeCard = {
      ordinal,
      name,
      front: plain?.front.text ?? textOfHtml(shown.front.text),
      back: plain?.back.text ?? textOfHtml(shown.back.text),
      frontHtml: rich?.front.text ?? null,
      backHtml: rich?.back.text ?? null,
      answer: (plain ?? shown).front.answer ?? null,
    };
    total += card.front.length + card.back.length + (card.frontHtml?.length ?? 0) + (card.backHtml?.length ?? 0);
    if (total > MAX_TOTAL) {
      problems.add(
        `The cards of this note are longer than ${MAX_TOTAL.toLocaleString('en')} characters together; the rest is left out.`,
      );
      return;
    }
    cards.push(card);
  }

  let elements: readonly KnownElement[] | undefined;
  const [first, second] = type.templates;
  if (type.kind === 'cloze' && first !== undefined) {
    const sources = clozeFields(read(first).front.nodes);
    const numbers = new Set(sources.flatMap((name) => clozeNumbers(parseCloze(html.get(name) ?? ''))));
    for (const number of [...numbers].toSorted((a, b) => a - b)) add(number - 1, `${first.name} ${number}`, first, number);
    if (numbers.size === 0)
      problems.add(`No gap yet: write {{c1::a word}} around what is to be asked (numbers up to ${MAX_CLOZE}).`);
  } else if (type.kind === 'elements' && first !== undefined && second !== undefined) {
    elements = addElements(note, first, second, add);
    if (elements.every(({ isGone }) => isGone === true)) problems.add(`Write the ${type.fields[1]}, each on a line of its own.`);
  } else if (type.kind === 'occlusion' && first !== undefined) {
    const { sides, problems: unread } = occludedSides(note, html.get(type.fields[1] ?? '') ?? '');
    for (const problem of unread) problems.add(problem);
    for (const { number, front, back } of sides)
      add(number - 1, `${first.name} ${number}`, first, undefined, { ...nothing, html: front, back });
  } else {
    for (const [ordinal, template] of type.templates.entries()) add(ordinal, template.name, template);
  }
  if (cards.length === 0 && problems.size === 0) problems.add('Nothing stands on the front of a card yet.');
  return { cards, elements, problems: [...problems] };
}

interface Made {
  readonly text: ReadonlyMap<string, string>;
  readonly html: ReadonlyMap<string, string>;
  /** What the back has in place of it, as HTML. */
  readonly back?: ReadonlyMap<string, string>;
}
const nothing: Made = { text: new Map(), html: new Map() };

type Add = (ordinal: number, name: string, template: CardTemplate, cloze: number | undefined, more: Made) => void;

/** A card for each line of the field `Elements` (the second of its type), in which it is the one that is missing, and one for all. */
function addElements(note: Note, all: CardTemplate, one: CardTemplate, add: Add): readonly KnownElement[] {
  const lines = elementsOf(note.fields.get(note.type.fields[1] ?? '') ?? '', note.format);
  const known = followElements(note.elements ?? [], lines);
  const lineHtml = (line: string): string =>
    note.format === 'html' ? line : note.format === 'markdown' ? htmlOfMarkdownLine(line) : htmlOfText(line);
  if (lines.length === 0) return known;
  const html = lines.map(lineHtml);
  const numbered = (texts: readonly string[]): string => texts.map((text, index) => `${index + 1}. ${text}`).join('\n');
  const listed = (texts: readonly string[]): string => `<ol>${texts.map((text) => `<li>${text}</li>`).join('')}</ol>`;
  const count = String(lines.length);
  add(0, all.name, all, undefined, {
    text: new Map([
      ['Count', count],
      ['Listed', numbered(lines)],
    ]),
    html: new Map([
      ['Count', count],
      ['Listed', listed(html)],
    ]),
  });
  // One line alone is what the first card asks for.
  if (lines.length < 2) return known;
  for (const [index, line] of lines.entries()) {
    const { ordinal } = known[index] as KnownElement;
    const gapped = <T extends string>(texts: readonly T[], gap: string) => texts.map((text, at) => (at === index ? gap : text));
    add(ordinal, `${one.name} ${index + 1}`, one, undefined, {
      text: new Map([
        ['Gapped', numbered(gapped(lines, '[...]'))],
        ['Number', String(index + 1)],
        ['Element', line],
      ]),
      html: new Map([
        ['Gapped', listed(gapped(html, '<span class="cloze">[...]</span>'))],
        ['Number', String(index + 1)],
        ['Element', `<span class="cloze">${html[index]}</span>`],
      ]),
    });
  }
  return known;
}
