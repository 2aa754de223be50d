import type { Session } from '../db/database.ts';
import { replaceMany } from '../db/stores/bulk-rows.ts';
import { type Card, holdCards, insertPlainCards, listCardsOfDeck } from '../db/stores/cards.ts';
import { holdNotes, insertTags, listNotesOfDeck, type NoteRow, tagsOf } from '../db/stores/notes.ts';
import { indexCards } from '../db/stores/search-rows.ts';
import type { User } from '../db/stores/users.ts';
import { FlashcaseError } from '../errors/index.ts';
import { TEXT_FORMATS, type TextReading, type TextSettings } from '../formats/text/read-text.ts';
import type { TextCard, TextProblem } from '../formats/text/text-card.ts';
import { builtInTypes } from '../notes/note-types.ts';
import { cleanTags, MAX_TAG, MAX_TAGS } from '../notes/tags.ts';
import { ownDeck } from './decks.ts';
import { cardBefore, ImportJournal, type Left, noteBefore } from './import-journal.ts';
import { createNotes } from './notes.ts';
import { prepareNote } from './prepare-note.ts';

export { TEXT_FORMATS };

/** What becomes of a card whose front the deck has already. */
export const DUPLICATES = ['skip', 'update', 'keep'] as const;
export type Duplicates = (typeof DUPLICATES)[number];

/** Sides at most, in characters: those of the API. */
export const FRONT_CHARACTERS = 2000;
export const BACK_CHARACTERS = 5000;
const PAGE = 5000;
const SAMPLES = 20;
const PROBLEMS = 100;

type Action = 'add' | 'update' | 'skip';

export interface Sample {
  readonly front: string;
  readonly back: string;
  /** The sides as sanitised HTML, where they are more than text. */
  readonly front_html?: string | null;
  readonly back_html?: string | null;
  readonly action: Action;
}

export interface ImportCounts {
  readonly added: number;
  readonly updated: number;
  /** Left as they are: the deck has them already. */
  readonly skipped: number;
}

interface Addition {
  readonly front: string;
  back: string;
  tags: readonly string[];
}

/** A card of the deck. `note` where it is made by a note of plain text whose back it shows: then the note can be given a new one. */
interface Stored {
  readonly card: Card;
  readonly note: NoteRow | undefined;
  /** Of the note; read only where it may be changed. */
  readonly tags: readonly string[];
}

interface Update extends Stored {
  readonly newBack: string;
  /** Those of the note among them. */
  readonly newTags: readonly string[];
}

interface Plan {
  readonly counts: ImportCounts;
  readonly samples: readonly Sample[];
  readonly problems: readonly TextProblem[];
  readonly additions: readonly Addition[];
  readonly updates: ReadonlyMap<bigint, Update>;
  /** Cards that are there without a note, which alone could keep the tags that the text has for them. */
  readonly untagged: number;
}

const isTooLong = (text: string, limit: number): boolean => text.length > limit && [...text].length > limit;

const TOO_MANY_TAGS = `It has more than ${MAX_TAGS} tags`;

function problemOf({ front, back, tags }: TextCard): string | undefined {
  if (isTooLong(front, FRONT_CHARACTERS)) return `The front is longer than ${FRONT_CHARACTERS} characters.`;
  if (isTooLong(back, BACK_CHARACTERS)) return `The back is longer than ${BACK_CHARACTERS} characters.`;
  if (![front, back, ...tags].every((text) => text.isWellFormed())) return 'A character of this card is broken.';
  if (tags.length > MAX_TAGS) return `${TOO_MANY_TAGS}.`;
  if (tags.some((tag) => isTooLong(tag, MAX_TAG))) return `A tag is longer than ${MAX_TAG} characters.`;
  return undefined;
}

const isPlain = ({ type, format }: NoteRow): boolean => type === 'basic' && format === 'text';

