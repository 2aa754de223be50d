import type { DatabaseSync } from 'node:sqlite';
import type {
  Card,
  Deck,
  DeckOptions,
  Due,
  Entry,
  Memory,
  Note,
  NoteType,
  ProblemLog,
  Review,
  ReviewKind,
  Stage,
  WholeNote,
} from '../collection.ts';
import { CARD_INDEX, REVIEW_INDEX } from './database.ts';
import { dayText } from './days.ts';
import { type Head, numberOf, present } from './head.ts';

const FIELD = '\x1f';
/** Due values above are seconds, below days: 1,000,000,000 seconds were over in 2001. */
const SECONDS_FROM = 1_000_000_000;
const STAGES: readonly Stage[] = ['new', 'learning', 'review', 'relearning'];
const KINDS: readonly ReviewKind[] = ['learn', 'review', 'relearn', 'early', 'manual', 'rescheduled'];
/** FSRS stores difficulty where SM-2 stores ease; no ease is as small. */
const LARGEST_DIFFICULTY = 1100;

type Row = Readonly<Record<string, unknown>>;

const CARD_COLUMNS = 'id, nid, did, ord, mod, type, queue, due, ivl, factor, reps, lapses, left, odue, odid, flags, data';
const REVIEW_COLUMNS = 'id, cid, ease, ivl, lastIvl, factor, time, type';
/** Reviews come by the million: as lists, without a name for each value. */
type ReviewRow = readonly unknown[];

/** PostgreSQL stores no NUL, and nobody can see one. */
const textOf = (value: unknown): string => (value === null || value === undefined ? '' : String(value)).replaceAll('\0', '');
const wholeOf = (value: unknown): number => Math.trunc(numberOf(value) ?? 0);
const round = (value: number, digits: number): number => Number(value.toFixed(digits));

/** Reads a collection's rows as entries, in keys' order, without holding more than one. */
export class AnkiRows {
  readonly #database: DatabaseSync;
  readonly #head: Head;
  readonly #problems: ProblemLog;
  readonly #decks: ReadonlySet<number>;
  /** Cards of decks that are not there, or only filtered, go to the default deck. */
  readonly #fallback: number;
  /** Note types as SQL text: whole numbers, read from the collection. */
  readonly #types: string;
  /** Conditions on the rows that are read; none where all belong to something. */
  #keptCards = '';
  #keptReviews = '';

  constructor(database: DatabaseSync, head: Head, problems: ProblemLog) {
    this.#database = database;
    this.#head = head;
    this.#problems = problems;
    this.#decks = new Set(head.decks.map((deck) => deck.key));
    this.#fallback = this.#decks.has(1) ? 1 : (head.decks[0]?.key ?? 1);
    this.#types = head.noteTypes.map((noteType) => noteType.key).join(',');
  }

  *entries(): Generator<Entry> {
    yield* this.#beginning();
    yield* this.#notes();
    yield* this.#cards();
    yield* this.#reviews();
  }

