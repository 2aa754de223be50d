import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../../src/db/clock.ts';
import { withRevisionLock } from '../../../src/revisions/lock.ts';
import { upgrade } from '../../../src/revisions/run.ts';
import { schema } from '../../../src/schema/index.ts';
import { openEngine } from '../../engine/open.ts';
import { directPostgres, first, onFresh, third } from '../own-schema.ts';

const child = join(fileURLToPath(import.meta.url), '../../frozen.child.ts');

/** A URL whose sessions start with these settings, as an operator may have them for a role or a database. */
const withSettings = (url: string, ...settings: string[]): string => {
  const changed = new URL(url);
  changed.searchParams.set('options', settings.map((setting) => `-c ${setting}`).join(' '));
  return changed.toString();
};

for (const target of directPostgres()) {
  const { skip } = target;
  test(
    `the server gives up a client that changes the schema within a minute of its silence; what is stricter already stays (${target.name})`,
    { skip },
    () =>
      onFresh(target, async ({ place }) => {
        const settingsAt = async (url: string): Promise<Record<string, unknown>> => {
          const engine = openEngine({ url }, { schema: schema({}) });
          try {
            return await withRevisionLock(engine, { clock: systemClock() }, async ({ connection }) => {
              const all: Record<string, unknown> = {};
              for (const name of [
                'client_connection_check_interval',
                'tcp_keepalives_idle',
                'tcp_keepalives_interval',
                'tcp_keepalives_count',
                'tcp_user_timeout',
                'idle_in_transaction_session_timeout',
              ])
                all[name] = Object.values((await connection.query(`SHOW ${name}`))[0] as object)[0];
              return all;
            });
          } finally {
            await engine.close();
          }
        };
        const usual = {
          client_connection_check_interval: '500ms',
          tcp_keepalives_idle: '10',
          tcp_keepalives_interval: '5',
          tcp_keepalives_count: '4',
          tcp_user_timeout: '30000',
          idle_in_transaction_session_timeout: '1min',
        };
        assert.deepEqual(await settingsAt(place.url), usual);
        assert.deepEqual(
          await settingsAt(
            withSettings(place.url, 'tcp_keepalives_idle=3', 'tcp_user_timeout=0', 'idle_in_transaction_session_timeout=7s'),
          ),
          { ...usual, tcp_keepalives_idle: '3', idle_in_transaction_session_timeout: '7s' },
        );
      }),
  );

  test(
    `a process that stands still between two statements of a revision loses its locks, and the next one goes on (${target.name})`,
    { skip, timeout: 60_000 },
    () =>
      onFresh(target, async ({ run, query, place, ledger }) => {
        await upgrade(run([first]));
        const holder = spawn(process.execPath, [child, withSettings(place.url, 'idle_in_transaction_session_timeout=1500')], {
          stdio: ['pipe', 'pipe', 'pipe'],
        });
        let said = '';
        holder.stderr.on('data', (text: Buffer) => (said += String(text)));
        const gone = once(holder, 'exit');
        await once(holder.stdout, 'data');
        holder.kill('SIGSTOP');
        assert.deepEqual(
          (await upgrade(run([first, { ...third, id: '0002' }], { waitMs: 30_000 }))).map(({ id }) => id),
          ['0002'],
        );
        assert.deepEqual(await query('SELECT label FROM parcel'), [], 'what it had not committed is rolled back');
        holder.kill('SIGCONT');
        holder.stdin.end('go on\n');
        assert.deepEqual(await gone, [1, null]);
        assert.match(said, /FC_DB_UNREACHABLE/, 'it learns that its connection is gone');
        assert.equal((await ledger()).length, 2);
      }),
  );
}
