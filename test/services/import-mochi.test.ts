import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { listCards } from '../../src/db/stores/cards.ts';
import { listNotesOfDeck } from '../../src/db/stores/notes.ts';
import { insertUser } from '../../src/db/stores/users.ts';
import { importCollection } from '../../src/services/import-collection.ts';
import { ownDeckNamed } from '../../src/services/import-file.ts';
import { recompute } from '../../src/services/recompute.ts';
import { checkSearch } from '../../src/services/search-upkeep.ts';
import { undoOperation } from '../../src/services/undo.ts';
import { testClock } from '../conformance/client.ts';
import { FORMS, type Given, keyword, map, mochiFile, set } from '../formats/make-mochi.ts';
import { inWorkplace } from '../formats/workplace.ts';
import { engines } from '../support/database.ts';
import { openFresh } from '../support/fresh.ts';

const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
const MP3 = Buffer.concat([Buffer.from('ID3\x04\0\0\0\0\0\0', 'latin1'), Buffer.alloc(64)]);
const hashOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

const DATA: Given = map({
  version: 2,
  decks: [
    map({ id: keyword('root'), name: 'Law', cards: [] }),
    map({
      id: keyword('torts'),
      name: 'Torts',
      'parent-id': keyword('root'),
      cards: [
        map({ id: keyword('a'), content: 'Duty? ![](@media/bild.png)\n---\nOwed to **all**\n---\n![](@media/ton.mp3)' }),
        map({ id: keyword('b'), content: '{{1::Duty}}, {{breach}}', tags: set('torts') }),
        map({ id: keyword('c'), content: 'UCC\n---\n2-207 <script>alert(1)</script>', 'archived?': true }),
      ],
    }),
  ],
});
const MEDIA = [
  { name: 'media/bild.png', data: PNG },
  { name: 'ton.mp3', data: MP3 },
];

for (const target of engines()) {
  describe(`importing a file of Mochi on ${target.name}`, { skip: target.skip }, () => {
    test('a dry run says what the import then does; its cards begin as new ones, and it is taken back whole', () =>
      inWorkplace(async ({ write }) => {
        const where = await target.withTables();
        const database = await openFresh(where, testClock('2026-03-01 09:00:00.000000'));
        try {
          const anna = await database.write((session) =>
            insertUser(session, { username: 'anna', email: 'anna@law.edu', hashed_password: 'x' }),
          );
          const file = write('law.mochi', mochiFile(FORMS.Transit(DATA), MEDIA));
          const bring = (isDryRun: boolean) =>
            importCollection(database, {
              ...{ file, duplicates: 'skip', deckName: undefined, hasSchedule: true, isDryRun },
              userOf: async () => anna,
              deckOf: ownDeckNamed,
            });
          const cards = () =>
            database.read((session) => listCards(session, anna.id, undefined, { after: undefined, limit: 100 }));
          const { operation: none, decks: wouldBe, ...dry } = await bring(true);
          assert.equal(none, undefined);
          assert.deepEqual(await cards(), []);
          const { operation, decks, ...report } = await bring(false);
          assert.deepEqual(report, dry);
          assert.deepEqual(
            decks.map(({ name }) => name),
            ['Law::Torts'],
          );
          assert.deepEqual(
            wouldBe.map(({ name }) => name),
            ['Law::Torts'],
          );
          assert.deepEqual([report.added, report.cards, report.reviews, report.media], [3, 4, 0, 2]);
          assert.deepEqual(
            report.problems.map(({ code, count }) => [code, count]),
            [['mochi_sides', 1]],
          );
          assert.deepEqual(
            (await cards()).map(({ ordinal, front, back }) => [ordinal, front, back]),
            [
              [0, 'Duty? [bild.png]', 'Owed to all\n[ton.mp3]'],
              [0, '[...], breach', 'Duty, breach'],
              [1, 'Duty, [...]', 'Duty, breach'],
              [0, 'UCC', '2-207'],
            ],
          );
          const notes = await database.read((session) =>
            listNotesOfDeck(session, decks[0]?.id as bigint, { after: undefined, limit: 100 }),
          );
          assert.deepEqual(
            notes.map(({ type, format }) => [type, format]),
            [
              ['basic', 'markdown'],
              ['cloze', 'markdown'],
              ['basic', 'markdown'],
            ],
          );
          assert.match(notes[0]?.fields ?? '', new RegExp(`!\\[bild\\.png\\]\\(/api/v1/media/${hashOf(PNG)}\\)`));
          assert.match(notes[0]?.fields ?? '', new RegExp(`<audio controls src=.{1,2}/api/v1/media/${hashOf(MP3)}`));
          const sides = (await cards()).map(({ front_html, back_html }) => `${front_html} ${back_html}`).join('');
          assert.match(sides, new RegExp(`<img src="/api/v1/media/${hashOf(PNG)}"`));
          assert.doesNotMatch(sides, /script/);
          const states = await database.read(({ connection }) => connection.query('SELECT is_suspended AS v FROM card_state'));
          assert.equal(states.length, 1, 'only the card in the archive has a standing: it is suspended');
          const again = await bring(false);
          assert.deepEqual([again.added, again.skipped], [0, 3]);
          const found = await recompute(database, false);
          assert.deepEqual([found.told, found.differences], [[], 0]);
          const search = await checkSearch(database);
          assert.deepEqual([search.wrong, search.dead, search.damage], [0, 0, null]);
          await database.write((session) => undoOperation(session, anna, operation as bigint));
          assert.deepEqual(await cards(), []);
          assert.equal(await database.read((session) => ownDeckNamed(session, anna, 'Law::Torts')), undefined);
        } finally {
          await database.close();
          await where.drop();
        }
      }));
  });
}