  /** The same with every note whole: the cards of each are looked up, and the reviews of each of those. */
  *wholeEntries(): Generator<DeckOptions | Deck | NoteType | WholeNote> {
    yield* this.#beginning();
    const cardsOf = this.#database.prepare(
      `SELECT ${CARD_COLUMNS} FROM cards INDEXED BY ${CARD_INDEX} WHERE nid = ? ORDER BY ord, id`,
    );
    const reviewsOf = this.#database.prepare(
      `SELECT ${REVIEW_COLUMNS} FROM revlog INDEXED BY ${REVIEW_INDEX} WHERE cid = ? ORDER BY id`,
    );
    reviewsOf.setReturnArrays(true);
    let last: number | undefined;
    for (const note of this.#notes()) {
      // Only in a damaged collection does a note stand twice.
      if (note.key === last) continue;
      last = note.key;
      const cards = (cardsOf.all(note.key) as Row[]).map((row) => this.#card(row));
      yield {
        type: 'whole-note',
        note,
        cards: cards.map((card) => ({
          card,
          reviews: reviewsOf.all(card.key).map((row) => this.#review(row as unknown as ReviewRow)),
        })),
      };
    }
  }

  /** What every stream begins with; counts what is left out of the rest. */
  *#beginning(): Generator<DeckOptions | Deck | NoteType> {
    this.#problems.clear();
    const { options, noteTypes, filtered } = this.#head;
    const decks = this.#usedDecks();
    const used = new Set(decks.map((deck) => deck.options));
    yield* options.filter((group) => used.has(group.key));
    yield* decks;
    yield* noteTypes;
    this.#problems.add(
      'filtered_deck',
      'Filtered decks are left out; their cards are in the decks they came from.',
      filtered.size,
    );
    this.#countLeftOut();
  }

  /** Every collection has a deck 1, "Default": it is one of the user's only when something is in it. */
  #usedDecks(): readonly Deck[] {
    const { decks } = this.#head;
    const isUsed = this.#database
      .prepare(
        'SELECT 1 FROM cards WHERE (CASE WHEN odid <> 0 THEN odid ELSE did END) IN (SELECT value FROM json_each(?)) = 0 OR did = 1 OR odid = 1 LIMIT 1',
      )
      .get(JSON.stringify([...this.#decks]));
    if (isUsed === undefined) return decks.filter((deck) => deck.key !== 1);
    if (this.#decks.has(this.#fallback)) return decks;
    return [...decks, { type: 'deck', key: this.#fallback, path: ['Default'], description: '' }];
  }

  /** Counts what belongs to nothing. Most collections have none of it, and are then read without asking for each row. */
  #countLeftOut(): void {
    const count = (sql: string): number => (this.#database.prepare(sql).get() as { n: number }).n;
    const notes = `SELECT id FROM notes WHERE mid IN (${this.#types})`;
    const lostNotes = count(`SELECT count(*) AS n FROM notes WHERE mid NOT IN (${this.#types})`);
    const lostCards = count(`SELECT count(*) AS n FROM cards WHERE nid NOT IN (${notes})`);
    const lostReviews = count('SELECT count(*) AS n FROM revlog WHERE cid NOT IN (SELECT id FROM cards)');
    this.#problems.add('note_without_type', 'Notes whose note type is missing are left out.', lostNotes);
    this.#problems.add('card_without_note', 'Cards whose note is missing are left out.', lostCards);
    this.#problems.add('review_without_card', 'Reviews of cards that were deleted are left out.', lostReviews);
    this.#keptCards = lostCards === 0 ? '' : `WHERE nid IN (${notes})`;
    this.#keptReviews = lostCards + lostReviews === 0 ? '' : `WHERE cid IN (SELECT id FROM cards ${this.#keptCards})`;
  }

  *#notes(): Generator<Note> {
    const lengths = new Map(this.#head.noteTypes.map((noteType) => [noteType.key, noteType.fields.length]));
    const rows = this.#database
      .prepare(`SELECT id, guid, mid, mod, tags, flds FROM notes WHERE mid IN (${this.#types}) ORDER BY id`)
      .iterate() as Iterable<Row>;
    for (const row of rows) {
      const key = wholeOf(row.id);
      const noteType = wholeOf(row.mid);
      const fields = textOf(row.flds).split(FIELD);
      const length = lengths.get(noteType) ?? fields.length;
      while (fields.length < length) fields.push('');
      if (fields.length > length) {
        this.#problems.add('extra_fields', 'Notes with more fields than their note type: the rest stands in the last field.');
        fields.push(fields.splice(length - 1).join(' '));
      }
      yield {
        type: 'note',
        key,
        guid: textOf(row.guid),
        noteType,
        tags: textOf(row.tags)
          .split(/[ \u3000]+/)
          .filter((tag) => tag !== ''),
        fields,
        createdAt: key,
        modifiedAt: wholeOf(row.mod) * 1000,
      };
    }
  }

  *#cards(): Generator<Card> {
    const rows = this.#database
      .prepare(`SELECT ${CARD_COLUMNS} FROM cards ${this.#keptCards} ORDER BY nid, ord`)
      .iterate() as Iterable<Row>;
    for (const row of rows) yield this.#card(row);
  }

  #card(row: Row): Card {
    const queue = wholeOf(row.queue);
    const home = wholeOf(row.odid);
    const isAway = home !== 0;
    const original = wholeOf(row.odue);
    const due = isAway && original !== 0 ? original : wholeOf(row.due);
    const type = wholeOf(row.type);
    // The first scheduler left a lapsed card a review card, in the queue of learning.
    const stage = type === 2 && (queue === 1 || queue === 3) && !isAway ? 'relearning' : (STAGES[type] ?? 'new');
    let deck = isAway ? home : wholeOf(row.did);
    if (!this.#decks.has(deck)) {
      this.#problems.add('card_without_deck', 'Cards whose deck is missing are in the default deck.');
      deck = this.#fallback;
    }
    if (queue === -2 || queue === -3) this.#problems.add('buried', 'Buried cards are no longer buried.');
    const data = this.#data(row.data);
    const factor = wholeOf(row.factor);
    const memory = memoryOf(data);
    return {
      type: 'card',
      key: wholeOf(row.id),
      note: wholeOf(row.nid),
      ordinal: wholeOf(row.ord),
      deck,
      createdAt: wholeOf(row.id),
      modifiedAt: wholeOf(row.mod) * 1000,
      stage,
      isSuspended: queue === -1,
      flag: wholeOf(row.flags) & 7,
      ...(stage === 'new' ? { position: due } : { due: this.#due(stage, due) }),
      ...(stage === 'new' || data.pos === undefined ? {} : present<Card>({ position: numberOf(data.pos) })),
      intervalDays: Math.max(0, wholeOf(row.ivl)),
      ...(factor > 0 ? { ease: factor / 1000 } : {}),
      reviewCount: wholeOf(row.reps),
      lapses: wholeOf(row.lapses),
      stepsLeft: wholeOf(row.left) % 1000,
      ...(memory === undefined ? {} : { memory }),
      ...(typeof data.cd === 'string' && data.cd !== '' ? { custom: data.cd } : {}),
    };
  }

  #due(stage: Stage, due: number): Due {
    const isMoment = stage !== 'review' && due >= SECONDS_FROM;
    return isMoment ? { at: due * 1000 } : { day: dayText(this.#head.calendar.firstDay + due) };
  }

  #data(value: unknown): Row {
    const text = textOf(value);
    if (text === '' || text === '{}') return {};
    try {
      const data: unknown = JSON.parse(text);
      if (typeof data === 'object' && data !== null) return data as Row;
    } catch {
      // Said below.
    }
    this.#problems.add('card_data', 'Cards with extra data that cannot be read: it is left out.');
    return {};
  }

  *#reviews(): Generator<Review> {
    const reviews = this.#database.prepare(`SELECT ${REVIEW_COLUMNS} FROM revlog ${this.#keptReviews} ORDER BY cid, id`);
    reviews.setReturnArrays(true);
    for (const row of reviews.iterate()) yield this.#review(row as unknown as ReviewRow);
  }

  #review([id, cid, button, interval, previousInterval, permille, time, number]: ReviewRow): Review {
    const type = wholeOf(number);
    const factor = wholeOf(permille);
    const ease = wholeOf(button);
    let kind = KINDS[type] ?? 'manual';
    if (type === 3 && factor === 0) kind = 'cram';
    else if (type === 4 && factor === 0) kind = 'reset';
    else if (ease === 0 && type < 4) kind = 'manual';
    const isOldStep = this.#head.isFirstScheduler && (type === 0 || type === 2) && (ease === 2 || ease === 3);
    const isAnswer = ease >= 1 && ease <= 4 && type < 4;
    return {
      type: 'review',
      card: wholeOf(cid),
      at: wholeOf(id),
      kind,
      grade: isAnswer ? ease + (isOldStep ? 1 : 0) : 0,
      interval: wholeOf(interval),
      previousInterval: wholeOf(previousInterval),
      ...(factor === 0
        ? {}
        : factor <= LARGEST_DIFFICULTY
          ? { difficulty: round((factor / 1000 - 0.1) * 9 + 1, 4) }
          : { ease: factor / 1000 }),
      tookMs: Math.max(0, wholeOf(time)),
    };
  }
}

function memoryOf(data: Row): Memory | undefined {
  const [stability, difficulty, reviewed] = [data.s, data.d, data.lrt].map(numberOf);
  if (stability === undefined || difficulty === undefined || stability <= 0) return undefined;
  return {
    stability,
    difficulty,
    ...present<Memory>({
      desiredRetention: numberOf(data.dr),
      decay: numberOf(data.decay),
      lastReviewedAt: reviewed === undefined ? undefined : reviewed * 1000,
    }),
  };
}
