import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { systemClock } from '../../src/db/clock.ts';
import { openDatabase } from '../../src/db/database.ts';
import { listCardsOfDeck } from '../../src/db/stores/cards.ts';
import { findOwnDecks } from '../../src/db/stores/decks.ts';
import { findUser } from '../../src/db/stores/users.ts';
import { openAnkiPackage } from '../../src/formats/anki/read-package.ts';
import { openArchive } from '../../src/formats/archive/read-archive.ts';
import { htmlToText, textToHtml } from '../../src/formats/html.ts';
import { recordReview } from '../../src/services/study.ts';
import { BASIC, decoy, META_LATEST, schema18, zstd } from '../formats/make-anki.ts';
import { makeZip } from '../formats/make-zip.ts';
import { allOf } from '../formats/workplace.ts';
import { settingsFor } from '../support/fresh.ts';

const main = resolve(fileURLToPath(import.meta.url), '../../../bin/flashcase.mjs');

/** An installation with the user anna, and the command line in its folder. */
function installation(context: { after(work: () => void): void }) {
  const folder = mkdtempSync(join(tmpdir(), 'flashcase-test-'));
  const temporary = join(folder, 'temporary');
  mkdirSync(temporary);
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const url = `sqlite:///${join(folder, 'flashcase.db')}`;
  const flashcase = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
      cwd: folder,
      env: { ...process.env, DATABASE_URL: url, TMPDIR: temporary },
      encoding: 'utf8',
    });
    return { status, stdout, stderr };
  };
  assert.equal(flashcase('db', 'upgrade').status, 0);
  assert.equal(flashcase('user', 'create', 'anna', 'anna@law.edu').status, 0);
  const write = (name: string, data: string | Uint8Array) => writeFileSync(join(folder, name), data);
  const open = () => openDatabase(settingsFor({ url }), systemClock());
  const cards = async (deck: string) => {
    const database = open();
    try {
      return await database.read(async (session) => {
        const user = await findUser(session, { username: 'anna' });
        const [found] = await findOwnDecks(session, user!.id, deck);
        return found === undefined ? undefined : listCardsOfDeck(session, found.id, { after: undefined, limit: 1000 });
      });
    } finally {
      await database.close();
    }
  };
  const sides = async (deck: string) => (await cards(deck))?.map(({ front, back }) => [front, back]);
  return { folder, temporary, flashcase, write, open, cards, sides };
}

const own = ['--user', 'anna', '--deck', 'Torts'] as const;

test('import: a dry run shows samples and problems and makes nothing, then the file goes in once', async (context) => {
  const { flashcase, write, sides } = installation(context);
  write('cards.csv', 'Question;Answer\nDuty?;Owed\nBreach?;\nCause?;But for\n');
  const dry = flashcase('import', 'cards.csv', ...own, '--dry-run');
  assert.equal(dry.status, 0, dry.stderr);
  assert.match(
    dry.stdout,
    /^Would import into the new deck Torts: 2 new, 0 updated, 0 already there\.\n {2}read as {2}delimited\n/,
  );
  assert.match(dry.stdout, /line 3 +The back is empty\./);
  assert.match(dry.stdout, /add +Duty\? {2}\| {2}Owed/);
  assert.equal(await sides('Torts'), undefined);
  assert.match(flashcase('import', 'cards.csv', ...own).stdout, /^Imported into the new deck Torts: 2 new/);
  const again = JSON.parse(flashcase('import', 'cards.csv', ...own, '--json').stdout);
  assert.deepEqual([again.dry_run, again.added, again.skipped, again.decks[0].isNew], [false, 0, 2, false]);
  assert.deepEqual(await sides('Torts'), [
    ['Duty?', 'Owed'],
    ['Cause?', 'But for'],
  ]);
  write('quizlet.txt', 'Erie - state law;;Venue - where');
  assert.equal(
    flashcase('import', 'quizlet.txt', '--user', 'anna', '--deck', 'Q', '--separator', ' - ', '--row-separator', ';;').status,
    0,
  );
  assert.deepEqual(await sides('Q'), [
    ['Erie', 'state law'],
    ['Venue', 'where'],
  ]);
});

