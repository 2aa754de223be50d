import { builtInTypes } from '../../notes/note-types.ts';
import { guidOf } from '../anki/guid.ts';
import type { Card, Deck, Entry, Note, NoteType, ProblemLog } from '../collection.ts';
import { tooLarge, tooNew, unreadable } from '../refusals.ts';
import { filled, sidesOf, withGaps, withMedia, withoutGaps } from './markdown.ts';
import { type Fields, fieldsOf, Instant, isSet, listOf, MOST_DEPTH, textOf, type Value } from './value.ts';

const KNOWN_VERSION = 2;
const DAY = 86_400_000;
/** Characters of one card: its sides could not be kept (20,000 each) if there were more. */
const MOST_CONTENT = 60_000;
/** Of all cards together. A template is written once, and stands on every card. */
const MOST_TOGETHER = 64 * 1024 * 1024;

const KINDS = ['basic', 'basic_reversed', 'cloze'] as const;
type Kind = (typeof KINDS)[number];

const NOTE_TYPES: readonly NoteType[] = KINDS.map((kind, key) => ({
  type: 'note-type',
  key,
  name: builtInTypes[kind].name,
  form: kind === 'cloze' ? 'cloze' : 'standard',
  fields: builtInTypes[kind].fields,
  templates: [],
  css: '',
  sortField: 0,
  builtIn: kind,
}));

/** What a card becomes before it has a number. */
interface Made {
  readonly kind: Kind;
  readonly fields: readonly string[];
  readonly ordinals: readonly number[];
}

export interface ReadOptions {
  /** When the file was written, in milliseconds: nothing in it is believed to be from later, and what says no time is from then. */
  readonly writtenAt: number;
  /** How a note shows a file, by its name; `undefined`: not at all. */
  readonly shownAs: (name: string, alt: string) => string | undefined;
}

interface Pack {
  readonly decks: readonly Fields[];
  readonly templates: ReadonlyMap<string, Fields>;
}

const idOf = (fields: Fields): string => textOf(fields.get('id'));

function packOf(data: Value): Pack {
  if (!(data instanceof Map) || !Array.isArray(data.get('decks'))) {
    throw unreadable('The data of the Mochi file name no decks.', { hint: 'Export the decks from Mochi once more.' });
  }
  const version = data.get('version');
  if (typeof version === 'number' && version > KNOWN_VERSION) {
    throw tooNew(
      `The file was made by a newer Mochi (version ${version} of its format); FlashCase reads version ${KNOWN_VERSION}.`,
      'Update FlashCase.',
    );
  }
  const templates = listOf(data.get('templates')).map(fieldsOf);
  return {
    decks: listOf(data.get('decks')).map(fieldsOf),
    templates: new Map(templates.map((template) => [idOf(template), template])),
  };
}

/** The names of a deck and of the decks it lies in. A parent that the file does not have is not missed: one deck was exported. */
function pathOf(deck: Fields, byId: ReadonlyMap<string, Fields>): string[] {
  const path: string[] = [];
  const seen = new Set<Fields>();
  for (let at: Fields | undefined = deck; at !== undefined; at = byId.get(textOf(at.get('parent-id')))) {
    if (seen.has(at)) throw unreadable('Decks of the Mochi file lie in each other in a circle.');
    if (seen.size > MOST_DEPTH)
      throw unreadable(`Decks of the Mochi file lie more than ${MOST_DEPTH} levels deep in each other.`);
    seen.add(at);
    path.unshift(textOf(at.get('name')).trim() || 'Untitled');
  }
  return path;
}

/** The words of a card: its template with its fields, its own text, or its fields one after the other. `undefined`: too many. */
function contentOf(card: Fields, templates: Pack['templates']): string | undefined {
  const content = textOf(card.get('content'));
  const values = new Map([...fieldsOf(card.get('fields'))].map(([id, field]) => [id, textOf(fieldsOf(field).get('value'))]));
  const template = templates.get(textOf(card.get('template-id')));
  if (template !== undefined && values.size > 0) {
    const ids = new Map<string, string>();
    for (const [id, field] of fieldsOf(template.get('fields'))) {
      ids.set(id, id);
      ids.set(textOf(fieldsOf(field).get('name')).trim().toLowerCase(), id);
    }
    const fieldOf = (name: string): string | undefined => {
      const id = ids.get(name) ?? ids.get(name.toLowerCase());
      return id === undefined ? undefined : (values.get(id) ?? '');
    };
    return filled(textOf(template.get('content')), fieldOf, MOST_CONTENT);
  }
  if (content.trim() !== '') return content.length > MOST_CONTENT ? undefined : content;
  const { name = textOf(card.get('name')), ...others } = Object.fromEntries(values) as { name?: string };
  const rest = Object.values<string>(others).filter((value) => value.trim() !== '');
  const sides = rest.length === 0 ? name : `${name}\n---\n${rest.join('\n\n')}`;
  return sides.length > MOST_CONTENT ? undefined : sides;
}

