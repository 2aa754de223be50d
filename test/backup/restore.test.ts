import assert from 'node:assert/strict';
import {
  copyFileSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import { systemClock } from '../../src/db/clock.ts';
import { openDatabase } from '../../src/db/database.ts';
import { SqliteConnection } from '../../src/engine/sqlite/connection.ts';
import { installSqliteCapture } from '../../src/move/capture/sqlite-capture.ts';
import { carriedTables } from '../../src/move/carried-tables.ts';
import { readMoveState } from '../../src/move/state/sqlite-state.ts';
import { backupNamed, listBackups, newestBackup } from '../../src/ops/backup/backup-folder.ts';
import { backupNow } from '../../src/ops/backup/make-backup.ts';
import { type Manifest, manifestText } from '../../src/ops/backup/manifest.ts';
import type { BackupOptions } from '../../src/ops/backup/options.ts';
import { restoreInPlace, restoreIntoNewFile } from '../../src/ops/backup/restore/restore-file.ts';
import { flashcase } from '../../src/schema/flashcase.ts';
import { settingsFor } from '../support/fresh.ts';
import { chooseSeed, seededRandom } from '../support/load.ts';
import { hashOf, installation, runChild, usersOf } from './backups.ts';
import { findFlips } from './damage.ts';

const open = (file: string) => openDatabase(settingsFor({ url: `sqlite:///${file}` }), systemClock());

/** Renames a user: what is restored has the old name. */
async function rename(file: string, to: string): Promise<void> {
  const database = open(file);
  await database.write(({ kysely }) =>
    kysely.updateTable('user').set({ username: to }).where('username', '=', 'load_0').execute(),
  );
  await database.close();
}

async function users(file: string): Promise<string[]> {
  const database = open(file);
  try {
    return await usersOf(database);
  } finally {
    await database.close();
  }
}

const beside = (file: string): string[] =>
  readdirSync(join(file, '..')).filter((name) => name.startsWith('flashcase.db') && name !== 'flashcase.db');

const skipping = { skipsRestorePoint: true };

describe('a restore of SQLite', { concurrency: false }, () => {
  test('B1: a byte that was flipped anywhere in a backup is found before the live file is touched', async (t) => {
    const { file, options } = await installation(t, { cards: 400 });
    await backupNow(options);
    const seed = chooseSeed();
    const random = seededRandom(seed);
    const found = await findFlips(options, file, 50, (below) => Math.floor(random() * below));
    t.diagnostic(`seed ${seed}: ${JSON.stringify(found)}`);
    assert.equal(Object.keys(found).length, 2);
  });

  test('B1: cut off, too long, emptied, removed, exchanged, of another version: each is named for what it is, the live file is as it was', async (t) => {
    const { file, options, folder } = await installation(t);
    const { directory } = options.backup;
    const one = await backupNow(options);
    await rename(file, 'other');
    const two = await backupNow(options);
    const spare = join(folder, 'spare');
    cpSync(directory, spare, { recursive: true });
    const data = join(directory, two.name, two.data.file);
    const manifest = join(directory, two.name, 'manifest.json');
    const rewritten = (change: Partial<Manifest>): void => writeFileSync(manifest, manifestText({ ...two, ...change }));
    const damages: readonly [finding: string, damage: () => void][] = [
      ['data_too_short', () => truncateSync(data, two.data.bytes - 1)],
      ['data_too_long', () => writeFileSync(data, 'x', { flag: 'a' })],
      ['data_empty', () => truncateSync(data, 0)],
      ['data_missing', () => rmSync(data)],
      ['manifest_missing', () => rmSync(manifest)],
      ['manifest_changed', () => truncateSync(manifest, 100)],
      ['manifest_changed', () => writeFileSync(manifest, '')],
      ['manifest_changed', () => writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('"orphans": 0', '"orphans": 1'))],
      ['other_backup', () => copyFileSync(join(directory, one.name, 'manifest.json'), manifest)],
      // Written by somebody who knows how, over data of another backup: what comes out is compared, too.
      ['data_changed', () => rewritten({ data: { ...two.data, chunks: one.data.chunks } })],
      ['content_differs', () => rewritten({ database: one.database })],
      [
        'content_differs',
        () => {
          copyFileSync(join(directory, one.name, one.data.file), data);
          rewritten({ data: one.data });
        },
      ],
      ['content_differs', () => rewritten({ tables: one.tables })],
      ['content_differs', () => rewritten({ schemaFingerprint: 'another' })],
    ];
    const before = hashOf(file);
    const around = beside(file);
    for (const [finding, damage] of damages) {
      damage();
      await assert.rejects(
        async () => restoreInPlace(backupNamed(directory, two.name), file, options, skipping),
        (error: { code: string; details: { finding: string } }) => {
          assert.deepEqual([error.code, error.details.finding], ['FC_BACKUP_DAMAGED', finding]);
          return true;
        },
      );
      assert.equal(hashOf(file), before, finding);
      assert.deepEqual(beside(file), around, finding);
      rmSync(directory, { recursive: true });
      cpSync(spare, directory, { recursive: true });
    }
    rewritten({ format: 2 });
    assert.throws(() => backupNamed(directory, two.name), { code: 'FC_BACKUP_VERSION' });
    assert.equal(newestBackup(directory, systemClock().now()).name, one.name, 'what cannot be read is not the newest');
  });

  test('a backup of a newer schema than the code knows is refused by its revision', async (t) => {
    const { file, options } = await installation(t);
    const db = new DatabaseSync(file);
    db.exec(
      "INSERT INTO schema_revision (revision_id, revision_name, revision_hash, hash_algorithm, schema_fingerprint, fingerprint_algorithm, applied_at, duration_ms, applied_by) SELECT '9999', 'later', revision_hash, hash_algorithm, schema_fingerprint, fingerprint_algorithm, applied_at, duration_ms, applied_by FROM schema_revision LIMIT 1",
    );
    db.close();
    const manifest = await backupNow(options);
    const before = hashOf(file);
    await assert.rejects(restoreInPlace(manifest, file, options, skipping), { code: 'FC_BACKUP_VERSION', message: /9999/ });
    assert.equal(hashOf(file), before);
  });

  test('in the place of the live file: the old one keeps a name and a backup of its own, and what comes is in a later epoch', async (t) => {
    const { file, options } = await installation(t);
    const { directory } = options.backup;
    const manifest = await backupNow(options);
    await rename(file, 'renamed');
    const restored = await restoreInPlace(manifest, file, options, { skipsRestorePoint: false });
    assert.deepEqual(await users(file), ['load_0', 'load_1']);
    assert.deepEqual(await users(restored.aside as string), ['renamed', 'load_1']);
    const point = backupNamed(directory, restored.restorePoint as string);
    assert.equal(point.isRestorePoint, true);
    assert.equal(newestBackup(directory, systemClock().now()).name, manifest.name, 'a restore point is not what --latest means');
    const later = await backupNow(options);
    assert.equal(later.epoch, (manifest.epoch as number) + 1);
    const back = await restoreInPlace(point, file, options, skipping);
    assert.equal(back.restorePoint, undefined);
    assert.deepEqual(await users(file), ['renamed', 'load_1']);
  });

  test('it is refused while somebody has the file open, and goes on when it is closed', async (t) => {
    const { file, options } = await installation(t);
    const manifest = await backupNow(options);
    const server = open(file);
    await usersOf(server);
    const before = hashOf(file);
    await assert.rejects(restoreInPlace(manifest, file, options, skipping), { code: 'FC_DB_BUSY' });
    assert.equal(hashOf(file), before);
    assert.deepEqual(await usersOf(server), ['load_0', 'load_1']);
    await server.close();
    await restoreInPlace(manifest, file, options, skipping);
  });

  test('a live file that SQLite cannot open is no reason against it: that file keeps a name, with the log beside it', async (t) => {
    const { file, options } = await installation(t);
    const manifest = await backupNow(options);
    writeFileSync(file, 'no database at all');
    writeFileSync(`${file}-wal`, 'nor is this a log');
    const restored = await restoreInPlace(manifest, file, options, { skipsRestorePoint: false });
    assert.equal(restored.restorePoint, undefined);
    assert.equal(readFileSync(restored.aside as string, 'utf8'), 'no database at all');
    assert.equal(readFileSync(`${restored.aside}-wal`, 'utf8'), 'nor is this a log');
    assert.equal(existsSync(`${file}-wal`), false);
    assert.deepEqual(await users(file), ['load_0', 'load_1']);
  });

  test('B1: a log that lies beside a new place is never taken for the restored file’s', async (t) => {
    const { file, folder, options } = await installation(t);
    const manifest = await backupNow(options);
    const place = join(folder, 'new.db');
    for (const end of ['-wal', '-shm', '-journal', '']) {
      writeFileSync(place + end, 'old');
      await assert.rejects(restoreIntoNewFile(manifest, place, options), { code: 'FC_RESTORE_TARGET' });
      rmSync(place + end);
    }
    renameSync(file, `${file}.lost`);
    writeFileSync(`${file}-wal`, 'old');
    const { aside } = await restoreInPlace(manifest, file, options, skipping);
    assert.equal(readFileSync(`${aside}-wal`, 'utf8'), 'old');
    assert.equal(existsSync(`${file}-wal`), false);
    assert.deepEqual(await users(file), ['load_0', 'load_1']);
  });

  for (const step of ['unpacked', 'aside', 'without log'])
    test(`what fails at "${step}" leaves the database that was there`, async (t) => {
      const { file, options } = await installation(t);
      const manifest = await backupNow(options);
      await rename(file, 'renamed');
      const failing: BackupOptions = {
        ...options,
        onStep(at) {
          if (at === step) throw new Error('the disk went away');
        },
      };
      await assert.rejects(restoreInPlace(manifest, file, failing, skipping), /the disk went away|could not be put/);
      assert.deepEqual(await users(file), ['renamed', 'load_1']);
      assert.deepEqual(beside(file), []);
    });

  test('in a live move: a backup of that move stays in it, an older one is refused, and in a new place it stands alone', async (t) => {
    const { file, folder, options } = await installation(t);
    const before = await backupNow(options);
    const inFile = async <T>(path: string, work: (sqlite: SqliteConnection) => Promise<T>): Promise<T> => {
      const sqlite = new SqliteConnection({ file: path, readOnly: false, busyTimeoutMs: 1000, columnTypes: new Map() });
      try {
        return await work(sqlite);
      } finally {
        sqlite.close();
      }
    };
    await inFile(file, (sqlite) =>
      installSqliteCapture(sqlite, carriedTables(flashcase, ['write_gate']), { runId: 'mv-1', target: 'db1:5432/x', epoch: 1 }),
    );
    const inMove = await backupNow(options);
    assert.deepEqual([before.move, inMove.move], [undefined, { runId: 'mv-1', phase: 'copying' }]);
    const untouched = hashOf(file);
    await assert.rejects(restoreInPlace(before, file, options, skipping), { code: 'FC_MOVE_UNDERWAY', message: /mv-1/ });
    assert.equal(hashOf(file), untouched);
    const epochOf = (path: string): Promise<number | undefined> =>
      inFile(path, async (sqlite) => Number((await sqlite.query('SELECT epoch AS n FROM write_gate'))[0]?.n));
    // Its other side must find the file as the move knows it: state, journal and epoch are not changed.
    const restored = await restoreInPlace(inMove, file, options, skipping);
    assert.equal(restored.isInMove, true);
    assert.equal((await inFile(file, readMoveState))?.runId, 'mv-1');
    assert.equal(await epochOf(file), inMove.epoch);
    const place = join(folder, 'new.db');
    await restoreIntoNewFile(inMove, place, options);
    assert.equal(await inFile(place, readMoveState), undefined);
    assert.equal(await epochOf(place), (inMove.epoch as number) + 1);
    await rename(place, 'renamed');
    assert.deepEqual(await users(place), ['renamed', 'load_1']);
  });

  test('kill -9 at any step leaves the old database or the new one, never none; the same command goes on', async (t) => {
    const { file, folder, options } = await installation(t);
    const manifest = await backupNow(options);
    await rename(file, 'renamed');
    for (const step of ['unpacked', 'aside', 'without log']) {
      assert.equal(await runChild(['restore', folder, step]), 'SIGKILL', step);
      assert.deepEqual(await users(file), ['renamed', 'load_1'], step);
    }
    assert.equal(await runChild(['restore', folder, '', manifest.name]), 0);
    assert.deepEqual(await users(file), ['load_0', 'load_1']);
    assert.equal(existsSync(`${file}.restoring`), false);
    assert.equal(listBackups(options.backup.directory).length, 1);
  });
});
