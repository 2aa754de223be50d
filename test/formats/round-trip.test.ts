import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Readable } from 'node:stream';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { checksum, guidOf } from '../../src/formats/anki/guid.ts';
import { openAnkiPackage } from '../../src/formats/anki/read-package.ts';
import { type WriteOptions, writeAnkiPackage } from '../../src/formats/anki/write-package.ts';
import { openArchive } from '../../src/formats/archive/read-archive.ts';
import { writeArchive } from '../../src/formats/archive/write-archive.ts';
import type { Card, Entry, MediaFile, Note, NoteType } from '../../src/formats/collection.ts';
import { LIMITS } from '../../src/formats/zip/limits.ts';
import { ZipArchive } from '../../src/formats/zip/read-zip.ts';
import { collections } from './arbitrary.ts';
import { makeZip } from './make-zip.ts';
import { allOf, inWorkplace, refusalOf, type Workplace } from './workplace.ts';

const NOW = Date.UTC(2026, 10, 26, 12);
const MEDIA: readonly MediaFile[] = [
  ['bild.png', 'image'],
  ['ton.mp3', 'sound'],
].map(([name, data]) => ({ name: name as string, bytes: 5, open: async () => Readable.from([Buffer.from(data as string)]) }));

let files = 0;
const newFile = ({ folder }: Workplace): string => join(folder, `export-${++files}`);

async function throughAnki(place: Workplace, entries: readonly Entry[], options: Partial<WriteOptions> = {}, media = MEDIA) {
  const file = newFile(place);
  await writeAnkiPackage(file, entries, media, { now: NOW, temporaryFolder: place.temporary, ...options });
  return allOf(await openAnkiPackage(file, { temporaryFolder: place.temporary }));
}

async function throughArchive(place: Workplace, entries: readonly Entry[], media = MEDIA) {
  const file = newFile(place);
  await writeArchive(file, entries, media, { temporaryFolder: place.temporary });
  return allOf(await openArchive(file));
}

const NOTE_TYPE: NoteType = {
  type: 'note-type',
  key: 1,
  name: 'Basic',
  form: 'standard',
  fields: ['Front', 'Back'],
  templates: [{ name: 'Card 1', question: '{{Front}}', answer: '{{Back}}' }],
  css: '',
  sortField: 0,
};
const note = (key: number, front: string, more: Partial<Note> = {}): Note => ({
  type: 'note',
  key,
  guid: `g${key}`,
  noteType: 1,
  tags: [],
  fields: [front, 'back'],
  createdAt: NOW,
  modifiedAt: NOW,
  ...more,
});
const card = (key: number, owner: number, more: Partial<Card> = {}): Card => ({
  type: 'card',
  key,
  note: owner,
  ordinal: 0,
  deck: 1,
  createdAt: NOW,
  modifiedAt: NOW,
  stage: 'new',
  isSuspended: false,
  flag: 0,
  intervalDays: 0,
  reviewCount: 0,
  lapses: 0,
  stepsLeft: 0,
  ...more,
});
const DECK = { type: 'deck', key: 1, path: ['Torts'], description: '' } as const;

