// slow
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import pg from 'pg';
import { restoreIntoPostgres } from '../../src/cli/backup/restore-into-postgres.ts';
import { listBackups } from '../../src/ops/backup/backup-folder.ts';
import { backupNow } from '../../src/ops/backup/make-backup.ts';
import { restoreIntoNewFile } from '../../src/ops/backup/restore/restore-file.ts';
import { leftovers } from '../../src/ops/backup/scratch.ts';
import { engines, type Place } from '../support/database.ts';
import { openFresh } from '../support/fresh.ts';
import { populate } from '../support/load-population.ts';
import { installation, keyFile, optionsFor, plainFilesIn, temporaryFolder, usersOf } from './backups.ts';

/** Every row of the tables people write, as PostgreSQL or SQLite says it. */
async function contentOf(place: Place | { url: string }): Promise<string> {
  const database = await openFresh(place);
  try {
    return await database.read(async ({ kysely }) => {
      const parts = await Promise.all([
        kysely.selectFrom('user').selectAll().orderBy('id').execute(),
        kysely.selectFrom('card').selectAll().orderBy('id').execute(),
        kysely.selectFrom('study_log').selectAll().orderBy('id').execute(),
        kysely.selectFrom('card_state').selectAll().orderBy('user_id').orderBy('card_id').execute(),
      ]);
      return JSON.stringify(parts, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
    });
  } finally {
    await database.close();
  }
}

const direct = engines().filter(({ name }) => name.startsWith('postgres') && !name.includes('pgbouncer'));

describe('backups of PostgreSQL', { concurrency: false }, () => {
  for (const target of direct) {
    test(`one moment of a running database, compared with it; it restores into PostgreSQL and into a file (${target.name})`, {
      skip: target.skip,
    }, async (t) => {
      const place = await target.fresh();
      t.after(() => place.drop());
      const database = await openFresh(place);
      await populate(database, { students: 2, deckSizes: [100], isStudied: true });
      // Was handed out, and must not be handed out again.
      await database.write(({ connection }) =>
        connection.script(
          "INSERT INTO deck (name, created_at, updated_at) VALUES ('gone', now(), now()); DELETE FROM deck WHERE name = 'gone'",
        ),
      );
      await database.close();
      const folder = temporaryFolder(t);
      const options = optionsFor(place, join(folder, 'backups'));
      const writer = new pg.Client({ connectionString: place.url });
      await writer.connect();
      let isOver = false;
      let written = 0;
      const writing = (async () => {
        for (; !isOver; written++)
          await writer.query(
            "WITH d AS (INSERT INTO deck (name, created_at, updated_at) VALUES ('pair', now(), now()) RETURNING id) INSERT INTO deck_metadata (deck_id, created_at, updated_at) SELECT id, now(), now() FROM d",
          );
      })();
      const manifest = await backupNow(options);
      isOver = true;
      await writing;
      await writer.end();
      assert.ok(written > 0);
      assert.equal(manifest.source.engine, 'postgres');
      const rows = new Map(manifest.tables.map(({ table, rows: count }) => [table, count]));
      assert.equal(rows.get('deck'), rows.get('deck_metadata'), 'two rows of one statement are both in it, or neither');
      const file = join(folder, 'restored.db');
      await restoreIntoNewFile(manifest, file, options);
      const empty = await target.fresh();
      t.after(() => empty.drop());
      const { tables } = await restoreIntoPostgres(manifest, empty.url, options);
      assert.equal(tables.find(({ table }) => table === 'card')?.rows, 200);
      const before = await contentOf(place);
      assert.equal(await contentOf({ url: `sqlite:///${file}` }), before);
      assert.equal(await contentOf(empty), before);
      const again = await openFresh(empty);
      // It serves: its gate is open, and no id is handed out twice.
      const highest = await again.write(async ({ kysely, clock }) => {
        const now = clock.now();
        const { id } = await kysely
          .insertInto('deck')
          .values({ name: 'new', created_at: now, updated_at: now })
          .returning('id')
          .executeTakeFirstOrThrow();
        return id;
      });
      assert.ok(highest > 3n);
      assert.deepEqual(await usersOf(again), ['load_0', 'load_1']);
      await again.close();
      await assert.rejects(restoreIntoPostgres(manifest, empty.url, options), { code: 'FC_MOVE_TARGET_UNFIT' });
    });
  }

  const [newest] = direct;
  test('a backup of SQLite restores into PostgreSQL', { skip: newest?.skip ?? true }, async (t) => {
    const { file, options } = await installation(t);
    const manifest = await backupNow(options);
    const empty = (await newest?.fresh()) as Place;
    t.after(() => empty.drop());
    await restoreIntoPostgres(manifest, empty.url, options);
    assert.equal(await contentOf(empty), await contentOf({ url: `sqlite:///${file}` }));
  });

  test('a table nobody declared is told, a value SQLite cannot hold is refused, and no backup is left then', {
    skip: newest?.skip ?? true,
  }, async (t) => {
    const place = (await newest?.fresh()) as Place;
    t.after(() => place.drop());
    const database = await openFresh(place);
    await populate(database, { students: 1, deckSizes: [1], isStudied: true });
    await database.write(({ connection }) => connection.script('CREATE TABLE mine (x int); INSERT INTO mine VALUES (1)'));
    const options = optionsFor(place, join(temporaryFolder(t), 'backups'));
    assert.deepEqual((await backupNow(options)).leftOut, ['mine (1 rows)']);
    await database.write(({ connection }) => connection.script("UPDATE card_state SET ease_factor = 'NaN'"));
    await database.close();
    await assert.rejects(backupNow(options), { code: 'FC_MOVE_DECISION_NEEDED', message: /card_state/ });
    assert.equal(listBackups(options.backup.directory).length, 1);
  });

  test('with a key nothing of PostgreSQL lies plain where the backups are; the copy is made in the scratch place', {
    skip: newest?.skip ?? true,
  }, async (t) => {
    const place = (await newest?.fresh()) as Place;
    t.after(() => place.drop());
    const database = await openFresh(place);
    await populate(database, { students: 1, deckSizes: [5], isStudied: true });
    await database.close();
    const folder = temporaryFolder(t);
    const env = { BACKUP_KEY_FILE: keyFile(folder), BACKUP_SCRATCH: join(folder, 'scratch') };
    const seen: string[] = [];
    const options = optionsFor(place, join(folder, 'backups'), {
      env,
      onStep(step) {
        assert.deepEqual(plainFilesIn(join(folder, 'backups')), [], step);
        seen.push(`${step} ${plainFilesIn(join(folder, 'scratch')).length}`);
      },
    });
    const manifest = await backupNow(options);
    assert.deepEqual(seen, ['copied 1', 'checked 1', 'packed 0', 'described 0', 'named 0']);
    const empty = (await newest?.fresh()) as Place;
    t.after(() => empty.drop());
    await restoreIntoPostgres(manifest, empty.url, options);
    assert.equal(await contentOf(empty), await contentOf(place));
    assert.deepEqual(leftovers(options.backup), []);
  });

  const pooled = engines().find(({ name }) => name.includes('pgbouncer'));
  test('behind a pooler it takes the direct address, and says so where there is none', {
    skip: pooled?.skip ?? true,
  }, async (t) => {
    const place = (await pooled?.fresh()) as Place;
    t.after(() => place.drop());
    await (await openFresh(place)).close();
    const folder = temporaryFolder(t);
    await assert.rejects(backupNow(optionsFor({ url: place.url }, join(folder, 'backups'))), { code: 'FC_DB_POOLER' });
    await backupNow(optionsFor(place, join(folder, 'backups')));
  });
});
