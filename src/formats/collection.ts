import type { Readable } from 'node:stream';

/**
 * A collection of cards as values: what every format is read into and written from. It knows neither a file nor a database. Keys are
 * numbers that mean something inside one collection only; across collections a note is known by its `guid`.
 */

export type Form = 'standard' | 'cloze';

export interface Template {
  readonly name: string;
  readonly question: string;
  readonly answer: string;
}

export interface NoteType {
  readonly type: 'note-type';
  readonly key: number;
  readonly name: string;
  readonly form: Form;
  readonly fields: readonly string[];
  readonly templates: readonly Template[];
  readonly css: string;
  /** Index of the field that lists are sorted by. */
  readonly sortField: number;
  /** The name of the type where it is one of FlashCase's own; in archives only. */
  readonly builtIn?: string;
  /** Made from Anki's type for areas of pictures, whatever it and its fields are called. */
  readonly hidesAreas?: true;
}

/** How a deck is studied; what a format does not say is absent. */
export interface DeckOptions {
  readonly type: 'options';
  readonly key: number;
  readonly name: string;
  readonly newPerDay?: number;
  readonly reviewsPerDay?: number;
  /** Minutes. */
  readonly learnSteps?: readonly number[];
  readonly relearnSteps?: readonly number[];
  readonly buriesNewSiblings?: boolean;
  readonly buriesReviewSiblings?: boolean;
  readonly leechThreshold?: number;
  readonly maximumIntervalDays?: number;
  readonly desiredRetention?: number;
  /** FSRS weights of the newest version the format has: 17, 19, 21 or more. */
  readonly fsrsWeights?: readonly number[];
}

export interface Deck {
  readonly type: 'deck';
  readonly key: number;
  /** Names from the outermost deck inwards, at least one. */
  readonly path: readonly string[];
  readonly description: string;
  readonly options?: number;
}

export interface Note {
  readonly type: 'note';
  readonly key: number;
  /** Stays the same wherever the note goes; opaque. */
  readonly guid: string;
  readonly noteType: number;
  readonly tags: readonly string[];
  /** One for each field of the note type; HTML, unless `format` says otherwise. */
  readonly fields: readonly string[];
  /** How the fields are written; in archives only. */
  readonly format?: 'text' | 'html' | 'markdown';
  /** JSON: which card each line has, on types with a card a line; in archives only. */
  readonly elements?: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly modifiedAt: number;
}

/** Where FSRS sees a card. */
export interface Memory {
  /** Days. */
  readonly stability: number;
  /** 1 to 10. */
  readonly difficulty: number;
  readonly desiredRetention?: number;
  readonly decay?: number;
  readonly lastReviewedAt?: number;
}

export type Stage = 'new' | 'learning' | 'review' | 'relearning';

/** A day of the user (`YYYY-MM-DD`), or a moment in milliseconds for steps of minutes. */
export type Due = { readonly day: string } | { readonly at: number };

export interface Card {
  readonly type: 'card';
  readonly key: number;
  readonly note: number;
  /** Index of the template, or the number of the cloze less one. */
  readonly ordinal: number;
  readonly deck: number;
  readonly createdAt: number;
  readonly modifiedAt: number;
  readonly stage: Stage;
  readonly isSuspended: boolean;
  /** 0 for none, 1 to 7. */
  readonly flag: number;
  /** Place in the row of new cards. */
  readonly position?: number;
  /** Absent for new cards. */
  readonly due?: Due;
  readonly intervalDays: number;
  /** SM-2's ease (2.5); absent for cards that never had one. */
  readonly ease?: number;
  readonly reviewCount: number;
  readonly lapses: number;
  /** Learning steps that are left. */
  readonly stepsLeft: number;
  readonly memory?: Memory;
  /** Data of add-ons, as they wrote it. */
  readonly custom?: string;
  /** From here on in archives only. `sm2`: its dates were given by SM-2, and it has no memory on purpose. */
  readonly scheduler?: 'sm2' | 'fsrs-6';
  /** Correct answers in a row. */
  readonly repetitions?: number;
  /** Milliseconds since 1970. */
  readonly buriedUntil?: number;
}

/**
 * `early`: before it was due, in a filtered deck. `cram`: studied without rescheduling. `manual`, `rescheduled`: a date was set, nothing
 * was answered. `reset`: the card was made new; what came before no longer counts.
 */
export type ReviewKind = 'learn' | 'review' | 'relearn' | 'early' | 'cram' | 'manual' | 'rescheduled' | 'reset';

export interface Review {
  readonly type: 'review';
  readonly card: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly kind: ReviewKind;
  /** 1 again, 2 hard, 3 good, 4 easy; 0 where nothing was answered. */
  readonly grade: number;
  /** Days when positive, seconds when negative: 1 and -86400 are the same length and not the same step. */
  readonly interval: number;
  readonly previousInterval: number;
  /** SM-2's ease after it, or FSRS's difficulty (1 to 10); neither for the first steps. */
  readonly ease?: number;
  readonly difficulty?: number;
  readonly tookMs: number;
  /** From here on in archives only. The quality of SM-2, 0 to 5, which tells failures apart. */
  readonly quality?: number;
  /** FSRS's stability after it, in days. */
  readonly stability?: number;
  readonly repetitions?: number;
}

/** In this order in every stream: options, decks, note types, notes, cards, reviews; whatever is named has come before. */
export type Entry = DeckOptions | Deck | NoteType | Note | Card | Review;

/** A card with its reviews, oldest first. */
export interface CardHistory {
  readonly card: Card;
  readonly reviews: readonly Review[];
}

/** A note with all that belongs to it, its cards in the order of their ordinals. */
export interface WholeNote {
  readonly type: 'whole-note';
  readonly note: Note;
  readonly cards: readonly CardHistory[];
}

export interface MediaFile {
  readonly name: string;
  /** Bytes of the file itself; `undefined` where the format does not say. */
  readonly bytes: number | undefined;
  /** Of its bytes, in hexadecimal; only where the format says it, and then checked while it is read. */
  readonly sha256?: string;
  open(): Promise<Readable>;
}

/** Something that was left out or changed on the way, counted. */
export interface Problem {
  readonly code: string;
  /** One sentence for people. */
  readonly what: string;
  readonly count: number;
}

/** An open file of some format. Whoever opened it closes it: that removes what was unpacked. */
export interface CollectionSource {
  /** For people: what was recognised. */
  readonly format: string;
  readonly media: readonly MediaFile[];
  /** May be read again from the start. */
  entries(): Iterable<Entry> | AsyncIterable<Entry>;
  /**
   * The same with every note whole, in the order of their keys, where the format can tell without holding all of it: who needs notes whole
   * needs not put them together then. May be read again from the start.
   */
  wholeEntries?(): Iterable<DeckOptions | Deck | NoteType | WholeNote>;
  /** What was left out so far; whole after either was read to its end. */
  problems(): readonly Problem[];
  close(): Promise<void>;
}

/** Counts problems of one kind together. */
export class ProblemLog {
  readonly #found = new Map<string, { what: string; count: number }>();

  add(code: string, what: string, count = 1): void {
    if (count === 0) return;
    const known = this.#found.get(code);
    if (known === undefined) this.#found.set(code, { what, count });
    else known.count += count;
  }

  clear(): void {
    this.#found.clear();
  }

  list(): readonly Problem[] {
    return [...this.#found].map(([code, problem]) => ({ code, ...problem }));
  }
}
