// slow
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { KyselyPlugin } from 'kysely';
import type { Database } from '../../src/db/database.ts';
import { listCardsOfDeck } from '../../src/db/stores/cards.ts';
import { findOwnDecks } from '../../src/db/stores/decks.ts';
import { listNotesOfDeck, tagsOf } from '../../src/db/stores/notes.ts';
import { listCardLog, listCardStates } from '../../src/db/stores/study.ts';
import { findUser, insertUser } from '../../src/db/stores/users.ts';
import { openCollection } from '../../src/formats/open-file.ts';
import { deleteCard } from '../../src/services/cards.ts';
import { type ExportFormat, exportDeck } from '../../src/services/export-deck.ts';
import type { Duplicates } from '../../src/services/import-cards.ts';
import { importFile } from '../../src/services/import-file.ts';
import { createNotes } from '../../src/services/notes.ts';
import { recompute } from '../../src/services/recompute.ts';
import { checkReviewCounts } from '../../src/services/review-counts.ts';
import { checkSearch } from '../../src/services/search-upkeep.ts';
import { recordReview } from '../../src/services/study.ts';
import { studyQueue } from '../../src/services/study-queue.ts';
import { changeStudySettings, getStudySettings } from '../../src/services/study-settings.ts';
import { undoReview } from '../../src/services/study-undo.ts';
import { type TestClock, testClock } from '../conformance/client.ts';
import { CRT, decoy, META_LATEST, schema11, schema18, zstd } from '../formats/make-anki.ts';
import { makeZip } from '../formats/make-zip.ts';
import { allOf, inWorkplace, type Workplace } from '../formats/workplace.ts';
import { storageForms } from '../support/database.ts';
import { openFresh } from '../support/fresh.ts';

const DAY = 86_400_000;
/** Noon of a day of the collection, in milliseconds. */
const noon = (day: number): number => CRT * 1000 + day * DAY + 8 * 3_600_000;

const TYPES = {
  1000: {
    id: 1000,
    name: 'Einfach',
    type: 0,
    sortf: 0,
    css: '.card {}',
    flds: [
      { name: 'Vorderseite', ord: 0 },
      { name: 'Rückseite', ord: 1 },
    ],
    tmpls: [
      { name: 'Karte 1', ord: 0, qfmt: '{{Vorderseite}}', afmt: '{{FrontSide}}\n\n<hr id="answer">\n\n{{Rückseite}}' },
      { name: 'Karte 2', ord: 1, qfmt: '{{Rückseite}}', afmt: '{{FrontSide}}<hr id=answer>{{Vorderseite}}' },
    ],
  },
  1001: {
    id: 1001,
    name: 'Cloze',
    type: 1,
    sortf: 0,
    css: '.cloze {}',
    flds: [
      { name: 'Text', ord: 0 },
      { name: 'Back Extra', ord: 1 },
    ],
    tmpls: [{ name: 'Cloze', ord: 0, qfmt: '{{cloze:Text}}', afmt: '{{cloze:Text}}<br>\n{{Back Extra}}' }],
  },
  1002: {
    id: 1002,
    name: 'Statute',
    type: 0,
    sortf: 0,
    css: '.statute {}',
    flds: [
      { name: 'Name', ord: 0 },
      { name: 'Text', ord: 1 },
      { name: 'Year', ord: 2 },
    ],
    tmpls: [
      {
        name: 'Ask',
        ord: 0,
        qfmt: '<i>{{Name}}</i>{{#Year}} ({{Year}}){{/Year}}<script>alert(1)</script>',
        afmt: '{{FrontSide}}<hr id=answer>{{Text}}',
      },
    ],
  },
};
const DECKS = {
  1: { id: 1, name: 'Default', dyn: 0, conf: 1, desc: '' },
  2: { id: 2, name: 'Law::Torts', dyn: 0, conf: 1, desc: 'Duty and breach' },
};

