import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../src/db/clock.ts';
import { openDatabase } from '../../src/db/database.ts';
import { auditorOn } from '../../src/ops/audit/auditor.ts';
import { beginStep } from '../../src/ops/audit/begin-step.ts';
import { eventOf } from '../../src/ops/audit/event.ts';
import { AuditJournal } from '../../src/ops/audit/journal.ts';
import { redact, redactValue } from '../../src/ops/audit/redact.ts';
import { judgeChain, keptEvents, stepsOf } from '../../src/ops/audit/steps.ts';
import { appendEvents, takeIn } from '../../src/ops/audit/take-in.ts';
import { childEnv } from '../support/child-env.ts';
import { engines, everydayEngines } from '../support/database.ts';
import { openFresh, settingsFor } from '../support/fresh.ts';

const entry = resolve(fileURLToPath(import.meta.url), '../../../bin/flashcase.mjs');
const eventsOf = (command: string) => {
  const { begun, ended } = beginStep({ command, osUser: 'root', given: {} }, systemClock());
  return [begun, ended({ isDone: true, exit: 0 })];
};

test('what a step was given is kept without secrets: URLs, keys, tokens, cookies, addresses of people', () => {
  const token = `fc_${'aB3-_x'.repeat(8)}`;
  const secrets = ['s3cr3t', 'p@ss', 'hunter2', token, 'anna@law.edu', 'a1'.repeat(32)];
  const text = [
    'postgresql://anna:s3cr3t@db:5432/x?sslmode=require postgres://bob:p@ss@db/x postgresql://db/x?user=a&password=hunter2',
    'host=db password=hunter2 dbname=x',
    `Authorization: Bearer ${token}`,
    `Cookie: __Host-flashcase=${token}; other=hunter2`,
    `"METRICS_TOKEN": "${token}"`,
    `anna@law.edu has the key ${'a1'.repeat(32)}`,
  ].join('\n');
  for (const secret of secrets) assert.equal(redact(text).includes(secret), false, `${secret} in ${redact(text)}`);
  assert.match(redact(text), /postgresql:\/\/anna:\*\*\*@db:5432\/x\?sslmode=require/);
  assert.deepEqual(redactValue({ password: 'x y', deep: [{ email: 'a' }, 'anna@law.edu'], id: 7n, is: true }), {
    password: '***',
    deep: [{ email: '***' }, '***@***'],
    id: '7',
    is: true,
  });
});

test('a line that a power cut tore is told and harms no other; a database put back to an older day takes in again what it lost', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'flashcase-audit-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'flashcase.db');
  const journal = new AuditJournal(`${file}.audit`);
  const open = () => openDatabase(settingsFor({ url: `sqlite:///${file}` }), systemClock());
  const made = await openFresh({ url: `sqlite:///${file}` });
  for (const event of eventsOf('user disable')) journal.append(event);
  assert.equal(await takeIn(made, journal), 2);
  assert.equal(await takeIn(made, journal), 0, 'each is taken in once');
  await made.close();
  copyFileSync(file, `${file}.old`);

  appendFileSync(join(journal.folder, 'journal.ndjson'), '{"event":"torn');
  for (const event of eventsOf('user enable')) journal.append(event);
  assert.deepEqual([journal.read().events.length, journal.read().damaged], [4, 1]);
  const later = open();
  assert.equal(await takeIn(later, journal), 2);
  await later.close();

  copyFileSync(`${file}.old`, file);
  const restored = open();
  assert.equal(await takeIn(restored, journal), 2, 'the restored one gets them again');
  const { rows } = await keptEvents(restored);
  assert.deepEqual(
    rows.map(({ command, kind }) => `${command} ${kind}`),
    ['user disable begun', 'user disable ended', 'user enable begun', 'user enable ended'],
  );
  assert.equal(judgeChain(rows).broken, undefined);
  await restored.close();
  if (process.platform !== 'win32') assert.equal(statSync(join(journal.folder, 'journal.ndjson')).mode & 0o77, 0);
});

