// slow
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { OWN_TABLES } from '../../src/cli/move/live-options.ts';
import { systemClock } from '../../src/db/clock.ts';
import { type Database, openDatabase } from '../../src/db/database.ts';
import { turnGate } from '../../src/db/gate.ts';
import { findUser, insertUser, type User } from '../../src/db/stores/users.ts';
import { applicationMove } from '../../src/move/application-move.ts';
import { flashcase } from '../../src/schema/flashcase.ts';
import { giveMedia, mediaBytes, readableMedia } from '../../src/services/media.ts';
import { revisions } from '../../src/versions/index.ts';
import { openFresh, settingsFor } from '../support/fresh.ts';
import { freshTarget, servers, temporaryFolder } from './library.ts';

const anna = async (database: Database): Promise<User> =>
  (await database.read((session) => findUser(session, { username: 'anna' }))) as User;

/** Of several pieces, each with every byte. */
const picture = (seed: number): Buffer =>
  Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    Buffer.from(Uint8Array.from({ length: 300_000 }, (_, at) => (at * seed) % 256)),
  ]);

async function give(database: Database, bytes: Buffer): Promise<string> {
  const user = await anna(database);
  return (await database.write((session) => giveMedia(session, user, bytes, 'a.png', 1e9))).sha256;
}

async function seen(database: Database, sha256: string): Promise<Buffer> {
  const user = await anna(database);
  return database.read(async (session) => mediaBytes(session, await readableMedia(session, user, sha256, undefined)));
}

for (const target of servers())
  test(`a live move and its way back carry every byte of pictures (${target.name})`, {
    skip: target.skip,
    timeout: 240_000,
  }, async (t) => {
    const file = join(temporaryFolder(t), 'flashcase.db');
    const postgresUrl = await freshTarget(t, target);
    const sqlite = await openFresh({ url: `sqlite:///${file}` });
    t.after(() => sqlite.close());
    await sqlite.write((session) => insertUser(session, { email: 'anna@example.org', username: 'anna', hashed_password: '-' }));
    const before = await give(sqlite, picture(1));
    const move = applicationMove({
      schema: flashcase,
      revisions,
      sqliteFile: file,
      postgresUrl,
      gate: turnGate(systemClock()),
      ownTables: OWN_TABLES,
    });
    const ended = new AbortController();
    await move.start();
    const following = move.follow(ended.signal);
    try {
      const meanwhile = await give(sqlite, picture(3));
      assert.equal((await move.verifyLive()).isEqual, true);
      await move.cutover({ limitMs: 30_000 });
      const postgres = openDatabase(settingsFor({ url: postgresUrl }), systemClock());
      t.after(() => postgres.close());
      assert.ok((await seen(postgres, before)).equals(picture(1)));
      assert.ok((await seen(postgres, meanwhile)).equals(picture(3)));
      const after = await give(postgres, picture(5));
      await move.rollback({ limitMs: 30_000 });
      assert.ok((await seen(sqlite, after)).equals(picture(5)));
      assert.equal((await move.verifyLive()).isEqual, true);
    } finally {
      ended.abort();
      await following;
    }
    await move.abort();
  });