test('import: what cannot be imported is refused in words, and nothing is made', async (context) => {
  const { flashcase, write, sides, temporary } = installation(context);
  write('empty.csv', 'nothing\n');
  write('binary.csv', Uint8Array.from([0xff, 0xfe, 0x00, 0xd8]));
  write('cut.apkg', makeZip([{ name: 'collection.anki2', data: 'x' }]).subarray(0, 50));
  const codeOf = (...args: string[]) => flashcase('import', ...args).stderr.split(':')[0];
  assert.equal(codeOf('empty.csv', ...own), 'FC_IMPORT_UNREADABLE');
  assert.equal(codeOf('binary.csv', ...own), 'FC_IMPORT_UNREADABLE');
  assert.equal(codeOf('cut.apkg', ...own), 'FC_IMPORT_UNREADABLE');
  assert.equal(codeOf('gone.csv', ...own), 'FC_BAD_REQUEST');
  assert.equal(codeOf('empty.csv', '--user', 'nobody', '--deck', 'x'), 'FC_NOT_FOUND');
  assert.equal(await sides('Torts'), undefined);
  assert.deepEqual(readdirSync(temporary), []);
});

test('import: a file of Mochi gives its decks with their cards, and says what is left out', async (context) => {
  const { flashcase, write, sides, temporary } = installation(context);
  const data = `{:version 2 :decks [{:id :a :name "Law" :cards []}
    {:id :b :name "Torts" :parent-id :a :cards ({:content "Duty?\n---\nOwed" :reviews [{:remembered? true}]})}]}`;
  write('law.mochi', makeZip([{ name: 'data.edn', data }]));
  const report = JSON.parse(flashcase('import', 'law.mochi', '--user', 'anna', '--json').stdout);
  assert.deepEqual([report.format, report.added, report.cards, report.reviews], ['Mochi (EDN)', 1, 1, 0]);
  assert.deepEqual(
    report.problems.map(({ code, count }: { code: string; count: number }) => [code, count]),
    [['mochi_reviews', 1]],
  );
  assert.deepEqual(await sides('Law::Torts'), [['Duty?', 'Owed']]);
  write('circle.mochi', makeZip([{ name: 'data.edn', data: '{:decks [{:id 1 :parent-id 1}]}' }]));
  assert.match(flashcase('import', 'circle.mochi', '--user', 'anna').stderr, /^FC_IMPORT_UNREADABLE: .* in a circle/);
  assert.deepEqual(readdirSync(temporary), []);
});

test('import: an Anki package gives its notes with tags, dates and reviews, and says what is left out', async (context) => {
  const { flashcase, write, sides, temporary } = installation(context);
  const collection = schema18({
    notes: [
      { id: 10, guid: 'a', flds: '<b>Duty</b> &amp; care?\x1fOwed<br>to all <img src="p.png">', tags: 'torts' },
      { id: 11, guid: 'b', mid: 1001, flds: '{{c1::Duty}} then {{c2::breach::what}}\x1fTorts' },
      { id: 12, guid: 'c', flds: '\x1fno front' },
    ],
    cards: [
      { id: 20, nid: 10, did: 5, type: 2, queue: 2, due: 3, ivl: 5, factor: 2500, reps: 2 },
      { id: 21, nid: 11, did: 5 },
      { id: 22, nid: 11, did: 5, ord: 1 },
      { id: 23, nid: 12, did: 5 },
    ],
    revlog: [{ id: 1, cid: 20 }],
  });
  write(
    'deck.apkg',
    makeZip([
      { name: 'meta', data: META_LATEST },
      { name: 'collection.anki2', data: decoy() },
      { name: 'collection.anki21b', data: await zstd(collection) },
    ]),
  );
  const report = JSON.parse(flashcase('import', 'deck.apkg', ...own, '--json').stdout);
  assert.equal(report.format, 'Anki package (latest, schema 18)');
  const counts = Object.fromEntries(
    report.problems.map((problem: { code: string; count: number }) => [problem.code, problem.count]),
  );
  assert.deepEqual(counts, { filtered_deck: 1, media_missing: 1, note_refused: 1, options_left_out: 1 });
  assert.deepEqual([report.added, report.cards, report.reviews], [2, 3, 1]);
  assert.deepEqual(await sides('Torts'), [
    ['Duty & care?', 'Owed\nto all [p.png]'],
    ['[...] then breach', 'Duty then breach\n\nTorts'],
    ['Duty then [what]', 'Duty then breach\n\nTorts'],
  ]);
  const again = flashcase('import', 'deck.apkg', '--user', 'anna');
  assert.match(again.stdout, /^Imported into the new deck Law::Torts: 0 new, 0 updated, 2 already there\.\n/);
  assert.match(flashcase('study', 'recompute').stdout, /Every card stands where its log says/);
  assert.deepEqual(readdirSync(temporary), []);
  assert.equal(BASIC.name, 'Basic');
});

