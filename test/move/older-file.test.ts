import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { FlashcaseError } from '../../src/errors/index.ts';
import { abortMove } from '../../src/move/live/abort.ts';
import { acceptSetBack } from '../../src/move/live/accept-set-back.ts';
import { withCarrier } from '../../src/move/live/carrying.ts';
import { withSqlite } from '../../src/move/live/sides.ts';
import { moveStatus } from '../../src/move/live/status.ts';
import { verifyLive } from '../../src/move/live/verify-live.ts';
import { cutover } from '../../src/move/switch/cutover.ts';
import { recover } from '../../src/move/switch/recover.ts';
import { rollback } from '../../src/move/switch/rollback.ts';
import { PATIENT } from './live.ts';
import { restorable } from './restorable.ts';

const LONG = { timeout: 120_000 };

const isSetBack = (error: FlashcaseError): boolean => {
  assert.equal(error.code, 'FC_MOVE_SET_BACK', error.message);
  assert.equal(error.details?.setBack, 'sqlite');
  assert.match(String(error.hint), /Put the newer file back/);
  return true;
};

test(
  'an older SQLite file put back while it is the primary is found, also when it was written until the numbers fit again: PostgreSQL is not removed, and may become the primary',
  LONG,
  async (t) => {
    const at = await restorable(t);
    at.onFile("UPDATE book SET body = 'kept' WHERE id = 1");
    await at.carry();
    at.backUp();
    at.onFile(
      "UPDATE book SET body = 'newer' WHERE id IN (2, 3, 4); INSERT INTO book (author_id, body, pages) VALUES (1, 'newest', 1)",
    );
    assert.equal(await at.carry(), 4);
    at.putBack();
    // As many as were written before, and more.
    for (let n = 0; n < 6; n++) at.onFile(`UPDATE book SET body = 'after ${n}' WHERE id = 5`);
    await assert.rejects(at.carry(), isSetBack);
    await assert.rejects(cutover(at.options), isSetBack);
    await assert.rejects(abortMove(at.options), isSetBack);
    assert.match((await moveStatus(at.options)).problems.join(), /SQLite file is an older one.*--accept-loss/s);
    const accepted = await acceptSetBack(at.options, at.options.events);
    assert.equal(accepted?.primary, 'postgres');
    assert.match(readFileSync(String(accepted?.file), 'utf8'), /"body":\{"text":"after 5"\}/);
    assert.throws(() => at.onFile('UPDATE book SET stars = 1 WHERE id = 1'), /fenced/);
    await at.onServer("INSERT INTO book (author_id, body, pages) VALUES (1, 'on the server', 1)");
    await at.carry();
    await at.assertEqual();
    assert.equal((await verifyLive(at.options, { events: at.options.events, isParanoid: false })).isEqual, true);
    await rollback(at.options, PATIENT);
    at.onFile("UPDATE book SET body = 'back' WHERE id = 6");
    await at.carry();
    await at.assertEqual();
  },
);

test('an older file can be gone on with where that is asked for: PostgreSQL stays as it is', LONG, async (t) => {
  const at = await restorable(t);
  at.backUp();
  at.onFile("UPDATE book SET body = 'newer' WHERE id = 2");
  await at.carry();
  at.putBack();
  await assert.rejects(at.carry(), isSetBack);
  assert.equal((await abortMove(at.options, true)).isTargetCleared, false);
  const { rows } = (await at.onServer('SELECT body FROM book WHERE id = 2')) as { rows: unknown[] };
  assert.deepEqual(rows, [{ body: 'newer' }]);
});

test('a file that was put back and lacks nothing goes on', LONG, async (t) => {
  const at = await restorable(t);
  at.onFile("UPDATE book SET body = 'kept' WHERE id = 1");
  await at.carry();
  at.backUp();
  at.putBack();
  at.onFile("UPDATE book SET body = 'more' WHERE id = 2");
  assert.equal(await at.carry(), 1);
  await cutover(at.options, PATIENT);
  at.backUp();
  at.putBack();
  await at.onServer("UPDATE book SET body = 'more' WHERE id = 3");
  assert.equal(await at.carry(), 1);
  await at.assertEqual();
});

test(
  'an older SQLite file put back while it follows is found, although the journal of PostgreSQL was pruned past it, and is made anew',
  LONG,
  async (t) => {
    const at = await restorable(t);
    await cutover(at.options, PATIENT);
    await at.onServer("UPDATE book SET body = 'first' WHERE id = 1");
    await at.carry();
    at.backUp();
    await at.onServer("UPDATE book SET body = 'second' WHERE id = 2");
    await at.carry();
    await at.onServer("UPDATE book SET body = 'third' WHERE id = 3");
    await withCarrier(at.options, ({ carrier }) => carrier.prune());
    at.putBack();
    await at.onServer("UPDATE book SET body = 'fourth' WHERE id = 4");
    await assert.rejects(at.carry(), isSetBack);
    await assert.rejects(rollback(at.options), isSetBack);
    const found = await verifyLive(at.options, { events: at.options.events, isParanoid: false });
    const named = found.tables.flatMap(({ differences }) => differences.map(({ key }) => key));
    assert.deepEqual([...new Set(named)].toSorted(), ['id=2', 'id=3', 'id=4']);
    assert.equal((await acceptSetBack(at.options, at.options.events))?.rows, 3);
    await at.assertEqual();
    await at.onServer("UPDATE book SET body = 'fifth' WHERE id = 5");
    assert.equal(await at.carry(), 1);
    await rollback(at.options, PATIENT);
    await at.assertEqual();
  },
);

test(
  'a file from before the cutover, which believes to be the primary, is found: an abort does not remove the PostgreSQL that serves, and the file follows again',
  LONG,
  async (t) => {
    const at = await restorable(t);
    at.backUp();
    await cutover(at.options, PATIENT);
    await at.onServer("UPDATE book SET body = 'acknowledged' WHERE id = 1");
    at.putBack();
    await assert.rejects(at.carry(), isSetBack);
    await assert.rejects(abortMove(at.options), isSetBack);
    await assert.rejects(abortMove(at.options, true), isSetBack);
    await assert.rejects(
      withSqlite(at.options.sqliteFile, (sqlite) => recover(sqlite, at.options)),
      isSetBack,
    );
    assert.equal((await acceptSetBack(at.options, at.options.events))?.primary, 'postgres');
    await at.assertEqual();
    await at.onServer("UPDATE book SET body = 'more' WHERE id = 2");
    await at.carry();
    await rollback(at.options, PATIENT);
    await at.assertEqual();
  },
);

test(
  'an older SQLite file that lacks only what was carried last is found once the journal of PostgreSQL lacks it too, and goes on before that',
  LONG,
  async (t) => {
    const at = await restorable(t);
    await cutover(at.options, PATIENT);
    await at.onServer("UPDATE book SET body = 'first' WHERE id = 1");
    await at.carry();
    at.backUp();
    await at.onServer("UPDATE book SET body = 'second' WHERE id = 2");
    await at.carry();
    at.putBack();
    assert.equal(await at.carry(), 1);
    await at.assertEqual();
    await withCarrier(at.options, ({ carrier }) => carrier.prune());
    at.putBack();
    await assert.rejects(at.carry(), isSetBack);
    await assert.rejects(rollback(at.options), isSetBack);
    assert.equal((await acceptSetBack(at.options, at.options.events))?.rows, 1);
    await at.assertEqual();
  },
);
