import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { FlashcaseError } from '../../src/errors/index.ts';
import { abortMove } from '../../src/move/live/abort.ts';
import { follow } from '../../src/move/live/follow.ts';
import { RESERVE_BYTES } from '../../src/move/live/room.ts';
import { startMove } from '../../src/move/live/start.ts';
import { moveStatus } from '../../src/move/live/status.ts';
import { verifyLive } from '../../src/move/live/verify-live.ts';
import { fillDisk, smallDisk } from '../support/faults.ts';
import { freshTarget, server } from './library.ts';
import { librarySource, liveOptionsFor, onSqlite } from './live.ts';

const MEBIBYTE = 1_048_576;
const disk = smallDisk(400);

const write = (file: string): void => onSqlite(file, (db) => db.exec('UPDATE book SET stars = stars + 1 WHERE id = 1'));
const schemaOf = (file: string): unknown[] =>
  onSqlite(file, (db) => db.prepare("SELECT name, sql FROM sqlite_schema WHERE name LIKE 'flashcase_move%' ORDER BY name").all());

describe('room for a live move', { skip: typeof disk === 'string' && disk }, () => {
  after(() => typeof disk === 'object' && disk.remove());

  test('T-55: a live move warns before the disk of the SQLite file is full, ends by itself at a reserve, and users write on', {
    skip: server().skip,
    timeout: 120_000,
  }, async (t) => {
    assert.ok(typeof disk === 'object');
    const file = join(disk.path, 'flashcase.db');
    copyFileSync(await librarySource(t, 100), file);
    const options = liveOptionsFor(file, await freshTarget(t), { workFolder: join(disk.path, 'work') });
    const tooLittle = fillDisk(disk.path, 200 * MEBIBYTE);
    await assert.rejects(startMove(options), { code: 'FC_DB_DISK_FULL', message: /needs 256 MiB free/ });
    assert.deepEqual(schemaOf(file), [], 'nothing was begun');
    tooLittle();

    await startMove(options);
    const low = fillDisk(disk.path, RESERVE_BYTES + 20 * MEBIBYTE);
    write(file);
    assert.match(
      (await moveStatus(options)).problems.join(),
      /are free beside the SQLite file; at 64 MiB the move ends by itself/,
    );
    low();
    const full = fillDisk(disk.path, RESERVE_BYTES - 10 * MEBIBYTE);
    const stop = new AbortController();
    const told: FlashcaseError[] = [];
    const following = follow(options, stop.signal, {
      onTrouble: (error) => {
        told.push(error);
        stop.abort();
      },
    });
    await following;
    assert.equal(told[0]?.code, 'FC_DB_DISK_FULL');
    assert.match(told[0]?.message ?? '', /was ended: only \d+ MiB are left/);
    write(file);
    const status = await moveStatus(options);
    assert.deepEqual([status.state?.phase, status.journalRows], ['aborting', 0]);
    assert.match(status.problems.join(), /ended at .* MiB were left on the disk/);
    assert.equal(schemaOf(file).filter((row) => String((row as { sql: string }).sql).startsWith('CREATE TRIGGER')).length, 0);

    full();
    await abortMove(options);
    assert.deepEqual(schemaOf(file), []);
    write(file);
    await startMove({ ...options, isStartingOver: true });
    assert.equal((await verifyLive(options, { events: options.events, isParanoid: false })).isEqual, true);
  });
});
