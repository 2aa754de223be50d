// slow
import assert from 'node:assert/strict';
import {
  closeSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import { systemClock } from '../../src/db/clock.ts';
import { openDatabase } from '../../src/db/database.ts';
import { peerFileOf } from '../../src/db/peer.ts';
import { SqliteConnection } from '../../src/engine/sqlite/connection.ts';
import { installSqliteCapture } from '../../src/move/capture/sqlite-capture.ts';
import { carriedTables } from '../../src/move/carried-tables.ts';
import { cleanUp } from '../../src/ops/backup/clean-up.ts';
import { backupNow } from '../../src/ops/backup/make-backup.ts';
import { takeBack, writePlan } from '../../src/ops/backup/restore/exchange-plan.ts';
import { restoreInPlace } from '../../src/ops/backup/restore/restore-file.ts';
import { flashcase } from '../../src/schema/flashcase.ts';
import { settingsFor } from '../support/fresh.ts';
import { hashOf, type Installation, installation, runChild, usersOf } from './backups.ts';

const skipping = { skipsRestorePoint: true };
const unreadable = { skipsRestorePoint: true, acceptsUnreadable: true };

async function users(file: string): Promise<string[]> {
  const database = openDatabase(settingsFor({ url: `sqlite:///${file}` }), systemClock());
  try {
    return await usersOf(database);
  } finally {
    await database.close();
  }
}

async function rename(file: string, to: string): Promise<void> {
  const database = openDatabase(settingsFor({ url: `sqlite:///${file}` }), systemClock());
  await database.write(({ kysely }) =>
    kysely.updateTable('user').set({ username: to }).where('username', '=', 'load_0').execute(),
  );
  await database.close();
}

/** What lies beside the database under a name of its own. */
const beside = (file: string): string[] =>
  readdirSync(join(file, '..')).filter((name) => name.startsWith('flashcase.db.') && !/-(wal|shm|journal)$/.test(name));

async function putInMove(file: string): Promise<void> {
  const sqlite = new SqliteConnection({ file, readOnly: false, busyTimeoutMs: 1000, columnTypes: new Map() });
  try {
    await installSqliteCapture(sqlite, carriedTables(flashcase, ['write_gate']), {
      runId: 'mv-1',
      target: 'db1:5432/x',
      epoch: 1,
    });
  } finally {
    sqlite.close();
  }
  writeFileSync(peerFileOf(file), JSON.stringify({ sqliteFile: file, postgresUrl: 'postgresql://u:p@127.0.0.1:1/x' }));
}

/** Damages the list of tables, so that SQLite opens the file and can read nothing. */
function damageSchema(file: string): void {
  const db = new DatabaseSync(file);
  db.exec('PRAGMA journal_mode = DELETE');
  db.close();
  const handle = openSync(file, 'r+');
  writeSync(handle, Buffer.alloc(3900, 0xa5), 0, 3900, 100);
  closeSync(handle);
}

describe('what is in the place of a restore', { concurrency: false }, () => {
  test('a file that is busy is refused as such, also in a live move, and nothing is asked of the operator', async (t) => {
    const { file, options } = await installation(t);
    const manifest = await backupNow(options);
    await putInMove(file);
    const holder = new DatabaseSync(file);
    t.after(() => holder.close());
    holder.exec('PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE');
    const before = hashOf(file);
    for (const how of [skipping, unreadable])
      await assert.rejects(restoreInPlace(manifest, file, options, how), { code: 'FC_DB_BUSY' });
    assert.equal(hashOf(file), before);
    assert.deepEqual(beside(file), ['flashcase.db.peer']);
  });

  test('a file that cannot be read is refused with the cause, and replaced and kept aside when somebody says so', async (t) => {
    const damages: readonly [why: RegExp, damage: (file: string) => void][] = [
      [/malformed/, damageSchema],
      [
        /EISDIR|directory/,
        (file) => {
          rmSync(file);
          mkdirSync(file);
        },
      ],
    ];
    for (const [why, damage] of damages) {
      const { file, options } = await installation(t);
      const manifest = await backupNow(options);
      damage(file);
      await assert.rejects(restoreInPlace(manifest, file, options, skipping), { code: 'FC_RESTORE_TARGET', why });
      assert.deepEqual(beside(file), [], String(why));
      if (statSync(file).isDirectory()) {
        await assert.rejects(restoreInPlace(manifest, file, options, unreadable), { code: 'FC_RESTORE_FAILED' });
        assert.deepEqual([statSync(file).isDirectory(), beside(file)], [true, []]);
        continue;
      }
      const was = hashOf(file);
      const { aside } = await restoreInPlace(manifest, file, options, { ...unreadable, skipsRestorePoint: false });
      assert.equal(hashOf(aside as string), was);
      assert.deepEqual(await users(file), ['load_0', 'load_1']);
    }
  });

  test('a link to a place that is not there is refused: the disk may not be mounted', async (t) => {
    const { file, folder, options } = await installation(t);
    const manifest = await backupNow(options);
    rmSync(file);
    symlinkSync(join(folder, 'unmounted', 'flashcase.db'), file);
    await assert.rejects(restoreInPlace(manifest, file, options, unreadable), { code: 'FC_RESTORE_TARGET', why: /ENOENT/ });
  });

  test('a file of a live move that is gone, is none, or cannot be read is refused until somebody says so', async (t) => {
    const losses: readonly [code: string, lose: (file: string) => void][] = [
      ['FC_MOVE_UNDERWAY', (file) => renameSync(file, join(file, '..', 'lost.db'))],
      ['FC_MOVE_UNDERWAY', (file) => writeFileSync(file, 'no database at all')],
      ['FC_RESTORE_TARGET', damageSchema],
    ];
    for (const [code, lose] of losses) {
      const { file, options } = await installation(t);
      const outside = await backupNow(options);
      await putInMove(file);
      const inMove = await backupNow(options);
      lose(file);
      for (const manifest of [outside, inMove]) {
        await assert.rejects(restoreInPlace(manifest, file, options, skipping), { code }, `${code} ${lose}`);
        assert.deepEqual(beside(file), ['flashcase.db.peer']);
      }
      assert.equal((await restoreInPlace(inMove, file, options, unreadable)).isInMove, true);
    }
  });
});

describe('a restore that is killed', { concurrency: false }, () => {
  /** What each step has done to the names when the kill comes. */
  const steps = ['unpacked', 'made ready', 'planned', 'aside', 'without log', 'in place', 'recorded'] as const;
  const isExchanged = (step: string): boolean => step === 'in place' || step === 'recorded';

  /** Makes a backup, changes the database, and kills a restore at the step. */
  async function cutOff(made: Installation, step: string): Promise<void> {
    assert.equal(await runChild(['restore', made.folder, step]), 'SIGKILL', step);
  }

  for (const step of steps)
    test(`cut off after step ${step}: the next start finds the ${isExchanged(step) ? 'new' : 'old'} database under its one name, and says what lies aside`, async (t) => {
      const made = await installation(t);
      const { file, options } = made;
      const { name } = await backupNow(options);
      await rename(file, 'renamed');
      await cutOff(made, step);
      // What makes it necessary: two names of one file, of which the second one is written by whoever writes the first.
      assert.equal(statSync(file).nlink, step === 'aside' || step === 'without log' ? 2 : 1);
      const told: string[] = [];
      await cleanUp(options, (line) => told.push(line));
      const text = told.join('\n');
      assert.equal(statSync(file).nlink, 1);
      assert.equal(existsSync(`${file}.restoring`), false);
      const asides = beside(file);
      if (isExchanged(step)) {
        assert.deepEqual(await users(file), ['load_0', 'load_1']);
        assert.equal(asides.length, 1, asides.join());
        assert.deepEqual(await users(join(file, '..', asides[0] as string)), ['renamed', 'load_1']);
        if (step === 'in place')
          assert.match(
            text,
            new RegExp(`restore of ${name} .* is the restored database; what was there lies at .*${asides[0]}$`),
          );
        else assert.equal(text, '');
      } else {
        assert.deepEqual(await users(file), ['renamed', 'load_1']);
        assert.deepEqual(asides, []);
        assert.match(
          text,
          /cut off.*(before it changed anything|is the database from before\. Run it again: flashcase restore \d)/,
        );
      }
      told.length = 0;
      await cleanUp(options, (line) => told.push(line));
      assert.deepEqual(told, [], 'once is enough');
    });

  test('the next restore brings it to an end as well, then does its own', async (t) => {
    const made = await installation(t);
    const { file, options } = made;
    const manifest = await backupNow(options);
    let expected = 0;
    for (const step of steps) {
      await rename(file, 'renamed');
      await cutOff(made, step);
      if (isExchanged(step)) expected++;
      const told: string[] = [];
      await restoreInPlace(manifest, file, { ...options, say: (line) => told.push(line) }, skipping);
      expected++;
      if (step !== 'recorded')
        assert.ok(
          told.some((line) => line.includes('cut off')),
          step,
        );
      assert.deepEqual(await users(file), ['load_0', 'load_1'], step);
      assert.equal(statSync(file).nlink, 1, step);
      assert.equal(beside(file).length, expected, `${step}: ${beside(file).join()}`);
    }
  });

  test('what is no database gets its log back, unless it was written since: then the log stays aside, and that is told', async (t) => {
    for (const isWritten of [false, true])
      for (const step of ['planned', 'aside', 'without log'] as const) {
        const made = await installation(t);
        const { file, options } = made;
        await backupNow(options);
        writeFileSync(file, 'no database at all');
        writeFileSync(`${file}-wal`, 'nor is this a log');
        await cutOff(made, step);
        assert.equal(existsSync(`${file}-wal`), step !== 'without log');
        if (isWritten) writeFileSync(file, 'something else');
        const told: string[] = [];
        await cleanUp(options, (line) => told.push(line));
        const aside =
          beside(file).length + readdirSync(join(file, '..')).filter((name) => /before-restore.*-wal$/.test(name)).length;
        const isKept = isWritten && step === 'without log';
        assert.equal(aside, isKept ? 1 : 0, `${step} ${isWritten}`);
        assert.equal(existsSync(`${file}-wal`), !isKept);
        if (!isKept) assert.equal(readFileSync(`${file}-wal`, 'utf8'), 'nor is this a log');
        assert.equal(
          told.some((line) => line.includes('lies aside')),
          isKept,
        );
        assert.equal(statSync(file).nlink, 1);
      }
  });

  test('a log that was put aside comes back also where somebody has looked at the database without it meanwhile', async (t) => {
    const made = await installation(t);
    const { file, options } = made;
    await backupNow(options);
    writeFileSync(file, 'no database at all');
    writeFileSync(`${file}-wal`, 'nor is this a log');
    await cutOff(made, 'without log');
    writeFileSync(`${file}-wal`, '');
    await cleanUp(options, () => {});
    assert.equal(readFileSync(`${file}-wal`, 'utf8'), 'nor is this a log');
    assert.deepEqual(beside(file), []);
  });

  test('where a file system knows no second names the copy aside goes again, unless it is all that is left of before', async (t) => {
    for (const isWritten of [false, true]) {
      const { file } = await installation(t);
      const aside = `${file}.before-restore-x`;
      writeFileSync(`${file}.restoring`, '');
      writePlan(file, { backup: 'x', aside });
      copyFileSync(file, aside);
      if (isWritten) await rename(file, 'later');
      assert.deepEqual(takeBack(file), isWritten ? [aside] : []);
      assert.equal(existsSync(aside), isWritten);
      assert.equal((await users(file))[0], isWritten ? 'later' : 'load_0');
    }
  });

  test('a restore that failed, and whose taking back was cut off, is not taken for done', async (t) => {
    const { file, options } = await installation(t);
    const aside = `${file}.before-restore-x`;
    writeFileSync(`${file}.restoring`, '');
    writePlan(file, { backup: 'x', aside });
    linkSync(file, aside);
    rmSync(`${file}.restoring`);
    const told: string[] = [];
    await cleanUp(options, (line) => told.push(line));
    assert.match(told.join(), /is the database from before/);
    assert.deepEqual([statSync(file).nlink, beside(file)], [1, []]);
  });

  test('into a new place: cut off between its two names the file is complete, and has one', async (t) => {
    const { file, options } = await installation(t);
    linkSync(file, `${file}.restoring`);
    const told: string[] = [];
    await cleanUp(options, (line) => told.push(line));
    assert.match(told.join(), /the file is complete/);
    assert.equal(statSync(file).nlink, 1);
    assert.deepEqual(await users(file), ['load_0', 'load_1']);
  });

  for (const step of ['unpacked', 'made ready', 'aside'])
    test(`one that is under way is left alone by a server that starts and by another restore, at step ${step}`, async (t) => {
      const { file, folder, options } = await installation(t);
      const manifest = await backupNow(options);
      await rename(file, 'renamed');
      // What keeps them off is the place: their backups may be elsewhere.
      const elsewhere = { ...options, backup: { ...options.backup, directory: join(folder, 'elsewhere') } };
      const told: string[] = [];
      const others: Promise<void>[] = [];
      const watched = {
        ...options,
        onStep(at: string) {
          if (at !== step) return;
          for (const { backup } of [options, elsewhere]) others.push(cleanUp({ ...options, backup }, (line) => told.push(line)));
          others.push(
            assert.rejects(restoreInPlace(manifest, file, elsewhere, skipping), {
              code: 'FC_BACKUP_BUSY',
              message: /restoring into this place/,
            }),
          );
        },
      };
      await restoreInPlace(manifest, file, watched, skipping);
      await Promise.all(others);
      assert.equal(others.length, 3);
      assert.deepEqual(
        told.map((line) => /is under way$/.test(line)),
        [true, true],
        told.join('\n'),
      );
      assert.deepEqual(await users(file), ['load_0', 'load_1']);
      assert.equal(beside(file).length, 1, 'what was there is still aside, and nothing else is left');
    });

  test('a restored file that is gone, empty or another one when it is to be used is not used', async (t) => {
    const ways: readonly [why: RegExp, spoil: (ready: string) => void][] = [
      [/gone/, () => {}],
      [/empty/, (ready) => writeFileSync(ready, '')],
      [
        /has no rows instead of \d/,
        (ready) => {
          const db = new DatabaseSync(ready);
          db.exec('CREATE TABLE x (a)');
          db.close();
        },
      ],
    ];
    for (const step of ['unpacked', 'made ready'])
      for (const [why, spoil] of ways) {
        const { file, options } = await installation(t);
        const manifest = await backupNow(options);
        await rename(file, 'renamed');
        const spoiled = {
          ...options,
          onStep(at: string) {
            if (at !== step) return;
            rmSync(`${file}.restoring`);
            spoil(`${file}.restoring`);
          },
        };
        await assert.rejects(restoreInPlace(manifest, file, spoiled, skipping), { code: 'FC_RESTORE_FAILED', why }, step);
        assert.deepEqual(await users(file), ['renamed', 'load_1']);
        assert.deepEqual(beside(file), []);
      }
  });
});
