import fc from 'fast-check';
import type { Card, Deck, DeckOptions, Entry, Note, NoteType, Review } from '../../src/formats/collection.ts';

/** Whole collections that every format of ours can hold, in the order of a stream. */

const text = fc
  .string({ unit: 'grapheme', maxLength: 12 })
  .map((value) => value.replaceAll('\0', '').replaceAll('\u001f', '').normalize('NFC'));
const html = fc.oneof(
  text,
  fc.constantFrom('<b>bold</b>', 'a &amp; b', '<img src="x y.png">', 'two<br>lines', '7', '{{c1::x::hint}}'),
);
const tag = fc.stringMatching(/^[a-z:_-]{1,8}$/);
const name = fc.stringMatching(/^[A-Za-zäö][A-Za-z äö]{0,8}[a-z]$/);
const rounded = (min: number, max: number, digits: number) =>
  fc.integer({ min: min * 10 ** digits, max: max * 10 ** digits }).map((value) => value / 10 ** digits);

const START = Date.UTC(2020, 0, 1);
const seconds = fc.integer({ min: 0, max: 200_000_000 }).map((value) => START + value * 1000);

const dayOf = (days: number): string => new Date(START + days * 86_400_000).toISOString().slice(0, 10);

const stage = fc.oneof(
  fc.record({ stage: fc.constant('new' as const), position: fc.nat(1_000_000) }),
  fc.record({
    stage: fc.constantFrom('learning' as const, 'relearning' as const),
    due: fc.oneof(
      seconds.map((at) => ({ at })),
      fc.nat(2000).map((days) => ({ day: dayOf(days) })),
    ),
    ease: rounded(1.3, 4, 3),
  }),
  fc.record({
    stage: fc.constant('review' as const),
    due: fc.nat(4000).map((days) => ({ day: dayOf(days) })),
    ease: rounded(1.3, 4, 3),
    intervalDays: fc.nat(36_500),
  }),
);

const memory = fc.record(
  {
    stability: rounded(0.01, 400, 4),
    difficulty: rounded(1, 10, 3),
    desiredRetention: rounded(0.7, 0.99, 2),
    decay: rounded(0.1, 0.8, 3),
    lastReviewedAt: seconds,
  },
  { requiredKeys: ['stability', 'difficulty'] },
);

const answer = fc.record({
  kind: fc.constantFrom('learn' as const, 'review' as const, 'relearn' as const, 'early' as const),
  grade: fc.integer({ min: 1, max: 4 }),
  ease: rounded(1.3, 4, 3),
});
const other = fc.oneof(
  fc.record({ kind: fc.constant('cram' as const), grade: fc.integer({ min: 1, max: 4 }) }),
  fc.record({
    kind: fc.constantFrom('manual' as const, 'rescheduled' as const),
    grade: fc.constant(0),
    ease: rounded(1.3, 4, 3),
  }),
  fc.record({ kind: fc.constant('reset' as const), grade: fc.constant(0) }),
  fc.record({ kind: fc.constant('learn' as const), grade: fc.integer({ min: 1, max: 4 }) }),
  // The thousandths in which Anki keeps it.
  fc.record({
    kind: fc.constant('review' as const),
    grade: fc.integer({ min: 1, max: 4 }),
    difficulty: fc.integer({ min: 100, max: 1100 }).map((permille) => Number(((permille / 1000 - 0.1) * 9 + 1).toFixed(4))),
  }),
);
const review = fc
  .tuple(
    fc.oneof(answer, other),
    fc.integer({ min: -86_400, max: 4000 }),
    fc.integer({ min: -86_400, max: 4000 }),
    fc.nat(60_000),
  )
  .map(([kind, interval, previousInterval, tookMs]) => ({ ...kind, interval, previousInterval, tookMs }));