/** The deck's cards by their fronts, the oldest of each. */
async function cardsByFront(session: Session, deckId: bigint, isUpdating: boolean): Promise<Map<string, Stored>> {
  const notes = new Map<bigint, NoteRow>();
  for (let after: bigint | undefined; isUpdating; ) {
    const page = await listNotesOfDeck(session, deckId, { after, limit: PAGE });
    for (const note of page) if (isPlain(note)) notes.set(note.id, note);
    after = page.at(-1)?.id;
    if (page.length < PAGE) break;
  }
  const known = new Map<string, Stored>();
  for (let after: bigint | undefined; ; ) {
    const page = await listCardsOfDeck(session, deckId, { after, limit: PAGE });
    for (const card of page) {
      const front = card.front.trim();
      if (!known.has(front)) known.set(front, { card, note: notes.get(card.note_id ?? -1n), tags: [] });
    }
    after = page.at(-1)?.id;
    if (page.length < PAGE) return known;
  }
}

/** Holds the cards that an import may change, and their notes; gives those that are still there, as they are now. */
async function heldCards(session: Session, wanted: readonly Stored[]): Promise<Stored[]> {
  const notes = new Map<bigint, NoteRow>();
  const holdNotesOf = async (cards: readonly Card[]): Promise<void> => {
    const ids = cards.flatMap(({ note_id }) => (note_id === null || notes.has(note_id) ? [] : [note_id]));
    for (const note of await holdNotes(session, ids)) notes.set(note.id, note);
  };
  // Notes before their cards, as everywhere.
  await holdNotesOf(wanted.map(({ card }) => card));
  const cards = await holdCards(
    session,
    wanted.map(({ card }) => card.id),
  );
  // Some became cards of a note meanwhile.
  await holdNotesOf(cards);
  return cards.map((card) => {
    const note = notes.get(card.note_id ?? -1n);
    return { card, note: note !== undefined && isPlain(note) ? note : undefined, tags: [] };
  });
}

/** The deck's cards by their fronts, as far as the text has these; with the tags of their notes, and held where they are to be written. */
async function cardsToUpdate(session: Session, deckId: bigint, cards: readonly TextCard[]): Promise<Map<string, Stored>> {
  const fronts = new Set(cards.map(({ front }) => front.trim()));
  const found = [...(await cardsByFront(session, deckId, true))].flatMap(([front, one]) => (fronts.has(front) ? [one] : []));
  const isHolding = session.mode === 'write' && session.capabilities.hasConcurrentWriters;
  const current = isHolding ? await heldCards(session, found) : found;
  const tags = await tagsOf(
    session,
    current.flatMap(({ note }) => (note === undefined ? [] : [note.id])),
  );
  return new Map(
    current
      .filter(({ card }) => card.deck_id === deckId)
      .map((one) => [one.card.front.trim(), { ...one, tags: tags.get(one.note?.id ?? -1n) ?? [] }]),
  );
}

/** Where the cards of a text go, and what it was read as. */
interface TextTarget {
  readonly deckId: bigint;
  readonly isNew: boolean;
  readonly format: string;
}

