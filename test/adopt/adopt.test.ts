// slow
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { systemClock } from '../../src/db/clock.ts';
import { type Database, openDatabase } from '../../src/db/database.ts';
import { formOf } from '../../src/engine/schema-form.ts';
import { FlashcaseError } from '../../src/errors/index.ts';
import { buildApp } from '../../src/http/app.ts';
import { adopt } from '../../src/ops/adopt/adopt.ts';
import { prepareDatabase } from '../../src/ops/prepare.ts';
import { discard, restore } from '../../src/ops/quarantine.ts';
import { flashcase } from '../../src/schema/flashcase.ts';
import { differenceOf } from '../../src/schema/form.ts';
import { engines } from '../support/database.ts';
import { settingsFor } from '../support/fresh.ts';
import { legacyFile } from '../support/legacy.ts';
import { makeOriginalOnPostgres } from './original-on-postgres.ts';

const EXPECTED = {
  1: {
    orphans: 10,
    rows: {
      user: [30, 30],
      deck: [59, 59],
      card: [1173, 1171],
      deck_metadata: [56, 55],
      user_deck: [126, 122],
      study_log: [8136, 8133],
    },
  },
  2: {
    orphans: 179,
    rows: {
      user: [30, 30],
      deck: [59, 59],
      card: [1269, 1245],
      deck_metadata: [57, 56],
      user_deck: [144, 140],
      report: [10, 10],
      study_log: [7965, 7815],
    },
  },
} as const;

const open = (url: string): Database => openDatabase(settingsFor({ url }), systemClock());
const count = async (database: Database, table: string): Promise<number> =>
  Number((await database.read(({ connection }) => connection.query(`SELECT count(*) AS n FROM "${table}"`)))[0]?.n);

