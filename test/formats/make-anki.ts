import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { buffer } from 'node:stream/consumers';
import { createZstdCompress } from 'node:zlib';

/** Packages as Anki makes them, written by hand from its documented form. Nothing here is shared with the reader. */

type Row = Readonly<Record<string, number | string | null>>;

export interface Rows {
  readonly notes?: readonly Row[];
  readonly cards?: readonly Row[];
  readonly revlog?: readonly Row[];
}

const NOTE: Row = {
  id: 0,
  guid: 'g',
  mid: 1000,
  mod: 1_700_000_000,
  usn: -1,
  tags: '',
  flds: '',
  sfld: '',
  csum: 0,
  flags: 0,
  data: '',
};
const CARD: Row = {
  id: 0,
  nid: 0,
  did: 1,
  ord: 0,
  mod: 1_700_000_000,
  usn: -1,
  type: 0,
  queue: 0,
  due: 1,
  ivl: 0,
  factor: 0,
  reps: 0,
  lapses: 0,
  left: 0,
  odue: 0,
  odid: 0,
  flags: 0,
  data: '',
};
const REVIEW: Row = { id: 0, cid: 0, usn: -1, ease: 3, ivl: 1, lastIvl: 0, factor: 2500, time: 4000, type: 1 };

const declare = (name: string, row: Row, key = 'id'): string =>
  `CREATE TABLE ${name} (${Object.keys(row)
    .map((column) =>
      column === key
        ? `${column} integer primary key`
        : `${column} ${typeof row[column] === 'number' ? 'integer' : 'text'} not null`,
    )
    .join(', ')});`;

function fill(database: DatabaseSync, table: string, base: Row, rows: readonly Row[] = []): void {
  const columns = Object.keys(base);
  const statement = database.prepare(`INSERT INTO ${table} (${columns.join(',')}) VALUES (${columns.map(() => '?').join(',')})`);
  for (const row of rows) statement.run(...columns.map((column) => ({ ...base, ...row })[column] ?? null));
}

