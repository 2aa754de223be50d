import type { Session } from '../db/database.ts';
import { insertPlainCards, listCardsOfDeck, updateCard } from '../db/stores/cards.ts';
import type { User } from '../db/stores/users.ts';
import { FlashcaseError } from '../errors/index.ts';
import { readText, TEXT_FORMATS, type TextReading, type TextSettings } from '../formats/text/read-text.ts';
import type { TextProblem } from '../formats/text/text-card.ts';
import { ownDeck } from './decks.ts';

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

export interface NewCard {
  readonly front: string;
  readonly back: string;
  readonly line?: number;
}

type Action = 'add' | 'update' | 'skip';

export interface Sample {
  readonly front: string;
  readonly back: string;
  readonly action: Action;
}

export interface ImportCounts {
  readonly added: number;
  readonly updated: number;
  /** Left as they are: the deck has them already. */
  readonly skipped: number;
}

interface Plan {
  readonly counts: ImportCounts;
  readonly samples: readonly Sample[];
  readonly problems: readonly TextProblem[];
  readonly additions: readonly { front: string; back: string }[];
  readonly updates: ReadonlyMap<bigint, string>;
}

const isTooLong = (text: string, limit: number): boolean => text.length > limit && [...text].length > limit;

function problemOf({ front, back }: NewCard): string | undefined {
  if (isTooLong(front, FRONT_CHARACTERS)) return `The front is longer than ${FRONT_CHARACTERS} characters.`;
  if (isTooLong(back, BACK_CHARACTERS)) return `The back is longer than ${BACK_CHARACTERS} characters.`;
  if (!front.isWellFormed() || !back.isWellFormed()) return 'A character of this card is broken.';
  return undefined;
}

/** What importing these cards into a deck would do; writes nothing. Fronts are compared as they are, without spaces around them. */
export async function planCards(
  session: Session,
  deckId: bigint | undefined,
  cards: Iterable<NewCard> | AsyncIterable<NewCard>,
  duplicates: Duplicates,
): Promise<Plan> {
  const known = new Map<
    string,
    { id: bigint; back: string; isOfNote: boolean } | { addition: { front: string; back: string } }
  >();
  if (duplicates !== 'keep' && deckId !== undefined) {
    for (let after: bigint | undefined; ; ) {
      const page = await listCardsOfDeck(session, deckId, { after, limit: PAGE });
      for (const { id, front, back, note_id } of page)
        if (!known.has(front.trim())) known.set(front.trim(), { id, back, isOfNote: note_id !== null });
      after = page.at(-1)?.id;
      if (page.length < PAGE) break;
    }
  }
  const samples: Sample[] = [];
  const problems: TextProblem[] = [];
  const additions: { front: string; back: string }[] = [];
  const updates = new Map<bigint, string>();
  let skipped = 0;
  const decide = ({ front, back }: NewCard): Action => {
    const before = duplicates === 'keep' ? undefined : known.get(front.trim());
    if (before === undefined) {
      const addition = { front, back };
      additions.push(addition);
      known.set(front.trim(), { addition });
      return 'add';
    }
    if (duplicates === 'update' && 'addition' in before) before.addition.back = back;
    // A card of a note says what its note says: it changes there, or they would no longer agree.
    else if (duplicates === 'update' && 'id' in before && !before.isOfNote && back !== (updates.get(before.id) ?? before.back)) {
      updates.set(before.id, back);
      return 'update';
    }
    skipped++;
    return 'skip';
  };
  for await (const card of cards) {
    const problem = problemOf(card);
    if (problem !== undefined) {
      problems.push({ line: card.line ?? 0, what: problem });
      continue;
    }
    const action = decide(card);
    if (samples.length < SAMPLES) samples.push({ front: card.front, back: card.back, action });
  }
  return { counts: { added: additions.length, updated: updates.size, skipped }, samples, problems, additions, updates };
}

/** Carries a plan out, in the session's one transaction. */
export async function writePlan(session: Session, deckId: bigint, { additions, updates }: Plan): Promise<void> {
  await insertPlainCards(session, deckId, additions);
  for (const [id, back] of updates) await updateCard(session, id, { back });
}

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

function leftOut({ cards }: TextReading): string[] {
  const has = (part: 'deck' | 'schedule' | 'guid') => cards.some((card) => card[part] !== undefined);
  return [
    ...(cards.some((card) => card.tags.length > 0) ? ['Tags are not kept yet.'] : []),
    ...(has('deck') ? ['The text names decks: all cards go into this one.'] : []),
    ...(has('schedule') ? ['The text has dates: these cards begin as new ones.'] : []),
  ];
}

async function planText(session: Session, deckId: bigint | undefined, input: TextImport, most: number) {
  const { text, duplicates = 'skip', ...settings } = input;
  const reading = readText(text, settings);
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
    left_out: leftOut(reading),
  };
  return { plan, report };
}

/** What an import of a text would do, for the owner of the deck. `undefined` stands for a deck that is not there yet. */
export async function previewText(
  session: Session,
  user: User,
  deckId: bigint | undefined,
  input: TextImport,
  most: number = MOST_CARDS,
): Promise<ImportReport> {
  if (deckId !== undefined) await ownDeck(session, user, deckId);
  return (await planText(session, deckId, input, most)).report;
}

/** Imports a text into one's own deck, all or nothing. A text without a card is refused (`FC_IMPORT_UNREADABLE`). */
export async function importText(
  session: Session,
  user: User,
  deckId: bigint,
  input: TextImport,
  most: number = MOST_CARDS,
): Promise<ImportReport> {
  await ownDeck(session, user, deckId);
  const { plan, report } = await planText(session, deckId, input, most);
  if (plan.additions.length + plan.updates.size + report.skipped === 0) {
    throw new FlashcaseError('FC_IMPORT_UNREADABLE', {
      what: 'No card was found in the text.',
      hint: 'A line needs a front and a back with a separator between them.',
    });
  }
  await writePlan(session, deckId, plan);
  return report;
}
