import assert from 'node:assert/strict';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { peerFileOf, readPeer, removePeer, writePeer } from '../../src/db/peer.ts';
import { FlashcaseError } from '../../src/errors/index.ts';

describe('the file that names the other side of a move', () => {
  let folder: string;
  let sqliteFile: string;
  const postgresUrl = 'postgresql://flash:geheim@db.example:5432/flashcase';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'flashcase-peer-'));
    sqliteFile = join(folder, 'flashcase.db');
    writeFileSync(sqliteFile, '');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('says both sides to every process, and nobody but the owner may read it', () => {
    assert.equal(readPeer(sqliteFile), undefined);
    writePeer({ sqliteFile, postgresUrl, directUrl: `${postgresUrl}?direct` });
    assert.deepEqual(readPeer(sqliteFile), { sqliteFile, postgresUrl, directUrl: `${postgresUrl}?direct` });
    assert.equal(statSync(peerFileOf(sqliteFile)).mode & 0o777, 0o600);
    assert.equal(statSync(peerFileOf(sqliteFile)).uid, statSync(sqliteFile).uid);
    writePeer({ sqliteFile, postgresUrl });
    assert.deepEqual(readPeer(sqliteFile), { sqliteFile, postgresUrl });
    removePeer(sqliteFile);
    removePeer(sqliteFile);
    assert.equal(readPeer(sqliteFile), undefined);
  });

  test('what a killed process left half written is in nobody’s way', () => {
    writeFileSync(`${peerFileOf(sqliteFile)}.partial`, '{"postg', { mode: 0o644 });
    assert.equal(readPeer(sqliteFile), undefined);
    writePeer({ sqliteFile, postgresUrl });
    assert.deepEqual(readPeer(sqliteFile), { sqliteFile, postgresUrl });
    assert.ok(!existsSync(`${peerFileOf(sqliteFile)}.partial`));
    assert.equal(statSync(peerFileOf(sqliteFile)).mode & 0o777, 0o600);
  });

  test('behind a symbolic link it lies beside the real file; a file that a finished move took away is still found by it', () => {
    const link = join(folder, 'link.db');
    symlinkSync(sqliteFile, link);
    writePeer({ sqliteFile: link, postgresUrl });
    assert.deepEqual(readPeer(sqliteFile), { sqliteFile, postgresUrl });
    rmSync(sqliteFile);
    assert.deepEqual(readPeer(sqliteFile), { sqliteFile, postgresUrl });
  });

  test('a copy of the folder follows nobody', () => {
    writePeer({ sqliteFile, postgresUrl });
    const copy = join(folder, 'copy');
    mkdirSync(copy);
    for (const file of [sqliteFile, peerFileOf(sqliteFile)]) copyFileSync(file, file.replace(folder, copy));
    assert.equal(readPeer(join(copy, 'flashcase.db')), undefined);
  });

  test('a damaged one is named, and its password is not', () => {
    for (const text of ['{"postgresUrl": "postgresql://flash:geheim@db", ', '[]', 'null', '{"sqliteFile": 1}']) {
      writeFileSync(peerFileOf(sqliteFile), text);
      assert.throws(
        () => readPeer(sqliteFile),
        (error) => {
          assert.ok(error instanceof FlashcaseError && error.code === 'FC_SETTINGS_INVALID');
          assert.doesNotMatch(error.toText() + JSON.stringify(error), /geheim/);
          assert.equal(error.where, peerFileOf(sqliteFile));
          return true;
        },
      );
    }
    assert.equal(readFileSync(peerFileOf(sqliteFile), 'utf8'), '{"sqliteFile": 1}');
  });
});