const NOTES = [
  { id: 10, guid: 'a', flds: 'Duty\x1f<b>Owed</b> to all', tags: ' torts  exam::mbe ' },
  { id: 11, guid: 'b', mid: 1001, flds: '{{c1::Duty}}, {{c2::breach::what}}\x1fTorts', tags: '' },
  { id: 12, guid: 'c', mid: 1002, flds: 'UCC<img src="u.png">\x1f2-207\x1f1952', tags: 'leech' },
];
const CARDS = [
  // Reviewed by SM-2, with its whole history.
  { id: 20, nid: 10, did: 2, ord: 0, type: 2, queue: 2, due: 60, ivl: 20, factor: 2350, reps: 4, lapses: 1, flags: 3 },
  { id: 21, nid: 10, did: 2, ord: 1, type: 0, queue: -1, due: 5 },
  // By FSRS, suspended, its history cut off.
  {
    ...{ id: 22, nid: 11, did: 2, ord: 0, type: 2, queue: -1, due: 90, ivl: 31, factor: 2500, reps: 12, lapses: 2 },
    data: `{"s":31.5,"d":5.25,"lrt":${noon(59) / 1000}}`,
  },
  // On its steps.
  { id: 23, nid: 11, did: 2, ord: 1, type: 1, queue: 1, due: noon(60) / 1000, left: 1001, reps: 1 },
  // Was made new again.
  { id: 24, nid: 12, did: 2, type: 0, queue: 0, due: 7, reps: 2 },
];
const REVIEWS = [
  { id: noon(1), cid: 20, ease: 3, ivl: -600, lastIvl: -60, factor: 0, type: 0 },
  { id: noon(1) + 600_000, cid: 20, ease: 3, ivl: 1, lastIvl: -600, factor: 2500, type: 0 },
  { id: noon(2), cid: 20, ease: 3, ivl: 3, lastIvl: 1, factor: 2500, type: 1 },
  { id: noon(5), cid: 20, ease: 1, ivl: -600, lastIvl: 3, factor: 2300, type: 1 },
  { id: noon(5) + 600_000, cid: 20, ease: 3, ivl: 1, lastIvl: -600, factor: 2300, type: 2 },
  { id: noon(40), cid: 20, ease: 4, ivl: 20, lastIvl: 1, factor: 2350, type: 1 },
  { id: noon(41), cid: 20, ease: 3, ivl: 0, lastIvl: 0, factor: 0, type: 3 },
  { id: noon(59), cid: 22, ease: 3, ivl: 31, lastIvl: 15, factor: 600, type: 1 },
  { id: noon(60) - 1, cid: 22, ease: 2, ivl: 0, lastIvl: 0, factor: 0, type: 3 },
  { id: noon(60), cid: 23, ease: 3, ivl: -600, lastIvl: -60, factor: 0, type: 0 },
  { id: noon(3), cid: 24, ease: 3, ivl: 5, lastIvl: 1, factor: 2500, type: 1 },
  { id: noon(4), cid: 24, ease: 0, ivl: 0, lastIvl: 5, factor: 0, type: 4 },
];

const packageOf = (notes = NOTES, cards: readonly object[] = CARDS, reviews: readonly object[] = REVIEWS) =>
  makeZip([
    {
      name: 'collection.anki2',
      data: schema11({ notes, cards, revlog: reviews } as never, { models: TYPES, decks: DECKS }),
    },
    { name: 'media', data: '{}' },
  ]);

interface House {
  readonly database: Database;
  readonly clock: TestClock;
  readonly place: Workplace;
  file(name: string, data: Uint8Array): string;
  /** Imports for anna. */
  bring(
    file: string,
    more?: { deck?: string; duplicates?: Duplicates; isDryRun?: boolean; user?: string },
  ): ReturnType<typeof importFile>;
  deck(name: string, user?: string): Promise<Awaited<ReturnType<typeof seen>>>;
  /** Everything that must follow from the log does. */
  agrees(): Promise<void>;
}

