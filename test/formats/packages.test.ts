import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openAnkiPackage } from '../../src/formats/anki/read-package.ts';
import {
  BASIC,
  DECK,
  decoy,
  field,
  type Head11,
  META_LATEST,
  META_LEGACY_2,
  type Rows,
  schema11,
  schema18,
  utf8,
  varint,
  whole,
  zstd,
} from './make-anki.ts';
import { makeZip, type ZipFile } from './make-zip.ts';
import { allOf, inWorkplace, type Workplace } from './workplace.ts';

async function read({ write, temporary }: Workplace, files: readonly ZipFile[]) {
  return allOf(await openAnkiPackage(write('deck.apkg', makeZip(files)), { temporaryFolder: temporary }));
}

const readLegacy = (place: Workplace, rows: Rows, head?: Head11) =>
  read(place, [
    { name: 'collection.anki2', data: schema11(rows, head), isDeflated: true },
    { name: 'media', data: '{}' },
  ]);

const real: Rows = { notes: [{ id: 10, flds: 'real\x1fanswer' }], cards: [{ id: 20, nid: 10 }] };
const SHA1 = new Uint8Array(20);

describe('which collection of a package counts', () => {
  test('the newest form is read: zstd, protobuf, its own media list; the note for old programs is not', () =>
    inWorkplace(async (place) => {
      const media = field(1, [...field(1, utf8('Bild ä.png')), ...whole(2, 5), ...field(3, SHA1)]);
      const second = field(1, [...field(1, utf8('b.mp3')), ...whole(2, 300), ...field(3, SHA1)]);
      const found = await read(place, [
        { name: 'meta', data: META_LATEST },
        { name: 'collection.anki2', data: decoy() },
        { name: 'collection.anki21b', data: await zstd(schema18(real)) },
        { name: 'media', data: await zstd(Uint8Array.from([...media, ...second])) },
        { name: '0', data: await zstd('image') },
        { name: '1', data: await zstd('s'.repeat(300)) },
      ]);
      assert.equal(found.format, 'Anki package (latest, schema 18)');
      assert.deepEqual(
        found.notes.map((note) => note.fields),
        [['real', 'answer']],
      );
      assert.deepEqual(
        [...found.media].map(([name, data]) => [name, data.length]),
        [
          ['Bild ä.png', 5],
          ['b.mp3', 300],
        ],
      );
    }));

  test('a package of the second form is its anki21, with and without meta', () =>
    inWorkplace(async (place) => {
      const files = [
        { name: 'collection.anki2', data: decoy() },
        { name: 'collection.anki21', data: schema11(real) },
        { name: 'media', data: '{"0":"a.png","7":"b.png","9":"gone.png"}' },
        { name: '0', data: 'a' },
        { name: '7', data: 'bb' },
      ];
      for (const meta of [[], [{ name: 'meta', data: META_LEGACY_2 }]]) {
        const found = await read(place, [...meta, ...files]);
        assert.deepEqual(
          found.notes.map((note) => note.fields[0]),
          ['real'],
        );
        assert.deepEqual([...found.media.keys()], ['a.png', 'b.png']);
        assert.equal(found.problems.missing_media, 1);
      }
    }));

  test('a package of the first form is its anki2; without a media list it has none', () =>
    inWorkplace(async (place) => {
      const found = await read(place, [{ name: 'collection.anki2', data: schema11(real) }]);
      assert.equal(found.format, 'Anki package (legacy 1, schema 11)');
      assert.deepEqual(
        found.notes.map((note) => note.fields[0]),
        ['real'],
      );
      assert.equal(found.media.size, 0);
    }));
});

describe('the newest schema', () => {
  test('columns with a collation that only Anki has are read, in the order of the fields, and levels of decks are split', () =>
    inWorkplace(async (place) => {
      const found = await read(place, [
        { name: 'meta', data: META_LATEST },
        {
          name: 'collection.anki21b',
          data: await zstd(
            schema18({
              notes: [
                { id: 10, flds: 'q\x1fa', tags: ' torts  duty ' },
                { id: 11, mid: 1001, flds: '{{c1::x}} {{c3::y}}\x1f' },
              ],
              cards: [
                {
                  id: 20,
                  nid: 10,
                  did: 5,
                  type: 2,
                  queue: 2,
                  due: 100,
                  ivl: 30,
                  factor: 2500,
                  data: '{"s":31.5,"d":5.25,"dr":0.9,"decay":0.154,"lrt":1700000000,"cd":"{\\"v\\":1}"}',
                },
                { id: 21, nid: 11, did: 6, odid: 5, odue: 3, ord: 2 },
              ],
            }),
          ),
        },
      ]);
      assert.deepEqual(
        found.noteTypes.map(({ name, form, fields, sortField }) => [name, form, fields, sortField]),
        [
          ['Basic', 'standard', ['front', 'Back'], 0],
          ['Cloze', 'cloze', ['Text', 'Extra'], 1],
        ],
      );
      assert.deepEqual(found.noteTypes[0]?.templates, [{ name: 'Card 1', question: '{{front}}', answer: '{{Back}}' }]);
      assert.deepEqual(found.decks, [
        { type: 'deck', key: 5, path: ['Law', 'Torts'], description: 'Duty and breach', options: 7 },
      ]);
      assert.deepEqual(found.options, [
        {
          type: 'options',
          key: 7,
          name: 'Exam',
          newPerDay: 30,
          reviewsPerDay: 300,
          learnSteps: [1, 10],
          relearnSteps: [10],
          leechThreshold: 8,
          buriesNewSiblings: true,
          buriesReviewSiblings: false,
          desiredRetention: 0.9,
          fsrsWeights: [0.2, 1.3, 2.3],
        },
      ]);
      assert.deepEqual(found.notes[0]?.tags, ['torts', 'duty']);
      const [first, second] = found.cards;
      assert.deepEqual(first?.memory, {
        stability: 31.5,
        difficulty: 5.25,
        desiredRetention: 0.9,
        decay: 0.154,
        lastReviewedAt: 1_700_000_000_000,
      });
      assert.equal(first?.custom, '{"v":1}');
      assert.deepEqual([second?.deck, second?.position, second?.ordinal], [5, 3, 2]);
      assert.equal(found.problems.filtered_deck, 1);
    }));
});

