// slow
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  cpSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { windowsText } from '../../src/cli/backup/backup-text.ts';
import { systemClock } from '../../src/db/clock.ts';
import { fileMark } from '../../src/engine/sqlite/wal-hold.ts';
import { makeDirectory } from '../../src/ops/backup/backup-folder.ts';
import { takeLock } from '../../src/ops/backup/lock.ts';
import {
  chainFolder,
  chainKeys,
  chainNames,
  logFilesOf,
  readChain,
  readHead,
  taggedText,
} from '../../src/ops/backup/log/chain.ts';
import { LogFollower, LogGap } from '../../src/ops/backup/log/follow-log.ts';
import { planMoment } from '../../src/ops/backup/log/restore-moment.ts';
import { verifyLogs } from '../../src/ops/backup/log/verify-log.ts';
import { listChains, momentOf } from '../../src/ops/backup/log/windows.ts';
import { backupNow } from '../../src/ops/backup/make-backup.ts';
import { pruneBackups } from '../../src/ops/backup/prune-backups.ts';
import { Timestamp } from '../../src/schema/index.ts';
import { fillDisk, smallDisk } from '../support/faults.ts';
import { chooseSeed, seededRandom } from '../support/load.ts';
import { hashOf, installation, keyFile, optionsFor, plainFilesIn } from './backups.ts';
import { assertExactly, logged, markersAt, ShiftedClock } from './change-log.ts';

const at = (text: string): Timestamp => Timestamp.parse(text) as Timestamp;
/** Numbers of a seed that is told. */
function randomOf(t: TestContext): () => number {
  const seed = chooseSeed();
  t.diagnostic(`seed ${seed}`);
  return seededRandom(seed);
}
const microsAt = (micros: bigint): Timestamp => Timestamp.fromMicros(micros);

