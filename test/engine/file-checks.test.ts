import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isOlder, networkFileSystem, SQLITE_FLOOR } from '../../src/engine/sqlite/file-checks.ts';
import { schema } from '../../src/schema/index.ts';
import { engines } from '../support/database.ts';
import { openEngine } from './open.ts';

test('a network file system is named by its statfs type, a local one is not', () => {
  assert.deepEqual([0x6969, 0xfe534d42, 0xff534d42 | 0, 0x01021997].map(networkFileSystem), ['NFS', 'SMB', 'CIFS', '9p']);
  assert.deepEqual(
    [0xef53, 0x58465342, 0x01021994, 0x65735546].map(networkFileSystem),
    [undefined, undefined, undefined, undefined],
    'ext4, XFS, tmpfs, FUSE',
  );
});

test('an SQLite older than the floor is recognised', () => {
  assert.equal(SQLITE_FLOOR, '3.51.3');
  assert.deepEqual(
    ['3.51.2', '3.51.3', '3.53.4', '3.9.0', '4.0'].map((version) => isOlder(version, SQLITE_FLOOR)),
    [true, false, false, true, false],
  );
});

test('every connection to a file is durable and keeps foreign keys: WAL, synchronous FULL', async () => {
  const place = await (engines()[0] as ReturnType<typeof engines>[number]).fresh();
  const engine = openEngine(place, { schema: schema({}) });
  try {
    for (const use of [engine.read, engine.write, engine.dedicated]) {
      const pragmas = await use(async (connection) => {
        const ask = async (name: string) => Object.values((await connection.query(`PRAGMA ${name}`))[0] ?? {})[0];
        return [await ask('journal_mode'), await ask('synchronous'), await ask('foreign_keys')];
      });
      assert.deepEqual(pragmas, ['wal', 2, 1]);
    }
  } finally {
    await engine.close();
    await place.drop();
  }
});