/** Notes and cards of a deck, with where anna stands. */
async function seen(database: Database, username: string, name: string) {
  return database.read(async (session) => {
    const user = (await findUser(session, { username }))!;
    const [deck] = await findOwnDecks(session, user.id, name);
    if (deck === undefined) throw new Error(`no deck ${name}`);
    const page = { after: undefined, limit: 1000 };
    const notes = await listNotesOfDeck(session, deck.id, page);
    const cards = await listCardsOfDeck(session, deck.id, page);
    const ids = cards.map(({ id }) => id);
    const states = new Map((await listCardStates(session, user.id, ids)).map((state) => [state.card_id, state]));
    const logs = await Promise.all(cards.map(({ id }) => listCardLog(session, user.id, id)));
    const tags = await tagsOf(
      session,
      notes.map(({ id }) => id),
    );
    return {
      user,
      deckId: deck.id,
      notes,
      cards,
      states: cards.map(({ id }) => states.get(id)),
      logs,
      tags: notes.map(({ id }) => tags.get(id)),
    };
  });
}

for (const target of storageForms()) {
  describe(`importing a collection on ${target.name}`, { skip: target.skip }, () => {
    const inHouse = (work: (house: House) => Promise<void>) => () =>
      inWorkplace(async (place) => {
        const where = await target.withTables();
        const clock = testClock('2024-03-12 15:00:00.000000');
        const database = await openFresh(where, clock);
        try {
          await database.write(async (session) => {
            for (const username of ['anna', 'ben'])
              await insertUser(session, { username, email: `${username}@law.edu`, hashed_password: 'x' });
          });
          await work({
            database,
            clock,
            place,
            file: (name, data) => place.write(name, data),
            bring: (file, { deck, duplicates = 'skip', isDryRun = false, user = 'anna' } = {}) =>
              importFile(database, user, { file, deck, duplicates, isDryRun, hasSchedule: true }),
            deck: (name, user = 'anna') => seen(database, user, name),
            async agrees() {
              const found = await recompute(database, false);
              assert.deepEqual(found.told, []);
              assert.equal(found.differences, 0);
              const wrong = [];
              for await (const one of checkReviewCounts(database)) wrong.push(one);
              assert.deepEqual(wrong, []);
              const search = await checkSearch(database);
              assert.deepEqual([search.wrong, search.dead, search.damage], [0, 0, null]);
            },
          });
          if (where.isByMonths === true) {
            const [stray] = await database.read(({ connection }) =>
              connection.query('SELECT count(*) AS v FROM study_log_default'),
            );
            assert.equal(stray?.v, 0, 'every review came into a month');
          }
        } finally {
          await database.close();
          await where.drop();
        }
      });

    test(
      'notes, types, tags, dates, flags and every review of an Anki deck are kept, and its log leads to where its cards stand',
      inHouse(async ({ file, bring, deck, agrees, database }) => {
        const report = await bring(file('a.apkg', packageOf()));
        assert.deepEqual([report.added, report.updated, report.skipped, report.cards, report.reviews], [3, 0, 0, 5, 9]);
        assert.deepEqual(
          report.decks.map(({ name, isNew }) => [name, isNew]),
          [['Law::Torts', true]],
        );
        const { notes, cards, states, logs, tags, user } = await deck('Law::Torts');
        assert.deepEqual(
          notes.map(({ type, format, guid, fields }) => [type, format, guid, JSON.parse(fields)]),
          [
            ['basic_reversed', 'html', 'a', { Front: 'Duty', Back: '<b>Owed</b> to all' }],
            ['cloze', 'text', 'b', { Text: '{{c1::Duty}}, {{c2::breach::what}}', Extra: 'Torts' }],
            ['own', 'html', 'c', { Name: 'UCC<img src="u.png" alt="u.png" />', Text: '2-207', Year: '1952' }],
          ],
        );
        assert.deepEqual(tags, [['exam::mbe', 'torts'], [], ['leech']]);
        assert.deepEqual(
          cards.map(({ ordinal, front, back }) => [ordinal, front, back]),
          [
            [0, 'Duty', 'Owed to all'],
            [1, 'Owed to all', 'Duty'],
            [0, '[...], breach', 'Duty, breach\n\nTorts'],
            [1, 'Duty, [what]', 'Duty, breach\n\nTorts'],
            [0, 'UCC[u.png] (1952)', '2-207'],
          ],
        );
        const shown = states.map((state) =>
          state === undefined
            ? undefined
            : [
                state.phase,
                state.interval,
                state.next_review.text.slice(0, 16),
                state.review_count,
                state.lapses,
                state.is_suspended,
                state.flag,
              ],
        );
        assert.deepEqual(shown, [
          ['review', 20, '2024-03-10 04:00', 4, 1, false, 3],
          ['new', 0, '2024-03-12 15:00', 0, null, true, 0],
          ['review', 31, '2024-04-09 04:00', 12, 2, true, 0],
          ['learning', 0, '2024-03-10 17:00', 1, 0, false, 0],
          ['new', 0, '2024-01-14 17:00', 0, 0, false, 0],
        ]);
        assert.deepEqual([states[2]?.stability, states[2]?.difficulty, states[0]?.ease_factor], [31.5, 5.25, 2.35]);
        // Counted by FSRS from the last answer on, neither from the import nor from what was crammed since.
        assert.equal(states[0]?.answered_at?.text.slice(0, 19), '2024-02-19 17:00:00');
        assert.equal(states[0]?.last_reviewed_at.text.slice(0, 19), '2024-02-20 17:00:00');
        assert.equal(states[2]?.answered_at?.text.slice(0, 19), '2024-03-09 17:00:00');
        assert.deepEqual(
          logs[0]?.map(({ kind, grade, interval, reviewed_at }) => [kind, grade, interval, reviewed_at.text.slice(0, 16)]),
          [
            ['new', 3, 0, '2024-01-11 17:00'],
            ['learn', 3, 1, '2024-01-11 17:10'],
            ['review', 3, 3, '2024-01-12 17:00'],
            ['review', 1, 0, '2024-01-15 17:00'],
            ['relearn', 3, 1, '2024-01-15 17:10'],
            ['review', 4, 20, '2024-02-19 17:00'],
            ['manual', null, 20, '2024-02-19 17:00'],
            ['cram', 3, 20, '2024-02-20 17:00'],
          ],
        );
        await agrees();
        const settings = await database.read((session) => getStudySettings(session, user));
        assert.equal(settings.scheduler, 'fsrs-6', 'who brings a history has not chosen SM-2');
      }),
    );

    test(
      'a history of SM-2 becomes FSRS’s memory by its answers, without answers by its interval',
      inHouse(async ({ file, bring, deck }) => {
        const notes = [1, 2, 3, 4].map((id) => ({ id, guid: `g${id}`, flds: `q${id}\x1fa`, tags: '' }));
        const review = { type: 2, queue: 2, due: 70, ivl: 30, factor: 2500, reps: 3, did: 2 };
        const cards = [
          { id: 1, nid: 1, ...review },
          { id: 2, nid: 2, ...review, factor: 1300 },
          { id: 3, nid: 3, ...review },
          // Begun, with nothing that tells how far.
          { id: 4, nid: 4, did: 2, type: 1, queue: 1, due: noon(60) / 1000, left: 2002 },
        ];
        // The first answer of all was a review: the history begins in the middle.
        const reviews = [{ id: noon(10), cid: 3, ease: 3, ivl: 15, lastIvl: 6, factor: 2500, type: 1 }];
        await bring(file('a.apkg', packageOf(notes, cards, reviews)));
        const { states, cards: kept } = await deck('Law::Torts');
        const forward = kept.flatMap((card, index) => (card.ordinal === 0 ? [states[index]] : []));
        const rounded = forward.map((state) => [state?.stability, Number(state?.difficulty?.toFixed(3))]);
        assert.deepEqual(rounded.slice(0, 3), [
          [30, 6.093],
          [30, 10],
          [15, 6.629],
        ]);
        assert.equal(forward[3], undefined);
      }),
    );

    test(
      'reviews of nine years are kept to the second, whatever months there were, and a copy of them is imported as well',
      inHouse(async ({ file, bring, deck, agrees }) => {
        const notes = [{ id: 1, guid: 'g', flds: 'q\x1fa', tags: '' }];
        const cards = [{ id: 1, nid: 1, did: 2, ord: 0, type: 2, queue: 2, due: 70, ivl: 30, factor: 2500, reps: 9 }];
        const times = Array.from({ length: 9 }, (_, year) => Date.UTC(2015 + year, (year * 5) % 12, 28, 23, 59, 59));
        const reviews = times.map((id) => ({ id, cid: 1, ease: 3, ivl: 30, lastIvl: 30, factor: 2500, type: 1 }));
        const { reviews: written } = await bring(file('a.apkg', packageOf(notes, cards, reviews)));
        assert.ok(Number(written) >= 9);
        const kept = async (user: string) => {
          const { logs } = await deck('Law::Torts', user);
          return logs[0]?.filter(({ kind }) => kind !== 'manual').map(({ reviewed_at }) => Number(reviewed_at.micros / 1000n));
        };
        assert.deepEqual(await kept('anna'), times);
        await bring(file('b.apkg', packageOf(notes, cards, reviews)), { user: 'ben' });
        assert.deepEqual(await kept('ben'), times);
        await agrees();
      }),
    );

    test(
      'of two cards that a note has twice, the one with more reviews is kept with them, and the other is counted',
      inHouse(async ({ file, bring, deck, agrees }) => {
        const notes = [{ id: 1, guid: 'g', flds: 'q\x1fa', tags: '' }];
        const studied = { nid: 1, did: 2, ord: 0, type: 2, queue: 2, due: 70, ivl: 30, factor: 2500, reps: 3 };
        const cards = [
          { id: 1, nid: 1, did: 2, ord: 0 },
          { id: 2, ...studied },
          { id: 3, ...studied, ivl: 3 },
          { id: 4, nid: 1, did: 2, ord: 1 },
        ];
        const reviews = [
          { id: noon(10), cid: 2, ease: 3, ivl: 15, lastIvl: 6, factor: 2500, type: 1 },
          { id: noon(40), cid: 2, ease: 3, ivl: 30, lastIvl: 15, factor: 2500, type: 1 },
          { id: noon(41), cid: 3, ease: 3, ivl: 3, lastIvl: 6, factor: 2500, type: 1 },
        ];
        const { problems, cards: count } = await bring(file('a.apkg', packageOf(notes, cards, reviews)));
        const twice = problems.find((problem) => 'code' in problem && problem.code === 'card_twice');
        assert.deepEqual([count, twice && 'count' in twice && twice.count], [2, 2]);
        const { states, logs } = await deck('Law::Torts');
        assert.deepEqual([states[0]?.interval, logs[0]?.filter(({ kind }) => kind === 'review').length], [30, 2]);
        await agrees();
      }),
    );

    test(
      'a deck that is exported while somebody changes it is that of one moment: no card gets the reviews of another',
      inHouse(async ({ file, bring, deck, place, database }) => {
        await bring(file('a.apkg', packageOf()));
        const { cards, user, deckId } = await deck('Law::Torts');
        const write = (name: string, onCards: () => Promise<void>) => {
          const out = join(place.folder, name);
          let isFirst = true;
          const plugin: KyselyPlugin = {
            transformQuery: ({ node }) => node,
            async transformResult({ result }) {
              if (isFirst && result.rows[0]?.front !== undefined) {
                isFirst = false;
                await onCards();
              }
              return result;
            },
          };
          return database.read(async (session) => {
            await exportDeck({ ...session, kysely: session.kysely.withPlugin(plugin) }, user, deckId, 'archive', out);
            assert.equal(isFirst, false);
            return exported(out, 'archive');
          });
        };
        const before = await write('before.archive', async () => {});
        const meanwhile = await write('meanwhile.archive', () =>
          database.write((session) => deleteCard(session, user, cards[0]!.id)),
        );
        assert.deepEqual(meanwhile, before);
        assert.notDeepEqual(await write('after.archive', async () => {}), before);
      }),
    );

    test(
      'an imported card is studied, taken back and recomputed as any other, also one that was made new again',
      inHouse(async ({ file, bring, deck, agrees, database, clock }) => {
        await bring(file('a.apkg', packageOf()));
        const { cards, user, deckId } = await deck('Law::Torts');
        const queue = await database.read((session) => studyQueue(session, user, deckId, { limit: 10, below: false }));
        assert.deepEqual(queue.counts, { new: 1, learning: 1, due: 1 });
        for (const grade of [1, 3, 4, 2]) {
          clock.advance(DAY / 1000);
          for (const { id } of cards) await database.write((session) => recordReview(session, user, id, { grade }));
        }
        await agrees();
        // The card that was made new again first: what it was counted as is another's too, and is not taken from there.
        for (const { id } of cards.toReversed()) {
          for (let round = 0; round < 4; round++) await database.write((session) => undoReview(session, user, id, {}));
          await agrees();
        }
        await assert.rejects(
          database.write((session) => undoReview(session, user, cards[0]!.id, {})),
          { code: 'FC_CONFLICT' },
        );
        const { states } = await deck('Law::Torts');
        assert.deepEqual([states[0]?.interval, states[4]?.review_count], [20, 0]);
      }),
    );

    test(
      'the same file again doubles nothing; its new texts come in where they are wanted, and the history here stays',
      inHouse(async ({ file, bring, deck, agrees, database, clock }) => {
        await bring(file('a.apkg', packageOf()));
        const before = await deck('Law::Torts');
        await database.write((session) => recordReview(session, before.user, before.cards[0]!.id, { grade: 3 }));
        const reviewed = (await deck('Law::Torts')).states[0];
        const again = await bring(file('b.apkg', packageOf()));
        assert.deepEqual([again.added, again.updated, again.skipped], [0, 0, 3]);
        clock.advance(60);
        const changed = [
          { ...NOTES[0]!, flds: 'Duty!\x1fOwed', tags: 'new' },
          { ...NOTES[1]!, flds: '{{c1::Duty}} and {{c3::cause}}\x1f' },
          { ...NOTES[2]!, mid: 1000, flds: 'x\x1fy' },
        ];
        const cards = [...CARDS.slice(0, 3), { ...CARDS[3]!, ord: 2 }];
        const dry = await bring(file('c.apkg', packageOf(changed, cards)), { duplicates: 'update', isDryRun: true });
        const wet = await bring(file('d.apkg', packageOf(changed, cards)), { duplicates: 'update' });
        for (const report of [dry, wet]) {
          assert.deepEqual([report.added, report.updated, report.skipped], [0, 2, 0]);
          assert.equal(
            report.problems
              .filter((problem) => 'code' in problem && problem.code === 'other_type')[0]
              ?.what.includes('another type'),
            true,
          );
        }
        const after = await deck('Law::Torts');
        assert.deepEqual(
          after.cards.map(({ front }) => front),
          ['Duty!', 'Owed', '[...] and cause', 'UCC[u.png] (1952)', 'Duty and [...]'],
        );
        assert.deepEqual(after.tags, [['new'], [], ['leech']]);
        assert.deepEqual(after.states[0], reviewed);
        assert.deepEqual(after.states[4]?.phase, 'learning');
        const kept = await bring(file('e.apkg', packageOf()), { duplicates: 'keep', deck: 'Copy' });
        assert.equal(kept.added, 3);
        await agrees();
      }),
    );

    test(
      'a dry run of a collection says what the import then does, and writes nothing',
      inHouse(async ({ file, bring, database }) => {
        const latest = makeZip([
          { name: 'meta', data: META_LATEST },
          { name: 'collection.anki2', data: decoy() },
          {
            name: 'collection.anki21b',
            data: await zstd(
              schema18({
                notes: [
                  { id: 10, guid: 'a', flds: 'q\x1fa', tags: 'torts' },
                  { id: 11, guid: 'b', mid: 1001, flds: 'no gap\x1f' },
                ],
                cards: [
                  { id: 20, nid: 10, did: 5 },
                  { id: 21, nid: 11, did: 5 },
                ],
              }),
            ),
          },
        ]);
        const dry = await bring(file('a.apkg', latest), { isDryRun: true });
        await assert.rejects(seen(database, 'anna', 'Law::Torts'), /no deck/);
        const wet = await bring(file('b.apkg', latest));
        const counts = ({ added, skipped, cards, reviews, samples, problems }: typeof dry) => ({
          added,
          skipped,
          cards,
          reviews,
          samples,
          problems,
        });
        assert.deepEqual(counts(dry), counts(wet));
        assert.deepEqual(
          wet.problems.map((problem) => ('code' in problem ? [problem.code, problem.count] : [])),
          [
            ['filtered_deck', 1],
            ['note_refused', 1],
            ['options_left_out', 1],
          ],
        );
      }),
    );

    const text = fc.stringMatching(/^[a-zä<&> ]{1,12}$/).filter((value) => value.trim() !== '');
    const note = fc.record({
      kind: fc.constantFrom('basic', 'basic_reversed', 'typed', 'cloze', 'case', 'rule_elements'),
      fields: fc.array(text, { minLength: 8, maxLength: 8 }),
      format: fc.constantFrom('text', 'html', 'markdown'),
      tags: fc.uniqueArray(fc.stringMatching(/^[a-z:]{1,6}$/), { maxLength: 3, selector: (tag) => tag }),
      answers: fc.array(fc.record({ grade: fc.integer({ min: 1, max: 4 }), days: fc.nat(40), isBack: fc.boolean() }), {
        maxLength: 4,
      }),
    });
    const decks = fc.record({
      notes: fc.array(note, { minLength: 1, maxLength: 5 }),
      scheduler: fc.constantFrom('fsrs-6', 'sm2'),
      time_zone: fc.constantFrom('UTC', 'America/New_York', 'Asia/Kolkata', 'Pacific/Auckland'),
    });
    for (const format of ['archive', 'apkg'] as const) {
      test(
        `what is exported as ${format} and imported again is the same: notes, cards, dates and every review`,
        inHouse(async ({ database, clock, place, bring, deck, agrees }) => {
          let round = 0;
          await fc.assert(
            fc.asyncProperty(decks, async (wanted) => {
              round++;
              const [one, two] = [`Deck ${round}`, `Copy ${round}`];
              await study(database, clock, one, wanted);
              const out = join(place.folder, `${round}.${format}`);
              await database.read(async (session) => {
                const user = (await findUser(session, { username: 'anna' }))!;
                const [found] = await findOwnDecks(session, user.id, one);
                await exportDeck(session, user, found!.id, format, out);
              });
              await database.write(async (session) => {
                const ben = (await findUser(session, { username: 'ben' }))!;
                const { time_zone, scheduler } = wanted;
                await changeStudySettings(session, ben, { time_zone, scheduler });
              });
              await bring(out, { user: 'ben', deck: two });
              const back = join(place.folder, `${round}.back.${format}`);
              await database.read(async (session) => {
                const user = (await findUser(session, { username: 'ben' }))!;
                const [found] = await findOwnDecks(session, user.id, two);
                await exportDeck(session, user, found!.id, format, back);
              });
              assert.deepEqual(await exported(back, format), await exported(out, format));
              const copy = await deck(two, 'ben');
              const original = await deck(one);
              const sides = ({ cards }: typeof copy) => cards.map(({ front, back: answer }) => [front, answer]).toSorted();
              assert.deepEqual(sides(copy), sides(original));
              await agrees();
            }),
            { numRuns: target.name === 'sqlite' ? 25 : 4 },
          );
        }),
      );
    }
  });
}