/** Reads a Mochi file's data as a collection, as often as it is asked to. */
export class MochiCards {
  readonly #pack: Pack;

  /** Throws `FC_IMPORT_UNREADABLE` or `_TOO_NEW`. */
  constructor(data: Value) {
    this.#pack = packOf(data);
  }

  *entries({ writtenAt, shownAs }: ReadOptions, problems: ProblemLog): Generator<Entry> {
    const { decks, templates } = this.#pack;
    const byId = new Map(decks.filter((deck) => idOf(deck) !== '').map((deck) => [idOf(deck), deck]));
    const kept = decks.filter((deck) => !isSet(deck.get('trashed?')));
    for (const [key, deck] of kept.entries()) {
      yield { type: 'deck', key, path: pathOf(deck, byId), description: '' } satisfies Deck;
    }
    yield* NOTE_TYPES;
    const cards: Card[] = [];
    let notes = 0;
    let together = 0;
    for (const [deckKey, deck] of kept.entries()) {
      for (const given of inOrder(deck)) {
        if (isSet(given.get('trashed?'))) {
          problems.add('mochi_trashed', 'Cards in the trash of Mochi are left out.');
          continue;
        }
        problems.add(
          'mochi_reviews',
          'Reviews of Mochi are left out: its cards begin as new ones.',
          listOf(given.get('reviews')).length,
        );
        const content = contentOf(given, templates);
        if (content === undefined) {
          problems.add('mochi_long', 'Cards with more text than a note may have are left out.');
          continue;
        }
        together += content.length;
        if (together > MOST_TOGETHER) throw tooLarge('The cards of the file have more text together than an import may.');
        const made = madeOf(content, isReversed(given, deck), shownAs, problems);
        if (made === undefined) continue;
        const key = notes++;
        const times = timesOf(given, writtenAt);
        yield {
          type: 'note',
          key,
          guid: guidOf(`mochi ${idOf(given) || JSON.stringify([pathOf(deck, byId), made.fields])}`),
          noteType: KINDS.indexOf(made.kind),
          tags: [...listOf(given.get('tags')), ...listOf(given.get('manual-tags'))].map(textOf).filter((tag) => tag !== ''),
          fields: made.fields,
          format: 'markdown',
          ...times,
        } satisfies Note;
        const isSuspended = isSet(given.get('archived?')) || isSet(deck.get('archived?'));
        for (const ordinal of made.ordinals) {
          cards.push({ key: cards.length, note: key, ordinal, deck: deckKey, isSuspended, position: key, ...NEW, ...times });
        }
      }
    }
    yield* cards;
  }
}

const NEW = {
  ...{ type: 'card', stage: 'new', flag: 0, intervalDays: 0, reviewCount: 0, lapses: 0, stepsLeft: 0 },
} as const satisfies Partial<Card>;

/** A deck's cards as Mochi shows them: by `pos`, where they have one. */
function inOrder(deck: Fields): Fields[] {
  const place = (card: Fields): string => textOf(card.get('pos'));
  const cards = listOf(deck.get('cards')).map(fieldsOf);
  return cards.toSorted((one, other) => (place(one) < place(other) ? -1 : place(one) > place(other) ? 1 : 0));
}

const isReversed = (card: Fields, deck: Fields): boolean =>
  isSet(card.get('review-reverse?')) || isSet(deck.get('review-reverse?'));

function timesOf(card: Fields, writtenAt: number): { createdAt: number; modifiedAt: number } {
  const at = (name: string): number | undefined => {
    const value = card.get(name);
    const ms = value instanceof Instant ? Math.trunc(value.ms) : Number.NaN;
    return ms > 0 && ms <= writtenAt + DAY ? ms : undefined;
  };
  const createdAt = at('created-at') ?? at('updated-at') ?? Math.trunc(writtenAt);
  return { createdAt, modifiedAt: Math.max(createdAt, at('updated-at') ?? createdAt) };
}

function madeOf(content: string, isReversed: boolean, shownAs: ReadOptions['shownAs'], problems: ProblemLog): Made | undefined {
  const [question, ...rest] = sidesOf(content.replaceAll('\0', '').replaceAll(/\r\n?/g, '\n')).map((side) =>
    withMedia(side, ({ name, alt }) => shownAs(name, alt)),
  );
  if (question === undefined) {
    problems.add('mochi_empty', 'Cards without a word or picture on them are left out.');
    return undefined;
  }
  if (rest.length > 1) problems.add('mochi_sides', 'Cards with more than two sides: all behind the first are their back.');
  const back = withoutGaps(rest.join('\n\n---\n\n'));
  const { text, numbers } = withGaps(question);
  if (numbers.length > 0) return { kind: 'cloze', fields: [text, back, ''], ordinals: numbers.map((number) => number - 1) };
  if (isReversed && back !== '') return { kind: 'basic_reversed', fields: [text, back, ''], ordinals: [0, 1] };
  return { kind: 'basic', fields: [text, back, ''], ordinals: [0] };
}