test('a step whose end was never kept is shown: as running where its process is seen, else without an end', () => {
  const [begun] = eventsOf('move cutover');
  const outcomes = (isSeen: boolean) =>
    stepsOf([], [begun as NonNullable<typeof begun>], () => isSeen).map((step) => step.outcome);
  assert.deepEqual([outcomes(true), outcomes(false)], [['running'], ['no end']]);
});

for (const target of everydayEngines()) {
  describe(`the audit trail on ${target.name}`, { skip: target.skip }, () => {
    test('events of many at once make one chain, and whoever changes or removes one of them breaks it', async (t) => {
      const place = await target.fresh();
      const database = await openFresh(place);
      t.after(async () => {
        await database.close();
        await place.drop();
      });
      const auditor = auditorOn(database);
      await Promise.all(
        Array.from({ length: 8 }, async (_, i) => {
          const step = await auditor.begin({ command: `step ${i}`, account: 7n, given: { password: 'x', i } });
          await step.end({ isDone: false, code: 'FC_CONFLICT' });
        }),
      );
      const { rows } = await keptEvents(database);
      const verdict = judgeChain(rows);
      assert.deepEqual([verdict.events, verdict.broken, verdict.head], [16, undefined, rows.at(-1)?.chain]);
      assert.ok(rows.every(({ details }) => !details.includes('"x"')));
      assert.ok(
        stepsOf(rows.map(eventOf), [], () => false).every(({ outcome, who }) => outcome === 'failed' && who === 'account 7'),
      );
      assert.equal(await appendEvents(database, rows.map(eventOf)), 0, 'what is known is not kept twice');

      const third = rows[2] as (typeof rows)[number];
      await database.write(({ kysely }) =>
        kysely.updateTable('audit_event').set({ command: 'nothing' }).where('id', '=', third.id).execute(),
      );
      assert.deepEqual(judgeChain((await keptEvents(database)).rows).broken, {
        id: String(third.id),
        at: third.happened_at.text,
        why: 'it was changed',
      });
      await database.write(({ kysely }) => kysely.deleteFrom('audit_event').where('id', '=', third.id).execute());
      assert.match(judgeChain((await keptEvents(database)).rows).broken?.why ?? '', /removed/);
    });
  });
}

const run = (cwd: string, url: string, ...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [entry, ...args], {
    cwd,
    env: childEnv({ DATABASE_URL: url, PORT: '0', BACKUP_SCHEDULE: 'off' }),
    encoding: 'utf8',
  });
  return { code: status, out: stdout, err: stderr };
};
type Listed = { command: string; outcome: string; who: string; isWaiting: boolean; given: unknown; end: { exit: number } | null };
const listed = (cwd: string, url: string): Listed[] => JSON.parse(run(cwd, url, 'audit', 'list', '--json').out) as Listed[];