for (const version of [1, 2] as const) {
  describe(`a real file of the original app, version ${version}`, () => {
    test('is adopted: a verified backup, every row kept or set aside by name, today’s schema, and nothing to do the second time', async () => {
      const legacy = legacyFile(version);
      const before = readFileSync(legacy.file);
      const database = open(legacy.url);
      try {
        const report = await adopt(database);
        assert.equal(report.version, version);
        assert.deepEqual(
          Object.fromEntries(report.tables.map((entry) => [entry.table, [entry.rowsIn, entry.rowsOut]])),
          EXPECTED[version].rows,
        );
        for (const entry of report.tables) assert.equal(entry.rowsIn, entry.rowsOut + entry.quarantined);
        assert.deepEqual(report.quarantinedBy, { orphan: EXPECTED[version].orphans });
        assert.equal(await count(database, 'quarantine'), EXPECTED[version].orphans);
        const form = await database.engine.dedicated((connection) => database.engine.introspect(connection));
        assert.deepEqual(differenceOf(formOf(flashcase, database.engine), form), { missing: [], unexpected: [] });
        assert.equal(
          (await database.read(({ connection }) => connection.query('SELECT count(*) AS n FROM pragma_foreign_key_check')))[0]?.n,
          0,
        );
        assert.ok(report.backup?.startsWith(`${legacy.file}.backup-`));
        const rows = (file: string | Buffer) => {
          const copy = new DatabaseSync(String(file), { readOnly: true });
          try {
            return copy.prepare('SELECT count(*) AS n FROM study_log').get()?.n;
          } finally {
            copy.close();
          }
        };
        assert.equal(rows(report.backup as string), EXPECTED[version].rows.study_log[0]);
        assert.ok(before.length > 0);
        assert.deepEqual((await adopt(database)).tables, []);
      } finally {
        await database.close();
        await legacy.drop();
      }
    });

    test('keeps every value as it was, and quarantined rows in every bit', async () => {
      const legacy = legacyFile(version);
      const old = new DatabaseSync(legacy.file, { readOnly: true });
      const columns = ['user', 'deck', 'card', 'user_deck', 'study_log'].map((table) => {
        const names = old
          .prepare(`PRAGMA table_info("${table}")`)
          .all()
          .map((row) => String(row.name));
        return {
          table,
          names,
          rows: old.prepare(`SELECT ${names.join(', ')} FROM "${table}" ORDER BY id`).all() as Record<string, unknown>[],
        };
      });
      old.close();
      const database = open(legacy.url);
      try {
        await adopt(database);
        await database.close();
        const now = new DatabaseSync(legacy.file, { readOnly: true });
        for (const { table, names, rows } of columns) {
          const kept = new Map(
            (now.prepare(`SELECT ${names.join(', ')} FROM "${table}"`).all() as Record<string, unknown>[]).map((row) => [
              row.id,
              row,
            ]),
          );
          const aside = new Map(
            now
              .prepare('SELECT row_key, cells FROM quarantine WHERE table_name = ?')
              .all(table)
              .map((row) => [Number(JSON.parse(String(row.row_key)).id.integer), JSON.parse(String(row.cells))]),
          );
          for (const row of rows) {
            const found = kept.get(row.id);
            if (found !== undefined) {
              assert.deepEqual({ ...found }, { ...row });
              continue;
            }
            const cells = aside.get(row.id as number) as Record<
              string,
              { integer?: string; text?: string; real?: string } | null
            >;
            for (const [name, value] of Object.entries(row)) {
              const cell = cells[name];
              const stored =
                cell === null || cell === undefined
                  ? null
                  : cell.integer !== undefined
                    ? Number(cell.integer)
                    : cell.real !== undefined
                      ? Buffer.from(cell.real, 'hex').readDoubleBE()
                      : cell.text;
              assert.equal(stored, value, `${table}.${name}`);
            }
          }
        }
        now.close();
      } finally {
        await database.close().catch(() => {});
        await legacy.drop();
      }
    });

    test('T-22: ids of deleted and quarantined rows are not handed out again', async () => {
      const legacy = legacyFile(version);
      const database = open(legacy.url);
      try {
        await adopt(database);
        const sequences = await database.read(({ connection }) =>
          connection.query("SELECT name, seq FROM sqlite_sequence WHERE name IN ('card', 'study_log')"),
        );
        const highest = Object.fromEntries(sequences.map((row) => [row.name, Number(row.seq)]));
        assert.ok((highest.card ?? 0) >= EXPECTED[version].rows.card[1]);
        const id = await database.write(async ({ kysely, clock }) => {
          const { id: created } = await kysely
            .insertInto('card')
            .values({ deck_id: 1n, front: 'q', back: 'a', created_at: clock.now(), updated_at: clock.now() })
            .returning('id')
            .executeTakeFirstOrThrow();
          return created;
        });
        assert.equal(Number(id), (highest.card ?? 0) + 1);
      } finally {
        await database.close();
        await legacy.drop();
      }
    });

    test('its users log in with their old passwords, which are hashed anew, and study on', async () => {
      const legacy = legacyFile(version);
      const database = open(legacy.url);
      const app = await buildApp({ database, settings: settingsFor(legacy), hasLog: false });
      try {
        await prepareDatabase(database);
        const login = (password: string) =>
          app.inject({
            method: 'POST',
            url: '/api/v1/auth/login',
            headers: { 'content-type': 'application/x-www-form-urlencoded' },
            payload: new URLSearchParams({ username: 'student_1', password }).toString(),
          });
        assert.equal((await login('password-2')).statusCode, 401);
        const first = await login('password-1');
        assert.equal(first.statusCode, 200);
        const stored = await database.read(({ kysely }) =>
          kysely.selectFrom('user').select('hashed_password').where('username', '=', 'student_1').executeTakeFirstOrThrow(),
        );
        assert.match(stored.hashed_password, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
        const again = await login('password-1');
        assert.equal(again.statusCode, 200);
        const headers = { authorization: `Bearer ${again.json().access_token}` };
        const decks = (await app.inject({ url: '/api/v1/decks/?scope=own', headers })).json() as {
          id: number;
          due_count: number;
        }[];
        const due = decks.find((deck) => deck.due_count > 0) as { id: number };
        const session = (await app.inject({ url: `/api/v1/study/session/${due.id}`, headers })).json() as { id: number }[];
        const answer = await app.inject({
          method: 'POST',
          url: `/api/v1/study/review/${session[0]?.id}`,
          headers,
          payload: { quality: 4 },
        });
        assert.equal(answer.statusCode, 200, answer.body);
      } finally {
        await app.close();
        await database.close();
        await legacy.drop();
      }
    });

    test('killed while it is adopted, the file is old or new, and the next start finishes', { timeout: 60_000 }, async () => {
      const command = resolve(fileURLToPath(import.meta.url), '../../../bin/flashcase.mjs');
      const legacy = legacyFile(version);
      const hasNewTables = () => {
        const db = new DatabaseSync(legacy.file);
        try {
          return db.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name = 'schema_revision'").get()?.n === 1;
        } finally {
          db.close();
        }
      };
      try {
        for (const milliseconds of [250, 450, 650, 850]) {
          const child = spawn(process.execPath, [command, 'db', 'adopt'], {
            cwd: dirname(legacy.file),
            env: { ...process.env, DATABASE_URL: legacy.url },
            stdio: 'ignore',
          });
          const gone = once(child, 'exit');
          await delay(milliseconds);
          child.kill('SIGKILL');
          await gone;
          if (hasNewTables()) break;
          const db = new DatabaseSync(legacy.file);
          assert.equal(db.prepare('SELECT count(*) AS n FROM study_log').get()?.n, EXPECTED[version].rows.study_log[0]);
          db.close();
        }
        const database = open(legacy.url);
        try {
          await adopt(database);
          assert.equal(await count(database, 'study_log'), EXPECTED[version].rows.study_log[1]);
        } finally {
          await database.close();
        }
        assert.ok(readdirSync(dirname(legacy.file)).some((name) => name.startsWith(`${basename(legacy.file)}.backup-`)));
      } finally {
        await legacy.drop();
      }
    });
  });
}

test('version 1’s missing ratings are told where they can be known and empty where not', async () => {
  const legacy = legacyFile(1);
  const database = open(legacy.url);
  try {
    const report = await adopt(database);
    assert.deepEqual(report.inferredRatings, { known: 7141, unknown: 992 });
    const rows = await database.read(({ kysely }) =>
      kysely.selectFrom('study_log').select(['last_rating', 'due_date', 'next_review']).execute(),
    );
    assert.equal(rows.filter((row) => row.last_rating === null).length, 992);
    assert.ok(rows.every((row) => row.due_date.equals(row.next_review)));
  } finally {
    await database.close();
    await legacy.drop();
  }
});

test('Alembic’s own table does not hide an original database', async () => {
  const legacy = legacyFile(2);
  const db = new DatabaseSync(legacy.file);
  db.exec(
    "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)); INSERT INTO alembic_version VALUES ('abc')",
  );
  db.close();
  const database = open(legacy.url);
  try {
    assert.equal((await adopt(database)).version, 2);
  } finally {
    await database.close();
    await legacy.drop();
  }
});

test('an unknown schema is refused with the difference shown, and not touched', async () => {
  const legacy = legacyFile(2);
  const db = new DatabaseSync(legacy.file);
  db.exec('ALTER TABLE deck ADD COLUMN colour TEXT');
  db.close();
  const database = open(legacy.url);
  try {
    for (const attempt of [() => adopt(database), () => prepareDatabase(database)]) {
      await assert.rejects(
        attempt,
        (error) =>
          error instanceof FlashcaseError &&
          error.code === 'FC_SCHEMA_UNKNOWN' &&
          (error.why ?? '').includes('"deck" column "colour"'),
      );
    }
    assert.equal(await count(database, 'study_log'), 7965);
  } finally {
    await database.close();
    await legacy.drop();
  }
});

test('values the original never wrote are set aside with their reason; other spellings of a time are kept as the same moment', async () => {
  const legacy = legacyFile(2);
  const db = new DatabaseSync(legacy.file);
  db.exec(`UPDATE card SET front = CAST(x'61ff' AS TEXT) WHERE id = 1;
    UPDATE card SET back = 'a' || char(0) || 'b' WHERE id = 2;
    UPDATE deck SET is_public = 2 WHERE id = 59;
    UPDATE user SET created_at = '2025-02-30 00:00:00.000000' WHERE id = 30;
    UPDATE card SET created_at = '2025-10-03 00:43:50' WHERE id = 3`);
  db.close();
  const database = open(legacy.url);
  try {
    const report = await adopt(database);
    assert.equal(report.normalisedTimes, 1);
    for (const reason of ['invalid_utf8', 'nul_character', 'not_boolean', 'impossible_time'])
      assert.equal(report.quarantinedBy[reason], 1, reason);
    for (const entry of report.tables) assert.equal(entry.rowsIn, entry.rowsOut + entry.quarantined);
    const [time] = await database.read(({ kysely }) =>
      kysely.selectFrom('card').select('created_at').where('id', '=', 3n).execute(),
    );
    assert.equal(time?.created_at.text, '2025-10-03 00:43:50.000000');
  } finally {
    await database.close();
    await legacy.drop();
  }
});

test('a quarantined row goes back under its old id once its parent is there, and not before', async () => {
  const legacy = legacyFile(2);
  const database = open(legacy.url);
  try {
    await adopt(database);
    const [entry] = await database.read(({ kysely }) =>
      kysely.selectFrom('quarantine').selectAll().where('table_name', '=', 'card').orderBy('id').limit(1).execute(),
    );
    const id = entry?.id as bigint;
    const { id: key, deck_id } = JSON.parse(entry?.cells as string) as { id: { integer: string }; deck_id: { integer: string } };
    await assert.rejects(
      restore(database, id),
      (error) => error instanceof FlashcaseError && error.code === 'FC_QUARANTINE_BLOCKED',
    );
    await database.write(({ kysely, clock }) =>
      kysely
        .insertInto('deck')
        .values({ id: BigInt(deck_id.integer), name: 'found again', created_at: clock.now(), updated_at: clock.now() })
        .execute(),
    );
    await restore(database, id);
    const [card] = await database.read(({ kysely }) =>
      kysely.selectFrom('card').selectAll().where('id', '=', BigInt(key.integer)).execute(),
    );
    assert.equal(card?.deck_id, BigInt(deck_id.integer));
    await assert.rejects(restore(database, id), (error) => error instanceof FlashcaseError && error.code === 'FC_NOT_FOUND');
    await discard(database, id + 1n);
    await assert.rejects(discard(database, id + 1n), (error) => error instanceof FlashcaseError && error.code === 'FC_NOT_FOUND');
  } finally {
    await database.close();
    await legacy.drop();
  }
});

for (const target of engines().filter((entry) => entry.name !== 'sqlite' && !entry.name.includes('pgbouncer'))) {
  test(`a PostgreSQL database of the original app is adopted, its sequences corrected (${target.name})`, {
    skip: target.skip,
  }, async () => {
    const place = await target.fresh();
    const database = open(place.url);
    try {
      await makeOriginalOnPostgres(place.url);
      await assert.rejects(
        prepareDatabase(database),
        (error) => error instanceof FlashcaseError && error.code === 'FC_ADOPTION_NEEDED',
      );
      const report = await adopt(database);
      for (const entry of report.tables) assert.deepEqual([entry.rowsIn, entry.quarantined], [entry.rowsOut, 0]);
      assert.deepEqual(Object.fromEntries(report.tables.map((entry) => [entry.table, entry.rowsIn])), {
        user: 2,
        deck: 1,
        card: 2,
        deck_metadata: 0,
        user_deck: 0,
        report: 1,
        study_log: 2,
      });
      const form = await database.engine.dedicated((connection) => database.engine.introspect(connection));
      assert.deepEqual(differenceOf(formOf(flashcase, database.engine), form), { missing: [], unexpected: [] });
      const [log] = await database.read(({ kysely }) => kysely.selectFrom('study_log').selectAll().orderBy('id').execute());
      assert.deepEqual([log?.reviewed_at.text, log?.ease_factor], ['2026-03-08 02:30:00.123456', 2.6]);
      const { id } = await database.write(({ kysely, clock }) =>
        kysely
          .insertInto('deck')
          .values({ name: 'new', created_at: clock.now(), updated_at: clock.now() })
          .returning('id')
          .executeTakeFirstOrThrow(),
      );
      assert.equal(id, 8n, 'one after the highest id of the original, whose sequence had stayed behind');
      assert.deepEqual(report.assignedDecks, [{ deckId: 7n, userId: 1n, rule: 'most reviews in it' }]);
      const client = new pg.Client({ connectionString: place.url });
      await client.connect();
      const left = await client.query("SELECT relname FROM pg_class WHERE relname LIKE 'legacy%' OR relname = 'alembic_version'");
      await client.end();
      assert.deepEqual(left.rows, []);
    } finally {
      await database.close();
      await place.drop();
    }
  });
}

test('the fixtures are the real files: both hold orphans that only foreign_key_check finds', async () => {
  for (const [version, orphans] of [
    [1, 7],
    [2, 29],
  ] as const) {
    const legacy = legacyFile(version);
    const db = new DatabaseSync(join(legacy.file), { readOnly: true });
    assert.equal(db.prepare('PRAGMA integrity_check').get()?.integrity_check, 'ok');
    assert.equal(db.prepare('SELECT count(*) AS n FROM pragma_foreign_key_check').get()?.n, orphans);
    db.close();
    await legacy.drop();
  }
});