interface Wanted {
  readonly notes: readonly {
    readonly kind: string;
    readonly fields: readonly string[];
    readonly format: string;
    readonly tags: readonly string[];
    readonly answers: readonly { readonly grade: number; readonly days: number; readonly isBack: boolean }[];
  }[];
  readonly scheduler: string;
  readonly time_zone: string;
}

const FIELDS: Readonly<Record<string, readonly string[]>> = {
  basic: ['Front', 'Back', 'Source'],
  basic_reversed: ['Front', 'Back', 'Source'],
  typed: ['Front', 'Back', 'Source'],
  cloze: ['Text', 'Extra', 'Source'],
  case: ['Name', 'Cite', 'Facts', 'Issue', 'Holding', 'Rule', 'Mnemonic', 'Source'],
  rule_elements: ['Rule', 'Elements', 'Mnemonic', 'Source'],
};

/** A deck of anna's with notes, answered and partly taken back. */
async function study(database: Database, clock: TestClock, name: string, { notes, scheduler, time_zone }: Wanted): Promise<void> {
  const { createDeck } = await import('../../src/services/decks.ts');
  const { user, made } = await database.write(async (session) => {
    const anna = (await findUser(session, { username: 'anna' }))!;
    await changeStudySettings(session, anna, { scheduler: scheduler as 'sm2', time_zone });
    const created = await createDeck(session, anna, { name });
    const given = notes.map(({ kind, fields, format, tags }) => ({
      type: kind,
      note_type_id: null,
      format: format as 'text',
      tags,
      fields: new Map(
        (FIELDS[kind] ?? []).map((field, index) => {
          const value = `x ${fields[index]}`;
          return [
            field,
            kind === 'cloze' && index === 0
              ? `{{c1::${value}}} {{c2::y::z}}`
              : kind === 'rule_elements' && index === 1
                ? `${value}\nand more`
                : value,
          ];
        }),
      ),
    }));
    return { user: anna, made: await createNotes(session, anna, created.id, given) };
  });
  for (const [index, { cards }] of made.entries()) {
    for (const { grade, days, isBack } of notes[index]!.answers) {
      clock.advance((days * DAY) / 1000 + 60);
      await database.write((session) => recordReview(session, user, cards[0]!.id, { grade, durationMs: 1000 * days }));
      if (isBack) await database.write((session) => undoReview(session, user, cards[0]!.id, {}));
    }
  }
}