/** What importing these cards into a deck would do; writes nothing. Fronts are compared as they are, without spaces around them. */
async function planCards(
  session: Session,
  deckId: bigint | undefined,
  cards: readonly TextCard[],
  duplicates: Duplicates,
): Promise<Plan> {
  const isAsked = duplicates !== 'keep' && deckId !== undefined;
  const isUpdating = duplicates === 'update';
  const stored = isAsked
    ? await (isUpdating ? cardsToUpdate(session, deckId, cards) : cardsByFront(session, deckId, false))
    : new Map<string, Stored>();
  const known = new Map<string, Stored | Addition>(stored);
  const samples: Sample[] = [];
  const problems: TextProblem[] = [];
  const additions: Addition[] = [];
  const updates = new Map<bigint, Update>();
  const untagged = new Set<bigint>();
  let skipped = 0;
  /** `undefined` for a card that would have too many tags together with those that are there. */
  const decide = (front: string, back: string, tags: readonly string[]): Action | undefined => {
    const before = duplicates === 'keep' ? undefined : known.get(front.trim());
    if (before === undefined) {
      const addition = { front, back, tags };
      additions.push(addition);
      known.set(front.trim(), addition);
      return 'add';
    }
    if (isUpdating && !('card' in before)) {
      const all = cleanTags([...before.tags, ...tags]);
      if (all.length > MAX_TAGS) return undefined;
      before.back = back;
      before.tags = all;
    } else if (isUpdating && 'card' in before) {
      const { card, note } = before;
      // A card of any other note says what its note says: it changes there, or they would no longer agree.
      const isChangeable = card.note_id === null || note !== undefined;
      const shown = note === undefined ? card.back : (JSON.parse(note.fields) as { Back?: string }).Back;
      const { newBack, newTags } = updates.get(card.id) ?? { newBack: shown, newTags: before.tags };
      const all = note === undefined ? newTags : cleanTags([...newTags, ...tags]);
      if (all.length > MAX_TAGS) return undefined;
      if (card.note_id === null && tags.length > 0) untagged.add(card.id);
      if (isChangeable && (back !== newBack || all.length > newTags.length)) {
        updates.set(card.id, { ...before, newBack: back, newTags: all });
        return 'update';
      }
    }
    skipped++;
    return 'skip';
  };
  for (const given of cards) {
    const card = { ...given, tags: cleanTags(given.tags) };
    const problem = problemOf(card);
    if (problem !== undefined) {
      problems.push({ line: card.line, what: problem });
      continue;
    }
    const action = decide(card.front, card.back, card.tags);
    if (action === undefined) {
      problems.push({ line: card.line, what: `${TOO_MANY_TAGS}, with those that the card has already.` });
      continue;
    }
    if (samples.length < SAMPLES) samples.push({ front: card.front, back: card.back, action });
  }
  const counts = { added: additions.length, updated: updates.size, skipped };
  return { counts, samples, problems, additions, updates, untagged: untagged.size };
}

/** Carries a plan out, in the session's one transaction. Cards with tags are notes; where none has any they stand for themselves. */
async function writePlan(session: Session, user: User, target: TextTarget, { additions, updates, counts }: Plan): Promise<void> {
  const { deckId, isNew, format } = target;
  const { updated_at } = await ownDeck(session, user, deckId);
  const journal = new ImportJournal(session, user, {
    at: session.clock.now().text,
    format,
    decks: [{ id: String(deckId), left: updated_at.text, isNew }],
    types: [],
  });
  if (additions.some(({ tags }) => tags.length > 0)) {
    const notes = additions.map(({ front, back, tags }) => ({
      type: 'basic',
      note_type_id: null,
      format: 'text' as const,
      fields: new Map([
        ['Front', front],
        ['Back', back],
      ]),
      tags,
    }));
    for (const { id, updated_at, cards } of await createNotes(session, user, deckId, notes))
      await journal.add({ note: leftOf({ id, updated_at }), cards: cards.map(leftOf) });
  } else {
    for (const card of await insertPlainCards(session, deckId, additions)) await journal.add({ cards: [leftOf(card)] });
  }
  if (updates.size > 0) await writeUpdates(session, user, deckId, [...updates.values()], journal);
  await journal.finish(counts);
}

const leftOf = ({ id, updated_at }: Pick<Card, 'id' | 'updated_at'>): Left => [String(id), updated_at.text];

async function writeUpdates(
  session: Session,
  user: User,
  deckId: bigint,
  updates: readonly Update[],
  journal: ImportJournal,
): Promise<void> {
  const { name: deck } = await ownDeck(session, user, deckId);
  const now = session.clock.now();
  const cards: Card[] = [];
  const notes: NoteRow[] = [];
  const added: { note_id: bigint; tag: string }[] = [];
  for (const { card, note, tags, newBack, newTags } of updates) {
    const was = { cards: [cardBefore(card, now)] };
    if (note === undefined) {
      cards.push({ ...card, back: newBack, updated_at: now });
      await journal.add({ cards: [], before: was });
      continue;
    }
    await journal.add({ note: [String(note.id), now.text], cards: [], before: { ...was, note: noteBefore(note), tags } });
    const fields = new Map(Object.entries({ ...(JSON.parse(note.fields) as Record<string, string>), Back: newBack }));
    const values = { type: 'basic', note_type_id: null, format: 'text' as const, fields, tags: newTags };
    const made = prepareNote(values, { ...builtInTypes.basic, id: null }, deck);
    const { ordinal: _, ...sides } = made.cards[0] as (typeof made.cards)[number];
    notes.push({ ...note, ...made.columns, updated_at: now });
    cards.push({ ...card, ...sides, updated_at: now });
    added.push(...newTags.filter((tag) => !tags.includes(tag)).map((tag) => ({ note_id: note.id, tag })));
  }
  await replaceMany(session, 'note', notes);
  await replaceMany(session, 'card', cards);
  await insertTags(session, added);
  await indexCards(session, cards);
}

