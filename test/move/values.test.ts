import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { after, before, describe, type TestContext, test } from 'node:test';
import type { Remedy } from '../../src/move/plan/judge-cell.ts';
import type { Place } from '../support/database.ts';
import {
  freshTarget,
  insert,
  looseSource,
  type Moved,
  moved,
  onTarget,
  optionsFor,
  type Planned,
  planned,
  server,
  temporaryFolder,
} from './library.ts';

/** A loose source with one author and the given books, each with an id from 1. */
async function sourceWith(
  t: TestContext,
  books: readonly Readonly<Record<string, SQLInputValue>>[],
  also?: (db: DatabaseSync) => void,
): Promise<string> {
  const file = join(temporaryFolder(t), 'source.db');
  const db = await looseSource(file);
  insert(db, 'author', { id: 1n, pen_name: 'Ada' });
  for (const [i, row] of books.entries())
    insert(db, 'book', { id: BigInt(i + 1), author_id: 1n, pages: 1n, is_lent: 0n, ...row });
  also?.(db);
  db.close();
  return file;
}

interface Case {
  readonly name: string;
  readonly column: string;
  readonly stored: SQLInputValue;
  readonly hex?: string;
  readonly kind: string;
  readonly remedies: readonly Remedy[];
  /** Remedy to what is stored then, as the server's text; the others are quarantine. */
  readonly becomes: Partial<Record<Remedy, string | null>>;
}

