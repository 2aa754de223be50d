import { FlashcaseError } from '../errors/index.ts';
import { guidOf } from '../formats/anki/guid.ts';
import type {
  CardHistory,
  CollectionSource,
  Deck,
  Note,
  NoteType as PackagedType,
  ProblemLog,
  WholeNote,
} from '../formats/collection.ts';
import { escapeHtml, htmlToText, textToHtml } from '../formats/html.ts';
import type { Stage } from '../formats/stage.ts';
import type { NoteFormat } from '../notes/make-cards.ts';
import { withMediaAddresses } from '../notes/media.ts';
import { builtInType, type NoteType } from '../notes/note-types.ts';
import { Timestamp } from '../schema/index.ts';
import { type Month, monthOf } from '../schema/month.ts';
import { documentOf, searchedField } from '../search/document.ts';
import type { StudySettings } from '../study/settings.ts';
import { GivingWay } from './giving-way.ts';
import { importedHistory, StudyDays } from './imported-history.ts';
import { packLog, type ReadyHistory, readyHistory } from './imported-rows.ts';
import { checkNoteType } from './note-types.ts';
import { type PreparedNote, prepareNote } from './prepare-note.ts';
import { MediaTaker } from './take-media.ts';
import { knownType, ownType } from './transfer-types.ts';

/** A card as an import writes it. */
export interface ReadyCard {
  readonly ordinal: number;
  readonly front: string;
  readonly back: string;
  readonly front_html: string | null;
  readonly back_html: string | null;
  readonly answer: string | null;
  /** False for a card that the note makes and the file does not have: somebody took it away there. */
  readonly isThere: boolean;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly modifiedAt: number;
  /** What it is found by, before its deck has an id (search/document.ts). */
  readonly words: string;
  readonly history?: ReadyHistory;
  /** Where its log lies in the stage (imported-rows.ts); absent where it has none. */
  readonly log?: number;
}

/** A note as an import writes it. */
export interface ReadyNote {
  readonly guid: string;
  /** Places in the lists of `Ready`. */
  readonly type: number;
  readonly deck: number;
  readonly columns: PreparedNote['columns'];
  readonly tags: readonly string[];
  readonly createdAt: number;
  readonly modifiedAt: number;
  readonly cards: readonly ReadyCard[];
}

export interface ReadyType {
  readonly type: NoteType;
  readonly css: string | null;
}

/** A file that was read, checked and laid out; its notes are in the stage. */
export interface Ready {
  readonly format: string;
  readonly decks: readonly { readonly name: string; readonly description: string }[];
  readonly types: readonly ReadyType[];
  readonly stage: Stage;
  readonly problems: ProblemLog;
  readonly notes: number;
  /** Logs in the stage. */
  readonly logs: number;
  /** Months that have reviews. */
  readonly months: ReadonlySet<Month>;
}

export interface PrepareOptions {
  readonly settings: StudySettings;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** The one deck for all of it; the decks of the file when absent. */
  readonly deckName: string | undefined;
  /** Without it every card begins as a new one: no date, no review, no mark. */
  readonly hasSchedule: boolean;
}

/** A picture that says nothing of itself is described by its name; where it is not there, a reader sees that. */
const withPictureNames = (html: string): string =>
  html.replaceAll(
    /<img\b(?![^<>]*\balt\s*=)[^<>]*?\bsrc\s*=\s*(?:"([^"<>]*)"|'([^'<>]*)'|([^\s<>]+))/gi,
    (whole, double?: string, single?: string, bare?: string) =>
      `${whole} alt="${escapeHtml(double ?? single ?? bare ?? '').replaceAll('"', '&quot;')}"`,
  );

const isPlainText = (html: string): boolean => !/<(?!br>)/.test(html) && textToHtml(htmlToText(html)) === html;

const MAX_DECK_NAME = 200;
const MAX_DESCRIPTION = 1000;
const cut = (text: string, limit: number): string => [...text].slice(0, limit).join('');

