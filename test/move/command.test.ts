// slow
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { SEARCH_INDEX } from '../../src/db/stores/search-index.ts';
import { newestServers } from '../support/database.ts';
import { legacyFile } from '../support/legacy.ts';
import { freshTarget, onTarget, server, servers, temporaryFolder } from './library.ts';

const bin = fileURLToPath(new URL('../../bin/flashcase.mjs', import.meta.url));

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the command in a folder, as an operator would. */
function flashcase(folder: string, env: Readonly<Record<string, string>>, ...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [bin, ...args],
      { cwd: folder, env: { ...process.env, ...env }, maxBuffer: 1 << 26 },
      (error, out, err) => {
        resolve({ code: error === null ? 0 : Number(error.code), out, err });
      },
    );
  });
}

const hash = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

describe('flashcase move on the files of the original app', { concurrency: false }, () => {
  for (const target of servers()) {
    for (const version of [1, 2] as const) {
      test(`version ${version}: adopted, planned, moved and verified, every value equal (${target.name})`, {
        skip: target.skip,
      }, async (t) => {
        const place = legacyFile(version);
        t.after(() => place.drop());
        const folder = temporaryFolder(t);
        const url = await freshTarget(t, target);
        const env = { DATABASE_URL: place.url, TZ: version === 1 ? 'America/New_York' : 'Asia/Kolkata' };
        assert.equal((await flashcase(folder, env, 'db', 'adopt')).code, 0);
        const before = hash(place.file);
        const plan = await flashcase(folder, env, 'move', 'plan', '--to', url);
        assert.equal(plan.code, 0, plan.err);
        assert.match(plan.out, /All rows convert exactly/);
        const run = await flashcase(folder, env, 'move', 'run', '--to', url);
        assert.equal(run.code, 0, run.err);
        assert.match(run.out, /none missing[\s\S]*total[\s\S]*Next:[\s\S]*move verify[\s\S]*DATABASE_URL=[\s\S]*Back:/);
        for (const flags of [[], ['--paranoid']]) {
          const verify = await flashcase(folder, env, 'move', 'verify', '--to', url, ...flags);
          assert.equal(verify.code, 0, verify.out + verify.err);
          assert.match(verify.out, /(\d+)\/\1 tables equal/);
        }
        const [index] = await onTarget(
          url,
          `SELECT indisvalid::text AS valid FROM pg_index WHERE indexrelid = to_regclass('${SEARCH_INDEX}')`,
        );
        assert.equal(index?.valid, 'true', 'the owner has made the index of the search');
        assert.equal(hash(place.file), before, 'the source is not changed');
        const check = await flashcase(folder, { DATABASE_URL: url }, 'db', 'check');
        assert.equal(check.code, 0, check.out + check.err);
        assert.equal(
          (await flashcase(folder, { DATABASE_URL: url }, 'move', 'plan', '--to', url)).code,
          1,
          'PostgreSQL is no source',
        );
      });
    }
  }

  test('exit codes: 2 while a decision is open, 0 when decided, 3 when verify finds a difference, 1 for an error; no password is printed', {
    skip: server().skip,
  }, async (t) => {
    const place = legacyFile(2);
    t.after(() => place.drop());
    const folder = temporaryFolder(t);
    const url = await freshTarget(t);
    const secret = new URL(url);
    secret.password = 'se%40cret';
    const to = secret.toString();
    const env = { DATABASE_URL: place.url };
    assert.equal((await flashcase(folder, env, 'db', 'adopt')).code, 0);
    const db = new DatabaseSync(place.file, { enableForeignKeyConstraints: false });
    db.exec("UPDATE card SET front = 'a' || char(0) || 'b' WHERE id = 3; UPDATE user_deck SET deck_id = 99999 WHERE id = 1");
    db.close();
    const open = await flashcase(folder, env, 'move', 'plan', '--to', to);
    assert.equal(open.code, 2, open.err);
    assert.match(open.out, /PLAN-1 +card\.front +id=3 +text "a\\u0000b" +PostgreSQL text has no NUL character/);
    assert.match(open.out, /PLAN-2 +user_deck\.deck_id +id=1 +integer 99999 +there is no such row in deck/);
    const refused = await flashcase(folder, env, 'move', 'run', '--to', to);
    assert.equal(refused.code, 2);
    assert.match(refused.err, /FC_MOVE_DECISION_NEEDED/);
    const rules = join(folder, 'move.rules.yaml');
    let n = 0;
    writeFileSync(
      rules,
      readFileSync(rules, 'utf8').replaceAll('remedy: undecided', () => (++n === 1 ? 'remedy: replace' : 'remedy: quarantine')),
    );
    const decided = await flashcase(folder, env, 'move', 'plan', '--to', to, '--json');
    assert.equal(decided.code, 0, decided.err);
    const lines = decided.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.equal(lines.filter(({ event }) => event === 'finding').length, 2);
    assert.equal(lines.at(-1)?.open, 0);
    const run = await flashcase(folder, env, 'move', 'run', '--to', to);
    assert.equal(run.code, 0, run.err);
    const verify = await flashcase(folder, env, 'move', 'verify', '--to', to);
    assert.equal(verify.code, 0, verify.out);
    assert.match(verify.out, /card: as decided, 0 quarantined and 1 changed/);
    const [kept] = await onTarget(url, "SELECT table_name, reason, cells FROM quarantine WHERE run_id LIKE 'mv-%'");
    assert.equal(kept?.table_name, 'user_deck');
    assert.deepEqual(JSON.parse(kept?.cells ?? '').deck_id, { integer: '99999' });
    await onTarget(url, "UPDATE card SET back = 'changed' WHERE id = 4");
    const different = await flashcase(folder, env, 'move', 'verify', '--to', to);
    assert.equal(different.code, 3);
    assert.match(different.out, /id=4 +column back/);
    const wrong = await flashcase(folder, env, 'move', 'plan', '--to', 'postgresql://nobody:se%40cret@127.0.0.1:1/x');
    assert.equal(wrong.code, 1);
    for (const { out, err } of [open, refused, decided, run, verify, different, wrong])
      assert.ok(!`${out}${err}`.includes('se%40cret') && !`${out}${err}`.includes('se@cret'));
  });

  for (const target of newestServers(servers())) {
    test(`verify --self-test finds all planted damage in a copy of FlashCase's own tables, and leaves nothing behind (${target.name})`, {
      skip: target.skip,
    }, async (t) => {
      const place = legacyFile(2);
      t.after(() => place.drop());
      const folder = temporaryFolder(t);
      const url = await freshTarget(t, target);
      const env = { DATABASE_URL: place.url };
      await flashcase(folder, env, 'db', 'adopt');
      assert.equal((await flashcase(folder, env, 'move', 'run', '--to', url)).code, 0);
      const tested = await flashcase(folder, env, 'move', 'verify', '--self-test', '--to', url);
      assert.equal(tested.code, 0, tested.out + tested.err);
      assert.match(tested.out, /found {3}text: one bit changed \(\d+ places\)[\s\S]*\n57\/57 planted damages found/);
      t.diagnostic(tested.out.split('\n').at(-3) as string);
      const json = await flashcase(folder, env, 'move', 'verify', '--self-test', '--to', url, '--json');
      const last = JSON.parse(json.out.trim().split('\n').at(-1) as string) as { isPassed: boolean; kinds: unknown[] };
      assert.deepEqual([json.code, last.isPassed, last.kinds.length], [0, true, 57]);
      assert.equal((await flashcase(folder, env, 'move', 'verify', '--to', url)).code, 0);
    });
  }

  test('in a live move verify names a damaged row, repair mends it by the key verify printed, and a wrong key is refused with its form', {
    skip: server().skip,
  }, async (t) => {
    const place = legacyFile(2);
    t.after(() => place.drop());
    const folder = temporaryFolder(t);
    const url = await freshTarget(t);
    const env = { DATABASE_URL: place.url };
    await flashcase(folder, env, 'db', 'adopt');
    const start = await flashcase(folder, env, 'move', 'start', '--to', url);
    assert.equal(start.code, 0, start.out + start.err);
    await onTarget(url, "BEGIN; SET LOCAL flashcase_move.pass = 'on'; UPDATE card SET back = 'changed' WHERE id = 4; COMMIT");
    const different = await flashcase(folder, env, 'move', 'verify');
    assert.equal(different.code, 3, different.out + different.err);
    assert.match(different.out, /id=4 +column back +sqlite ".*" +pg "changed" +the values differ; last written: \w+_at \d{4}-/);
    const refused = await flashcase(folder, env, 'move', 'repair', 'card', 'four');
    assert.equal(refused.code, 1);
    assert.match(refused.err, /four is no key of card[\s\S]*id=17/);
    const repaired = await flashcase(folder, env, 'move', 'repair', 'card', 'id=4');
    assert.equal(repaired.code, 0, repaired.out + repaired.err);
    assert.match(repaired.out, /1 row brought again from SQLite; 1 compared: equal/);
    const all = await flashcase(folder, env, 'move', 'repair', '--all');
    assert.equal(all.code, 0, all.out + all.err);
    assert.match(all.out, /No row was to be repaired/);
  });

  test('a start typed again after the move is finished leaves what leads an out-of-date setting to PostgreSQL', {
    skip: server().skip,
    timeout: 120_000,
  }, async (t) => {
    const place = legacyFile(2);
    t.after(() => place.drop());
    const folder = temporaryFolder(t);
    const url = await freshTarget(t);
    const env = { DATABASE_URL: place.url };
    const did = async (...words: string[]): Promise<Ended> => flashcase(folder, env, ...words);
    assert.equal((await did('db', 'adopt')).code, 0);
    for (const words of [['start', '--to', url], ['cutover'], ['finish', '--yes']]) {
      const ended = await did('move', ...words);
      assert.equal(ended.code, 0, `${words[0]}: ${ended.err}`);
    }
    const peer = readFileSync(`${place.file}.peer`, 'utf8');
    const again = await did('move', 'start', '--to', url);
    assert.equal(again.code, 1, again.out);
    assert.equal(readFileSync(`${place.file}.peer`, 'utf8'), peer);
  });

  test('a file of the original app that was not adopted is refused with the command to run', {
    skip: server().skip,
  }, async (t) => {
    const place = legacyFile(1);
    t.after(() => place.drop());
    const plan = await flashcase(temporaryFolder(t), { DATABASE_URL: place.url }, 'move', 'plan', '--to', await freshTarget(t));
    assert.equal(plan.code, 2);
    assert.match(plan.err, /flashcase db adopt/);
  });
});
