// slow
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { removePeer } from '../../src/db/peer.ts';
import { childEnv } from '../support/child-env.ts';
import { engines, type Place } from '../support/database.ts';
import { openFresh } from '../support/fresh.ts';
import { HandMove } from '../support/hand-move.ts';

const entry = resolve(fileURLToPath(import.meta.url), '../../../src/cli/main.ts');
const [sqliteTarget, postgresTarget] = engines();

describe('commands on a database that has moved', { skip: postgresTarget?.skip ?? false }, () => {
  let places: [Place, Place];
  let move: HandMove;
  const folder = mkdtempSync(join(tmpdir(), 'flashcase-moved-'));
  before(async () => {
    places = [
      await (sqliteTarget as NonNullable<typeof sqliteTarget>).fresh(),
      await (postgresTarget as NonNullable<typeof postgresTarget>).fresh(),
    ];
    await (await openFresh(places[0])).close();
    move = await HandMove.begin(...places);
    await move.cutover();
  });
  after(async () => {
    await move.end();
    for (const place of places) await place.drop();
    rmSync(folder, { recursive: true, force: true });
  });
  const flashcase = (...args: string[]) =>
    new Promise<{ code: number; stdout: string; stderr: string }>((done) => {
      const env = childEnv({ DATABASE_URL: places[0].url });
      const child = execFile(process.execPath, [entry, ...args], { cwd: folder, env }, (_, stdout, stderr) =>
        done({ code: child.exitCode ?? -1, stdout, stderr }),
      );
    });
  const OUTDATED =
    /DATABASE_URL is out of date: it names \/.*flashcase\.db, but the data has moved to 127\.0\.0\.1:\d+\/test_\w+, which is used\./;

  test('work on the side that serves, and say so', async () => {
    for (const [args, expected] of [
      [['db', 'current'], /^PostgreSQL 18/],
      [['db', 'check'], /./],
      [['db', 'inspect'], /PostgreSQL 18/],
      [['db', 'upgrade'], /up to date/],
      [['user', 'create', 'anna', 'anna@law.edu'], /User \d+ anna created/],
      [['quarantine', 'list'], /./],
      [['settings'], /DATABASE_URL +sqlite/],
    ] as const) {
      const { code, stdout, stderr } = await flashcase(...args);
      assert.equal(code, 0, `${args.join(' ')}: ${stderr}`);
      assert.match(stdout, expected);
      assert.match(stderr, OUTDATED, args.join(' '));
    }
    const names = await move.serving('postgres').read(({ kysely }) => kysely.selectFrom('user').select('username').execute());
    assert.deepEqual(names, [{ username: 'anna' }]);
  });

  test('refuse, and change nothing, where it cannot be found', async () => {
    removePeer(move.sqlite.file);
    for (const args of [
      ['db', 'upgrade'],
      ['db', 'current'],
      ['user', 'list'],
      ['serve', '--port', '0'],
    ]) {
      const { code, stdout, stderr } = await flashcase(...args);
      assert.deepEqual([code, stdout], [1, ''], args.join(' '));
      assert.match(stderr, /^FC_GATE_MOVED: [\s\S]*\n {2}next {3}Set DATABASE_URL to postgresql:\/\//);
    }
    assert.match((await flashcase('settings')).stderr, /^FC_GATE_MOVED/);
    move.name();
  });
});
