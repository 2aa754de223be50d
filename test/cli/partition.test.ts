// slow
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { server, sql, studied } from '../partition/studied.ts';
import { childEnv } from '../support/child-env.ts';
import { engines, type Target } from '../support/database.ts';
import { openFresh } from '../support/fresh.ts';

const entry = resolve(fileURLToPath(import.meta.url), '../../../bin/flashcase.mjs');

async function flashcase(url: string, ...words: string[]): Promise<{ code: number; out: string; err: string }> {
  const running = spawn(process.execPath, [entry, 'db', 'partition', ...words], { env: childEnv({ DATABASE_URL: url }) });
  let out = '';
  let err = '';
  running.stdout.on('data', (chunk) => {
    out += String(chunk);
  });
  running.stderr.on('data', (chunk) => {
    err += String(chunk);
  });
  const [code] = (await once(running, 'close')) as [number];
  return { code, out, err };
}

test('db partition: plan, run, status, verify, months, undo, each typed twice, in plain words and for machines', {
  skip: server().skip,
}, async (t) => {
  const { url } = await studied(t, server(), 300);
  const say = async (expected: RegExp, ...words: string[]): Promise<void> => {
    const { code, out, err } = await flashcase(url, ...words);
    assert.equal(code, 0, `${words.join(' ')}\n${err}`);
    assert.match(out, expected, words.join(' '));
  };
  await say(/is stored whole/, 'status');
  await say(/347 rows.*\n\d+ months would be made.*5 rows are older.*\n.*on the disk.*\n.*flashcase db partition run/, 'plan');
  await say(/stored by months now\. Writes waited \d+ ms/, 'run');
  await say(/stored by months already/, 'run');
  await say(/stored by months already/, 'plan');
  await say(/stored by months: \d+ from .*\(12 ahead\).* 0 rows in the default/, 'status');
  await say(/are as they should be/, 'verify');
  await say(/Every month is there/, 'months');
  await say(/^Made: 2019-03, 2019-04/, 'months', '--from', '2019-03');
  await sql(
    url,
    `INSERT INTO study_log (user_id, card_id, reviewed_at, ease_factor, "interval", due_date, next_review, created_at) VALUES (1, 8, now() + interval '5 years', 2, 1, now(), now(), now())`,
  );
  const wrong = await flashcase(url, 'verify', '--json');
  assert.equal(wrong.code, 3);
  assert.match((JSON.parse(wrong.out) as { problems: string[] }).problems.join(), /1 rows are in the default partition/);
  await say(/stored whole now/, 'undo');
  await say(/stored whole already/, 'undo');
  const bad = await flashcase(url, 'months', '--from', 'May');
  assert.equal(bad.code, 1);
  assert.match(bad.err, /FC_BAD_REQUEST: May is no month[\s\S]*2017-01/);
});

test('db partition on SQLite says that nothing has to be done', async (t) => {
  const [sqlite] = engines() as [Target];
  const place = await sqlite.fresh();
  t.after(() => place.drop());
  await (await openFresh(place)).close();
  for (const word of ['plan', 'run', 'undo', 'status', 'verify', 'months']) {
    const { code, err } = await flashcase(place.url, word);
    assert.equal(code, 1, word);
    assert.match(err, /FC_PARTITION_UNFIT: An SQLite file keeps study_log whole[\s\S]*Nothing has to be done/, word);
  }
});
