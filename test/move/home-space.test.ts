import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { runHome } from '../../src/move/home/run-home.ts';
import { fillDisk, smallDisk } from '../support/faults.ts';
import { homeOptions, libraryServer } from './home-pair.ts';
import { onTarget, server } from './library.ts';

const disk = smallDisk(32);

describe('room for the file that comes home', { skip: server().skip || (typeof disk === 'string' && disk) }, () => {
  after(() => typeof disk === 'object' && disk.remove());

  test('a disk that is full on the way: the file does not get its name, PostgreSQL takes writes again, and the same command ends it', async (t) => {
    assert.ok(typeof disk === 'object');
    const { url } = await libraryServer(t, 200);
    await onTarget(url, "UPDATE book SET cover = decode(repeat('ab', 50000), 'hex')");
    const file = join(disk.path, 'home.db');
    const free = fillDisk(disk.path, 2_000_000);
    await assert.rejects(runHome(homeOptions(url, file)), { code: 'FC_DB_DISK_FULL' });
    assert.deepEqual(readdirSync(disk.path), ['filler']);
    await onTarget(url, "INSERT INTO shelf VALUES ('after', 'the full disk', NULL)");
    free();
    await runHome(homeOptions(url, file));
    assert.equal(existsSync(file), true);
  });
});
