import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import { systemClock } from '../../src/db/clock.ts';
import { openDatabase } from '../../src/db/database.ts';
import { backupNamed, listBackups, newestBackup, newestListed, withDirectory } from '../../src/ops/backup/backup-folder.ts';
import { backupNow } from '../../src/ops/backup/make-backup.ts';
import type { Manifest } from '../../src/ops/backup/manifest.ts';
import { pruneBackups } from '../../src/ops/backup/prune-backups.ts';
import { lastVerdicts, readRecord, record } from '../../src/ops/backup/record.ts';
import { restoreIntoNewFile } from '../../src/ops/backup/restore/restore-file.ts';
import { fatesOf } from '../../src/ops/backup/retention.ts';
import { leftovers } from '../../src/ops/backup/scratch.ts';
import { verifyBackup, verifyBackups } from '../../src/ops/backup/verify-backup.ts';
import { Timestamp } from '../../src/schema/index.ts';
import { fillDisk, smallDisk } from '../support/faults.ts';
import { settingsFor } from '../support/fresh.ts';
import { installation, optionsFor, runChild, stateOf } from './backups.ts';

describe('backups of SQLite', { concurrency: false }, () => {
  test('a backup made while people write is one moment of the database, whole and with today’s rows', async (t) => {
    const { file, folder, options } = await installation(t, { cards: 300 });
    const database = openDatabase(settingsFor({ url: `sqlite:///${file}` }), systemClock());
    t.after(() => database.close());
    let isOver = false;
    let written = 0;
    // Two rows that are always written together: a copy that is not one moment has one without the other.
    const writing = (async () => {
      for (; !isOver; written++) {
        await database.write(async ({ kysely, clock }) => {
          const now = clock.now();
          const { id } = await kysely
            .insertInto('deck')
            .values({ name: `pair ${written}`, created_at: now, updated_at: now })
            .returning('id')
            .executeTakeFirstOrThrow();
          await kysely.insertInto('deck_metadata').values({ deck_id: id, created_at: now, updated_at: now }).execute();
        });
      }
    })();
    const manifest = await backupNow(options);
    isOver = true;
    await writing;
    assert.equal(manifest.orphans, 0);
    assert.ok(written > 0);
    const restored = join(folder, 'restored.db');
    await restoreIntoNewFile(manifest, restored, options);
    const db = new DatabaseSync(restored, { readOnly: true });
    assert.equal(
      db
        .prepare(
          "SELECT count(*) AS n FROM deck d LEFT JOIN deck_metadata m ON m.deck_id = d.id WHERE d.name LIKE 'pair %' AND m.id IS NULL",
        )
        .get()?.n,
      0,
    );
    assert.equal(db.prepare('SELECT count(*) AS n FROM card').get()?.n, 600);
    db.close();
    assert.deepEqual(
      manifest.tables.filter(({ table }) => ['card', 'study_log', 'card_state'].includes(table)).map(({ rows }) => rows),
      [600, 600, 600],
    );
    assert.equal(statSync(join(options.backup.directory, manifest.name, 'manifest.json')).mode & 0o777, 0o600);
    assert.equal(statSync(options.backup.directory).mode & 0o777, 0o700);
  });

  test('kill -9 at any step of a backup leaves the older ones, and nothing that looks like one; the next backup cleans up', async (t) => {
    const { folder, options } = await installation(t);
    const { directory } = options.backup;
    const first = await backupNow(options);
    for (const step of ['copied', 'checked', 'packed', 'described']) {
      assert.equal(await runChild(['make', folder, step]), 'SIGKILL', step);
      assert.deepEqual(
        listBackups(directory).map(({ name }) => name),
        [first.name],
        step,
      );
      assert.equal(leftovers(options.backup).length, 1, step);
      assert.deepEqual(await verifyBackups(undefined, options), [{ name: first.name }]);
    }
    assert.equal(await runChild(['make', folder, 'named']), 'SIGKILL');
    assert.equal(await runChild(['make', folder, '']), 0);
    assert.deepEqual(leftovers(options.backup), []);
    assert.deepEqual(
      (await verifyBackups(undefined, options)).map(({ error }) => error),
      [undefined, undefined, undefined],
    );
  });

  test('two processes make no backup at the same time, and a killed one keeps nobody out', async (t) => {
    const { options } = await installation(t);
    await withDirectory(options.backup.directory, async () => {
      await assert.rejects(backupNow(options), { code: 'FC_BACKUP_BUSY' });
    });
    await backupNow(options);
    const both = await Promise.allSettled([backupNow(options), backupNow(options)]);
    assert.deepEqual(both.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
    assert.equal(listBackups(options.backup.directory).length, 2);
  });

  test('what is busy while a backup is made is told for what it is, not as another process’s backup', async (t) => {
    const { file, options } = await installation(t);
    const holder = new DatabaseSync(file);
    t.after(() => holder.close());
    holder.exec('BEGIN IMMEDIATE');
    await assert.rejects(
      withDirectory(options.backup.directory, async () => new DatabaseSync(file).exec('BEGIN IMMEDIATE')),
      { code: 'ERR_SQLITE_ERROR', message: /locked/ },
    );
  });

  const disk = smallDisk(8);
  test('D4: a full disk of the backups is named, keeps no half backup and harms no older one; prune works on it', {
    skip: typeof disk === 'string' && disk,
  }, async (t) => {
    assert.ok(typeof disk === 'object');
    t.after(() => disk.remove());
    const { file, options: elsewhere } = await installation(t, { cards: 2000 });
    const options = optionsFor({ url: `sqlite:///${file}` }, join(disk.path, 'backups'));
    const { directory } = options.backup;
    // Made where there is room: the check before a copy wants some to spare.
    const first = await backupNow(elsewhere);
    cpSync(elsewhere.backup.directory, directory, { recursive: true });
    await assert.rejects(backupNow(options), { code: 'FC_DB_DISK_FULL' });
    const free = fillDisk(disk.path, 4096);
    await assert.rejects(backupNow(options), { code: 'FC_DB_DISK_FULL' });
    await assert.rejects(restoreIntoNewFile(first, join(disk.path, 'new.db'), options), { code: 'FC_DB_DISK_FULL' });
    assert.deepEqual(leftovers(options.backup), []);
    assert.deepEqual(
      readdirSync(disk.path).filter((name) => name.startsWith('new')),
      [],
    );
    assert.deepEqual(
      (await pruneBackups(options, false)).map(({ why }) => why),
      ['newest'],
    );
    free();
    await verifyBackup(first.name, options);
  });

  test('encrypted backups need their key, show nothing without it, and say which key they need', async (t) => {
    const { folder, file, options } = await installation(t);
    const keys = ['a', 'b'].map((letter) => {
      const path = join(folder, `key-${letter}`);
      return { path, text: letter.repeat(64) };
    });
    const { writeFileSync, readFileSync } = await import('node:fs');
    for (const { path, text } of keys) writeFileSync(path, `${text}\n`, { mode: 0o600 });
    const withKey = (path: string) =>
      optionsFor({ url: `sqlite:///${file}` }, options.backup.directory, { env: { BACKUP_KEY_FILE: path } });
    const right = withKey(keys[0]?.path as string);
    const manifest = await backupNow(right);
    const stored = readFileSync(join(options.backup.directory, manifest.name, manifest.data.file));
    // The magic number of zstd: sealed, nothing of the form is to be seen.
    assert.notEqual(stored.readUInt32LE(0), 0xfd2fb528);
    await verifyBackup(manifest.name, right);
    await assert.rejects(verifyBackup(manifest.name, options), { code: 'FC_BACKUP_KEY', message: /no key is set/ });
    await assert.rejects(verifyBackup(manifest.name, withKey(keys[1]?.path as string)), {
      code: 'FC_BACKUP_KEY',
      message: /another key/,
    });
    await assert.rejects(verifyBackup(manifest.name, withKey(join(folder, 'nothing'))), { code: 'FC_BACKUP_KEY' });
    writeFileSync(keys[1]?.path as string, 'not a key');
    await assert.rejects(backupNow(withKey(keys[1]?.path as string)), { code: 'FC_BACKUP_KEY', message: /no key/ });
    assert.deepEqual(leftovers(options.backup), []);
    const restored = join(folder, 'restored.db');
    await restoreIntoNewFile(manifest, restored, right);
    assert.ok(existsSync(restored));
  });

  test('a database of the original app is backed up as it is, without a change to its file', async (t) => {
    const { file, folder, options } = await installation(t);
    const db = new DatabaseSync(file);
    db.exec('DROP TABLE schema_revision; DROP TABLE write_gate; PRAGMA journal_mode = DELETE');
    db.close();
    const before = stateOf(folder);
    const manifest = await backupNow(options);
    assert.deepEqual([manifest.revision, manifest.epoch], [undefined, undefined]);
    for (const [name, hash] of Object.entries(before)) assert.equal(stateOf(folder)[name], hash, name);
    await restoreIntoNewFile(manifest, join(folder, 'restored.db'), options);
  });
});

describe('which backups stay', () => {
  const listed = (madeAt: string) => {
    const name = madeAt.replace(/[-:. ]/g, '');
    return { name, manifest: { name, madeAt } as Manifest, error: undefined };
  };
  const retention = { days: 14, weeks: 8, months: 12 };

  test('of two years of nightly backups the last of 14 days, 8 weeks and 12 months stay, whatever was pruned on the way', () => {
    let kept: ReturnType<typeof listed>[] = [];
    let now = Timestamp.parse('2024-01-01 03:00:00') as Timestamp;
    for (let night = 0; night < 730; night++, now = now.plusDays(1)) {
      kept = [listed(now.text), ...kept];
      const fates = new Map(fatesOf(kept, [], retention, now).map((fate) => [fate.name, fate.isKept]));
      kept = kept.filter(({ name }) => fates.get(name));
    }
    const days = kept.map(({ manifest }) => manifest.madeAt.slice(0, 10));
    assert.deepEqual(days.slice(0, 14), [...Array.from({ length: 14 }, (_, i) => now.plusDays(-1 - i).text.slice(0, 10))]);
    // The last day of each of the last twelve months is there; of weeks the Sundays.
    const months = new Set(days.map((day) => day.slice(0, 7)));
    assert.equal(months.size, 12);
    assert.ok(days.includes('2025-11-30') && days.includes('2025-02-28'));
    assert.ok(kept.length <= 14 + 8 + 12, `${kept.length} are kept`);
  });

  test('the newest one that was found whole stays, damaged ones count for nothing and are left to be looked at', () => {
    const backups = ['2026-01-04 03:00:00.000000', '2026-01-03 03:00:00.000000', '2025-01-01 03:00:00.000000'].map(listed);
    const now = Timestamp.parse('2026-03-01 00:00:00') as Timestamp;
    const entry = (i: number, isGood: boolean) => ({
      at: '2026-01-05 00:00:00.000000',
      kind: 'verify' as const,
      backup: backups[i]?.name as string,
      isGood,
    });
    const fates = fatesOf(backups, [entry(0, false), entry(1, false), entry(2, true)], { days: 1, weeks: 0, months: 0 }, now);
    assert.deepEqual(
      fates.map(({ isKept, why }) => [isKept, why]),
      [
        [true, 'damaged'],
        [true, 'damaged'],
        [true, 'newest'],
      ],
    );
  });

  test('the first backup of each change log of the last days stays: no day with gaps loses its moments', () => {
    const now = Timestamp.parse('2026-03-10 12:00:00') as Timestamp;
    // The newest first. Of the 1st the second log is damaged at its beginning; the log of the 20th is too old.
    const backups = (
      [
        ['2026-03-10 03:00:00.000000', 'c'],
        ['2026-03-01 20:00:00.000000', 'c'],
        ['2026-03-01 19:00:00.000000', 'c'],
        ['2026-03-01 14:00:00.000000', 'b'],
        ['2026-03-01 13:00:00.000000', 'b'],
        ['2026-03-01 12:00:00.000000', 'b'],
        ['2026-03-01 03:00:00.000000', 'a'],
        ['2026-02-20 04:00:00.000000', 'z'],
        ['2026-02-20 03:00:00.000000', 'z'],
      ] as const
    ).map(([madeAt, chain]) => {
      const one = listed(madeAt);
      return { ...one, manifest: { ...one.manifest, log: { chain } } as Manifest };
    });
    const bad = { at: now.text, kind: 'verify' as const, backup: backups[5]?.name as string, isGood: false };
    assert.deepEqual(
      fatesOf(backups, [bad], { days: 14, weeks: 0, months: 0 }, now).map(({ why }) => why),
      ['newest', 'day', 'log', 'past its time', 'log', 'damaged', 'log', 'day', 'past its time'],
    );
  });

  test('a backup dated in the future is not the newest, keeps no place of another one, and is left to be looked at', async (t) => {
    const { options } = await installation(t);
    const { directory } = options.backup;
    const now = systemClock().now();
    const { name: ahead } = await backupNow({ ...options, clock: { now: () => now.plusDays(400) } });
    assert.throws(() => newestBackup(directory, now), {
      code: 'FC_BACKUP_NOT_FOUND',
      why: new RegExp(`${ahead} is dated in the future`),
    });
    const { name } = await backupNow(options);
    assert.deepEqual([newestBackup(directory, now).name, newestListed(directory, now)?.name], [name, name]);
    // Also one whose manifest tells nothing any more.
    rmSync(join(directory, ahead, 'manifest.json'));
    assert.equal(newestListed(directory, now)?.name, name);
    const fates = fatesOf(
      [listed(now.plusDays(400).text), listed('2020-01-01 03:00:00.000000')],
      [],
      { days: 1, weeks: 0, months: 0 },
      now,
    );
    assert.deepEqual(
      fates.map(({ isKept, why }) => [isKept, why]),
      [
        [true, 'dated in the future'],
        [true, 'newest'],
      ],
    );
  });

  test('what a drill found wrong is not right again because its bytes are whole', () => {
    const at = '2026-11-26 03:00:00.000000';
    const bad = { at, kind: 'drill', backup: 'a', isGood: false } as const;
    const whole = { at, kind: 'verify', backup: 'a', isGood: true } as const;
    assert.equal(lastVerdicts([bad, whole]).get('a')?.isGood, false);
    assert.equal(lastVerdicts([bad, whole, { ...bad, isGood: true }]).get('a')?.isGood, true);
    assert.equal(lastVerdicts([whole, { ...whole, isGood: false }]).get('a')?.isGood, false);
  });

  test('a lost+found and other folders beside backups are none, and a manifest that cannot be read hides no other', async (t) => {
    const { options } = await installation(t);
    const { directory } = options.backup;
    const { name } = await backupNow(options);
    mkdirSync(join(directory, 'lost+found'));
    mkdirSync(join(directory, 'old'));
    assert.deepEqual(
      listBackups(directory).map((listed) => listed.name),
      [name],
    );
    mkdirSync(join(directory, '20990101T000000000000Z', 'manifest.json'), { recursive: true });
    assert.equal(newestBackup(directory, systemClock().now()).name, name);
    assert.equal(listBackups(directory)[0]?.error?.code, 'FC_BACKUP_DAMAGED');
  });

  test('prune removes what is past its time and nothing else; a dry run removes nothing', async (t) => {
    const { options } = await installation(t);
    const { directory } = options.backup;
    const old = await backupNow(options);
    // Two of one day: the later one is that day's.
    const later = await backupNow(options);
    const few = (now: Timestamp) => ({
      ...options,
      clock: { now: () => now },
      backup: { ...options.backup, retention: { days: 1, weeks: 0, months: 0 } },
    });
    const tomorrow = few((Timestamp.parse(later.madeAt) as Timestamp).plusDays(2));
    const dry = await pruneBackups(tomorrow, true);
    assert.deepEqual(
      dry.map(({ name, isKept }) => [name, isKept]),
      [
        [later.name, true],
        [old.name, false],
      ],
    );
    assert.equal(listBackups(directory).length, 2);
    await pruneBackups(few(options.clock.now()), false);
    assert.equal(listBackups(directory).length, 2, 'what is younger than a day stays');
    await pruneBackups(tomorrow, false);
    assert.deepEqual(
      listBackups(directory).map(({ name }) => name),
      [later.name],
    );
    await pruneBackups(tomorrow, false);
    assert.equal(newestBackup(directory, systemClock().now()).name, later.name);
  });

  test('a line of the record that a kill cut off swallows no other', async (t) => {
    const { options } = await installation(t);
    const { directory } = options.backup;
    await backupNow(options);
    const { appendFileSync } = await import('node:fs');
    appendFileSync(join(directory, 'record.jsonl'), '{"at":"2026');
    record(directory, { at: '2026-01-01 00:00:00.000000', kind: 'drill', isGood: true });
    assert.deepEqual(
      readRecord(directory).map(({ kind }) => kind),
      ['backup', 'drill'],
    );
  });

  test('a backup that was renamed is known to be another one', async (t) => {
    const { options } = await installation(t);
    const { directory } = options.backup;
    const { name } = await backupNow(options);
    renameSync(join(directory, name), join(directory, 'mine'));
    assert.throws(() => backupNamed(directory, 'mine'), { code: 'FC_BACKUP_DAMAGED' });
    rmSync(join(directory, 'mine'), { recursive: true });
    assert.throws(() => newestBackup(directory, systemClock().now()), { code: 'FC_BACKUP_NOT_FOUND' });
    assert.throws(() => backupNamed(directory, '../backups'), { code: 'FC_BACKUP_NOT_FOUND' });
  });
});