describe('restore to a moment (SQLite)', { concurrency: false }, () => {
  test('B2: each of 50 random moments gives exactly what was committed by then, across backups and logs that were started over', async (t) => {
    const { file, folder, options } = await installation(t);
    const log = logged(t, file, options);
    await log.start();
    let isOver = false;
    const writing = (async () => {
      while (!isOver) {
        await log.mark();
        await delay(15);
      }
    })();
    for (let i = 0; i < 3; i++) {
      await delay(2500);
      await backupNow(options);
    }
    await delay(1500);
    isOver = true;
    await writing;
    await log.caughtUp();
    const [window, ...older] = log.windows();
    assert.ok(window !== undefined);
    assert.deepEqual([older.length, window.bases.length], [0, 4], log.told.join(' | '));
    const random = randomOf(t);
    const from = at(window.from).micros + 300_000n;
    const span = Number(at(window.to).micros - from);
    const moments = [
      // Just after each backup, and the ends.
      ...window.bases.slice(1).map(({ log: { at: begun } }) => microsAt(at(begun).micros + 1n)),
      at(window.to),
      ...Array.from({ length: 46 }, () => microsAt(from + BigInt(Math.floor(random() * span)))),
    ];
    for (const moment of moments) assertExactly(await markersAt(moment, options, folder), log.markers, moment);
    assert.ok(log.markers.length > 150, `${log.markers.length} markers: the log was started over`);
    for (const moment of [at(window.from).plusSeconds(-1), at(window.to).plusDays(1), at('2001-01-01 00:00:00')])
      await assert.rejects(planMoment(moment, options), {
        code: 'FC_RESTORE_WINDOW',
        why: new RegExp(`what can be restored is ${window.from.slice(0, 19)} to `),
      });
  });

  test('on an idle database every moment up to now can be restored, also in the night in which clocks are put back', async (t) => {
    const clock = new ShiftedClock(systemClock());
    // 2026-10-25 in Central Europe: 02:30 is there twice.
    clock.shiftSeconds = Number((at('2026-10-25 00:20:00').micros - clock.now().micros) / 1_000_000n);
    const { file, folder, options } = await installation(t, { clock });
    const log = logged(t, file, options);
    await log.start();
    await log.caughtUp();
    const first = log.markers.length;
    clock.shiftSeconds += 4500;
    await log.caughtUp();
    // 02:30 in summer time, and 02:30 an hour later.
    const summer = await markersAt(momentOf('2026-10-25T02:30:00+02:00'), options, folder);
    const winter = await markersAt(momentOf('2026-10-25T02:30:00+01:00'), options, folder);
    const end = await markersAt(momentOf(`${log.windows()[0]?.to}`), options, folder);
    assert.deepEqual([summer.length, winter.length, end.length], [first, first, log.markers.length]);
  });

  test('what another process writes is in it, and no checkpoint of another process makes a gap', async (t) => {
    const { file, folder, options } = await installation(t);
    const log = logged(t, file, options);
    await log.start();
    const [chain] = chainNames(options.backup.directory);
    const foreign = new DatabaseSync(file, { timeout: 5000 });
    for (let n = 1000; n < 1400; n++) {
      foreign.prepare('INSERT INTO marker VALUES (?, zeroblob(40000))').run(n);
      if (n % 20 === 0)
        foreign.exec(
          `PRAGMA busy_timeout = 0; PRAGMA wal_checkpoint(${n % 40 === 0 ? 'TRUNCATE' : 'RESTART'}); PRAGMA busy_timeout = 5000`,
        );
      if (n % 50 === 0) await delay(100);
    }
    foreign.close();
    const written = options.clock.now();
    await log.caughtUp();
    assert.deepEqual(chainNames(options.backup.directory), [chain], log.told.join(' | '));
    const moment = at(log.windows()[0]?.to ?? '');
    assert.ok(moment.micros > written.micros);
    assert.equal((await markersAt(moment, options, folder)).filter((n) => n >= 1000).length, 400);
  });

  test('a server that is stopped and started goes on with its log; what was written in between without it is a gap, and a new log begins with a new backup', async (t) => {
    const { file, folder, options } = await installation(t);
    const log = logged(t, file, options);
    await log.start();
    await log.stop();
    await log.start();
    assert.equal(chainNames(options.backup.directory).length, 1, log.told.join(' | '));
    await log.stop();
    const before = options.clock.now();
    const other = new DatabaseSync(file);
    other.exec('INSERT INTO marker VALUES (5000, NULL)');
    other.close();
    await log.start();
    assert.equal(chainNames(options.backup.directory).length, 2);
    assert.match(log.told.join('\n'), /a new change log begins: something wrote to the database/);
    const windows = log.windows();
    assert.equal(windows.length, 2);
    await assert.rejects(planMoment(before, options), (error: { code: string; why: string }) => {
      assert.equal(error.code, 'FC_RESTORE_WINDOW');
      for (const { from, to } of windows) assert.ok(error.why.includes(from.slice(0, 19)) && error.why.includes(to.slice(0, 19)));
      return true;
    });
    const old = await markersAt(at(windows[1]?.to ?? ''), options, folder);
    assert.ok(!old.includes(5000));
    assert.ok((await markersAt(at(windows[0]?.to ?? ''), options, folder)).includes(5000));
  });

  test('what was written and carried while nobody held the log, and is started over right after a start, is a gap: it is never missed in silence', async (t) => {
    const { file, options } = await installation(t);
    const { directory } = options.backup;
    makeDirectory(directory);
    const open = () => LogFollower.open({ file, directory, key: undefined, clock: options.clock, takeMarks: async () => [] });
    const other = new DatabaseSync(file);
    t.after(() => other.close());
    other.exec('PRAGMA journal_mode = WAL; CREATE TABLE marker (n INTEGER PRIMARY KEY)');
    const { follower: first } = await open();
    other.exec('INSERT INTO marker VALUES (1)');
    await first.copy();
    // As after a kill: nothing says how it ended.
    first.close();
    other.exec('INSERT INTO marker VALUES (2); PRAGMA wal_checkpoint(PASSIVE)');
    const { follower: second, begun } = await open();
    t.after(() => second.close());
    assert.equal(begun, undefined, 'it goes on');
    // SQLite may start its log over now, and does.
    other.exec('INSERT INTO marker VALUES (3)');
    await assert.rejects(second.copy(), LogGap);
  });

  test('B1: a byte that was flipped, a log that was cut off, a file that is missing or exchanged: each is found before the live file is touched', async (t) => {
    const { file, options } = await installation(t);
    const { directory } = options.backup;
    const log = logged(t, file, options);
    await log.start();
    // Random bytes, so that the log has more than one file: what can be compressed has one.
    const noise = new DatabaseSync(file, { timeout: 5000 });
    for (let n = 2000; n < 2012; n++) {
      noise.prepare('INSERT INTO marker VALUES (?, randomblob(2000000))').run(n);
      await delay(300);
    }
    noise.close();
    await log.caughtUp();
    const moment = at(log.windows()[0]?.to ?? '');
    await log.stop();
    const [name = ''] = chainNames(directory);
    const folder = chainFolder(directory, name);
    const [first = '', last = ''] = logFilesOf(folder);
    assert.ok(last !== '', 'more than one file');
    const kept = `${folder}-kept`;
    cpSync(folder, kept, { recursive: true });
    const live = hashOf(file);
    const random = randomOf(t);
    const flipAt = (path: string, offset: number): void => {
      const bytes = readFileSync(path);
      bytes[offset] = (bytes[offset] as number) ^ (1 << Math.floor(random() * 8));
      writeFileSync(path, bytes);
    };
    const sizeOf = (path: string): number => readFileSync(path).length;
    const damages: [string, () => void][] = [
      ...['chain.json', 'head.json', first, last].flatMap((one) =>
        Array.from({ length: 6 }, (_, i): [string, () => void] => {
          const path = join(folder, one);
          const offset = i === 0 ? 0 : Math.floor(random() * sizeOf(path));
          return [`byte ${offset} of ${one} flipped`, () => flipAt(path, offset)];
        }),
      ),
      ['the last file cut off', () => truncateSync(join(folder, last), sizeOf(join(folder, last)) - 1)],
      ['the first file cut off', () => truncateSync(join(folder, first), sizeOf(join(folder, first)) - 1)],
      ['the last file emptied', () => truncateSync(join(folder, last), 0)],
      ['the first file missing', () => rmSync(join(folder, first))],
      ['the last file missing', () => rmSync(join(folder, last))],
      ['the head missing', () => rmSync(join(folder, 'head.json'))],
      [
        'two files exchanged',
        () => {
          renameSync(join(folder, first), join(folder, 'x'));
          renameSync(join(folder, last), join(folder, first));
          renameSync(join(folder, 'x'), join(folder, last));
        },
      ],
    ];
    for (const [what, damage] of damages) {
      damage();
      const found = verifyLogs(options, true)[0]?.error;
      assert.equal(found?.code, 'FC_BACKUP_DAMAGED', what);
      // A log whose first file is gone has no window any more: refused for that, with what is wrong.
      await assert.rejects(planMoment(moment, options), (error: { code: string; why: string }) => {
        assert.ok(['FC_BACKUP_DAMAGED', 'FC_RESTORE_WINDOW'].includes(error.code), `${what}: ${error.code}`);
        return true;
      });
      rmSync(folder, { recursive: true });
      cpSync(kept, folder, { recursive: true });
    }
    assert.equal(hashOf(file), live);
    rmSync(kept, { recursive: true });
    assert.deepEqual(
      verifyLogs(options, true).map(({ error }) => error),
      [undefined],
    );
    await planMoment(moment, options);
  });

  test('with a key nothing of the log is plain, and nobody without it restores from it', async (t) => {
    const made = await installation(t);
    const key = keyFile(made.folder);
    const options = optionsFor({ url: `sqlite:///${made.file}` }, join(made.folder, 'backups'), {
      env: { BACKUP_KEY_FILE: key },
    });
    const log = logged(t, made.file, options);
    await log.start();
    await log.caughtUp();
    const moment = at(log.windows()[0]?.to ?? '');
    assert.deepEqual(plainFilesIn(options.backup.directory), []);
    assertExactly(await markersAt(moment, options, made.folder), log.markers, moment);
    await log.stop();
    const without = optionsFor({ url: `sqlite:///${made.file}` }, join(made.folder, 'backups'));
    await assert.rejects(planMoment(moment, without), { code: 'FC_RESTORE_WINDOW', why: /FC_BACKUP_KEY/ });
    const other = optionsFor({ url: `sqlite:///${made.file}` }, join(made.folder, 'backups'), {
      env: { BACKUP_KEY_FILE: keyFile(made.folder, 'b') },
    });
    await assert.rejects(planMoment(moment, other), { code: 'FC_RESTORE_WINDOW', why: /FC_BACKUP_KEY/ });
  });

  const disk = smallDisk(64);
  test('D4: a full disk of the log is told and keeps nobody from studying; with room again it goes on without a gap', {
    skip: typeof disk === 'string' && disk,
  }, async (t) => {
    assert.ok(typeof disk === 'object');
    const { file, folder } = await installation(t);
    const options = optionsFor({ url: `sqlite:///${file}` }, join(disk.path, 'backups'));
    const log = logged(t, file, options);
    t.after(() => disk.remove());
    await log.start();
    const free = fillDisk(disk.path, 4096);
    for (let i = 0; i < 40; i++) {
      await log.mark();
      await delay(20);
    }
    await log.until(() => log.told.some((line) => /FAILED: the change log cannot be written/.test(line)));
    await log.mark();
    free();
    await log.until(() => log.told.includes('the change log goes on'));
    await log.caughtUp();
    assert.equal(chainNames(options.backup.directory).length, 1);
    const moment = at(log.windows()[0]?.to ?? '');
    assertExactly(await markersAt(moment, options, folder), log.markers, moment);
  });

  test('a clock that is set back begins a new log, so that no moment means two', async (t) => {
    const clock = new ShiftedClock(systemClock());
    const { file, folder, options } = await installation(t, { clock });
    const { directory } = options.backup;
    const log = logged(t, file, options);
    await log.start();
    const [first] = chainNames(directory);
    const before = log.markers.length;
    const told = () => log.told.filter((line) => /the clock was set back/.test(line)).length;
    clock.shiftSeconds = -60;
    await log.until(() => chainNames(directory)[0] !== first);
    const [second] = chainNames(directory);
    assert.ok(second !== undefined && first !== undefined && second < first, 'begun later, and named earlier');
    await log.untilWindow(() => log.windows().length === 2);
    await log.caughtUp();
    const gaps = told();
    const [window] = log.windows();
    assert.equal(window?.chain.name, second);
    const found = await markersAt(at(window.to), options, folder);
    assert.ok(found.length >= before);
    assertExactly(found, log.markers.slice(before), at(window.to));
    // The nightly backup lies in it, and pruning leaves it alone.
    assert.equal((await backupNow(options)).log?.chain, second);
    await pruneBackups(options, false);
    assert.deepEqual(chainNames(directory), [second, first]);
    // The clock comes to the moments of the first log again: they are those of the second now, also after a start.
    await log.stop();
    clock.shiftSeconds = 0;
    await log.start();
    await log.caughtUp();
    assert.deepEqual([chainNames(directory), told()], [[second, first], gaps]);
    const moment = at(log.windows()[0]?.to ?? '');
    assert.equal((await planMoment(moment, options)).window.chain.name, second);
    const again = at(log.windows()[1]?.to ?? '');
    assert.equal((await planMoment(again, options)).window.chain.name, second, 'the later one of two');
  });

  test('after a start with a clock that was set back a new log begins, and the backup it begins with lies in it', async (t) => {
    const clock = new ShiftedClock(systemClock());
    const { file, options } = await installation(t, { clock });
    const { directory } = options.backup;
    const log = logged(t, file, options);
    await log.start();
    await log.stop();
    clock.shiftSeconds = -3600;
    assert.equal((await backupNow(options)).log, undefined, 'in no log that is dated in the future');
    await log.start();
    await log.untilWindow(() => log.windows().length === 2);
    assert.equal(chainNames(directory).length, 2);
    assert.match(log.told.join('\n'), /a new change log begins: the clock was set back/);
  });

  test('while the data is on the other side of a live move the log rests, and its window ends', async (t) => {
    const { file, options } = await installation(t);
    const log = logged(t, file, options);
    await log.start();
    const other = new DatabaseSync(file, { timeout: 5000 });
    other.exec("UPDATE write_gate SET state = 'moved', moved_to = 'db1:5432/x' WHERE id = 1");
    await log.until(() => log.told.some((line) => /the change log rests/.test(line)));
    assert.match(log.windows()[0]?.head.ended ?? '', /live move/);
    // Nothing of it holds the file: its log can be emptied, as the end of a move does.
    assert.equal(other.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.busy, 0);
    other.close();
  });

  test('a disk of the backups that hangs keeps nobody from the end of a move, and nobody else writes the log before it answers', async (t) => {
    const { file, options } = await installation(t);
    const { directory } = options.backup;
    const log = logged(t, file, options);
    await log.start();
    const [chain = ''] = chainNames(directory);
    const head = join(chainFolder(directory, chain), 'head.json.partial');
    // Who opens it to write waits until somebody reads.
    await log.until(() => {
      try {
        execFileSync('mkfifo', [head], { stdio: 'ignore' });
        return true;
      } catch {
        return false;
      }
    });
    await log.mark();
    await delay(1500);
    const other = new DatabaseSync(file, { timeout: 5000 });
    t.after(() => other.close());
    other.exec("UPDATE write_gate SET state = 'moved', moved_to = 'db1:5432/x' WHERE id = 1");
    try {
      await log.until(() => log.told.some((line) => /gave way.*(was moved|given back)/.test(line)));
      assert.equal(other.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.busy, 0);
      assert.equal(takeLock(join(directory, 'log', '.lock')), undefined, 'what hangs may still write');
    } finally {
      closeSync(openSync(head, constants.O_RDONLY | constants.O_NONBLOCK));
    }
    await log.until(() => {
      const lock = takeLock(join(directory, 'log', '.lock'));
      lock?.close();
      return lock !== undefined;
    });
  });

  test('a long log is no hanging disk: what is written at once in 300 MB is copied, without a gap', async (t) => {
    const { file, options } = await installation(t);
    const log = logged(t, file, options);
    await log.start();
    const other = new DatabaseSync(file, { timeout: 5000 });
    other.exec('PRAGMA wal_autocheckpoint = 0; BEGIN IMMEDIATE');
    for (let n = 5000; n < 5300; n++) other.prepare('INSERT INTO marker VALUES (?, zeroblob(1000000))').run(n);
    other.exec('COMMIT');
    assert.ok(statSync(`${file}-wal`).size > 268_435_456);
    await log.caughtUp();
    other.close();
    assert.equal(chainNames(options.backup.directory).length, 1, log.told.join(' | '));
    assert.deepEqual(
      log.told.filter((line) => /gave way|gap/.test(line)),
      [],
    );
  });

  test('what was committed right before a kill goes together: with none of it and with all of it a moment is exact, between them it is refused with both', async (t) => {
    const { file, folder, options } = await installation(t);
    const { directory } = options.backup;
    makeDirectory(directory);
    const open = () => LogFollower.open({ file, directory, key: undefined, clock: options.clock, takeMarks: async () => [] });
    const db = new DatabaseSync(file);
    t.after(() => db.close());
    db.exec('PRAGMA wal_autocheckpoint = 0; CREATE TABLE marker (n INTEGER PRIMARY KEY)');
    const { follower: killed } = await open();
    await backupNow(options);
    db.exec('INSERT INTO marker VALUES (1)');
    killed.look();
    await killed.copy();
    db.exec('INSERT INTO marker VALUES (2)');
    const acknowledged = options.clock.now();
    // As a kill leaves it: nothing was copied or noted since.
    killed.close();
    const { follower: next, begun } = await open();
    t.after(() => next.close());
    assert.equal(begun, undefined, 'it goes on');
    await next.copy();
    const chains = listChains(directory, undefined);
    const stretches = chains[0]?.window?.undated ?? [];
    assert.equal(stretches.length, 1);
    const [{ after, upTo } = { after: '', upTo: '' }] = stretches;
    assert.ok(after < acknowledged.text && acknowledged.text < upTo);
    assert.deepEqual(await markersAt(at(after), options, folder), [1]);
    assert.deepEqual(await markersAt(at(upTo), options, folder), [1, 2]);
    await assert.rejects(markersAt(acknowledged, options, folder), {
      code: 'FC_RESTORE_WINDOW',
      why: new RegExp(`between ${after} and ${upTo} were made nobody noted`),
    });
    assert.match(windowsText(chains).join('\n'), new RegExp(`but for one stretch .* from ${after} to ${upTo}`));
  });

  test('a record written behind a clean end tells of changes: a file that looks as it did then is a gap', async (t) => {
    const { file, options } = await installation(t);
    const { directory } = options.backup;
    makeDirectory(directory);
    const open = () => LogFollower.open({ file, directory, key: undefined, clock: options.clock, takeMarks: async () => [] });
    const write = (n: number) => {
      const other = new DatabaseSync(file);
      other.exec(
        `PRAGMA wal_autocheckpoint = 0; CREATE TABLE IF NOT EXISTS marker (n INTEGER PRIMARY KEY); INSERT INTO marker VALUES (${n})`,
      );
      return other;
    };
    write(1).close();
    const { follower: first } = await open();
    write(2).close();
    await first.finish();
    first.close();
    const folder = chainFolder(directory, first.chain);
    const chain = readChain(directory, first.chain);
    const keys = chainKeys(chain, undefined);
    const head = readHead(directory, chain, keys);
    assert.ok(head.closed !== undefined);
    const { follower: second, begun } = await open();
    assert.equal(begun, undefined, 'it goes on');
    const other = write(3);
    await second.copy();
    // Killed between the record and the head; the log of the database did not outlive it, and its file never had the change.
    const taken = readFileSync(file);
    second.close();
    other.close();
    rmSync(`${file}-wal`, { force: true });
    writeFileSync(file, taken);
    const isAsBefore = { ...head, closed: fileMark(file) };
    writeFileSync(join(folder, 'head.json'), taggedText('head', isAsBefore, keys));
    const { follower: third, begun: why } = await open();
    t.after(() => third.close());
    assert.match(why ?? '', /something wrote to the database/);
  });

  test('a backup prunes the log before it is made, also one whose last backup is long ago, and leaves what that one begins with', async (t) => {
    const { file, folder, options } = await installation(t);
    const { directory } = options.backup;
    const log = logged(t, file, options);
    await log.start();
    // Random bytes, so that the log has more than one file.
    const noise = new DatabaseSync(file, { timeout: 5000 });
    for (let n = 2000; n < 2012; n++) {
      noise.prepare('INSERT INTO marker VALUES (?, randomblob(2000000))').run(n);
      await delay(300);
    }
    noise.close();
    await log.caughtUp();
    await backupNow(options);
    await log.caughtUp();
    const moment = at(log.windows()[0]?.to ?? '');
    await log.stop();
    const [chain = ''] = chainNames(directory);
    const files = () => logFilesOf(chainFolder(directory, chain)).length;
    const before = files();
    assert.ok(before > 1, 'more than one file');
    const later = { ...options, clock: new ShiftedClock(systemClock()) };
    later.clock.shiftSeconds = 30 * 86_400;
    await backupNow(later);
    assert.ok(files() < before);
    assert.deepEqual(
      verifyLogs(options, true).map(({ error }) => error),
      [undefined],
    );
    const found = await markersAt(moment, options, folder);
    assertExactly(
      found.filter((n) => n < 2000),
      log.markers,
      moment,
    );
    assert.equal(found.filter((n) => n >= 2000).length, 12);
  });

  test('what no backup of the last days begins with is pruned, and what one begins with stays', async (t) => {
    const { file, folder, options } = await installation(t);
    const { directory } = options.backup;
    const log = logged(t, file, options);
    await log.start();
    await log.stop();
    const other = new DatabaseSync(file);
    other.exec('INSERT INTO marker VALUES (5000, NULL)');
    other.close();
    await log.start();
    await log.caughtUp();
    const moment = at(log.windows()[0]?.to ?? '');
    await log.stop();
    const [newest] = chainNames(directory);
    await pruneBackups(options, false);
    assert.equal(chainNames(directory).length, 2);
    const later = { ...options, clock: new ShiftedClock(systemClock()) };
    later.clock.shiftSeconds = 30 * 86_400;
    await pruneBackups(later, true);
    assert.equal(chainNames(directory).length, 2, 'a dry run removes nothing');
    await pruneBackups(later, false);
    assert.deepEqual(chainNames(directory), [newest]);
    assert.deepEqual(
      readdirSync(join(directory, 'log')).filter((name) => name.startsWith('.removed')),
      [],
    );
    assertExactly(
      (await markersAt(moment, options, folder)).filter((n) => n < 5000),
      log.markers,
      moment,
    );
  });
});