test('export: CSV, Anki package and archive come back as the same cards, with dates and reviews; no file is overwritten', async (context) => {
  const { folder, flashcase, write, open, cards, sides, temporary } = installation(context);
  const texts = [
    ['Duty?', 'Owed, to "all"\n  and   more'],
    [' <b>not bold</b> & {{c}} ', '[sound:x] &amp; 1 < 2\ttab\n\n\n\nend\n'],
    ['Ä😀', 'x'],
  ];
  write('cards.csv', texts.map((row) => row.map((side) => `"${side.replaceAll('"', '""')}"`).join(',')).join('\n'));
  assert.equal(flashcase('import', 'cards.csv', ...own).status, 0);
  const imported = await sides('Torts');
  const database = open();
  const [first] = (await cards('Torts'))!;
  const user = await database.read((session) => findUser(session, { username: 'anna' }));
  await database.write((session) => recordReview(session, user!, first!.id, { quality: 4 }));
  await database.close();
  for (const format of ['csv', 'apkg', 'archive']) {
    const file = format === 'csv' ? 'out.csv' : `out.${format}`;
    const made = flashcase('export', ...own, '--format', format, '-o', file);
    assert.equal(made.status, 0, made.stderr);
    // As private as the database.
    assert.equal(statSync(join(folder, file)).mode & 0o777, 0o600, format);
    assert.equal(flashcase('export', ...own, '--format', format, '-o', file).stderr.split(':')[0], 'FC_BAD_REQUEST');
    const copy = ['--user', 'anna', '--deck', `Copy of ${format}`] as const;
    const back = flashcase('import', file, ...copy, '--duplicates', 'keep');
    assert.equal(back.status, 0, back.stderr);
    assert.deepEqual(
      await sides(`Copy of ${format}`),
      imported?.map((row) => row.map((side) => side.trim())),
      format,
    );
  }
  const anki = await allOf(await openAnkiPackage(join(folder, 'out.apkg')));
  const archive = await allOf(await openArchive(join(folder, 'out.archive')));
  for (const found of [anki, archive]) {
    assert.deepEqual(
      found.notes.map((note) => note.fields.slice(0, 2).map((field) => (note.format === 'text' ? field : htmlToText(field)))),
      imported,
    );
    assert.deepEqual(
      found.cards.map((card) => [card.stage, card.intervalDays, card.ease ?? null]),
      [
        ['learning', 0, 2.5],
        ['new', 0, null],
        ['new', 0, null],
      ],
    );
    assert.deepEqual(
      found.reviews.map((review) => [review.kind, review.grade, review.interval]),
      [['learn', 3, -600]],
    );
  }
  assert.deepEqual(
    anki.notes.map((note) => note.guid),
    archive.notes.map((note) => note.guid),
  );
  assert.match(readFileSync(join(folder, 'out.csv'), 'utf8'), /^\uFEFFFront,Back,Tags\r\n/);
  assert.equal(
    flashcase('export', '--user', 'anna', '--deck', 'None', '--format', 'csv', '-o', 'none.csv').stderr.split(':')[0],
    'FC_NOT_FOUND',
  );
  assert.equal(existsSync(join(folder, 'none.csv')), false);
  assert.deepEqual(readdirSync(temporary), []);
});

test('plain text becomes HTML and comes back exactly, whatever is in it', () => {
  const text = fc.string({
    unit: fc.constantFrom(
      ' ',
      '\n',
      '\t',
      '<',
      '>',
      '&',
      'a',
      '[sound:',
      ']',
      '<br>',
      '&nbsp;',
      '\u00a0',
      '"',
      '<img src=x>',
      '😀',
    ),
  });
  fc.assert(
    fc.property(text, (value) => assert.equal(htmlToText(textToHtml(value)), value)),
    { numRuns: 1000 },
  );
});