describe('written and read again, a collection is the same', () => {
  test('also where each note comes whole: with the cards and the reviews that belong to it', () =>
    inWorkplace(async (place) => {
      await fc.assert(
        fc.asyncProperty(collections, async (entries) => {
          const file = newFile(place);
          await writeAnkiPackage(file, entries, [], { now: NOW, temporaryFolder: place.temporary });
          const source = await openAnkiPackage(file, { temporaryFolder: place.temporary });
          const whole = [...(source.wholeEntries?.() ?? [])].flatMap((entry) => (entry.type === 'whole-note' ? [entry] : []));
          const of = <T extends Entry['type']>(type: T) =>
            [...(source.entries() as Iterable<Entry>)].filter(
              (entry): entry is Extract<Entry, { type: T }> => entry.type === type,
            );
          const keys = (list: readonly { readonly key: number }[]) => list.map(({ key }) => key);
          assert.deepEqual(
            whole.map(({ note }) => note),
            of('note'),
          );
          const cards = of('card');
          const reviews = of('review');
          for (const { note, cards: own } of whole) {
            const wanted = cards
              .filter((one) => one.note === note.key)
              .toSorted((a, b) => a.ordinal - b.ordinal || a.key - b.key);
            assert.deepEqual(keys(own.map(({ card: one }) => one)), keys(wanted));
            for (const { card: one, reviews: log } of own)
              assert.deepEqual(
                log,
                reviews.filter((review) => review.card === one.key).toSorted((a, b) => a.at - b.at),
              );
          }
          assert.equal(
            whole.reduce((sum, { cards: own }) => sum + own.reduce((more, { reviews: log }) => more + log.length, 0), 0),
            reviews.length,
          );
          await source.close();
        }),
        { numRuns: 40 },
      );
    }));

  test('as an Anki package, in any zone', () =>
    inWorkplace(async (place) => {
      await fc.assert(
        fc.asyncProperty(collections, fc.integer({ min: -14 * 60, max: 12 * 60 }), async (entries, minutesWest) => {
          const found = await throughAnki(place, entries, { minutesWest });
          assert.deepEqual(found.entries, entries);
          assert.deepEqual(found.problems, {});
        }),
        { numRuns: 60 },
      );
    }));

  test('as an archive of FlashCase', () =>
    inWorkplace(async (place) => {
      await fc.assert(
        fc.asyncProperty(collections, async (entries) => {
          assert.deepEqual((await throughArchive(place, entries)).entries, entries);
        }),
        { numRuns: 60 },
      );
    }));

  test('media keep their names and bytes in both', () =>
    inWorkplace(async (place) => {
      const entries = [DECK, NOTE_TYPE, note(1, 'q'), card(1, 1)];
      for (const through of [throughAnki, throughArchive]) {
        const { media } = await through(place, entries);
        assert.deepEqual(
          [...media].map(([name, data]) => [name, data.toString()]),
          [
            ['bild.png', 'image'],
            ['ton.mp3', 'sound'],
          ],
        );
      }
    }));
});