/** A text as the API takes it: how it is read, and what becomes of cards that are there. */
export interface TextImport extends TextSettings {
  readonly text: string;
  readonly duplicates?: Duplicates | undefined;
}

/** How a text was read and what an import of it does, or did. */
export interface ImportReport extends ImportCounts {
  readonly format: TextReading['format'];
  readonly table: TextReading['table'];
  readonly samples: readonly Sample[];
  /** The first of them; `problem_count` says how many there are. */
  readonly problems: readonly TextProblem[];
  readonly problem_count: number;
  /** What the text says and FlashCase does not keep yet, in words. */
  readonly left_out: readonly string[];
}

/** Cards of one request: more would keep other writers waiting. The command line takes any number. */
export const MOST_CARDS = 20_000;

function leftOut({ cards }: TextReading, { untagged }: Plan): string[] {
  const has = (part: 'deck' | 'schedule') => cards.some((card) => card[part] !== undefined);
  return [
    ...(has('deck') ? ['The text names decks: all cards go into this one.'] : []),
    ...(has('schedule') ? ['The text has dates: these cards begin as new ones.'] : []),
    ...(untagged > 0 ? [`Cards that the deck has without a note keep no tags; the text has some for ${untagged}.`] : []),
  ];
}

async function planText(
  session: Session,
  deckId: bigint | undefined,
  reading: TextReading,
  duplicates: Duplicates,
  most: number,
) {
  if (reading.cards.length > most) {
    throw new FlashcaseError('FC_IMPORT_TOO_LARGE', {
      what: `The text has ${reading.cards.length.toLocaleString('en')} cards; ${most.toLocaleString('en')} can be imported at once.`,
      hint: 'Import it in parts, or by the command line: flashcase import FILE.',
    });
  }
  const plan = await planCards(session, deckId, reading.cards, duplicates);
  const problems = [...reading.problems, ...plan.problems].sort((a, b) => a.line - b.line);
  const report: ImportReport = {
    ...plan.counts,
    format: reading.format,
    table: reading.table,
    samples: plan.samples,
    problems: problems.slice(0, PROBLEMS),
    problem_count: problems.length,
    left_out: leftOut(reading, plan),
  };
  return { plan, report };
}

/** What an import of a text that was read would do, for the owner of the deck. `undefined` stands for a deck that is not there yet. */
export async function previewText(
  session: Session,
  user: User,
  deckId: bigint | undefined,
  reading: TextReading,
  duplicates: Duplicates = 'skip',
  most: number = MOST_CARDS,
): Promise<ImportReport> {
  if (deckId !== undefined) await ownDeck(session, user, deckId);
  return (await planText(session, deckId, reading, duplicates, most)).report;
}

/**
 * Imports a text that was read into one's own deck, all or nothing. One without a card is refused (`FC_IMPORT_UNREADABLE`).
 * @param isNew the deck was made for it: when the import is taken back it goes too
 */
export async function importText(
  session: Session,
  user: User,
  deckId: bigint,
  reading: TextReading,
  duplicates: Duplicates = 'skip',
  most: number = MOST_CARDS,
  isNew = false,
): Promise<ImportReport> {
  await ownDeck(session, user, deckId);
  const { plan, report } = await planText(session, deckId, reading, duplicates, most);
  if (plan.additions.length + plan.updates.size + report.skipped === 0) {
    throw new FlashcaseError('FC_IMPORT_UNREADABLE', {
      what: 'No card was found in the text.',
      hint: 'A line needs a front and a back with a separator between them.',
    });
  }
  await writePlan(session, user, { deckId, isNew, format: reading.format }, plan);
  return report;
}