const CASES: readonly Case[] = [
  {
    name: 'T-01: a NUL in text is found though length() stops before it',
    column: 'body',
    stored: '',
    hex: '610062',
    kind: 'nul_character',
    remedies: ['quarantine', 'replace', 'set_null'],
    becomes: { replace: 'a\u2400b', set_null: null },
  },
  {
    name: 'T-04: bytes that are not UTF-8 are found',
    column: 'body',
    stored: '',
    hex: '61ff62',
    kind: 'invalid_utf8',
    remedies: ['quarantine', 'replace', 'set_null'],
    becomes: { replace: 'a\ufffdb' },
  },
  {
    name: 'T-03: half a surrogate pair in CESU bytes is found',
    column: 'body',
    stored: '',
    hex: 'eda080',
    kind: 'invalid_utf8',
    remedies: ['quarantine', 'replace', 'set_null'],
    becomes: { replace: '\ufffd\ufffd\ufffd' },
  },
  {
    name: 'T-05: text in a whole-number column is found',
    column: 'stars',
    stored: 'abc',
    kind: 'text_in_number',
    remedies: ['quarantine', 'set_null'],
    becomes: { set_null: null },
  },
  {
    name: 'T-05: a number stored as text is offered as that number',
    column: 'stars',
    stored: '42',
    kind: 'number_as_text',
    remedies: ['convert', 'quarantine'],
    becomes: { convert: '42' },
  },
  {
    name: 'T-06: a fraction in a whole-number column is never rounded unasked',
    column: 'stars',
    stored: 2.5,
    kind: 'fraction',
    remedies: ['quarantine', 'round', 'set_null'],
    becomes: { round: '2' },
  },
  {
    name: 'T-06: a whole number stored as a real is converted when decided',
    column: 'copies',
    stored: 7.0,
    kind: 'whole_number_as_real',
    remedies: ['convert', 'quarantine'],
    becomes: { convert: '7' },
  },
  {
    name: 'T-07: a number beyond 32 bits is found',
    column: 'stars',
    stored: 180_303_235_924n,
    kind: 'out_of_range',
    remedies: ['quarantine', 'set_null'],
    becomes: { set_null: null },
  },
  {
    name: 'T-08: 2 in a yes/no column is found',
    column: 'is_lent',
    stored: 2n,
    kind: 'not_boolean',
    remedies: ['quarantine', 'nonzero_is_true', 'set_null'],
    becomes: { nonzero_is_true: 'true' },
  },
  {
    name: "T-08: 'true' in a yes/no column is found",
    column: 'is_lent',
    stored: 'true',
    kind: 'boolean_as_text',
    remedies: ['convert', 'quarantine'],
    becomes: { convert: 'true' },
  },
  {
    name: 'T-09: epoch milliseconds in a time column are found, and seconds are not guessed',
    column: 'printed_at',
    stored: 1_700_000_000_000n,
    kind: 'epoch_number',
    remedies: ['quarantine', 'epoch_milliseconds', 'set_null'],
    becomes: { epoch_milliseconds: '2023-11-14 22:13:20+00' },
  },
  {
    name: 'T-09: epoch seconds in a time column are found',
    column: 'bound_at',
    stored: 1_700_000_000n,
    kind: 'epoch_number',
    remedies: ['quarantine', 'epoch_seconds', 'epoch_milliseconds', 'set_null'],
    becomes: { epoch_seconds: '2023-11-14 22:13:20+00' },
  },
  {
    name: 'T-09: 0000-00-00 is found',
    column: 'printed_at',
    stored: '0000-00-00',
    kind: 'impossible_time',
    remedies: ['quarantine', 'set_null'],
    becomes: { set_null: null },
  },
  {
    name: 'T-09: 30 February is found',
    column: 'printed_at',
    stored: '2024-02-30 10:00:00',
    kind: 'impossible_time',
    remedies: ['quarantine', 'set_null'],
    becomes: { set_null: null },
  },
  {
    name: "T-09: the text 'null' in a time column is found",
    column: 'printed_at',
    stored: 'null',
    kind: 'impossible_time',
    remedies: ['quarantine', 'set_null'],
    becomes: { set_null: null },
  },
  {
    name: 'T-10: 24:00:00 becomes the next day only when decided',
    column: 'printed_at',
    stored: '2024-12-31 24:00:00',
    kind: 'time_24_hours',
    remedies: ['quarantine', 'normalise_time', 'set_null'],
    becomes: { normalise_time: '2025-01-01 00:00:00+00' },
  },
  {
    name: 'T-10: a time with an offset is offered as the same moment',
    column: 'printed_at',
    stored: '2024-03-10T02:30:00-05:00',
    kind: 'time_not_canonical',
    remedies: ['normalise_time', 'quarantine'],
    becomes: { normalise_time: '2024-03-10 07:30:00+00' },
  },
  {
    name: "T-15: '' in a time column is found",
    column: 'printed_at',
    stored: '',
    kind: 'impossible_time',
    remedies: ['quarantine', 'set_null'],
    becomes: { set_null: null },
  },
  {
    name: "T-15: '' in a reference is found, and only NULL or quarantine is offered",
    column: 'editor_id',
    stored: '',
    kind: 'text_in_number',
    remedies: ['quarantine', 'set_null'],
    becomes: { set_null: null },
  },
  {
    name: 'T-17: a blob in a text column is found',
    column: 'body',
    stored: Buffer.from('text'),
    kind: 'blob_in_text',
    remedies: ['quarantine', 'convert', 'set_null'],
    becomes: { convert: 'text' },
  },
  {
    name: 'T-17: binary in a text column is found',
    column: 'body',
    stored: Buffer.from([0, 255]),
    kind: 'binary_in_text',
    remedies: ['quarantine', 'set_null'],
    becomes: {},
  },
  {
    name: 'T-17: text in a column of bytes is found',
    column: 'cover',
    stored: 'é',
    kind: 'text_in_bytes',
    remedies: ['convert', 'quarantine'],
    becomes: { convert: '\\xc3a9' },
  },
  {
    name: 'infinity in a column of reals is found',
    column: 'score',
    stored: Number.POSITIVE_INFINITY,
    kind: 'not_finite',
    remedies: ['quarantine', 'set_null'],
    becomes: { set_null: null },
  },
  {
    name: 'a whole number stored as an integer in a column of reals is found',
    column: 'score',
    stored: 3n,
    kind: 'integer_in_float',
    remedies: ['convert', 'quarantine'],
    becomes: { convert: '3' },
  },
  {
    name: 'a value outside the allowed ones is found',
    column: 'state',
    stored: 'lost',
    kind: 'value_not_allowed',
    remedies: ['quarantine', 'set_null'],
    becomes: { set_null: null },
  },
  {
    name: 'NULL where a value is required is found',
    column: 'pages',
    stored: null,
    kind: 'null_not_allowed',
    remedies: ['quarantine', 'use_default'],
    becomes: { use_default: '0' },
  },
  {
    name: 'T-25: NULL in a key is found',
    column: 'author_id',
    stored: null,
    kind: 'null_not_allowed',
    remedies: ['quarantine'],
    becomes: {},
  },
];

