import { atOneMoment } from '../db/at-one-moment.ts';
import type { Session } from '../db/database.ts';
import { listCardsOfDeck, type Card as StoredCard } from '../db/stores/cards.ts';
import type { VisibleDeck } from '../db/stores/decks.ts';
import { findNotesByGuid, listNotesOfDeck, listTypesOfDeck, type NoteRow, tagsOf } from '../db/stores/notes.ts';
import { standingOfState } from '../db/stores/standing.ts';
import { type CardState, listCardLogs, listCardStates, type StudyLog } from '../db/stores/study.ts';
import type { User } from '../db/stores/users.ts';
import { dayText } from '../formats/anki/days.ts';
import { guidOf } from '../formats/anki/guid.ts';
import { writeAnkiPackage } from '../formats/anki/write-package.ts';
import { writeArchive } from '../formats/archive/write-archive.ts';
import type { Card, Entry, Note, NoteType as PackagedType, Review } from '../formats/collection.ts';
import { textToHtml } from '../formats/html.ts';
import { htmlOfMarkdown } from '../notes/markdown.ts';
import { withMediaNames } from '../notes/media.ts';
import { builtInTypes, type NoteType } from '../notes/note-types.ts';
import { packagedOcclusion } from '../notes/occlusion/cards.ts';
import type { Timestamp } from '../schema/index.ts';
import { LEVEL_SEPARATOR, levelsOf } from '../search/deck-names.ts';
import { gradeOf } from '../study/grade.ts';
import type { StudySettings } from '../study/settings.ts';
import { startOfStudyDay, studyDay } from '../study/study-day.ts';
import { readableDeck } from './decks.ts';
import { decksBelow } from './decks-below.ts';
import { ExportMedia } from './export-media.ts';
import { type PageOf, pagesOf } from './export-pages.ts';
import { tableOf } from './export-table.ts';
import { GivingWay } from './giving-way.ts';
import { writeNewFile } from './new-file.ts';
import { type ChosenType, storedTypes, styleSheets } from './note-types.ts';
import { studySettings } from './study-settings.ts';
import { packagedType } from './transfer-types.ts';