describe('dates', () => {
  const due = async (place: Workplace, conf: object, card: object, crt?: number) => {
    const rows = { notes: [{ id: 10 }], cards: [{ id: 20, nid: 10, ...card }] };
    return (await readLegacy(place, rows, { conf, ...(crt === undefined ? {} : { crt }) })).cards[0]?.due;
  };

  test('a day number counts from the collection’s first day in its own zone', () =>
    inWorkplace(async (place) => {
      const review = { type: 2, queue: 2, due: 5 };
      assert.deepEqual(await due(place, { schedVer: 2, creationOffset: 300 }, review), { day: '2024-01-15' });
      // 4 a.m. in Auckland is the afternoon before in UTC.
      const auckland = Date.UTC(2024, 0, 9, 15) / 1000;
      assert.deepEqual(await due(place, { schedVer: 2, creationOffset: -780 }, review, auckland), { day: '2024-01-15' });
      // Old collections do not say their zone: what makes it 4 a.m. is taken.
      assert.deepEqual(await due(place, {}, review), { day: '2024-01-15' });
      const tokyo = Date.UTC(2024, 0, 9, 19) / 1000;
      assert.deepEqual(await due(place, {}, review, tokyo), { day: '2024-01-15' });
      assert.deepEqual(await due(place, {}, { ...review, due: 999_999_999 }), { day: '9999-12-31' });
    }));

  test('steps of minutes are moments, steps of days are days, new cards have a place', () =>
    inWorkplace(async (place) => {
      const conf = { schedVer: 2, creationOffset: 300 };
      assert.deepEqual(await due(place, conf, { type: 1, queue: 1, due: 1_704_990_000, left: 2002 }), { at: 1_704_990_000_000 });
      assert.deepEqual(await due(place, conf, { type: 3, queue: 3, due: 2 }), { day: '2024-01-12' });
      assert.deepEqual(await due(place, conf, { type: 1, queue: -1, due: 1_704_990_000 }), { at: 1_704_990_000_000 });
      assert.equal(await due(place, conf, { type: 0, queue: 0, due: 7 }), undefined);
    }));
});