describe('a written Anki package', () => {
  test('is one real collection that all readers know: no meta, no decoy, schema 11 with its checksums', () =>
    inWorkplace(async (place) => {
      const file = newFile(place);
      const entries = [DECK, NOTE_TYPE, note(1, 'hello'), card(1, 1)];
      await writeAnkiPackage(file, entries, MEDIA, { now: NOW, temporaryFolder: place.temporary });
      const zip = await ZipArchive.open(file, LIMITS);
      assert.deepEqual([...zip.names()], ['collection.anki2', 'media', '0', '1']);
      assert.deepEqual(JSON.parse((await zip.read('media', 1000)).toString()), { 0: 'bild.png', 1: 'ton.mp3' });
      const copy = join(place.folder, 'copy.db');
      await zip.extract('collection.anki2', copy);
      zip.close();
      const database = new DatabaseSync(copy);
      const col = database.prepare('SELECT ver, conf, decks, dconf FROM col').get() as Record<string, string>;
      const [row] = database.prepare('SELECT guid, sfld, csum, usn, tags FROM notes').all();
      const indexes = database
        .prepare("SELECT name FROM sqlite_master WHERE type = 'index' AND name LIKE 'ix%' ORDER BY name")
        .all();
      database.close();
      assert.deepEqual({ ...row }, { guid: 'g1', sfld: 'hello', csum: 2_868_168_221, usn: -1, tags: '' });
      assert.equal(col.ver, 11);
      const conf = JSON.parse(col.conf as string);
      assert.deepEqual([conf.schedVer, conf.sched2021], [2, true]);
      assert.equal(JSON.parse(col.decks as string)['1'].name, 'Default');
      assert.ok('1' in JSON.parse(col.dconf as string));
      assert.equal(indexes.length, 7);
    }));

  test('a checksum is of the text a reader sees, with the names of media', () => {
    assert.equal(checksum('<b>hel</b>lo'), checksum('hello'));
    assert.notEqual(checksum('<img src="a.png">'), checksum('<img src="b.png">'));
    assert.equal(guidOf('card 7'), guidOf('card 7'));
    assert.notEqual(guidOf('card 7'), guidOf('card 8'));
  });

  test('without scheduling has only new cards, and nothing personal', () =>
    inWorkplace(async (place) => {
      const studied = {
        stage: 'review',
        due: { day: '2026-12-01' },
        intervalDays: 10,
        ease: 2.5,
        flag: 3,
        isSuspended: true,
        reviewCount: 4,
        lapses: 2,
        memory: { stability: 3, difficulty: 5 },
      } as const;
      const entries: Entry[] = [
        { type: 'options', key: 9, name: 'Mine', fsrsWeights: Array.from({ length: 21 }, () => 1), desiredRetention: 0.9 },
        { ...DECK, key: 2, options: 9 },
        NOTE_TYPE,
        note(1, 'q', { tags: ['leech', 'Marked', 'torts'] }),
        card(1, 1, { deck: 2, ...studied }),
        { type: 'review', card: 1, at: NOW, kind: 'review', grade: 3, interval: 10, previousInterval: 4, ease: 2.5, tookMs: 900 },
      ];
      const found = await throughAnki(place, entries, { withScheduling: false });
      const { stage, due, flag, isSuspended, reviewCount, lapses, memory, position } = found.cards[0]!;
      assert.deepEqual(
        { stage, due, flag, isSuspended, reviewCount, lapses, memory, position },
        {
          stage: 'new',
          due: undefined,
          flag: 0,
          isSuspended: false,
          reviewCount: 0,
          lapses: 0,
          memory: undefined,
          position: 1,
        },
      );
      assert.deepEqual(found.notes[0]?.tags, ['torts']);
      assert.deepEqual(found.reviews, []);
      assert.equal(found.options[0]?.fsrsWeights, undefined);
    }));

  test('equal times become ids that differ, and everything still belongs together', () =>
    inWorkplace(async (place) => {
      const keys = Array.from({ length: 300 }, (_, index) => index + 1);
      const found = await throughAnki(place, [
        DECK,
        NOTE_TYPE,
        ...keys.map((key) => note(key, `front ${key}`)),
        ...keys.map((key) => card(key, key, { lapses: key })),
        ...keys.map((key) => ({
          type: 'review' as const,
          card: key,
          at: NOW,
          kind: 'review' as const,
          grade: 3,
          interval: key,
          previousInterval: 0,
          ease: 2.5,
          tookMs: 0,
        })),
      ]);
      const fronts = new Map(found.notes.map((one) => [one.key, one.fields[0]]));
      for (const one of found.cards) assert.equal(fronts.get(one.note), `front ${one.lapses}`);
      const lapses = new Map(found.cards.map((one) => [one.key, one.lapses]));
      for (const one of found.reviews) assert.equal(lapses.get(one.card), one.interval);
      assert.equal(found.reviews.length, 300);
    }));

  test('never overwrites a file, and a failure leaves none', () =>
    inWorkplace(async (place) => {
      const taken = place.write('taken.apkg', 'mine');
      const entries = [DECK, NOTE_TYPE, note(1, 'q'), card(1, 1)];
      const options = { now: NOW, temporaryFolder: place.temporary };
      await assert.rejects(writeAnkiPackage(taken, entries, MEDIA, options), { code: 'EEXIST' });
      await assert.rejects(writeArchive(taken, entries, MEDIA, { temporaryFolder: place.temporary }), { code: 'EEXIST' });
      const broken: MediaFile = { name: 'x', bytes: 1, open: async () => Promise.reject(new Error('gone')) };
      const to = newFile(place);
      await assert.rejects(writeAnkiPackage(to, entries, [broken], options), /gone/);
      await assert.rejects(writeArchive(to, entries, [broken], { temporaryFolder: place.temporary }), /gone/);
      assert.equal(existsSync(to), false);
      assert.deepEqual(readdirSync(place.temporary), []);
    }));
});

