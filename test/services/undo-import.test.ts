// slow
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Database } from '../../src/db/database.ts';
import { listCards } from '../../src/db/stores/cards.ts';
import { findOwnDecks } from '../../src/db/stores/decks.ts';
import { findUser, insertUser, type User } from '../../src/db/stores/users.ts';
import { writeAnkiPackage } from '../../src/formats/anki/write-package.ts';
import type { Card, Entry, Note, NoteType, Review } from '../../src/formats/collection.ts';
import { readText } from '../../src/formats/text/read-text.ts';
import { changeNote } from '../../src/services/change-note.ts';
import { createDeck } from '../../src/services/decks.ts';
import { tidy } from '../../src/services/housekeeping.ts';
import { importText } from '../../src/services/import-cards.ts';
import { importCollection } from '../../src/services/import-collection.ts';
import { ownDeckNamed } from '../../src/services/import-file.ts';
import { listImports } from '../../src/services/list-imports.ts';
import { getNote } from '../../src/services/notes.ts';
import { recompute } from '../../src/services/recompute.ts';
import { checkReviewCounts } from '../../src/services/review-counts.ts';
import { checkSearch } from '../../src/services/search-upkeep.ts';
import { recordReview } from '../../src/services/study.ts';
import { markCard } from '../../src/services/study-marks.ts';
import { undoOperation } from '../../src/services/undo.ts';
import { type TestClock, testClock } from '../conformance/client.ts';
import { inWorkplace, type Workplace } from '../formats/workplace.ts';
import { engines } from '../support/database.ts';
import { openFresh } from '../support/fresh.ts';

const DAY_MS = 86_400_000;
const NOW = Date.UTC(2026, 2, 1, 9);
const NOTES = 12;

const TYPE: NoteType = {
  ...{ type: 'note-type', key: 1, name: 'Case', form: 'standard', fields: ['Name', 'Rule'], css: '.card {}', sortField: 0 },
  templates: [
    { name: 'Rule', question: '{{Name}}', answer: '{{Rule}} of {{Name}}' },
    { name: 'Name', question: 'Which case: {{Rule}}', answer: '{{Name}}' },
  ],
};

/** A collection of two cards a note, half of them with reviews. @param edition what the backs say */
function* collection(edition: string, notes = NOTES): Generator<Entry> {
  yield { type: 'deck', key: 1, path: ['Law', 'Torts'], description: '' };
  yield TYPE;
  for (let key = 1; key <= notes; key++) {
    const note: Note = {
      ...{ type: 'note', key, guid: `guid-${key}`, noteType: 1, tags: ['torts', edition] },
      ...{
        fields: [`Case ${key}`, `<b>Rule</b> ${key}, ${edition}`],
        createdAt: NOW - DAY_MS * 90,
        modifiedAt: NOW - DAY_MS * 80,
      },
    };
    yield note;
  }
  const hasReviews = (key: number): boolean => key % 2 === 1;
  for (let key = 1; key <= notes * 2; key++) {
    const card: Card = {
      ...{
        type: 'card',
        key,
        note: Math.ceil(key / 2),
        ordinal: (key - 1) % 2,
        deck: 1,
        isSuspended: key % 5 === 0,
        flag: key % 3,
      },
      ...{
        createdAt: NOW - DAY_MS * 90,
        modifiedAt: NOW - DAY_MS * 80,
        lapses: 0,
        stepsLeft: 0,
        reviewCount: hasReviews(key) ? 3 : 0,
      },
      ...(hasReviews(key)
        ? { stage: 'review', due: { day: '2026-03-20' }, intervalDays: 30, ease: 2.5 }
        : { stage: 'new', intervalDays: 0 }),
    };
    yield card;
  }
  for (let card = 1; card <= notes * 2; card += 2) {
    for (let n = 0; n < 3; n++) {
      const review: Review = {
        ...{ type: 'review', card, at: NOW - DAY_MS * (60 - 10 * n) + card * 60_000, kind: n === 0 ? 'learn' : 'review' },
        ...{ grade: 3, interval: 10 * (n + 1), previousInterval: 10 * n, ease: 2.5, tookMs: 4000 },
      };
      yield review;
    }
  }
}

