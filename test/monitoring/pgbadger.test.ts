// slow
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { createDatabase } from '../support/database.ts';
import { openFresh } from '../support/fresh.ts';
import { startPostgres } from '../support/servers.ts';

const root = resolve(fileURLToPath(import.meta.url), '../../..');
const { FLASHCASE_PGBADGER: pgbadger } = process.env;

/** The settings as the file has them. */
const settings = Object.fromEntries(
  readFileSync(join(root, 'docs/monitoring/postgresql-log.conf'), 'utf8')
    .split('\n')
    .flatMap((line) => {
      const found = /^(\w+) = '?(.*?)'?$/.exec(line);
      return found === null ? [] : [[found[1], found[2]]];
    }),
) as Record<string, string>;

test('pgBadger reads the log that docs/monitoring/postgresql-log.conf makes: slow statements by their text, waits for locks, and nobody’s words', {
  skip: pgbadger === undefined || !existsSync(pgbadger) ? 'not run: no pgBadger here (FLASHCASE_PGBADGER)' : false,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'flashcase-pgbadger-'));
  const server = await startPostgres({ settings: { ...settings, log_min_messages: 'warning', deadlock_timeout: '200ms' } });
  try {
    const place = await createDatabase(server.url);
    const database = await openFresh(place);
    const [holder, waiter] = [new pg.Client(place.url), new pg.Client(place.url)];
    await holder.connect();
    await waiter.connect();
    await holder.query('BEGIN; LOCK TABLE deck');
    const waiting = waiter.query("SET application_name = 'flashcase test'; SELECT count(*) FROM deck");
    await holder.query('SELECT pg_sleep(0.6)');
    await holder.query('COMMIT');
    await waiting;
    // With values, as every statement of FlashCase.
    await waiter.query('SELECT pg_sleep($1), $2::text', [0.3, 'somebody’s own words']);
    await waiter.query('SELECT * FROM nowhere WHERE text = $1', ['somebody’s own words']).catch(() => {});
    await holder.end();
    await waiter.end();
    await database.close();
    await place.drop();
    const logs = join(server.dataDir, 'log');
    const files = readdirSync(logs).map((file) => join(logs, file));
    const log = files.map((file) => readFileSync(file, 'utf8')).join('');
    assert.ok(!log.includes('own words'), log);
    const out = join(folder, 'report.html');
    const { log_line_prefix: prefix = '' } = settings;
    execFileSync('perl', [pgbadger as string, '--quiet', '--prefix', prefix, '-o', out, ...files]);
    const report = readFileSync(out, 'utf8')
      .replace(/<(script|style)\b.*?<\/\1>/gs, '')
      .replace(/<[^>]*>/g, ' ')
      .replace(/\s+/g, ' ');
    // It leaves the places of values empty where the log has none.
    assert.match(report, /SELECT pg_sleep ?\( ?(\$1)? ?\) ?, ?(\$2)?::text/i);
    assert.match(report, /AccessShareLock/);
    assert.match(report, /flashcase test/);
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