/** What a file says, without what is only a number of this file. */
async function exported(file: string, format: ExportFormat): Promise<object> {
  const { notes, cards, reviews, noteTypes } = await allOf(await openCollection(file));
  const keyOf = new Map(notes.map(({ key, guid }) => [key, guid]));
  const typeOf = new Map(noteTypes.map(({ key, name }) => [key, name]));
  const cardOf = new Map(cards.map(({ key, note, ordinal }) => [key, `${keyOf.get(note)} ${ordinal}`]));
  // The times of rows are those of their import; Anki's ids are times, counted up where two are equal.
  const shown = format === 'archive';
  return {
    notes: notes.map(({ key: _, createdAt: __, modifiedAt: ___, noteType, ...note }) => ({
      ...note,
      noteType: typeOf.get(noteType),
    })),
    cards: cards
      .map(({ key, note: _, createdAt: __, modifiedAt: ___, position: ____, deck: _____, ...card }) => ({
        ...card,
        name: cardOf.get(key),
      }))
      .toSorted((a, b) => (a.name! < b.name! ? -1 : 1)),
    reviews: reviews
      .map(({ card, at, ...review }) => ({ ...review, card: cardOf.get(card), at: shown ? at : Math.floor(at / 1000) }))
      .toSorted((a, b) => (`${a.card} ${a.at}` < `${b.card} ${b.at}` ? -1 : 1)),
  };
}
