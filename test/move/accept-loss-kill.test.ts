// slow
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { acceptSetBack } from '../../src/move/live/accept-set-back.ts';
import { withCarrier } from '../../src/move/live/carrying.ts';
import { withSqlite } from '../../src/move/live/sides.ts';
import { verifyLive } from '../../src/move/live/verify-live.ts';
import { cutover } from '../../src/move/switch/cutover.ts';
import { recover } from '../../src/move/switch/recover.ts';
import { rollback } from '../../src/move/switch/rollback.ts';
import { server } from './library.ts';
import { PATIENT, runVerb } from './live.ts';
import { writableSides } from './live-kill.ts';
import { type Restorable, restorable } from './restorable.ts';

const INSERT = "INSERT INTO book (author_id, body, pages) VALUES (1, 'an id of its own', 1)";
const CARRY = ['prepared', 'counted', 'kept', 'carried', 'opened'] as const;

/** How a side came to be set back, and the steps of what makes it good. */
const WAYS: readonly (readonly [string, readonly string[], (at: Restorable) => Promise<void>])[] = [
  [
    'an older file was put back while it follows',
    CARRY,
    async (at) => {
      await cutover(at.options, PATIENT);
      at.backUp();
      await at.onServer("UPDATE book SET body = 'acknowledged' WHERE id = 1");
      await at.onServer(INSERT);
      await at.carry();
      await withCarrier(at.options, ({ carrier }) => carrier.prune());
      at.putBack();
    },
  ],
  [
    'an older file was put back that believes to be the primary, and PostgreSQL serves',
    ['followed', ...CARRY],
    async (at) => {
      at.backUp();
      await cutover(at.options, PATIENT);
      await at.onServer("UPDATE book SET body = 'acknowledged' WHERE id = 1");
      await at.onServer(INSERT);
      at.putBack();
    },
  ],
  [
    'an older file was put back that is the primary, and PostgreSQL, which follows, has more',
    ['followed', ...CARRY],
    async (at) => {
      at.backUp();
      at.onFile("UPDATE book SET body = 'acknowledged' WHERE id = 1");
      at.onFile(INSERT);
      await at.carry();
      at.putBack();
      for (let n = 0; n < 4; n++) at.onFile(`UPDATE book SET body = 'written ${n}' WHERE id = 2`);
    },
  ],
];

/** Everything the commands kept in files beside the database. */
const keptRows = (file: string): string =>
  readdirSync(dirname(file))
    .filter((name) => name.startsWith(basename(file)) && name.includes('.lost-'))
    .map((name) => readFileSync(join(dirname(file), name), 'utf8'))
    .join('');

/** One server looks. */
async function onlyWritable(at: Restorable): Promise<string[]> {
  const { sqliteFile: file } = at.options;
  assert.ok((await writableSides(file, at.url)).length <= 1);
  await withSqlite(file, (sqlite) => recover(sqlite, at.options)).catch((error: { code?: string }) =>
    // While nobody has decided yet, that is what it says.
    assert.equal(error.code, 'FC_MOVE_SET_BACK'),
  );
  return writableSides(file, at.url);
}

async function goesOn(at: Restorable): Promise<void> {
  const { options } = at;
  assert.equal((await runVerb('accept', options.sqliteFile, at.url)).steps.at(-1), 'finished');
  assert.deepEqual(await writableSides(options.sqliteFile, at.url), ['postgres']);
  // No id is handed out twice.
  await at.onServer(INSERT);
  await at.carry();
  await at.assertEqual();
  assert.equal((await verifyLive(options, { events: options.events, isParanoid: false })).isEqual, true);
  const again = await acceptSetBack(options, options.events);
  assert.equal(again?.wasDone, true);
  if ((again?.rows ?? 0) > 0) assert.notEqual(readFileSync(String(again?.file), 'utf8'), '');
  await rollback(options, PATIENT);
  await at.assertEqual();
}

async function killedAt(t: TestContext, step: string, setBack: (at: Restorable) => Promise<void>): Promise<void> {
  const at = await restorable(t);
  await setBack(at);
  const { sqliteFile: file } = at.options;
  assert.equal((await runVerb('accept', file, at.url, { step })).wasKilled, true, step);
  const writable = await onlyWritable(at);
  assert.ok(writable.length <= 1, step);
  if (writable.includes('postgres')) await at.onServer(INSERT);
  await goesOn(at);
  const { rows } = (await at.onServer("SELECT body FROM book WHERE id = 1 AND body = 'acknowledged'")) as { rows: unknown[] };
  assert.equal(rows.length, 1, step);
  // What the file had otherwise is kept, whichever of the two commands did it.
  assert.match(keptRows(file), /"table":"book","key":\{"id":\{"integer":"1"\}\}/, step);
}

describe('a recover --accept-loss that is killed', { skip: server().skip, concurrency: false }, () => {
  for (const [what, steps, setBack] of WAYS)
    test(`${what}: at each named step one side at most takes writes, and the same command ends it; nothing acknowledged is lost that is not kept in a file`, {
      timeout: 420_000,
    }, async (t) => {
      for (const step of steps) await killedAt(t, step, setBack);
    });

  test('PostgreSQL lost what a cutover had decided about: SQLite serves again, and the same command says that a new move is the way', {
    timeout: 120_000,
  }, async (t) => {
    const at = await restorable(t);
    const { sqliteFile: file, events } = at.options;
    assert.equal((await runVerb('cutover', file, at.url, { step: 'decided' })).wasKilled, true);
    // As after a failover to a standby that was behind: the server has no word of the decision.
    await at.onServer('DELETE FROM flashcase_move.witness WHERE no = (SELECT max(no) FROM flashcase_move.witness)');
    assert.equal((await runVerb('accept', file, at.url, { step: 'served' })).wasKilled, true);
    assert.deepEqual(await onlyWritable(at), ['sqlite']);
    at.onFile(INSERT);
    await assert.rejects(acceptSetBack(at.options, events), { code: 'FC_MOVE_SET_BACK', hint: /flashcase move abort/ });
  });
});