interface House {
  readonly database: Database;
  readonly clock: TestClock;
  readonly place: Workplace;
  readonly anna: User;
  /** Imports a collection for anna; gives the operation. */
  bring(edition: string, more?: { notes?: number; duplicates?: 'skip' | 'update' | 'keep' }): Promise<bigint>;
  undo(operation: bigint): ReturnType<typeof undoOperation>;
  /** All rows that an import may write. Ids are those of the rows, whatever they were handed out from. */
  everything(): Promise<Record<string, unknown[]>>;
  cards(): Promise<Awaited<ReturnType<typeof listCards>>>;
  /** Everything that must follow from something else does. */
  agrees(): Promise<void>;
}

const TABLES = [
  'deck',
  'note_type',
  'note',
  'note_tag',
  'card',
  'card_state',
  'study_log',
  'search_card',
  'review_counts',
  'user_deck_stats',
];

for (const target of engines()) {
  describe(`taking an import back on ${target.name}`, { skip: target.skip }, () => {
    const inHouse = (work: (house: House) => Promise<void>) => () =>
      inWorkplace(async (place) => {
        const where = await target.withTables();
        const clock = testClock('2026-03-01 09:00:00.000000');
        const database = await openFresh(where, clock);
        let files = 0;
        try {
          const anna = await database.write((session) =>
            insertUser(session, { username: 'anna', email: 'anna@law.edu', hashed_password: 'x' }),
          );
          await database.write((session) => insertUser(session, { username: 'ben', email: 'ben@law.edu', hashed_password: 'x' }));
          await work({
            ...{ database, clock, place, anna },
            async bring(edition, { notes = NOTES, duplicates = 'skip' } = {}) {
              const file = `${place.folder}/${files++}.apkg`;
              await writeAnkiPackage(file, collection(edition, notes), [], { now: NOW });
              const { operation } = await importCollection(database, {
                ...{ file, duplicates, deckName: undefined, hasSchedule: true, isDryRun: false },
                userOf: async () => anna,
                deckOf: ownDeckNamed,
              });
              assert.ok(operation !== undefined);
              return operation;
            },
            undo: (operation) => database.write((session) => undoOperation(session, anna, operation)),
            everything: () =>
              database.read(async ({ connection }) => {
                const found: Record<string, unknown[]> = {};
                for (const table of TABLES) {
                  const rows = await connection.query(
                    `SELECT * FROM ${table}${'deck note_type'.includes(table) ? ' WHERE deleted_at IS NULL' : ''}`,
                  );
                  const asText = (row: object) =>
                    JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
                  found[table] = rows.map(asText).sort();
                }
                return found;
              }),
            cards: () => database.read((session) => listCards(session, anna.id, undefined, { after: undefined, limit: 1000 })),
            async agrees() {
              const found = await recompute(database, false);
              assert.deepEqual([found.told, found.differences], [[], 0]);
              const wrong = [];
              for await (const one of checkReviewCounts(database)) wrong.push(one);
              assert.deepEqual(wrong, []);
              const search = await checkSearch(database);
              assert.deepEqual([search.wrong, search.dead, search.damage], [0, 0, null]);
            },
          });
        } finally {
          await database.close();
          await where.drop();
        }
      });

    test(
      'everything is as it was before: notes, cards, dates, reviews, counts, words, decks and note types',
      inHouse(async ({ database, anna, clock, bring, undo, everything, agrees }) => {
        const deck = await database.write((session) => createDeck(session, anna, { name: 'Mine' }));
        await database.write((session) => importText(session, anna, deck.id, readText('Duty?\tOwed to all', {})));
        clock.advance(3600);
        const before = await everything();
        const operation = await bring('first');
        assert.notDeepEqual(await everything(), before);
        await agrees();
        clock.advance(3600);
        const { imported } = await undo(operation);
        assert.deepEqual(imported, { taken_back: NOTES, kept: 0, kept_fronts: [] });
        assert.deepEqual(await everything(), before);
        await agrees();
        // Once: asked again it says the same, and does nothing.
        assert.deepEqual((await undo(operation)).imported, imported);
        const again = await bring('first');
        clock.advance(60);
        assert.equal((await undo(again)).imported?.taken_back, NOTES, 'the same file can come again');
        assert.deepEqual(await everything(), before);
      }),
    );

    test(
      'what was studied, marked or edited since stays whole, with its reviews, and is named',
      inHouse(async ({ database, anna, clock, bring, undo, cards, agrees }) => {
        const operation = await bring('first');
        clock.advance(86_400);
        const [studied, , edited, , marked] = await cards();
        await database.write((session) => recordReview(session, anna, studied!.id, { quality: 4 }));
        const note = await database.read((session) => getNote(session, anna, edited!.note_id!));
        await database.write((session) =>
          changeNote(session, anna, note.id, { ...note, fields: new Map([...note.fields, ['Rule', 'Mine']]) } as never),
        );
        await database.write((session) => markCard(session, anna, marked!.id, { flag: 7 }));
        const { imported } = await undo(operation);
        assert.deepEqual([imported?.taken_back, imported?.kept], [NOTES - 3, 3]);
        assert.deepEqual(imported?.kept_fronts, ['Case 1', 'Case 2', 'Case 3']);
        const left = await cards();
        assert.equal(left.length, 6);
        const logs = await database.read(({ kysely }) => kysely.selectFrom('study_log').selectAll().execute());
        assert.equal(logs.filter(({ card_id }) => card_id === studied!.id).length, 4 + 1, 'three, where they lead, and one more');
        await agrees();
        await database.read(async (session) => {
          assert.equal((await findOwnDecks(session, anna.id, 'Law::Torts')).length, 1, 'the deck stays with them');
          const [past] = await listImports(session, anna, left[0]!.deck_id);
          assert.deepEqual([past?.added, past?.kept, past?.undone_at !== null], [NOTES, 3, true]);
        });
      }),
    );

    test(
      'where everything was studied since it is refused, and can still be asked',
      inHouse(async ({ database, anna, clock, bring, undo, cards, everything }) => {
        const operation = await bring('first', { notes: 1 });
        clock.advance(3600);
        const [card] = await cards();
        await database.write((session) => recordReview(session, anna, card!.id, { quality: 4 }));
        const before = await everything();
        await assert.rejects(undo(operation), { code: 'FC_CHANGED_MEANWHILE' });
        assert.deepEqual(await everything(), before);
      }),
    );

    test(
      'texts that were updated are the old ones again, their tags and words too, and cards keep their dates',
      inHouse(async ({ clock, bring, undo, everything, agrees }) => {
        await bring('first');
        clock.advance(3600);
        const before = await everything();
        const second = await bring('second', { notes: NOTES + 2, duplicates: 'update' });
        await agrees();
        clock.advance(3600);
        assert.deepEqual((await undo(second)).imported, { taken_back: NOTES + 2, kept: 0, kept_fronts: [] });
        assert.deepEqual(await everything(), before);
        await agrees();
      }),
    );

    test(
      'cards of a text go too, and those that got new backs have the old ones',
      inHouse(async ({ database, anna, clock, undo, everything, agrees }) => {
        const deck = await database.write((session) => createDeck(session, anna, { name: 'Mine' }));
        const bring = async (text: string) => {
          await database.write((session) => importText(session, anna, deck.id, readText(text, {}), 'update'));
          const [last] = await database.read((session) => listImports(session, anna, deck.id));
          clock.advance(60);
          return last!.id;
        };
        await bring('Duty?\tOwed to all\nBreach?\tBelow the standard');
        await bring('Front,Back,Tags\nCause?,But for,torts\nHarm?,Any,torts');
        const before = await everything();
        const third = await bring('Front,Back,Tags\nDuty?,To the foreseeable,\nHarm?,Real,torts exam\nDefence?,Consent,torts');
        await agrees();
        assert.equal((await undo(third)).imported?.kept, 0);
        assert.deepEqual(await everything(), before);
        await agrees();
      }),
    );

    test(
      'nobody but who imported takes it back, and after 30 days nobody; what it needed is gone then',
      inHouse(async ({ database, clock, bring, undo }) => {
        const operation = await bring('first');
        const ben = (await database.read((session) => findUser(session, { username: 'ben' })))!;
        await assert.rejects(
          database.write((session) => undoOperation(session, ben, operation)),
          { code: 'FC_NOT_FOUND' },
        );
        clock.advance(31 * 86_400);
        await assert.rejects(undo(operation), { code: 'FC_NOT_FOUND' });
        const parts = () => database.read(({ kysely }) => kysely.selectFrom('operation_part').select('part').execute());
        assert.equal((await parts()).length, 1);
        await tidy(database);
        assert.deepEqual(await parts(), []);
      }),
    );
  });
}
