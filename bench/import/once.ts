// One measured run: node bench/import/once.ts WHAT FILE URL NOTES REVIEWS. Prints seconds, processor time, the most memory in use, and rows.
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import { systemClock } from '../../src/db/clock.ts';
import { openDatabase } from '../../src/db/database.ts';
import { readSettings } from '../../src/db/settings.ts';
import { ensureSearchIndex } from '../../src/db/stores/search-index.ts';
import { insertUser } from '../../src/db/stores/users.ts';
import { writeAnkiPackage } from '../../src/formats/anki/write-package.ts';
import { openCollection } from '../../src/formats/open-file.ts';
import { upgrade } from '../../src/revisions/run.ts';
import { importFile } from '../../src/services/import-file.ts';
import { revisions } from '../../src/versions/index.ts';
import { collection } from './collection.ts';

const [what = '', file = '', url = '', notes = '0', reviews = '0'] = process.argv.slice(2);
/** What an import writes, in the order in which rows refer to each other. */
const TABLES = ['note', 'note_tag', 'card', 'card_state', 'study_log', 'search_card', 'review_counts', 'user_deck_stats'];

async function opened() {
  const database = openDatabase(readSettings(new Map([['DATABASE_URL', { value: url, source: 'bench' }]]), '/'), systemClock());
  await upgrade({ engine: database.engine, revisions, clock: systemClock() });
  await ensureSearchIndex(database.engine);
  return database;
}

/** Nothing but the reader: every note with its cards and reviews, once. */
async function readWhole(): Promise<number> {
  const source = await openCollection(file);
  let rows = 0;
  for (const entry of source.wholeEntries?.() ?? [])
    if (entry.type === 'whole-note') rows += entry.cards.reduce((sum, card) => sum + 1 + card.reviews.length, 1);
  await source.close();
  return rows;
}

async function importWhole(): Promise<number> {
  const database = await opened();
  try {
    await database.write((session) => insertUser(session, { username: 'anna', email: 'anna@law.edu', hashed_password: 'x' }));
    started = process.hrtime.bigint();
    usedBefore = process.cpuUsage();
    const report = await importFile(database, 'anna', {
      file,
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

/** The floor: the rows of the import once more, into empty tables with the same keys, indexes and checks, by the database alone. */
async function plainSqlite(): Promise<number> {
  const copy = `${file}.plain.db`;
  const database = openDatabase(
    readSettings(new Map([['DATABASE_URL', { value: `sqlite:///${copy}`, source: 'bench' }]]), '/'),
    systemClock(),
  );
  await upgrade({ engine: database.engine, revisions, clock: systemClock() });
  await ensureSearchIndex(database.engine);
  await database.close();
  const raw = new DatabaseSync(copy);
  raw.exec(`PRAGMA synchronous = FULL; PRAGMA cache_size = -32768; ATTACH '${url.replace('sqlite:///', '')}' AS imported`);
  raw.exec(`INSERT INTO main.user SELECT * FROM imported.user; INSERT INTO main.deck SELECT * FROM imported.deck;
    INSERT INTO main.note_type SELECT * FROM imported.note_type`);
  started = process.hrtime.bigint();
  usedBefore = process.cpuUsage();
  raw.exec('BEGIN IMMEDIATE');
  let rows = 0;
  for (const table of TABLES)
    rows += Number(raw.prepare(`INSERT INTO main.${table} SELECT * FROM imported.${table}`).run().changes);
  raw.exec('COMMIT');
  raw.close();
  return rows;
}

async function plainPostgres(): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('DROP SCHEMA IF EXISTS plain CASCADE; CREATE SCHEMA plain');
  for (const table of TABLES) {
    await client.query(`CREATE TABLE plain.${table} (LIKE public.${table} INCLUDING ALL)`);
    const { rows: keys } = await client.query<{ definition: string }>(
      `SELECT pg_get_constraintdef(oid) AS definition FROM pg_constraint WHERE conrelid = 'public.${table}'::regclass AND contype = 'f'`,
    );
    for (const { definition } of keys) {
      const inside = TABLES.find((name) => definition.includes(`REFERENCES ${name}(`));
      await client.query(
        `ALTER TABLE plain.${table} ADD ${inside === undefined ? definition : definition.replace(`REFERENCES ${inside}(`, `REFERENCES plain.${inside}(`)}`,
      );
    }
  }
  started = process.hrtime.bigint();
  usedBefore = process.cpuUsage();
  await client.query('BEGIN');
  let rows = 0;
  for (const table of TABLES)
    rows += (await client.query(`INSERT INTO plain.${table} SELECT * FROM public.${table}`)).rowCount ?? 0;
  await client.query('COMMIT');
  await client.query('DROP SCHEMA plain CASCADE');
  await client.end();
  return rows;
}

const RUNS: Readonly<Record<string, () => Promise<number>>> = {
  write: async () => {
    await writeAnkiPackage(file, collection(Number(notes), Number(reviews)), [], { now: Date.UTC(2026, 10, 1) });
    return Number(notes) + Number(reviews);
  },
  read: readWhole,
  import: importWhole,
  plain: () => (url.startsWith('sqlite') ? plainSqlite() : plainPostgres()),
};

let started = process.hrtime.bigint();
let usedBefore: NodeJS.CpuUsage = { user: 0, system: 0 };
const rows = await (RUNS[what] as () => Promise<number>)();
const seconds = Number(process.hrtime.bigint() - started) / 1e9;
const { user, system } = process.cpuUsage(usedBefore);
const mebibytes = Math.round(process.resourceUsage().maxRSS / 1024);
console.log(JSON.stringify({ seconds, processorSeconds: (user + system) / 1e6, mebibytes, rows }));
