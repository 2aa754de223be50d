import type { Session } from '../db/database.ts';
import { listCardsOfDeck, type Card as StoredCard } from '../db/stores/cards.ts';
import { standingOfState } from '../db/stores/standing.ts';
import { type CardState, listCardLogs, listCardStates, type StudyLog } from '../db/stores/study.ts';
import type { User } from '../db/stores/users.ts';
import { dayOf, dayText } from '../formats/anki/days.ts';
import { guidOf } from '../formats/anki/guid.ts';
import { writeAnkiPackage } from '../formats/anki/write-package.ts';
import { writeArchive } from '../formats/archive/write-archive.ts';
import type { Card, Entry, Note, NoteType, Review } from '../formats/collection.ts';
import { textToHtml } from '../formats/html.ts';
import { csvLines } from '../formats/text/write-text.ts';
import type { Timestamp } from '../schema/index.ts';
import { gradeOf } from '../study/grade.ts';
import { readableDeck } from './decks.ts';
import { writeNewFile } from './new-file.ts';

export const EXPORT_FORMATS = ['csv', 'apkg', 'archive'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

const PAGE = 1000;
const DECK_KEY = 1;
const ROLLOVER_HOURS = 4;

const BASIC: NoteType = {
  type: 'note-type',
  key: 1,
  name: 'FlashCase Basic',
  form: 'standard',
  fields: ['Front', 'Back'],
  templates: [{ name: 'Card 1', question: '{{Front}}', answer: '{{FrontSide}}\n\n<hr id=answer>\n\n{{Back}}' }],
  css: '.card { font-family: serif; font-size: 20px; text-align: left; }',
  sortField: 0,
};

const millis = (time: Timestamp): number => Number(time.micros / 1000n);

/** Pages of a deck's cards, each with the key that its cards have in the export. */
async function* pagesOf(session: Session, deckId: bigint): AsyncGenerator<{ cards: readonly StoredCard[]; firstKey: number }> {
  let firstKey = 1;
  for (let after: bigint | undefined; ; ) {
    const cards = await listCardsOfDeck(session, deckId, { after, limit: PAGE });
    if (cards.length > 0) yield { cards, firstKey };
    firstKey += cards.length;
    after = cards.at(-1)?.id;
    if (cards.length < PAGE) return;
  }
}

function noteOf(card: StoredCard, key: number): Note {
  return {
    type: 'note',
    key,
    // Exported again, or from the database it was moved to, it is the same note.
    guid: guidOf(`flashcase card ${card.id} ${card.created_at.text}`),
    noteType: BASIC.key,
    tags: [],
    fields: [card.front_html ?? textToHtml(card.front), card.back_html ?? textToHtml(card.back)],
    createdAt: millis(card.created_at),
    modifiedAt: millis(card.updated_at),
  };
}

function cardOf(card: StoredCard, key: number, state: CardState | undefined): Card {
  const common = {
    type: 'card',
    key,
    note: key,
    ordinal: 0,
    deck: DECK_KEY,
    createdAt: millis(card.created_at),
    modifiedAt: millis(card.updated_at),
    isSuspended: false,
    flag: 0,
    lapses: 0,
    stepsLeft: 0,
  } as const;
  if (state === undefined || state.review_count === 0)
    return { ...common, stage: 'new', position: key, intervalDays: 0, reviewCount: 0 };
  const standing = standingOfState(state);
  const isOnSteps = standing.phase === 'learning' || standing.phase === 'relearning';
  return {
    ...common,
    stage: isOnSteps ? (standing.phase as 'learning' | 'relearning') : 'review',
    isSuspended: state.is_suspended,
    flag: state.flag,
    lapses: standing.lapses,
    due: isOnSteps ? { at: millis(state.next_review) } : { day: dayText(dayOf(millis(state.next_review), 0, ROLLOVER_HOURS)) },
    intervalDays: state.interval,
    ease: state.ease_factor,
    reviewCount: state.review_count,
    ...(standing.memory === undefined ? {} : { memory: standing.memory }),
  };
}

/** What the log says of an answer, as packages name it: cram and rows that are none are left out. */
const KINDS = { new: 'learn', learn: 'learn', review: 'review', relearn: 'relearn' } as const;

/** Days when positive, seconds when negative: how long after the answer the card was due. */
const lengthOf = ({ interval, reviewed_at, due_date }: StudyLog): number =>
  interval > 0 ? interval : -Math.round(Number(due_date.micros - reviewed_at.micros) / 1_000_000);

async function* reviewsOf(session: Session, user: User, cards: readonly StoredCard[], firstKey: number): AsyncGenerator<Review> {
  const keys = new Map(cards.map((card, index) => [card.id, firstKey + index]));
  const rows = await listCardLogs(session, user.id, [...keys.keys()]);
  const takenBack = new Set(rows.flatMap(({ undoes }) => (undoes === null ? [] : [undoes])));
  let before: { card: bigint; length: number } | undefined;
  for (const row of rows) {
    const { card_id, kind, last_rating, difficulty } = row;
    if (kind === 'undo' || kind === 'cram' || takenBack.has(row.id)) continue;
    const isFirst = before?.card !== card_id;
    const previousInterval = isFirst ? 0 : (before?.length ?? 0);
    before = { card: card_id, length: lengthOf(row) };
    // A date that was given, or a review of the original's first version whose rating cannot be known.
    if (last_rating === null || kind === 'manual') continue;
    yield {
      type: 'review',
      card: keys.get(card_id) as number,
      at: millis(row.reviewed_at),
      kind: kind === null ? (isFirst ? 'learn' : 'review') : KINDS[kind as keyof typeof KINDS],
      grade: gradeOf(last_rating),
      interval: before.length,
      previousInterval,
      ...(difficulty === null ? { ease: row.ease_factor } : { difficulty }),
      tookMs: row.duration_ms ?? 0,
    };
  }
}

/** A deck with one's own dates and reviews as entries, a page at a time. */
async function* entriesOf(session: Session, user: User, deckId: bigint): AsyncGenerator<Entry> {
  const deck = await readableDeck(session, user, deckId);
  yield { type: 'deck', key: DECK_KEY, path: [deck.name], description: deck.description ?? '' };
  yield BASIC;
  for await (const { cards, firstKey } of pagesOf(session, deckId)) {
    yield* cards.map((card, index) => noteOf(card, firstKey + index));
  }
  for await (const { cards, firstKey } of pagesOf(session, deckId)) {
    const states = await listCardStates(
      session,
      user.id,
      cards.map((card) => card.id),
    );
    const byCard = new Map(states.map((state) => [state.card_id, state]));
    yield* cards.map((card, index) => cardOf(card, firstKey + index, byCard.get(card.id)));
  }
  for await (const { cards, firstKey } of pagesOf(session, deckId)) yield* reviewsOf(session, user, cards, firstKey);
}

async function* csvOf(session: Session, deckId: bigint): AsyncGenerator<string> {
  yield* csvLines([['Front', 'Back']]);
  for await (const { cards } of pagesOf(session, deckId)) {
    yield* csvLines(cards.map(({ front, back }) => [front, back]));
  }
}

/**
 * Writes a deck the user may read into a new file: its cards, and this user's own dates and reviews of them. What exists at `to` is never
 * overwritten (`FC_BAD_REQUEST`); a failure leaves nothing behind.
 */
export async function exportDeck(session: Session, user: User, deckId: bigint, format: ExportFormat, to: string): Promise<void> {
  await readableDeck(session, user, deckId);
  const entries = () => entriesOf(session, user, deckId);
  const now = millis(session.clock.now());
  await writeNewFile(to, () => {
    if (format === 'apkg') return writeAnkiPackage(to, entries(), [], { now });
    if (format === 'archive') return writeArchive(to, entries(), []);
    return csvOf(session, deckId);
  });
}