const noteSeed = fc.record({
  fields: fc.array(html, { minLength: 3, maxLength: 3 }),
  tags: fc.uniqueArray(tag, { maxLength: 3 }),
  type: fc.nat(1),
  deck: fc.nat(2),
  modified: seconds,
  cards: fc.array(
    fc.record({
      where: stage,
      isSuspended: fc.boolean(),
      flag: fc.nat(7),
      lapses: fc.nat(30),
      stepsLeft: fc.nat(9),
      memory: fc.option(memory, { nil: undefined }),
      custom: fc.option(fc.constant('{"v":1}'), { nil: undefined }),
      reviews: fc.array(review, { maxLength: 4 }),
    }),
    { minLength: 1, maxLength: 3 },
  ),
});

const optionsSeed = fc.record({
  newPerDay: fc.nat(500),
  reviewsPerDay: fc.nat(9999),
  learnSteps: fc.array(fc.nat(1440), { maxLength: 3 }),
  relearnSteps: fc.array(fc.nat(1440), { maxLength: 3 }),
  buriesNewSiblings: fc.boolean(),
  buriesReviewSiblings: fc.boolean(),
  leechThreshold: fc.nat(20),
  maximumIntervalDays: fc.nat(36_500),
  desiredRetention: rounded(0.7, 0.99, 2),
  fsrsWeights: fc.array(rounded(0, 10, 4), { minLength: 21, maxLength: 21 }),
});

/** Keys are times that differ, as Anki's are. */
const BASE = Date.UTC(2023, 0, 1);

export const collections: fc.Arbitrary<readonly Entry[]> = fc
  .tuple(optionsSeed, fc.array(name, { minLength: 3, maxLength: 3 }), html, fc.array(noteSeed, { minLength: 1, maxLength: 6 }))
  .map(([options, names, css, seeds]) => {
    let next = BASE;
    const group: DeckOptions = { type: 'options', key: next++, name: 'Options', ...options };
    const decks: Deck[] = names.map((deck, index) => ({
      type: 'deck',
      key: next++,
      path: ['Law', ...Array.from({ length: index }, () => 'Deeper'), `${deck} ${index}`],
      description: css,
      options: group.key,
    }));
    const noteTypes: NoteType[] = (['standard', 'cloze'] as const).map((form, index) => ({
      type: 'note-type',
      key: next++,
      name: `Type ${index}`,
      form,
      fields: ['One', 'Two', 'Three'],
      templates: [{ name: 'Card 1', question: '{{One}}', answer: '{{FrontSide}}{{Two}}' }],
      css,
      sortField: index,
    }));
    const notes: Note[] = [];
    const cards: Card[] = [];
    const reviews: Review[] = [];
    let at = BASE + 1_000_000_000;
    for (const [index, seed] of seeds.entries()) {
      const note = next++;
      notes.push({
        type: 'note',
        key: note,
        guid: `guid${index}!`,
        noteType: noteTypes[seed.type]!.key,
        tags: seed.tags,
        fields: seed.fields,
        createdAt: note,
        modifiedAt: seed.modified,
      });
      for (const [ordinal, one] of seed.cards.entries()) {
        const key = next++;
        cards.push({
          type: 'card',
          key,
          note,
          ordinal,
          deck: decks[seed.deck]!.key,
          createdAt: key,
          modifiedAt: seed.modified,
          isSuspended: one.isSuspended,
          flag: one.flag,
          lapses: one.lapses,
          // A card of the review stage was answered once at least.
          reviewCount: one.reviews.length + (one.where.stage === 'review' ? 1 : 0),
          stepsLeft: one.where.stage === 'new' ? 0 : one.stepsLeft,
          intervalDays: 0,
          ...one.where,
          ...(one.memory === undefined ? {} : { memory: { ...one.memory } }),
          ...(one.custom === undefined ? {} : { custom: one.custom }),
        });
        for (const seen of one.reviews) {
          at += 1000;
          reviews.push({ type: 'review', card: key, at, ...seen });
        }
      }
    }
    return [group, ...decks, ...noteTypes, ...notes, ...cards, ...reviews];
  });