describe('plan finds every value that does not convert exactly', { skip: server().skip, concurrency: false }, () => {
  /** All cases in one file, one row each (id = place in the list + 1), moved once as chosen and once with everything in quarantine. */
  const folder = mkdtempSync(join(tmpdir(), 'flashcase-move-'));
  const places: Place[] = [];
  let plan: Planned;
  let chosen: { readonly url: string; readonly moved: Moved };
  let setAside: { readonly url: string; readonly moved: Moved };

  const choiceOf = ({ becomes }: Case): [Remedy, string | null] | undefined =>
    Object.entries(becomes)[0] as [Remedy, string | null] | undefined;

  before(async () => {
    const file = join(folder, 'source.db');
    const db = await looseSource(file);
    insert(db, 'author', { id: 1n, pen_name: 'Ada' });
    for (const [i, { column, stored, hex }] of CASES.entries()) {
      insert(db, 'book', { id: BigInt(i + 1), author_id: 1n, pages: 1n, is_lent: 0n, [column]: stored });
      if (hex !== undefined) db.exec(`UPDATE book SET ${column} = CAST(x'${hex}' AS TEXT) WHERE id = ${i + 1}`);
    }
    insert(db, 'book', { id: 1000n, author_id: 1n, pages: 1n, is_lent: 1n });
    db.close();
    const target = async (): Promise<string> => {
      const place = await server().fresh();
      places.push(place);
      return place.url;
    };
    const planUrl = await target();
    plan = await planned(optionsFor(file, planUrl));
    assert.equal(
      (await onTarget(planUrl, "SELECT count(*) AS n FROM pg_class WHERE relnamespace = 'public'::regnamespace"))[0]?.n,
      '0',
      'plan writes nothing',
    );
    const choices = Object.fromEntries(
      CASES.map((entry) => [`book.${entry.column} ${entry.kind}`, choiceOf(entry)?.[0] ?? 'quarantine']),
    );
    const [one, other] = [await target(), await target()];
    chosen = { url: one, moved: await moved(file, one, choices) };
    const all = Object.fromEntries(CASES.map((entry) => [`book.${entry.column} ${entry.kind}`, 'quarantine' as const]));
    setAside = { url: other, moved: await moved(file, other, all) };
  });

  after(async () => {
    rmSync(folder, { recursive: true, force: true });
    for (const place of places) await place.drop();
  });

  for (const [i, entry] of CASES.entries()) {
    const { name, column, kind, remedies, hex } = entry;
    test(name, async () => {
      const id = i + 1;
      const found = plan.findings.filter(({ rowid }) => rowid === BigInt(id));
      assert.equal(found.length, 1, 'one finding for the row');
      assert.deepEqual(
        {
          table: found[0]?.table,
          key: found[0]?.key,
          column: found[0]?.column,
          kind: found[0]?.kind,
          remedies: found[0]?.remedies,
        },
        { table: 'book', key: `id=${id}`, column, kind, remedies },
      );
      const choice = choiceOf(entry);
      const rows = await onTarget(chosen.url, `SET TimeZone = 'UTC'; SELECT ${column}::text AS value FROM book WHERE id = ${id}`);
      assert.deepEqual(
        rows.map(({ value }) => value),
        choice === undefined ? [] : [choice[1]],
      );
      assert.deepEqual(await onTarget(setAside.url, `SELECT 1 FROM book WHERE id = ${id}`), []);
      const [kept] = await onTarget(
        setAside.url,
        `SELECT reason, cells FROM flashcase_move.quarantine WHERE source_rowid = ${id}`,
      );
      assert.equal(kept?.reason, kind);
      if (hex !== undefined) assert.ok(kept?.cells?.includes(hex === '610062' ? 'a\\u0000b' : hex), kept?.cells ?? '');
    });
  }

  test('every row goes to its table or to quarantine, and verify accepts exactly what was decided', () => {
    for (const { moved: done } of [chosen, setAside])
      assert.equal(done.verdict.isEqual, true, JSON.stringify(done.verdict, null, 1));
    const book = (done: Moved) => done.result.tables.find(({ table }) => table === 'book');
    assert.deepEqual(book(setAside.moved), { table: 'book', rowsIn: CASES.length + 1, rowsOut: 1, quarantined: CASES.length });
    const quarantined = CASES.filter((entry) => choiceOf(entry) === undefined).length;
    assert.deepEqual(book(chosen.moved), {
      table: 'book',
      rowsIn: CASES.length + 1,
      rowsOut: CASES.length + 1 - quarantined,
      quarantined,
    });
  });

  test('T-11, T-12, T-16, T-02: microseconds, the last bit of a real, and JSON text arrive bit for bit', async (t) => {
    const file = await sourceWith(t, [
      {
        printed_at: '2025-10-03 00:43:50.819817',
        score: 0.1 + 0.2,
        copies: 9_223_372_036_854_775_807n,
        body: '{"b":1,"a":1e2,"a":"\\u0000 \\ud800"}',
        cover: Buffer.from([0, 1, 255]),
      },
      {
        printed_at: '0001-01-01 00:00:00.000001',
        score: 5e-324,
        copies: -9_223_372_036_854_775_808n,
        body: '',
        stars: -2_147_483_648n,
      },
      {
        printed_at: '9999-12-31 23:59:59.999999',
        score: 1.7976931348623157e308,
        body: '\u{1f600} e\u0301 \ufeff',
        stars: 2_147_483_647n,
        cover: Buffer.alloc(0),
      },
    ]);
    const url = await freshTarget(t);
    const { verdict } = await moved(file, url);
    assert.equal(verdict.isEqual, true, JSON.stringify(verdict));
    const rows = await onTarget(
      url,
      "SET TimeZone = 'UTC'; SELECT printed_at, score, copies, body, stars, cover::text FROM book ORDER BY id",
    );
    assert.deepEqual(
      rows.map((row) => ({ ...row })),
      [
        {
          printed_at: '2025-10-03 00:43:50.819817+00',
          score: '0.30000000000000004',
          copies: '9223372036854775807',
          body: '{"b":1,"a":1e2,"a":"\\u0000 \\ud800"}',
          stars: null,
          cover: '\\x0001ff',
        },
        {
          printed_at: '0001-01-01 00:00:00.000001+00',
          score: '5e-324',
          copies: '-9223372036854775808',
          body: '',
          stars: '-2147483648',
          cover: null,
        },
        {
          printed_at: '9999-12-31 23:59:59.999999+00',
          score: '1.7976931348623157e+308',
          copies: null,
          body: '\u{1f600} e\u0301 \ufeff',
          stars: '2147483647',
          cover: '\\x',
        },
      ],
    );
  });

  test('T-14: text is moved without a limit of length, trailing blanks included', async (t) => {
    const long = `${'word '.repeat(200_000)}   `;
    const file = await sourceWith(t, [{ state: 'new' }], (db) => {
      insert(db, 'shelf', { room: 'r', label: 'l', note: long });
      insert(db, 'shelf', { room: 'r', label: 'm  ', note: '   ' });
    });
    const url = await freshTarget(t);
    const { verdict } = await moved(file, url);
    assert.equal(verdict.isEqual, true, JSON.stringify(verdict));
    const rows = await onTarget(url, 'SELECT label, note FROM shelf ORDER BY label');
    assert.deepEqual(
      rows.map(({ note }) => note?.length),
      [long.length, 3],
    );
    assert.equal(rows[1]?.label, 'm  ');
  });

  test('T-10: the time zone of process, source and target role makes no difference', async (t) => {
    const file = await sourceWith(t, [{ printed_at: '2024-03-10 02:30:00.000000' }, { printed_at: '2024-11-03 01:30:00.5' }]);
    const moments: (string | null | undefined)[] = [];
    for (const zone of ['UTC', 'America/New_York', 'Asia/Kolkata']) {
      const url = await freshTarget(t);
      await onTarget(url, `ALTER DATABASE "${new URL(url).pathname.slice(1)}" SET TimeZone = '${zone}'`);
      const before = process.env.TZ;
      process.env.TZ = zone;
      try {
        assert.equal((await moved(file, url)).verdict.isEqual, true);
      } finally {
        if (before === undefined) delete process.env.TZ;
        else process.env.TZ = before;
      }
      moments.push(
        (await onTarget(url, "SELECT string_agg(extract(epoch FROM printed_at)::text, ' ' ORDER BY id) AS all FROM book"))[0]
          ?.all,
      );
    }
    assert.deepEqual(moments, Array(3).fill('1710037800.000000 1730597400.500000'));
  });
});
