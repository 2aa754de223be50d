import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, describe, test } from 'node:test';
import { FlashcaseError } from '../../src/errors/index.ts';
import { runMove } from '../../src/move/run/run-move.ts';
import { fillDisk, smallDisk } from '../support/faults.ts';
import { embeddedPostgresBin, startPostgres } from '../support/servers.ts';
import { freshTarget, insert, newSource, onTarget, optionsFor, planned, server, temporaryFolder } from './library.ts';

const MEGABYTE = 1_048_576;
const disk = smallDisk(128);

function withoutOwnPostgres(): string | false {
  try {
    embeddedPostgresBin();
    return false;
  } catch {
    return 'not run: no PostgreSQL among the npm packages for this machine';
  }
}

/** A source of four megabytes. */
async function sourceIn(folder: string): Promise<string> {
  const file = join(folder, 'source.db');
  const db = await newSource(file);
  insert(db, 'author', { id: 1, pen_name: 'a' });
  for (let id = 1; id <= 4; id++) insert(db, 'book', { id, author_id: 1, body: null, pages: 1, cover: Buffer.alloc(MEGABYTE) });
  db.close();
  return file;
}

const isAboutRoom = (error: unknown): boolean =>
  error instanceof FlashcaseError &&
  /free/.test(error.message) &&
  Number(error.details.neededBytes) > Number(error.details.freeBytes);

describe('room for a move', { skip: typeof disk === 'string' && disk }, () => {
  after(() => typeof disk === 'object' && disk.remove());

  test('T-46: a target whose disk is too small is refused by plan and by run, and nothing is written', {
    skip: withoutOwnPostgres(),
  }, async (t) => {
    assert.ok(typeof disk === 'object');
    // The server runs as another user than this process when this is root.
    chmodSync(dirname(disk.path), 0o755);
    const postgres = await startPostgres({ dataDir: join(disk.path, 'data'), settings: { max_wal_size: '32MB' } });
    t.after(() => postgres.stop());
    const file = await sourceIn(temporaryFolder(t));
    const options = optionsFor(file, postgres.url);
    const { plan } = await planned(options);
    assert.ok(Number(plan.target.freeBytes) > plan.target.neededBytes, 'with room it is fine');
    // What initdb logged is thrown away now, not when the disk is full.
    await onTarget(postgres.url, 'CHECKPOINT');
    const free = fillDisk(disk.path, 2 * MEGABYTE);
    await assert.rejects(planned(options), isAboutRoom);
    await assert.rejects(runMove(options), isAboutRoom);
    const found = await onTarget(postgres.url, "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'flashcase%'");
    assert.deepEqual(found, []);
    free();
    await planned(options);
  });

  test('T-46: a working folder without room for the copy is refused with the bytes it needs', {
    skip: server().skip,
  }, async (t) => {
    assert.ok(typeof disk === 'object');
    const file = await sourceIn(temporaryFolder(t));
    const free = fillDisk(disk.path, 2 * MEGABYTE);
    const options = optionsFor(file, await freshTarget(t), { workFolder: join(disk.path, 'work') });
    await assert.rejects(planned(options), isAboutRoom);
    await assert.rejects(runMove(options), isAboutRoom);
    free();
    await planned(options);
  });
});
