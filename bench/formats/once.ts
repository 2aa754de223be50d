// One measured run: node bench/formats/once.ts WHAT FOLDER NOTES. Prints seconds, processor time, the most memory in use, and rows.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { insertUser } from '../../src/db/stores/users.ts';
import { openAnkiPackage } from '../../src/formats/anki/read-package.ts';
import { writeAnkiPackage } from '../../src/formats/anki/write-package.ts';
import { openArchive } from '../../src/formats/archive/read-archive.ts';
import { writeArchive } from '../../src/formats/archive/write-archive.ts';
import type { Card, CollectionSource, Entry } from '../../src/formats/collection.ts';
import { LIMITS } from '../../src/formats/zip/limits.ts';
import { ZipArchive } from '../../src/formats/zip/read-zip.ts';
import { importFile } from '../../src/services/import-file.ts';
import { openFresh } from '../../test/support/fresh.ts';

const [what = '', folder = '', notes = '100000'] = process.argv.slice(2);
const NOTES = Number(notes);
const REVIEWS = 10;
const START = Date.UTC(2022, 0, 1);
const NOW = Date.UTC(2026, 0, 1);
const anki = join(folder, 'large.apkg');
const archive = join(folder, 'large.flashcase');

/** As a student's collection of years: two fields of prose, one card a note, ten reviews a card. */
function* collection(): Generator<Entry> {
  yield { type: 'deck', key: 1, path: ['Law', 'Everything'], description: '' };
  yield {
    type: 'note-type',
    key: 1,
    name: 'Basic',
    form: 'standard',
    fields: ['Front', 'Back'],
    templates: [{ name: 'Card 1', question: '{{Front}}', answer: '{{FrontSide}}<hr id=answer>{{Back}}' }],
    css: '',
    sortField: 0,
  };
  const prose =
    'the plaintiff must show that the defendant owed a duty, that it was breached, and that the breach was the cause of harm ';
  for (let key = 1; key <= NOTES; key++) {
    const fields = [`Question ${key}: what of ${key * 7919}?`, `<b>Rule ${key}</b>: ${prose.repeat(1 + (key % 3))}`];
    const at = START + key * 1000;
    yield {
      type: 'note',
      key,
      guid: `guid-${key}`,
      noteType: 1,
      tags: ['torts', `week${key % 40}`],
      fields,
      createdAt: at,
      modifiedAt: at,
    };
  }
  for (let key = 1; key <= NOTES; key++) {
    const at = START + key * 1000;
    const card: Card = {
      type: 'card',
      key,
      note: key,
      ordinal: 0,
      deck: 1,
      createdAt: at,
      modifiedAt: at,
      stage: 'review',
      isSuspended: false,
      flag: 0,
      due: { day: '2026-02-03' },
      intervalDays: 30,
      ease: 2.5,
      reviewCount: REVIEWS,
      lapses: 1,
      stepsLeft: 0,
      memory: { stability: 31.5, difficulty: 5.2, desiredRetention: 0.9 },
    };
    yield card;
  }
  for (let key = 1; key <= NOTES; key++) {
    for (let review = 0; review < REVIEWS; review++) {
      const at = START + review * 86_400_000 * (review + 1) + key * 997;
      yield {
        type: 'review',
        card: key,
        at,
        kind: 'review',
        grade: 1 + (review % 4),
        interval: review + 1,
        previousInterval: review,
        difficulty: 5.05,
        tookMs: 4000,
      };
    }
  }
}

async function countOf(source: CollectionSource): Promise<number> {
  let rows = 0;
  for await (const _ of source.entries()) rows++;
  await source.close();
  return rows;
}

/** The floor under any reader: the zip unpacked, and every row of the three tables fetched. */
async function readBare(): Promise<number> {
  const zip = await ZipArchive.open(anki, LIMITS);
  const file = join(folder, `bare-${process.pid}.db`);
  await zip.extract('collection.anki2', file);
  zip.close();
  const database = new DatabaseSync(file);
  let rows = 0;
  for (const table of ['notes', 'cards', 'revlog']) for (const _ of database.prepare(`SELECT * FROM ${table}`).iterate()) rows++;
  database.close();
  return rows;
}

/** The whole way of a student who moves here: the package, with history, into a new installation of one SQLite file. */
async function importIntoSqlite(): Promise<number> {
  const place = { url: `sqlite:///${join(folder, `import-${process.pid}.db`)}` };
  const database = await openFresh(place);
  try {
    await database.write((session) => insertUser(session, { username: 'anna', email: 'anna@law.edu', hashed_password: 'x' }));
    const report = await importFile(database, 'anna', {
      file: anki,
      deck: undefined,
      duplicates: 'skip',
      isDryRun: false,
      hasSchedule: true,
    });
    return report.added + (report.cards ?? 0) + (report.reviews ?? 0);
  } finally {
    await database.close();
  }
}

const RUNS: Readonly<Record<string, () => Promise<number>>> = {
  'write apkg': async () => {
    await writeAnkiPackage(anki, collection(), [], { now: NOW });
    return NOTES * (2 + REVIEWS);
  },
  'read bare': readBare,
  'read apkg': async () => countOf(await openAnkiPackage(anki)),
  import: importIntoSqlite,
  'write archive': async () => {
    await writeArchive(archive, collection(), []);
    return NOTES * (2 + REVIEWS);
  },
  'read archive': async () => countOf(await openArchive(archive)),
};

const started = process.hrtime.bigint();
const rows = await (RUNS[what] as () => Promise<number>)();
const seconds = Number(process.hrtime.bigint() - started) / 1e9;
const { userCPUTime, systemCPUTime } = process.resourceUsage();
const processorSeconds = (userCPUTime + systemCPUTime) / 1e6;
console.log(JSON.stringify({ seconds, processorSeconds, mebibytes: Math.round(process.resourceUsage().maxRSS / 1024), rows }));