/** Whether more is known of one card than of another. */
const hasMore = (one: CardHistory, other: CardHistory): boolean =>
  one.reviews.length === other.reviews.length
    ? one.card.reviewCount > other.card.reviewCount
    : one.reviews.length > other.reviews.length;

/** Tags that another program gave for how a card was studied. */
const isMark = (tag: string): boolean => /^(leech|marked)$/i.test(tag);

interface Resolved {
  readonly place: number;
  readonly type: NoteType;
  /** The field of the type for each of the file's. */
  readonly fields: readonly string[];
}

const DAY_MICROS = 86_400_000_000;

/** The months of a million reviews, each day looked up once. */
class MonthsOfReviews {
  readonly #days = new Set<number>();

  /** @param at microseconds since 1970 */
  add(at: number): void {
    this.#days.add(Math.floor(at / DAY_MICROS));
  }

  get all(): Set<Month> {
    return new Set([...this.#days].map((day) => monthOf(Timestamp.fromMicros(BigInt(day) * BigInt(DAY_MICROS)))));
  }
}

/** Reads a whole file into a stage and lays it out as notes and cards: everything that can be done without the database. */
export async function prepareCollection(
  source: CollectionSource,
  stage: Stage,
  problems: ProblemLog,
  { settings, now, deckName, hasSchedule }: PrepareOptions,
): Promise<Ready> {
  const { decks: packaged, noteTypes, options, notes: given } = await stage.take(source, problems);
  const types: ReadyType[] = [];
  const decks: { name: string; description: string }[] = [];
  const days = new StudyDays(settings);
  const resolvedTypes = new Map<number, Resolved | undefined>();
  const deckPlaces = new Map<number, number>();
  const months = new MonthsOfReviews();
  const media = new MediaTaker(source, stage, problems);
  let notes = 0;
  let logs = 0;

  function resolveType(given: PackagedType): Resolved | undefined {
    const known = knownType(given);
    const type = known === undefined ? ownType(given) : (builtInType(known.type) as NoteType);
    try {
      if (known === undefined) checkNoteType({ ...type, kind: type.kind === 'cloze' ? 'cloze' : 'standard' });
    } catch (error) {
      if (!(error instanceof FlashcaseError)) throw error;
      problems.add('note_type', `Note types that FlashCase cannot keep; the first is “${cut(given.name, 60)}”: ${error.message}`);
      return undefined;
    }
    types.push({ type, css: known === undefined ? given.css : null });
    return { place: types.length - 1, type, fields: known?.fields ?? type.fields };
  }

  function typeOf(key: number): Resolved | undefined {
    if (!resolvedTypes.has(key)) {
      const given = noteTypes.get(key);
      resolvedTypes.set(key, given === undefined ? undefined : resolveType(given));
    }
    return resolvedTypes.get(key);
  }

  function deckOf(deck: Deck | undefined): number {
    const known = deckPlaces.get(deck?.key ?? -1);
    if (known !== undefined) return known;
    const name = deckName ?? (cut((deck?.path ?? []).join('::').trim(), MAX_DECK_NAME) || 'Imported');
    const same = decks.findIndex((one) => one.name === name);
    const place = same === -1 ? decks.push({ name, description: cut(deck?.description ?? '', MAX_DESCRIPTION) }) - 1 : same;
    deckPlaces.set(deck?.key ?? -1, place);
    return place;
  }

  function readyNote({ note, cards }: WholeNote): ReadyNote | undefined {
    const resolved = typeOf(note.noteType);
    if (resolved === undefined) {
      problems.add('note_without_type', 'Notes whose type is missing or cannot be kept are left out.');
      return undefined;
    }
    const deck = deckOf(packaged.get(cards[0]?.card.deck ?? -1));
    if (deckName === undefined && cards.some(({ card }) => card.deck !== cards[0]?.card.deck))
      problems.add('cards_apart', 'Notes whose cards were in several decks: all of them are in the deck of the first.');
    const made = prepared(note, resolved, decks[deck]?.name as string);
    if (made === undefined) return undefined;
    for (const problem of made.problems) problems.add(`template ${problem}`, problem);
    const given = new Map<number, CardHistory>();
    for (const one of cards) {
      const same = given.get(one.card.ordinal);
      if (same === undefined || hasMore(one, same)) given.set(one.card.ordinal, one);
    }
    problems.add(
      'card_twice',
      'Cards that their note has twice: the one with more reviews is kept, the other left out, with its reviews.',
      cards.length - given.size,
    );
    const isAnyThere = made.cards.some(({ ordinal }) => given.has(ordinal));
    const { format } = made.columns;
    // In the order in which the stored note gives them.
    const searched = Object.values(Object.fromEntries(made.fields)).map((value) => searchedField(value, format));
    const tags = made.tags.toSorted((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
    const ready = made.cards.map((card): ReadyCard => {
      const { ordinal } = card;
      const one = given.get(ordinal);
      given.delete(ordinal);
      const history =
        one === undefined || !hasSchedule ? undefined : importedHistory(one.card, one.reviews, { now, settings, days });
      const rows = history?.log ?? [];
      for (const { at } of rows) months.add(at);
      const log = rows.length === 0 ? {} : { log: logs++ };
      if (rows.length > 0) stage.keepLog(packLog(rows));
      return {
        ...card,
        isThere: one !== undefined || !isAnyThere,
        createdAt: one?.card.createdAt ?? note.createdAt,
        modifiedAt: one?.card.modifiedAt ?? note.modifiedAt,
        words: documentOf({ deckId: 0n, front: card.front, back: card.back, tags, note: searched }),
        ...(history === undefined ? {} : { history: readyHistory(history), ...log }),
      };
    });
    problems.add(
      'card_not_made',
      'Cards that their note does not make (an empty front, a gap that is gone) are left out, with their reviews.',
      given.size,
    );
    return {
      guid: note.guid === '' ? guidOf(`note ${note.createdAt} ${note.fields[0] ?? ''}`) : note.guid,
      type: resolved.place,
      deck,
      columns: made.columns,
      tags: made.tags,
      createdAt: note.createdAt,
      modifiedAt: note.modifiedAt,
      cards: ready,
    };
  }

  function prepared(note: Note, { type, fields }: Resolved, deck: string): PreparedNote | undefined {
    const given = fields.map((_, index) => {
      const value = note.fields[index] ?? '';
      // A file that is kept has its address in place of its name.
      return note.format === undefined ? withMediaAddresses(withPictureNames(value), media.hashOf) : value;
    });
    // A type of FlashCase's own shows plain text as it was typed; HTML that only says plain text is that.
    const isPlain = note.format === undefined && type.syntax === 'text' && given.every(isPlainText);
    const format: NoteFormat = isPlain ? 'text' : (note.format ?? 'html');
    const ofField = (value: string): string =>
      isPlain ? htmlToText(value) : note.format === 'html' ? withPictureNames(value) : value;
    const values = new Map(fields.map((name, index) => [name, ofField(given[index] as string)]));
    const chosen = {
      type: type.key,
      note_type_id: null,
      format,
      fields: values,
      tags: hasSchedule ? note.tags : note.tags.filter((tag) => !isMark(tag)),
    };
    try {
      return prepareNote(chosen, { ...type, id: null }, deck, note.elements);
    } catch (error) {
      if (!(error instanceof FlashcaseError)) throw error;
      problems.add('note_refused', `Notes that FlashCase cannot keep are left out; the first one because ${error.message}`);
      return undefined;
    }
  }

  const way = new GivingWay();
  for (const whole of given) {
    await media.take(whole.note);
    const ready = readyNote(whole);
    if (ready === undefined) continue;
    stage.keep(ready);
    notes++;
    await way.now();
  }
  media.finish();
  // What reading lost is known when all is read, and said first.
  const later = problems.list();
  problems.clear();
  for (const { code, what, count } of [...source.problems(), ...later]) problems.add(code, what, count);
  problems.add(
    'options_left_out',
    'Options of decks (limits, steps, FSRS weights) are not taken over: yours under Account hold.',
    options.length,
  );
  return { format: source.format, decks, types, stage, problems, notes, logs, months: months.all };
}
