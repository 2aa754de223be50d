// slow
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { systemClock } from '../../src/db/clock.ts';
import { openDatabase } from '../../src/db/database.ts';
import { dueUpkeep, maintain } from '../../src/ops/maintain/maintain.ts';
import { checkDatabase } from '../../src/revisions/check.ts';
import { project } from '../../src/versions/project.ts';
import { childEnv } from '../support/child-env.ts';
import { engines, everydayEngines, type Target } from '../support/database.ts';
import { filling } from '../support/fill-hot-tables.ts';
import { openFresh, settingsFor } from '../support/fresh.ts';

const entry = resolve(fileURLToPath(import.meta.url), '../../../bin/flashcase.mjs');
const [sqlite, newest] = engines() as [Target, Target];

for (const target of everydayEngines()) {
  describe(`db maintain (${target.name})`, { skip: target.skip }, () => {
    test(`what is due is done once: the planner knows the rows then, nothing else is due, and the schema is as it was (${target.name})`, async () => {
      const place = await target.withTables();
      const database = await openFresh(place);
      const { engine } = database;
      const due = () => engine.dedicated((connection) => dueUpkeep(connection, engine, database.clock.now()));
      try {
        await engine.dedicated(async (connection) => {
          if (!engine.capabilities.isLocalFile) {
            // Nobody else must be faster.
            for (const table of ['card', 'card_state', 'study_log', 'deck', '"user"'])
              await connection.script(`ALTER TABLE ${table} SET (autovacuum_enabled = off)`);
          }
          await connection.script(filling(engine.name));
        });
        // PostgreSQL tells its counts a moment later.
        let found = await due();
        for (let i = 0; i < 60 && !found.some(({ on }) => on === 'study_log'); i++) {
          await new Promise((done) => setTimeout(done, 500));
          found = await due();
        }
        for (const table of ['card', 'card_state', 'study_log'])
          assert.ok(
            found.some(({ on, sql }) => on === table && sql.startsWith('ANALYZE')),
            `${table}: ${JSON.stringify(found)}`,
          );
        const told: string[] = [];
        const done = await engine.dedicated((connection) =>
          maintain(connection, engine, database.clock.now(), ({ sql }) => told.push(sql)),
        );
        assert.ok(
          done.every(({ isDone }) => isDone),
          JSON.stringify(done),
        );
        assert.deepEqual(
          told,
          done.map(({ sql }) => sql),
        );
        await new Promise((resolve) => setTimeout(resolve, 1100));
        assert.deepEqual(await due(), []);
        if (engine.capabilities.isLocalFile) {
          const report = await engine.dedicated((connection) => checkDatabase(connection, engine, project));
          assert.deepEqual(report.drift.items, []);
        }
      } finally {
        await database.close();
        await place.drop();
      }
    });
  });
}

test('SQLite: a log that a reader holds is left, said, and emptied when the reader is gone', async () => {
  const place = await sqlite.withTables();
  const database = await openFresh(place);
  const { engine } = database;
  let release = (): void => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  try {
    let began = (): void => {};
    const hasBegun = new Promise<void>((resolve) => (began = resolve));
    const reading = engine.read(async (connection) => {
      await connection.query('SELECT count(*) AS v FROM card');
      began();
      await held;
    });
    await hasBegun;
    await engine.dedicated((connection) => connection.script(filling('sqlite')));
    const run = () => engine.dedicated((connection) => maintain(connection, engine, database.clock.now(), () => {}));
    const log = (await run()).find(({ on }) => on === 'the write-ahead log');
    assert.equal(log?.isDone, false);
    assert.match(log?.obstacle ?? '', /flashcase db current/);
    release();
    await reading;
    assert.equal((await run()).find(({ on }) => on === 'the write-ahead log')?.isDone, true);
    assert.deepEqual(await run(), []);
  } finally {
    release();
    await database.close();
    await place.drop();
  }
});

