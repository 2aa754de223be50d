// slow
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { schema } from '../../src/schema/index.ts';
import { openEngine } from '../engine/open.ts';
import { engines, everydayEngines, type Place } from '../support/database.ts';

const entry = join(fileURLToPath(import.meta.url), '../../../bin/flashcase.mjs');

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `flashcase db …` on a database, as an operator would. */
function db(place: Place, ...args: string[]): Promise<Ended> {
  const env = {
    ...process.env,
    DATABASE_URL: place.url,
    ...(place.directUrl === undefined ? {} : { DATABASE_DIRECT_URL: place.directUrl }),
  };
  return new Promise((resolve) => {
    execFile(process.execPath, [entry, 'db', ...args], { env, maxBuffer: 1 << 26 }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });
}

async function script(place: Place, sql: string): Promise<void> {
  const engine = openEngine(place, { schema: schema({}) });
  try {
    await engine.dedicated((connection) => connection.script(sql));
  } finally {
    await engine.close();
  }
}

// What a command says is the same through a pooler; what it does there, the tests of the engine say.
for (const target of everydayEngines().filter(({ name }) => !name.includes('pgbouncer'))) {
  const { skip } = target;
  test(`checklist 134: db check is 0 on a clean database and 3 on one that differs, and its SQL makes it clean again (${target.name})`, {
    skip,
  }, async (t) => {
    const place = await target.fresh();
    t.after(() => place.drop());
    assert.equal((await db(place, 'upgrade')).code, 0);
    const clean = await db(place, 'check', '--deep');
    assert.equal(clean.code, 0, clean.out + clean.err);
    await script(place, 'DROP INDEX ix_deck_name');
    const dirty = await db(place, 'check', '--json');
    assert.equal(dirty.code, 3, dirty.err);
    const report = JSON.parse(dirty.out) as { drift: { items: { kind: string; sql: string[] }[] } };
    assert.deepEqual(
      report.drift.items.map((item) => item.kind),
      ['missing'],
    );
    await script(place, report.drift.items.flatMap((item) => item.sql).join(';'));
    assert.equal((await db(place, 'check')).code, 0);
  });

  test(`checklist 132: db stamp and db repair say what they did, by exit code too (${target.name})`, { skip }, async (t) => {
    const place = await target.fresh();
    t.after(() => place.drop());
    await script(place, 'CREATE TABLE stranger (a integer)');
    const refused = await db(place, 'stamp', 'head');
    assert.equal(refused.code, 3);
    assert.match(refused.err, /FC_SCHEMA_DRIFT[\s\S]*- "api_token" table[\s\S]*next {3}/);
    await script(place, 'DROP TABLE stranger');
    assert.equal((await db(place, 'upgrade')).code, 0);
    assert.match((await db(place, 'stamp', 'head')).out, /Nothing to do/);
    assert.match((await db(place, 'stamp', 'head', '--purge')).out, /taken out {2}0001[\s\S]*entered {4}0001/);
    assert.match((await db(place, 'repair')).out, /Nothing to repair/);
    await script(place, 'UPDATE schema_revision SET schema_form = NULL');
    assert.equal((await db(place, 'check')).code, 3);
    const repaired = await db(place, 'repair', '--json');
    assert.equal(repaired.code, 0);
    assert.equal((JSON.parse(repaired.out) as { changed: string[] }).changed.length, 1);
    assert.equal((await db(place, 'check')).code, 0);
  });

  test(`db inspect prints the schema of a database that is not ours, and changes nothing in it (${target.name})`, {
    skip,
  }, async (t) => {
    const place = await target.fresh();
    t.after(() => place.drop());
    await script(
      place,
      "CREATE TABLE stranger (a integer PRIMARY KEY, b text CHECK (b <> 'x')); CREATE VIEW w AS SELECT b FROM stranger",
    );
    const file = target.name === 'sqlite' ? place.url.slice('sqlite:///'.length) : undefined;
    // Beside a file in WAL mode SQLite may leave the empty files that every reader needs.
    const fingerprintOf = (): string => (file === undefined ? '' : createHash('sha256').update(readFileSync(file)).digest('hex'));
    const before = fingerprintOf();
    const plain = await db(place, 'inspect');
    assert.equal(plain.code, 0, plain.err);
    assert.match(plain.out, /^# (SQLite|PostgreSQL) .* facts, fingerprint [0-9a-f]{12}\n/);
    assert.match(plain.out, /"stranger" check .*«.*b <> 'x'/);
    assert.match(plain.out, /"w" view «/);
    const json = JSON.parse((await db(place, 'inspect', '--json')).out) as { form: string[]; fingerprint: string };
    assert.deepEqual(json.form, plain.out.trimEnd().split('\n').slice(1));
    assert.equal(fingerprintOf(), before);
  });
}

test('db inspect of a file that is not there makes none and says so', async (t) => {
  const place = await engines()[0]!.fresh();
  t.after(() => place.drop());
  const ended = await db(place, 'inspect');
  assert.equal(ended.code, 1);
  assert.match(ended.err, /^FC_/);
  assert.deepEqual(readdirSync(dirname(place.url.slice('sqlite:///'.length))), []);
});