test('commands on an SQLite file: the journal has them at once, a server takes them in, and one that was killed has no end', async (t) => {
  const cwd = mkdtempSync(join(tmpdir(), 'flashcase-audit-'));
  t.after(() => rmSync(cwd, { recursive: true, force: true }));
  const file = join(cwd, 'flashcase.db');
  const url = `sqlite:///${file}`;
  assert.equal(run(cwd, url, 'user', 'list').code, 1);
  assert.equal(existsSync(`${file}.audit`), false, 'where there is no database nothing is made');
  assert.equal(run(cwd, url, 'db', 'upgrade').code, 0);
  assert.equal(run(cwd, url, 'user', 'create', 'anna', 'anna@law.edu').code, 0);
  const before = readFileSync(file);
  assert.equal(run(cwd, url, 'user', 'disable', 'nobody').code, 1);
  assert.deepEqual(readFileSync(file), before, 'the file itself is as it was');

  const server = spawn(process.execPath, [entry, 'serve'], {
    cwd,
    env: childEnv({ DATABASE_URL: url, PORT: '0', BACKUP_SCHEDULE: 'off' }),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(server.stdout, 'data');
  for (;;) {
    const steps = listed(cwd, url);
    if (steps.every(({ isWaiting }) => !isWaiting)) break;
    await new Promise((done) => setTimeout(done, 200));
  }
  const running = listed(cwd, url);
  assert.deepEqual(
    running.map(({ command, outcome, end }) => [command, outcome, end?.exit]),
    [
      ['db upgrade', 'done', 0],
      ['user create', 'done', 0],
      ['user disable', 'failed', 1],
      ['serve', 'running', undefined],
    ],
  );
  assert.deepEqual(running[1]?.given, { arguments: ['anna', '***@***'], options: {} });
  const ended = once(server, 'close');
  server.kill('SIGKILL');
  await ended;
  assert.equal(listed(cwd, url).at(-1)?.outcome, 'no end');

  assert.equal(run(cwd, url, 'user', 'enable', 'anna').code, 0);
  const verified = run(cwd, url, 'audit', 'verify');
  assert.match(verified.out, /^2 more wait in a journal/m);
  assert.deepEqual([verified.code, /^7 events, each follows/.test(verified.out)], [0, true], verified.out);
  const db = new DatabaseSync(file);
  db.exec("UPDATE audit_event SET os_user = 'somebody' WHERE id = 3");
  db.close();
  const broken = run(cwd, url, 'audit', 'verify');
  assert.deepEqual([broken.code, /^BROKEN at event 3 of .*: it was changed\.$/m.test(broken.out)], [3, true], broken.out);
});

test('a step that cannot be kept anywhere is said to be missing from the trail, and is done all the same', async (t) => {
  const cwd = mkdtempSync(join(tmpdir(), 'flashcase-audit-'));
  t.after(() => rmSync(cwd, { recursive: true, force: true }));
  const file = join(cwd, 'flashcase.db');
  await (await openFresh({ url: `sqlite:///${file}` })).close();
  writeFileSync(`${file}.audit`, 'in the way');
  const { code, out, err } = run(cwd, `sqlite:///${file}`, 'user', 'create', 'anna', 'anna@law.edu');
  assert.deepEqual([code, /^User \d+ anna created/.test(out)], [0, true], err);
  assert.match(err, /^This step is not in the audit trail: E\w+/);
});

const postgres = engines()[1] as ReturnType<typeof engines>[number];
test('commands on PostgreSQL tell the database; what cannot be told waits in a journal, and goes with the next', {
  skip: postgres.skip,
}, async (t) => {
  const cwd = mkdtempSync(join(tmpdir(), 'flashcase-audit-'));
  const place = await postgres.fresh();
  t.after(async () => {
    rmSync(cwd, { recursive: true, force: true });
    await place.drop();
  });
  assert.equal(run(cwd, place.url, 'db', 'upgrade').code, 0);
  assert.equal(existsSync(join(cwd, 'flashcase-audit')), false);
  const gate = async (state: string): Promise<void> => {
    const database = openDatabase(settingsFor(place), systemClock());
    await database.engine.dedicated((connection) => connection.script(`UPDATE write_gate SET state = '${state}'`));
    await database.close();
  };
  await gate('holding');
  assert.equal(run(cwd, place.url, 'user', 'disable', 'anna').code, 1);
  assert.deepEqual(
    listed(cwd, place.url).map(({ command, isWaiting }) => [command, isWaiting]),
    [
      ['db upgrade', false],
      ['user disable', true],
    ],
  );
  await gate('open');
  assert.equal(run(cwd, place.url, 'user', 'create', 'anna', 'anna@law.edu').code, 0);
  assert.deepEqual(
    listed(cwd, place.url).map(({ command, isWaiting, outcome }) => [command, isWaiting, outcome]),
    [
      ['db upgrade', false, 'done'],
      ['user disable', false, 'failed'],
      ['user create', false, 'done'],
    ],
  );
  assert.match(run(cwd, place.url, 'audit', 'verify').out, /^6 events, each follows/);
});