export const EXPORT_FORMATS = ['csv', 'apkg', 'archive'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** Folders of the temporary folder that begin so are of an export for one client: of one that was killed, `removeLeftBehind`. */
export const DECK_PREFIX = 'flashcase-deck-';

/** SQLite answers at once, and what comes of it is written at once: without giving way an export would hold every request up. */
async function* untilAborted<T>(items: AsyncIterable<T>, signal: AbortSignal | undefined): AsyncGenerator<T> {
  const way = new GivingWay();
  for await (const item of items) {
    await way.now();
    signal?.throwIfAborted();
    yield item;
  }
}

const millis = (time: Timestamp): number => Number(time.micros / 1000n);

/** Writes decks as entries. Other programs know no Markdown and no card for each line: they get HTML, and notes of two sides. */
class DeckEntries {
  readonly #session: Session;
  readonly #user: User;
  readonly #decks: readonly VisibleDeck[];
  readonly #isArchive: boolean;
  readonly #settings: StudySettings;
  readonly #media: ExportMedia;
  /** Keys of the export. */
  readonly #noteKeys = new Map<bigint, number>();
  readonly #types = new Map<string, { key: number; type: NoteType }>();
  /** Notes of plain text that the format does not have: their cards read as they were typed. */
  readonly #plainNotes = new Set<bigint>();
  readonly #deckKeys = new Map<string, number>();
  readonly #guids = new Set<string>();
  #nextNote = 1;

  constructor(
    session: Session,
    user: User,
    decks: readonly VisibleDeck[],
    isArchive: boolean,
    settings: StudySettings,
    media: ExportMedia,
  ) {
    this.#media = media;
    this.#session = session;
    this.#user = user;
    this.#decks = decks;
    this.#isArchive = isArchive;
    this.#settings = settings;
  }

  async *all(): AsyncGenerator<Entry> {
    for (const { name, description } of this.#decks) {
      // Two decks of one name are one for whoever reads this.
      if (this.#deckKeys.has(name)) continue;
      const key = this.#deckKeys.size + 1;
      this.#deckKeys.set(name, key);
      yield { type: 'deck', key, path: this.#pathOf(name), description: description ?? '' };
    }
    yield* await this.#noteTypes();
    for await (const { rows } of this.#pagesOfNotes()) yield* await this.#notes(rows);
    for await (const { rows, first } of this.#pagesOfCards()) yield* await this.#notesOfAlone(rows, first);
    for await (const page of this.#pagesOfCards()) yield* await this.#cards(page);
    for await (const { rows, first } of this.#pagesOfCards()) yield* this.#reviews(rows, first);
  }

  /** Other programs know no empty levels, nor spaces around one. */
  #pathOf(name: string): readonly string[] {
    const levels = levelsOf(name);
    return this.#isArchive || levels.length === 0 ? name.split(LEVEL_SEPARATOR) : levels;
  }

  #pagesOfNotes = () => pagesOf(this.#decks, (deckId, page) => listNotesOfDeck(this.#session, deckId, page));
  #pagesOfCards = () => pagesOf(this.#decks, (deckId, page) => listCardsOfDeck(this.#session, deckId, page));

  async #noteTypes(): Promise<PackagedType[]> {
    const chosen: ChosenType[] = [];
    for (const { id } of this.#decks) chosen.push(...(await listTypesOfDeck(this.#session, id)));
    const typeOf = await storedTypes(this.#session, chosen);
    const ids = chosen.flatMap(({ note_type_id }) => (note_type_id === null ? [] : [note_type_id]));
    const css = await styleSheets(this.#session, ids);
    const basic: NoteType = builtInTypes.basic;
    const types = [{ name: nameOf(BASIC), type: basic, css: null as string | null }];
    for (const one of chosen) {
      const type = typeOf(one);
      const name = nameOf(one);
      if (types.every((known) => known.name !== name))
        types.push({ name, type, css: type.id === null ? null : (css.get(type.id) ?? '') });
    }
    return types.flatMap(({ name, type, css: sheet }, index) => {
      this.#types.set(name, { key: index + 1, type });
      return type.kind === 'elements' && !this.#isArchive ? [] : [packagedType(type, index + 1, sheet)];
    });
  }

  #typeOf(note: ChosenType): { key: number; type: NoteType } {
    return this.#types.get(nameOf(note)) as { key: number; type: NoteType };
  }

  async #notes(rows: readonly NoteRow[]): Promise<Note[]> {
    const tags = await tagsOf(
      this.#session,
      rows.map(({ id }) => id),
    );
    await this.#media.take(rows.map(({ fields }) => fields));
    const guids = await this.#guidsOf(rows);
    return rows.flatMap((row) => {
      const { key: noteType, type } = this.#typeOf(row);
      if (type.kind === 'elements' && !this.#isArchive) {
        if (row.format === 'text') this.#plainNotes.add(row.id);
        return [];
      }
      const key = this.#nextNote++;
      this.#noteKeys.set(row.id, key);
      const fields = JSON.parse(row.fields) as Readonly<Record<string, string>>;
      const values = type.fields.map((name) => fields[name] ?? '');
      const common = { type: 'note', key, guid: guids.get(row.id) as string, noteType, tags: tags.get(row.id) ?? [] } as const;
      const times = { createdAt: millis(row.created_at), modifiedAt: millis(row.updated_at) };
      if (!this.#isArchive) {
        const html = values.map((value) => htmlOf(value, row.format));
        if (type.kind === 'occlusion') {
          const written = { type, format: row.format as NonNullable<Note['format']>, fields: new Map(Object.entries(fields)) };
          html.splice(0, 2, ...packagedOcclusion(written, html[1] as string));
        }
        return [{ ...common, fields: html.map((value) => this.#forOthers(value)), ...times }];
      }
      const format = row.format as NonNullable<Note['format']>;
      return [{ ...common, fields: values, ...times, format, ...(row.elements === null ? {} : { elements: row.elements }) }];
    });
  }

  /** Other programs keep one note of each guid. Of notes that came into two decks the oldest has it, whichever of the decks are exported. */
  async #guidsOf(rows: readonly NoteRow[]): Promise<ReadonlyMap<bigint, string>> {
    const oldest = new Map<string, bigint>();
    const isOwn = this.#decks[0]?.is_owner === true;
    const others = isOwn
      ? await findNotesByGuid(
          this.#session,
          this.#user.id,
          rows.map(({ guid }) => guid),
        )
      : [];
    for (const { guid, id } of [...rows, ...others]) if (id < (oldest.get(guid) ?? id + 1n)) oldest.set(guid, id);
    return new Map(
      rows.map(({ id, guid, created_at }) => {
        let own = guid;
        for (let n = 0; this.#guids.has(own) || (n === 0 && oldest.get(guid) !== id); n++)
          own = guidOf(`flashcase note ${id} ${created_at.text} ${n}`);
        this.#guids.add(own);
        return [id, own];
      }),
    );
  }

  /** A card without a note, or with one that the format does not have, is a note of its own: its key is the card's, after all others. */
  async #notesOfAlone(rows: readonly StoredCard[], first: number): Promise<Note[]> {
    const alone = rows.flatMap((card, index) =>
      this.#noteKeys.has(card.note_id ?? -1n) ? [] : [{ card, number: first + index }],
    );
    const ids = alone.flatMap(({ card }) => (card.note_id === null ? [] : [card.note_id]));
    const tags = await tagsOf(this.#session, ids);
    if (!this.#isArchive) await this.#media.take(alone.flatMap(({ card }) => [card.front_html, card.back_html]));
    const sideOf = (card: StoredCard, html: string | null, text: string): string =>
      html === null || this.#plainNotes.has(card.note_id ?? -1n) ? textToHtml(text) : this.#forOthers(html);
    return alone.map(({ card, number }) => ({
      type: 'note',
      key: this.#aloneKey(number),
      // Exported again, or from the database it was moved to, it is the same note.
      guid: guidOf(`flashcase card ${card.id} ${card.created_at.text}`),
      noteType: (this.#types.get(nameOf(BASIC)) as { key: number }).key,
      tags: tags.get(card.note_id ?? -1n) ?? [],
      fields: this.#isArchive
        ? [card.front, card.back, '']
        : [sideOf(card, card.front_html, card.front), sideOf(card, card.back_html, card.back), ''],
      createdAt: millis(card.created_at),
      modifiedAt: millis(card.updated_at),
      ...(this.#isArchive ? { format: 'text' as const } : {}),
    }));
  }

  /** Other programs know media by the names of files. */
  #forOthers(html: string): string {
    return withMediaNames(html, this.#media.nameOf);
  }

  #aloneKey(number: number): number {
    return this.#noteKeys.size + number;
  }

  async #cards({ rows, first, deck }: PageOf<StoredCard>): Promise<Card[]> {
    const ids = rows.map(({ id }) => id);
    const key = this.#deckKeys.get(this.#decks[deck]?.name ?? '') as number;
    const states = new Map((await listCardStates(this.#session, this.#user.id, ids)).map((state) => [state.card_id, state]));
    return rows.map((card, index) => this.#card(card, first + index, key, states.get(card.id)));
  }

  #card(card: StoredCard, key: number, deck: number, state: CardState | undefined): Card {
    const note = this.#noteKeys.get(card.note_id ?? -1n);
    const common = {
      type: 'card',
      key,
      note: note ?? this.#aloneKey(key),
      ordinal: note === undefined ? 0 : (card.ordinal ?? 0),
      deck,
      createdAt: millis(card.created_at),
      modifiedAt: millis(card.updated_at),
      isSuspended: state?.is_suspended ?? false,
      flag: state?.flag ?? 0,
      lapses: 0,
      stepsLeft: 0,
      ...(this.#isArchive && state !== undefined && state.buried_until !== null
        ? { buriedUntil: millis(state.buried_until) }
        : {}),
    } as const;
    if (state === undefined || state.review_count === 0)
      return { ...common, stage: 'new', position: key, intervalDays: 0, reviewCount: 0 };
    const { phase, step, lapses, memory, scheduler, repetitions, answeredAt } = standingOfState(state);
    const isOnSteps = phase === 'learning' || phase === 'relearning';
    const steps = phase === 'relearning' ? this.#settings.relearningSteps : this.#settings.learningSteps;
    return {
      ...common,
      stage: isOnSteps ? phase : 'review',
      lapses,
      stepsLeft: isOnSteps ? Math.max(0, steps.length - step) : 0,
      due: isOnSteps ? { at: millis(state.next_review) } : { day: dayText(studyDay(state.next_review, this.#settings)) },
      intervalDays: state.interval,
      ease: state.ease_factor,
      reviewCount: state.review_count,
      ...(memory === undefined
        ? {}
        : { memory: { ...memory, ...(answeredAt === undefined ? {} : { lastReviewedAt: millis(answeredAt) }) } }),
      ...(this.#isArchive ? { scheduler, repetitions } : {}),
    };
  }

  async *#reviews(cards: readonly StoredCard[], first: number): AsyncGenerator<Review> {
    const keys = new Map(cards.map((card, index) => [card.id, first + index]));
    const rows = await listCardLogs(this.#session, this.#user.id, [...keys.keys()]);
    const takenBack = new Set(rows.flatMap(({ undoes }) => (undoes === null ? [] : [undoes])));
    let before: { card: bigint; length: number } | undefined;
    for (const row of rows) {
      const { card_id, kind, last_rating: quality, difficulty, stability, repetitions } = row;
      if (kind === 'undo' || takenBack.has(row.id)) continue;
      const common = { type: 'review', card: keys.get(card_id) as number, at: millis(row.reviewed_at) } as const;
      if (kind === 'cram') {
        const grade = quality === null ? 3 : gradeOf(quality);
        yield { ...common, kind, grade, interval: 0, previousInterval: 0, tookMs: row.duration_ms ?? 0 };
        continue;
      }
      const isFirst = before?.card !== card_id;
      const previousInterval = isFirst ? 0 : (before?.length ?? 0);
      before = { card: card_id, length: lengthOf(row) };
      if (kind === 'manual' && row.phase === 'new')
        yield { ...common, kind: 'reset', grade: 0, interval: 0, previousInterval: 0, tookMs: 0 };
      // A date that was given, or a review of the original's first version whose rating cannot be known.
      if (quality === null || kind === 'manual') continue;
      yield {
        ...common,
        kind: kind === null ? (isFirst ? 'learn' : 'review') : KINDS[kind as keyof typeof KINDS],
        grade: gradeOf(quality),
        interval: before.length,
        previousInterval,
        ...(this.#isArchive || difficulty === null ? { ease: row.ease_factor } : {}),
        ...(difficulty === null ? {} : { difficulty }),
        tookMs: row.duration_ms ?? 0,
        ...(this.#isArchive
          ? { quality, ...(stability === null ? {} : { stability }), ...(repetitions === null ? {} : { repetitions }) }
          : {}),
      };
    }
  }
}

const BASIC: ChosenType = { type: 'basic', note_type_id: null };
const nameOf = ({ type, note_type_id }: ChosenType): string => `${type} ${note_type_id}`;

const htmlOf = (value: string, format: string): string =>
  format === 'html' ? value : format === 'markdown' ? htmlOfMarkdown(value) : textToHtml(value);

/** What the log says of an answer, as packages name it. */
const KINDS = { new: 'learn', learn: 'learn', review: 'review', relearn: 'relearn' } as const;

/** Days when positive, seconds when negative: how long after the answer the card was due. */
function lengthOf({ interval, reviewed_at, due_date }: StudyLog): number {
  if (interval > 0) return interval;
  const seconds = Math.round(Number(due_date.micros - reviewed_at.micros) / 1_000_000);
  return seconds > 0 ? -seconds : 0;
}

/** Minutes that the user's clock is behind UTC today. */
function minutesWest(now: Timestamp, settings: StudySettings): number {
  const day = studyDay(now, settings);
  return Number(startOfStudyDay(day, settings).micros / 60_000_000n) - day * 1440 - settings.rolloverHour * 60;
}

interface ExportOptions {
  /** With the user's own decks below it. */
  readonly below?: boolean;
  readonly temporaryFolder?: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes a deck the user may read into a new file: its notes and cards, and this user's own dates and reviews of them, all of one moment
 * while others go on writing (in a `read` session). What exists at `to`
 * is never overwritten (`FC_BAD_REQUEST`); a failure leaves nothing behind.
 * @returns the deck
 */
export async function exportDeck(
  session: Session,
  user: User,
  deckId: bigint,
  format: ExportFormat,
  to: string,
  { below = false, temporaryFolder, signal }: ExportOptions = {},
): Promise<VisibleDeck> {
  // Cards are numbered, and read three times: one that goes meanwhile would give its number, and its reviews, to another.
  return atOneMoment(session, async () => {
    const top = await readableDeck(session, user, deckId);
    const decks = [top];
    for (const { id } of below ? await decksBelow(session, user, top) : []) decks.push(await readableDeck(session, user, id));
    const settings = await studySettings(session, user.id);
    const media = new ExportMedia(session, user);
    // Read whole before the media, whose list is complete then.
    const entries = () =>
      untilAborted(new DeckEntries(session, user, decks, format === 'archive', settings, media).all(), signal);
    const now = session.clock.now();
    await writeNewFile(to, () => {
      if (format === 'apkg')
        return writeAnkiPackage(to, entries(), media.files, {
          ...{ now: millis(now), minutesWest: minutesWest(now, settings), signal },
          ...(temporaryFolder === undefined ? {} : { temporaryFolder }),
        });
      if (format === 'archive') return writeArchive(to, entries(), media.files, { temporaryFolder, signal });
      return untilAborted(tableOf(session, decks), signal);
    });
    return top;
  });
}
