// slow
import assert from 'node:assert/strict';
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import { drillOptions } from '../../src/cli/backup/drill-options.ts';
import { systemClock } from '../../src/db/clock.ts';
import { backupNamed, listBackups } from '../../src/ops/backup/backup-folder.ts';
import { cleanUp } from '../../src/ops/backup/clean-up.ts';
import { drill } from '../../src/ops/backup/drill/drill.ts';
import { backupNow } from '../../src/ops/backup/make-backup.ts';
import { type Manifest, manifestText } from '../../src/ops/backup/manifest.ts';
import type { BackupOptions } from '../../src/ops/backup/options.ts';
import { pruneBackups } from '../../src/ops/backup/prune-backups.ts';
import { restoreInPlace, restoreIntoNewFile } from '../../src/ops/backup/restore/restore-file.ts';
import { leftovers, withScratch } from '../../src/ops/backup/scratch.ts';
import { verifyBackup } from '../../src/ops/backup/verify-backup.ts';
import { settingsFor } from '../support/fresh.ts';
import {
  hashOf,
  type Installation,
  installation,
  keyFile,
  optionsFor,
  plainFilesIn,
  runChild,
  temporaryFolder,
} from './backups.ts';

/** An installation with a key, the options without it beside. */
async function withKey(
  t: TestContext,
  more: Partial<BackupOptions> = {},
): Promise<Installation & { readonly keyless: BackupOptions; readonly key: string }> {
  const key = keyFile(temporaryFolder(t));
  const made = await installation(t);
  const { directory } = made.options.backup;
  const options = optionsFor({ url: `sqlite:///${made.file}` }, directory, { env: { BACKUP_KEY_FILE: key }, ...more });
  return { ...made, options, keyless: made.options, key };
}

const scratchBeside = (folder: string): string[] => readdirSync(folder).filter((name) => name.startsWith('.flashcase-scratch-'));