describe('an archive of FlashCase', () => {
  const head = '{"format":"flashcase","version":1}\n';
  const end = (entries: number) => `{"type":"end","entries":${entries},"media":0}\n`;
  const deck = '{"type":"deck","key":1,"path":["A"],"description":""}\n';
  const refused = (place: Workplace, lines: string) =>
    refusalOf(async () => allOf(await openArchive(place.write('a.zip', makeZip([{ name: 'flashcase.ndjson', data: lines }])))));

  test('that is cut, changed or not ours is refused before anything is taken from it', () =>
    inWorkplace(async (place) => {
      assert.equal(await refused(place, head + deck + end(1)), 'not refused');
      const wrong = [
        '',
        'x',
        head,
        head + deck,
        head + deck + end(2),
        head + deck + end(1) + deck,
        deck + end(1),
        `${head}{"type":"deck"}\n${end(1)}`,
        `${head}{"type":"music"}\n${end(1)}`,
        `${head + deck}{"type":"end"`,
        `${head}[]\n${end(1)}`,
        `${head}{"type":"__proto__"}\n${end(1)}`,
        `${head + deck.replace('"A"', '"\\u0000"')}${end(1)}`,
        `${head}{"type":"media","name":"a","entry":"media/0","sha256":"","bytes":1}\n{"type":"end","entries":0,"media":1}\n`,
      ];
      for (const lines of wrong) assert.equal(await refused(place, lines), 'FC_IMPORT_UNREADABLE', lines);
      assert.equal(await refused(place, head.replace('1', '2') + end(0)), 'FC_IMPORT_TOO_NEW');
    }));

  test('whose notes do not say which card each line has is refused, with the number of the line', () =>
    inWorkplace(async (place) => {
      const note = (elements: unknown) => {
        const times = { createdAt: 0, modifiedAt: 0 };
        const line = { type: 'note', key: 1, guid: 'g', noteType: 1, tags: [], fields: ['a'], ...times, elements };
        return `${head}${JSON.stringify(line)}\n${end(1)}`;
      };
      const line = { ordinal: 1, text: 'Duty' };
      assert.equal(await refused(place, note(JSON.stringify([line, { ...line, ordinal: 2, isGone: true }]))), 'not refused');
      const wrong = [
        '',
        '{',
        'null',
        '{}',
        '[null]',
        '[1]',
        ...[{}, { ...line, text: 1 }, { ...line, text: '\0' }, { ...line, isGone: 1 }].map((one) => JSON.stringify([one])),
        ...[0, -1, 0.5, 2 ** 31, '1'].map((ordinal) => JSON.stringify([{ ...line, ordinal }])),
        JSON.stringify(Array.from({ length: 151 }, (_, index) => ({ ...line, ordinal: index + 1 }))),
      ];
      for (const elements of wrong) assert.equal(await refused(place, note(elements)), 'FC_IMPORT_UNREADABLE', elements);
      const file = place.write('b.zip', makeZip([{ name: 'flashcase.ndjson', data: note('{') }]));
      await assert.rejects(openArchive(file), /Line 2 of the archive/);
    }));

  test('whose media are not what was put in is found when they are read', () =>
    inWorkplace(async (place) => {
      const media =
        '{"type":"media","name":"a.png","entry":"media/0","sha256":"00","bytes":1}\n{"type":"end","entries":0,"media":1}\n';
      const file = place.write(
        'a.zip',
        makeZip([
          { name: 'flashcase.ndjson', data: head + media },
          { name: 'media/0', data: 'x' },
        ]),
      );
      assert.equal(await refusalOf(async () => allOf(await openArchive(file))), 'FC_IMPORT_UNREADABLE');
    }));
});