test('SQLite: while the log is held by a reader, whoever writes is kept from nothing', async () => {
  const place = await sqlite.withTables();
  const database = await openFresh(place);
  const { engine } = database;
  let release = (): void => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  let began = (): void => {};
  const hasBegun = new Promise<void>((resolve) => (began = resolve));
  const reading = engine.read(async (connection) => {
    await connection.query('SELECT count(*) AS v FROM card');
    began();
    await held;
  });
  // Waits for a lock less long than the command waits for a reader.
  const writer = new DatabaseSync(engine.location, { timeout: 2000 });
  try {
    await hasBegun;
    await engine.dedicated((connection) => connection.script(filling('sqlite')));
    const command = spawn(process.execPath, [entry, 'db', 'maintain'], { env: childEnv({ DATABASE_URL: place.url }) });
    let said = '';
    for (const stream of [command.stdout, command.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const ended = once(command, 'close');
    let written = 0;
    while (command.exitCode === null) {
      writer.exec("UPDATE deck SET name = name || '' WHERE id = 1");
      written++;
      await new Promise((done) => setTimeout(done, 5));
    }
    assert.deepEqual([(await ended)[0], written > 0], [3, true], said);
    assert.match(said, /LEFT {2}the write-ahead log: .*flashcase db current/);
  } finally {
    release();
    await reading;
    writer.close();
    await database.close();
    await place.drop();
  }
});

test('SQLite: a task that fails is left with the reason, and keeps no other from being tried', async () => {
  const place = await sqlite.withTables();
  const database = await openFresh(place);
  const { engine } = database;
  const holder = new DatabaseSync(engine.location);
  try {
    await engine.dedicated((connection) => connection.script(filling('sqlite')));
    let isHeld = false;
    const done = await engine.dedicated(async (connection) => {
      await connection.query('PRAGMA busy_timeout = 0');
      return maintain(connection, engine, database.clock.now(), () => {
        if (!isHeld) holder.exec('BEGIN IMMEDIATE');
        isHeld = true;
      });
    });
    const analyses = done.filter(({ sql }) => sql.startsWith('ANALYZE'));
    assert.ok(analyses.length > 1, JSON.stringify(done));
    for (const { isDone, obstacle } of analyses) assert.deepEqual([isDone, obstacle?.split(':')[0]], [false, 'FC_DB_BUSY']);
    holder.exec('ROLLBACK');
    assert.ok(
      (await engine.dedicated((connection) => maintain(connection, engine, database.clock.now(), () => {}))).every(
        ({ isDone }) => isDone,
      ),
      'it is not done now',
    );
  } finally {
    holder.close();
    await database.close();
    await place.drop();
  }
});

test('PostgreSQL: a table of another role is left and said; PostgreSQL itself would pass over it', {
  skip: newest.skip,
}, async () => {
  const place = await newest.withTables();
  const role = `t_${randomBytes(6).toString('hex')}`;
  const admin = new pg.Client({ connectionString: place.url });
  await admin.connect();
  try {
    await (await openFresh(place)).close();
    await admin.query('ALTER TABLE card SET (autovacuum_enabled = off); ALTER TABLE study_log SET (autovacuum_enabled = off)');
    await admin.query(filling('postgres'));
    await admin.query(`CREATE ROLE ${role} LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`);
    const url = new URL(place.url);
    url.username = role;
    const database = openDatabase(settingsFor({ url: url.toString() }), systemClock());
    const { engine } = database;
    for (let i = 0; ; i++) {
      const done = await engine.dedicated((connection) =>
        maintain(connection, engine, database.clock.now(), () => assert.fail('nothing may be tried')),
      );
      const card = done.find(({ on }) => on === 'card');
      if (card !== undefined) {
        assert.equal(card.isDone, false);
        assert.match(card.obstacle ?? '', /belongs to another role/);
        break;
      }
      assert.ok(i < 60, 'nothing is due');
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    await database.close();
  } finally {
    await admin.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`).catch(() => {});
    await admin.end();
    await place.drop();
  }
});

test('PostgreSQL: an index that a failed build left is built anew, and its left-over dropped', {
  skip: newest.skip,
}, async () => {
  const place = await newest.withTables();
  const database = await openFresh(place);
  const { engine } = database;
  try {
    await engine.dedicated(async (connection) => {
      await connection.script(
        "CREATE INDEX ix_deck_name_ccnew ON deck (name); UPDATE pg_index SET indisvalid = false WHERE indexrelid::regclass::text IN ('ix_deck_name', 'ix_deck_name_ccnew')",
      );
    });
    const due = await engine.dedicated((connection) => dueUpkeep(connection, engine, database.clock.now()));
    assert.deepEqual(
      due.map(({ sql }) => sql),
      ['REINDEX INDEX CONCURRENTLY "ix_deck_name"', 'DROP INDEX CONCURRENTLY "ix_deck_name_ccnew"'],
    );
    const done = await engine.dedicated((connection) => maintain(connection, engine, database.clock.now(), () => {}));
    assert.ok(
      done.every(({ isDone }) => isDone),
      JSON.stringify(done),
    );
    const report = await engine.dedicated((connection) => checkDatabase(connection, engine, project));
    assert.deepEqual(report.drift.items, []);
    assert.deepEqual(await engine.dedicated((connection) => dueUpkeep(connection, engine, database.clock.now())), []);
  } finally {
    await database.close();
    await place.drop();
  }
});