describe('backups with a key', { concurrency: false }, () => {
  test('while one is made, read back and tried out nothing plain lies where the backups are; the scratch beside the database is its owner’s only', async (t) => {
    const steps: string[] = [];
    const { folder, file, options, key } = await withKey(t, {
      onStep(step) {
        steps.push(step);
        assert.deepEqual(plainFilesIn(join(folder, 'backups')), [], step);
        for (const scratch of scratchBeside(folder)) assert.equal(statSync(join(folder, scratch)).mode & 0o777, 0o700);
      },
    });
    await backupNow(options);
    assert.deepEqual(steps, ['copied', 'checked', 'packed', 'described', 'named']);
    const tried = drillOptions(
      settingsFor({ url: `sqlite:///${file}` }, { BACKUP_DIRECTORY: options.backup.directory, BACKUP_KEY_FILE: key }),
      () => {},
    );
    let isSeen = false;
    await drill({
      ...tried,
      async logIn(database) {
        isSeen = true;
        assert.equal(scratchBeside(folder).length, 1);
        assert.deepEqual(plainFilesIn(join(folder, 'backups')), []);
        return tried.logIn(database);
      },
    });
    assert.ok(isSeen);
    assert.deepEqual(scratchBeside(folder), []);
    assert.deepEqual(leftovers(options.backup), []);
  });

  test('killed at any step it leaves nothing plain there, and what it leaves beside the database goes at the next start; nobody’s work in progress does', async (t) => {
    const { folder, options, key } = await withKey(t);
    for (const step of ['copied', 'checked', 'packed', 'described']) {
      assert.equal(await runChild(['make', folder, step], { BACKUP_KEY_FILE: key }), 'SIGKILL', step);
      assert.deepEqual(plainFilesIn(join(folder, 'backups')), [], step);
      assert.equal(leftovers(options.backup).length, 1, step);
      const told: string[] = [];
      await withScratch(options.backup, async (busy) => {
        await cleanUp(options, (line) => told.push(line));
        assert.ok(existsSync(busy), 'somebody is at work there');
      });
      assert.match(told.join(), /^removed .* which a killed process left$/, step);
      assert.deepEqual(leftovers(options.backup), [], step);
    }
  });

  test('scratch that a run without the key left goes as well, and a scratch place among the backups is refused', async (t) => {
    const { options, key, file } = await withKey(t);
    const left = join(options.backup.directory, '.flashcase-scratch-abc');
    mkdirSync(left, { recursive: true });
    copyFileSync(file, join(left, 'database'));
    await backupNow(options);
    assert.equal(existsSync(left), false);
    assert.throws(
      () => settingsFor({ url: 'sqlite:////a/b.db' }, { BACKUP_DIRECTORY: '/c', BACKUP_SCRATCH: '/c/d', BACKUP_KEY_FILE: key }),
      {
        code: 'FC_SETTINGS_INVALID',
        message: /BACKUP_SCRATCH lies in BACKUP_DIRECTORY/,
      },
    );
    const scratchOf = (env: Record<string, string>): string =>
      settingsFor({ url: 'sqlite:////a/b.db' }, { BACKUP_DIRECTORY: '/c', ...env }).backup.scratch;
    assert.deepEqual(
      [scratchOf({}), scratchOf({ BACKUP_KEY_FILE: key }), scratchOf({ BACKUP_KEY_FILE: key, BACKUP_SCRATCH: '/e' })],
      ['/c', '/a', '/e'],
    );
  });

  test('a backup for which the key does not vouch is refused by name everywhere, and taken only when somebody says so', async (t) => {
    const { folder, file, options, keyless } = await withKey(t);
    const { directory } = options.backup;
    const plain = await backupNow(keyless);
    const sealed = await backupNow(options);
    const before = hashOf(file);
    const accepting = { ...options, acceptsUnsealed: true };
    const refused = { code: 'FC_BACKUP_UNSEALED', message: new RegExp(`${plain.name} is not encrypted`) };
    await assert.rejects(restoreInPlace(plain, file, options, { skipsRestorePoint: true }), refused);
    await assert.rejects(restoreIntoNewFile(plain, join(folder, 'new.db'), options), refused);
    await assert.rejects(verifyBackup(plain.name, options), refused);
    assert.equal(hashOf(file), before);
    await verifyBackup(plain.name, accepting);
    await restoreIntoNewFile(plain, join(folder, 'new.db'), accepting);
    // Somebody without the key takes the seal off, or writes another manifest over the sealed data.
    const manifest = join(directory, sealed.name, 'manifest.json');
    const rewritten = (change: Partial<Manifest>): Manifest => {
      writeFileSync(manifest, manifestText({ ...sealed, ...change }));
      return backupNamed(directory, sealed.name);
    };
    const { seal: _, ...unsealed } = sealed;
    writeFileSync(manifest, manifestText(unsealed));
    await assert.rejects(verifyBackup(sealed.name, options), { code: 'FC_BACKUP_UNSEALED', message: /has no seal/ });
    for (const change of [{ orphans: 7 }, { epoch: 99 }, { madeAt: '2020-01-01 00:00:00.000000' }, { tables: [] }])
      await assert.rejects(
        restoreInPlace(rewritten(change), file, accepting, { skipsRestorePoint: true }),
        (error: { code: string; details: { finding: string } }) => {
          assert.deepEqual([error.code, error.details.finding], ['FC_BACKUP_DAMAGED', 'seal_wrong'], JSON.stringify(change));
          return true;
        },
      );
    assert.equal(hashOf(file), before);
    await verifyBackup(rewritten({}).name, options);
  });

  test('a planted plain backup, newer than the sealed ones, turns the drill red', async (t) => {
    const { file, options, keyless, key } = await withKey(t);
    await backupNow(options);
    const elsewhere = { ...keyless, backup: { ...keyless.backup, directory: `${keyless.backup.directory}.elsewhere` } };
    const { name } = await backupNow(elsewhere);
    cpSync(join(elsewhere.backup.directory, name), join(options.backup.directory, name), { recursive: true });
    const settings = settingsFor(
      { url: `sqlite:///${file}` },
      { BACKUP_DIRECTORY: options.backup.directory, BACKUP_KEY_FILE: key },
    );
    await assert.rejects(drill(drillOptions(settings, () => {})), { code: 'FC_BACKUP_UNSEALED', message: new RegExp(name) });
  });

  test('planted backups that are dated late on past days have no genuine one removed: they count for nothing, and are kept as not vouched for', async (t) => {
    const { options, keyless } = await withKey(t);
    const today = systemClock().now();
    const few = { days: 3, weeks: 0, months: 0 };
    const at = (one: BackupOptions, daysAgo: number, seconds: number): BackupOptions => ({
      ...one,
      backup: { ...one.backup, retention: few },
      clock: { now: () => today.plusDays(-daysAgo).plusSeconds(seconds) },
    });
    const other = { ...options.backup, keyFile: keyFile(temporaryFolder(t), 'b') };
    const genuine: string[] = [];
    const planted: string[] = [];
    for (const daysAgo of [8, 7, 6, 5]) {
      genuine.push((await backupNow(at(options, daysAgo, 0))).name);
      // Of each day the last one is kept: without a key, with another one, and with the manifest of a sealed one rewritten.
      planted.push((await backupNow(at(keyless, daysAgo, 1))).name);
      planted.push((await backupNow(at({ ...options, backup: other }, daysAgo, 2))).name);
      const forged = await backupNow(at(options, daysAgo, 3));
      writeFileSync(join(options.backup.directory, forged.name, 'manifest.json'), manifestText({ ...forged, orphans: 7 }));
      planted.push(forged.name);
    }
    const fates = await pruneBackups(at(options, 0, 0), false);
    const [oldest = '', ...kept] = genuine;
    assert.deepEqual(
      listBackups(options.backup.directory)
        .map(({ name }) => name)
        .toSorted(),
      [...kept, ...planted].toSorted(),
    );
    const why = new Map(fates.map((fate) => [fate.name, fate.why]));
    assert.deepEqual(
      kept.map((name) => why.get(name)),
      ['day', 'day', 'newest'],
    );
    assert.equal(why.get(oldest), 'past its time');
    for (const name of planted) assert.equal(why.get(name), 'not vouched for', name);
  });

  test('no more is unpacked than the manifest says, however much a few bytes would give', async (t) => {
    const { folder, options } = await installation(t);
    const { directory } = options.backup;
    const manifest = await backupNow(options);
    const bomb = zstdCompressSync(Buffer.alloc(256 << 20));
    const data = join(directory, manifest.name, manifest.data.file);
    writeFileSync(data, bomb);
    const { createHash } = await import('node:crypto');
    const planted: Manifest = {
      ...manifest,
      data: { ...manifest.data, bytes: bomb.length, chunks: [createHash('sha256').update(bomb).digest('hex')] },
    };
    writeFileSync(join(directory, manifest.name, 'manifest.json'), manifestText(planted));
    const target = join(folder, 'new.db');
    let largest = 0;
    t.after(() => clearInterval(watch));
    const watch = setInterval(() => {
      largest = Math.max(largest, statSync(`${target}.restoring`, { throwIfNoEntry: false })?.size ?? 0);
    }, 1);
    await assert.rejects(restoreIntoNewFile(backupNamed(directory, manifest.name), target, options), {
      code: 'FC_BACKUP_DAMAGED',
      why: /gives more than the \d+ bytes/,
    });
    assert.ok(largest <= manifest.database.bytes, `${largest} bytes were written`);
    assert.equal(existsSync(`${target}.restoring`), false);
  });

  test('a manifest that names another file, or sizes that cannot be, is none', async (t) => {
    const { options } = await installation(t);
    const { directory } = options.backup;
    const manifest = await backupNow(options);
    const file = join(directory, manifest.name, 'manifest.json');
    const { data } = manifest;
    for (const change of [{ file: '../../flashcase.db' }, { chunkBytes: 0 }, { bytes: -1 }, { chunks: undefined }]) {
      writeFileSync(file, manifestText({ ...manifest, data: { ...data, ...change } as Manifest['data'] }));
      assert.throws(
        () => backupNamed(directory, manifest.name),
        { code: 'FC_BACKUP_DAMAGED', message: /damaged/ },
        JSON.stringify(change),
      );
    }
    assert.ok(readFileSync(file).length > 0);
  });
});