function databaseBytes(make: (database: DatabaseSync, reopen: () => DatabaseSync) => void): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'flashcase-fixture-'));
  try {
    const file = join(folder, 'db');
    let database = new DatabaseSync(file, { defensive: false });
    make(database, () => {
      database.close();
      database = new DatabaseSync(file, { defensive: false });
      return database;
    });
    database.close();
    return readFileSync(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const BASIC = {
  id: 1000,
  name: 'Basic',
  type: 0,
  sortf: 0,
  css: '.card {}',
  flds: [
    { name: 'Front', ord: 0 },
    { name: 'Back', ord: 1 },
  ],
  tmpls: [{ name: 'Card 1', ord: 0, qfmt: '{{Front}}', afmt: '{{FrontSide}}<hr id=answer>{{Back}}' }],
};
export const DECK = { id: 1, name: 'Default', dyn: 0, conf: 1, desc: '' };

export interface Head11 {
  readonly crt?: number;
  readonly ver?: number;
  readonly conf?: object;
  readonly models?: object;
  readonly decks?: object;
  readonly dconf?: object;
}

/** 4 a.m. of 2024-01-10 in a zone five hours west of UTC. */
export const CRT = Date.UTC(2024, 0, 10, 9) / 1000;

/** A collection of schema 11. */
export function schema11(rows: Rows, head: Head11 = {}): Buffer {
  const { crt = CRT, ver = 11, conf = { schedVer: 2, creationOffset: 300 } } = head;
  const { models = { 1000: BASIC }, decks = { 1: DECK }, dconf = { 1: { id: 1, name: 'Default' } } } = head;
  return databaseBytes((database) => {
    database.exec(declare('notes', NOTE) + declare('cards', CARD) + declare('revlog', REVIEW));
    database.exec(
      'CREATE TABLE col (id integer primary key, crt integer, mod integer, scm integer, ver integer, dty integer, usn integer, ls integer, conf text, models text, decks text, dconf text, tags text)',
    );
    database
      .prepare('INSERT INTO col VALUES (1, ?, 0, 0, ?, 0, 0, 0, ?, ?, ?, ?, ?)')
      .run(crt, ver, JSON.stringify(conf), JSON.stringify(models), JSON.stringify(decks), JSON.stringify(dconf), '{}');
    fill(database, 'notes', NOTE, rows.notes);
    fill(database, 'cards', CARD, rows.cards);
    fill(database, 'revlog', REVIEW, rows.revlog);
  });
}

/** Bytes of protobuf, written out. */
export const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
export const field = (number: number, bytes: readonly number[] | Uint8Array): number[] => [
  ...varint(number * 8 + 2),
  ...varint(bytes.length),
  ...bytes,
];
export const utf8 = (text: string): number[] => [...Buffer.from(text)];
export const whole = (number: number, value: number): number[] => [...varint(number * 8), ...varint(value)];
export const float = (value: number): number[] => {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return [...bytes];
};

/** The columns that Anki declares with a collation nobody else has. */
const UNICASE: Readonly<Record<string, string>> = {
  fields: 'name text NOT NULL',
  templates: 'name text NOT NULL',
  notetypes: 'name text NOT NULL',
  decks: 'name text NOT NULL',
  deck_config: 'name text NOT NULL',
  tags: 'tag text NOT NULL',
};

/**
 * A collection of schema 18: two note types, two decks (one filtered), options, config; with the collation that only Anki has.
 * @param hasAreas a third type, made from Anki's own for areas of pictures, with names in another language
 */
export function schema18(rows: Rows, hasAreas = false): Buffer {
  return databaseBytes((database, reopen) => {
    database.exec(declare('notes', NOTE) + declare('cards', CARD) + declare('revlog', REVIEW));
    database.exec(`
      CREATE TABLE col (id integer primary key, crt integer, mod integer, scm integer, ver integer, dty integer, usn integer, ls integer,
        conf text, models text, decks text, dconf text, tags text);
      INSERT INTO col VALUES (1, ${CRT}, 0, 0, 18, 0, 0, 0, '', '', '', '', '');
      CREATE TABLE notetypes (id integer NOT NULL PRIMARY KEY, name text NOT NULL, mtime_secs integer NOT NULL, usn integer NOT NULL, config blob NOT NULL);
      CREATE TABLE fields (ntid integer NOT NULL, ord integer NOT NULL, name text NOT NULL, config blob NOT NULL, PRIMARY KEY (ntid, ord)) WITHOUT ROWID;
      CREATE TABLE templates (ntid integer NOT NULL, ord integer NOT NULL, name text NOT NULL, mtime_secs integer NOT NULL, usn integer NOT NULL, config blob NOT NULL, PRIMARY KEY (ntid, ord)) WITHOUT ROWID;
      CREATE TABLE decks (id integer PRIMARY KEY NOT NULL, name text NOT NULL, mtime_secs integer NOT NULL, usn integer NOT NULL, common blob NOT NULL, kind blob NOT NULL);
      CREATE TABLE deck_config (id integer PRIMARY KEY NOT NULL, name text NOT NULL, mtime_secs integer NOT NULL, usn integer NOT NULL, config blob NOT NULL);
      CREATE TABLE config (KEY text NOT NULL PRIMARY KEY, usn integer NOT NULL, mtime_secs integer NOT NULL, val blob NOT NULL) WITHOUT ROWID;
      CREATE TABLE tags (tag text NOT NULL PRIMARY KEY, usn integer NOT NULL, collapsed boolean NOT NULL, config blob NULL) WITHOUT ROWID;
      CREATE UNIQUE INDEX idx_fields_name_ntid ON fields (name, ntid);
      CREATE UNIQUE INDEX idx_notetypes_name ON notetypes (name);
      CREATE UNIQUE INDEX idx_decks_name ON decks (name);
    `);
    const bytes = (list: readonly number[]) => Uint8Array.from(list);
    const add = (sql: string, ...values: (number | string | Uint8Array)[]) => database.prepare(sql).run(...values);
    add('INSERT INTO notetypes VALUES (1000, ?, 0, 0, ?)', 'Basic', bytes([...field(3, utf8('.card {}'))]));
    add('INSERT INTO notetypes VALUES (1001, ?, 0, 0, ?)', 'Cloze', bytes([...whole(1, 1), ...whole(2, 1)]));
    // In the wrong order on purpose: the name's order is not the field's.
    add('INSERT INTO fields VALUES (1000, 1, ?, ?)', 'Back', bytes([]));
    add('INSERT INTO fields VALUES (1000, 0, ?, ?)', 'front', bytes([]));
    add('INSERT INTO fields VALUES (1001, 0, ?, ?)', 'Text', bytes([]));
    add('INSERT INTO fields VALUES (1001, 1, ?, ?)', 'Extra', bytes([]));
    add(
      'INSERT INTO templates VALUES (1000, 0, ?, 0, 0, ?)',
      'Card 1',
      bytes([...field(1, utf8('{{front}}')), ...field(2, utf8('{{Back}}'))]),
    );
    add(
      'INSERT INTO templates VALUES (1001, 0, ?, 0, 0, ?)',
      'Cloze',
      bytes([...field(1, utf8('{{cloze:Text}}')), ...field(2, utf8('{{cloze:Text}}<br>{{Extra}}'))]),
    );
    if (hasAreas) {
      add('INSERT INTO notetypes VALUES (1002, ?, 0, 0, ?)', 'Bildverdeckung', bytes([...whole(1, 1), ...whole(9, 6)]));
      for (const [at, name] of ['Verdeckung', 'Bild', 'Kopf', 'Zusatz', 'Notizen'].entries())
        add('INSERT INTO fields VALUES (1002, ?, ?, ?)', at, name, bytes([]));
      const side = '<div style="display: none">{{cloze:Verdeckung}}</div><div>{{Bild}}</div>';
      const config = bytes([...field(1, utf8(side)), ...field(2, utf8(side))]);
      add('INSERT INTO templates VALUES (1002, 0, ?, 0, 0, ?)', 'Bildverdeckung', config);
    }
    add('INSERT INTO decks VALUES (1, ?, 0, 0, ?, ?)', 'Default', bytes([]), bytes(field(1, whole(1, 7))));
    add(
      'INSERT INTO decks VALUES (5, ?, 0, 0, ?, ?)',
      'Law\x1fTorts',
      bytes([]),
      bytes(field(1, [...whole(1, 7), ...field(4, utf8('Duty and breach'))])),
    );
    add('INSERT INTO decks VALUES (6, ?, 0, 0, ?, ?)', 'Cram', bytes([]), bytes(field(2, whole(1, 1))));
    add(
      'INSERT INTO deck_config VALUES (7, ?, 0, 0, ?)',
      'Exam',
      bytes([
        ...field(1, [...float(1), ...float(10)]),
        ...field(2, float(10)),
        ...field(6, [0.2, 1.3, 2.3].flatMap(float)),
        ...whole(9, 30),
        ...whole(10, 300),
        ...whole(22, 8),
        ...whole(27, 1),
        ...varint(37 * 8 + 5),
        ...float(0.9),
      ]),
    );
    add('INSERT INTO config VALUES (?, 0, 0, ?)', 'creationOffset', bytes(utf8('300')));
    add('INSERT INTO config VALUES (?, 0, 0, ?)', 'schedVer', bytes(utf8('2')));
    add('INSERT INTO tags VALUES (?, 0, 0, NULL)', 'torts');
    fill(database, 'notes', NOTE, rows.notes);
    fill(database, 'cards', CARD, rows.cards);
    fill(database, 'revlog', REVIEW, rows.revlog);
    database.exec('PRAGMA writable_schema = 1');
    for (const [table, column] of Object.entries(UNICASE)) {
      database.exec(
        `UPDATE sqlite_master SET sql = replace(sql, '${column}', '${column} COLLATE unicase') WHERE type = 'table' AND name = '${table}'`,
      );
    }
    reopen();
  });
}

/** A zstd stream as Anki writes it: nothing in it says how long it is. */
export async function zstd(data: Uint8Array | string): Promise<Buffer> {
  const stream = createZstdCompress();
  stream.end(data);
  return buffer(stream);
}

export const META_LATEST = Uint8Array.from([0x08, 0x03]);
export const META_LEGACY_2 = Uint8Array.from([0x08, 0x02]);

/** What newer packages put before older programs. */
export const decoy = (): Buffer =>
  schema11({
    notes: [{ id: 1, flds: 'Please update to the latest Anki version, then import the .colpkg/.apkg file again.\x1f' }],
    cards: [{ id: 1, nid: 1 }],
  });
