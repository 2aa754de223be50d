import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { server } from '../move/library.ts';
import { childEnv } from '../support/child-env.ts';
import { openFresh } from '../support/fresh.ts';
import { chooseRounds } from '../support/load.ts';
import { type MemoryLimit, memoryLimit, peakOf } from '../support/memory-limit.ts';

const entry = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
/** Of a small container. */
const LIMIT = 512 * 1024 * 1024;
/** A switch gives up by itself on a machine with too much to do, and is typed again. */
const GIVEN_UP = 4;
/** `FLASHCASE_ROUNDS` counts hundreds of megabytes; the file is larger than the limit. */
const HUNDREDS = chooseRounds(7);

/** Long cards, and a study log of short rows, half of the bytes each. */
function fill(file: string, hundreds: number): void {
  const db = new DatabaseSync(file);
  const series = (n: number): string => `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${n}) SELECT`;
  const at = "'2026-03-01 09:00:00.' || printf('%06d', i % 999983)";
  db.exec(`PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; BEGIN;
    INSERT INTO user (id, email, username, hashed_password, is_active, is_admin, created_at, updated_at)
      ${series(40)} i, 'u' || i || '@law.edu', 'u' || i, 'none', 1, 0, ${at}, ${at} FROM n;
    INSERT INTO deck (id, name, is_public, created_at, updated_at) ${series(200)} i, 'deck ' || i, 0, ${at}, ${at} FROM n;
    INSERT INTO card (id, deck_id, front, back, created_at, updated_at)
      ${series(hundreds * 12_000)} i, i % 200 + 1, 'q' || i, hex(randomblob(1900)), ${at}, ${at} FROM n;
    INSERT INTO study_log (user_id, card_id, reviewed_at, ease_factor, "interval", repetitions, due_date, next_review, created_at)
      ${series(hundreds * 180_000)} i % 40 + 1, i % ${hundreds * 12_000} + 1, ${at}, 1.3 + i / 7.0, 1, 1, ${at}, ${at}, ${at} FROM n;
    COMMIT; PRAGMA journal_mode = WAL`);
  db.close();
}

/** Runs one command within the limit. */
async function limited(
  t: TestContext,
  limit: MemoryLimit | string,
  databaseUrl: string,
  folder: string,
  ...args: readonly string[]
): Promise<number | null> {
  const before = typeof limit === 'string' ? [] : limit.before;
  const [command = '', ...words] = [...before, process.execPath, entry, 'move', ...args];
  const started = performance.now();
  const child = spawn(command, words, {
    cwd: folder,
    env: childEnv({ DATABASE_URL: databaseUrl }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output = (output + String(chunk)).slice(-4000);
    });
  let peak = 0;
  const look = setInterval(() => {
    peak = peakOf(child.pid as number) ?? peak;
  }, 50);
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  clearInterval(look);
  t.diagnostic(
    `move ${args[0]}${args[0] === 'run' ? ' home' : ''}: peak ${Math.round(peak / 1e6)} MB, ${((performance.now() - started) / 1000).toFixed(1)} s`,
  );
  assert.equal(signal, null, `move ${args[0]}: ${output}`);
  assert.ok(code === 0 || code === GIVEN_UP, `move ${args[0]}: ${output}`);
  assert.ok(peak > 0 && peak <= LIMIT, `move ${args[0]} had ${peak} bytes`);
  return code;
}

test('T-44: a whole live move of a file larger than the memory it may have, back, there again, finished, and home offline: no command needs 512 MB', {
  skip: server().skip,
  timeout: 7_200_000,
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'flashcase-memory-'));
  const place = await server().fresh();
  const limit = memoryLimit(LIMIT);
  try {
    const file = join(folder, 'flashcase.db');
    const at = `sqlite:///${file}`;
    await (await openFresh({ url: at })).close();
    fill(file, HUNDREDS);
    const { size } = statSync(file);
    t.diagnostic(
      `a file of ${Math.round(size / 1e6)} MB; ${typeof limit === 'string' ? `only measured: ${limit}` : limit.about}`,
    );
    assert.ok(size > LIMIT || HUNDREDS < 7, 'the file is larger than the limit');
    const { url } = place;
    const run = async (database: string, ...args: readonly string[]): Promise<void> => {
      while ((await limited(t, limit, database, folder, ...args)) === GIVEN_UP);
    };
    await run(at, 'plan', '--to', url);
    await run(at, 'start', '--to', url);
    await run(at, 'verify');
    await run(at, 'verify', '--paranoid');
    await run(at, 'cutover', '--limit', '9000');
    await run(at, 'rollback', '--limit', '9000');
    await run(at, 'cutover', '--limit', '9000');
    await run(at, 'finish', '--yes');
    await run(url, 'run', '--to', `${file}.home`);
  } finally {
    if (typeof limit !== 'string') await limit.remove();
    await place.drop();
    rmSync(folder, { recursive: true, force: true });
  }
});