describe('schema 11 as it is found', () => {
  test('suspended stays, buried ends, filtered decks give their cards back, flags and steps are read', () =>
    inWorkplace(async (place) => {
      const review = { type: 2, factor: 2300, ivl: 10 };
      const found = await readLegacy(
        place,
        {
          notes: [{ id: 10 }],
          cards: [
            { id: 1, nid: 10, ...review, queue: -1, due: 3 },
            { id: 2, nid: 10, ord: 1, ...review, queue: -2, due: 3 },
            { id: 3, nid: 10, ord: 2, ...review, queue: -3, due: 3 },
            { id: 4, nid: 10, ord: 3, ...review, queue: 2, due: -100_000, did: 9, odid: 1, odue: 4 },
            { id: 5, nid: 10, ord: 4, type: 1, queue: 4, due: 0, did: 9, odid: 1, odue: 1_704_990_000, flags: 7 + 8, left: 1002 },
            { id: 6, nid: 10, ord: 5, ...review, queue: 1, due: 1_704_990_000 },
            { id: 7, nid: 10, ord: 6, did: 77 },
          ],
        },
        { decks: { 1: DECK, 9: { id: 9, name: 'Cram', dyn: 1 } } },
      );
      const of = (key: number) => found.cards.find((card) => card.key === key);
      assert.deepEqual(
        found.cards.map((card) => card.isSuspended),
        [true, false, false, false, false, false, false],
      );
      assert.deepEqual(of(2)?.due, { day: '2024-01-13' });
      assert.deepEqual([of(4)?.deck, of(4)?.due], [1, { day: '2024-01-14' }]);
      assert.deepEqual([of(5)?.deck, of(5)?.due, of(5)?.flag, of(5)?.stepsLeft], [1, { at: 1_704_990_000_000 }, 7, 2]);
      // The first scheduler kept a lapsed card's type.
      assert.equal(of(6)?.stage, 'relearning');
      assert.equal(of(7)?.deck, 1);
      assert.deepEqual(found.problems, { filtered_deck: 1, buried: 2, card_without_deck: 1 });
    }));

  test('ids as text, and models without req, are read', () =>
    inWorkplace(async (place) => {
      const model = { ...BASIC, id: '1000', sortf: '1', flds: BASIC.flds.toReversed() };
      const found = await readLegacy(
        place,
        { notes: [{ id: 10, flds: 'only one' }], cards: [{ id: 20, nid: 10, did: 5 }] },
        {
          models: { 1000: model },
          decks: { 1: DECK, 5: { id: '5', name: 'A::B', conf: '3', dyn: '0' } },
          dconf: { 3: { id: '3', name: 'Own', rev: { perDay: '50' } } },
        },
      );
      assert.deepEqual(found.noteTypes[0]?.fields, ['Front', 'Back']);
      assert.equal(found.noteTypes[0]?.sortField, 1);
      assert.deepEqual(found.decks, [{ type: 'deck', key: 5, path: ['A', 'B'], description: '', options: 3 }]);
      assert.equal(found.options[0]?.reviewsPerDay, 50);
      assert.deepEqual(found.notes[0]?.fields, ['only one', '']);
    }));

  test('what belongs to nothing is left out and counted', () =>
    inWorkplace(async (place) => {
      const found = await readLegacy(place, {
        notes: [
          { id: 10, flds: 'a\x1fb\x1fc' },
          { id: 11, mid: 4 },
        ],
        cards: [
          { id: 20, nid: 10, data: '{broken' },
          { id: 21, nid: 11 },
          { id: 22, nid: 99 },
        ],
        revlog: [
          { id: 1, cid: 20 },
          { id: 2, cid: 21 },
          { id: 3, cid: 1234 },
        ],
      });
      assert.deepEqual([found.notes.length, found.cards.length, found.reviews.length], [1, 1, 1]);
      assert.deepEqual(found.notes[0]?.fields, ['a', 'b c']);
      assert.deepEqual(found.problems, {
        note_without_type: 1,
        card_without_note: 2,
        review_without_card: 1,
        extra_fields: 1,
        card_data: 1,
      });
    }));
});

describe('reviews', () => {
  const reviews = async (place: Workplace, conf: object, revlog: readonly Record<string, number>[]) => {
    const rows = {
      notes: [{ id: 10 }],
      cards: [{ id: 20, nid: 10 }],
      revlog: revlog.map((row, id) => ({ id: id + 1, cid: 20, ...row })),
    };
    return (await readLegacy(place, rows, { conf })).reviews;
  };

  test('manual rows, cram and resets are told from answers; difficulty is told from ease', () =>
    inWorkplace(async (place) => {
      const found = await reviews(place, { schedVer: 2 }, [
        { type: 0, ease: 3, ivl: -600, factor: 0 },
        { type: 1, ease: 4, ivl: 12, lastIvl: 5, factor: 2650 },
        { type: 1, ease: 2, factor: 550 },
        { type: 1, ease: 3, factor: 1100 },
        { type: 3, ease: 3, factor: 0 },
        { type: 3, ease: 3, factor: 2500 },
        { type: 4, ease: 0, factor: 0 },
        { type: 4, ease: 0, factor: 2500 },
        { type: 5, ease: 0, factor: 550 },
        { type: 0, ease: 0, factor: 0 },
      ]);
      assert.deepEqual(
        found.map((review) => [review.kind, review.grade, review.ease ?? null, review.difficulty ?? null]),
        [
          ['learn', 3, null, null],
          ['review', 4, 2.65, null],
          ['review', 2, null, 5.05],
          ['review', 3, null, 10],
          ['cram', 3, null, null],
          ['early', 3, 2.5, null],
          ['reset', 0, null, null],
          ['manual', 0, 2.5, null],
          ['rescheduled', 0, null, 5.05],
          ['manual', 0, null, null],
        ],
      );
      assert.deepEqual([found[0]?.interval, found[1]?.interval, found[1]?.previousInterval], [-600, 12, 5]);
    }));

  test('the first scheduler’s three learning buttons become today’s', () =>
    inWorkplace(async (place) => {
      const rows = [1, 2, 3].flatMap((ease) => [0, 2, 1].map((type) => ({ type, ease })));
      for (const conf of [{}, { schedVer: 1 }, { schedVer: '1' }]) {
        const found = await reviews(place, conf, rows);
        assert.deepEqual(
          found.map((review) => review.grade),
          [1, 1, 1, 3, 3, 2, 4, 4, 3],
        );
      }
      assert.deepEqual(
        (await reviews(place, { schedVer: 2 }, rows)).map((review) => review.grade),
        [1, 1, 1, 2, 2, 2, 3, 3, 3],
      );
    }));
});

test('a varint made by hand is what protobuf says', () => {
  assert.deepEqual(varint(300), [0xac, 0x02]);
});
