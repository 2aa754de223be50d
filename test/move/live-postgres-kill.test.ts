// slow
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { withPostgres } from '../../src/move/live/sides.ts';
import { embeddedPostgresBin } from '../support/servers.ts';
import { freshTarget } from './library.ts';
import { disturb, type Fault, FaultyPlace, type Round } from './live-faults.ts';

/** Where it matters most; every step: test/long/move-live-faults.test.ts. */
const ROUNDS: Readonly<Record<Fault, readonly Round[]>> = {
  server: [
    { verb: 'start', step: 'range book 2' },
    { verb: 'cutover', step: 'drained' },
    { verb: 'cutover', step: 'decided' },
    { verb: 'rollback', step: 'held' },
    { verb: 'finish', step: 'decided' },
  ],
  cut: [{ verb: 'rollback', step: 'decided' }],
  silence: [
    { verb: 'cutover', step: 'verified' },
    { verb: 'rollback', step: 'registered' },
  ],
  'disk of the file': [{ verb: 'cutover', step: 'held' }],
  'disk of the server': [{ verb: 'start', step: 'copied' }],
};

describe('a live move whose server, network or disk fails goes on by the same command', () => {
  let place: FaultyPlace | string;
  before(async () => {
    place = await FaultyPlace.open(embeddedPostgresBin());
  });
  after(() => (typeof place === 'object' ? place.close() : undefined));

  for (const [fault, rounds] of Object.entries(ROUNDS))
    test(
      `T-36 T-59: one side takes writes, and in the end both hold what an undisturbed move leaves (${fault})`,
      {
        timeout: 300_000,
      },
      (t) => (typeof place === 'string' ? t.skip(place) : disturb(t, place, fault as Fault, rounds)),
    );
});

test('a server gives the sessions of a move up within a minute when their machine is gone with its network: they keep no lock for hours', async (t) => {
  const [row] = await withPostgres(await freshTarget(t), (postgres) =>
    postgres.query(
      `SELECT sum(setting::int) FILTER (WHERE name = 'tcp_keepalives_idle') AS m_idle, sum(setting::int) FILTER (WHERE name = 'tcp_user_timeout') AS m_timeout,
         sum(setting::int) FILTER (WHERE name = 'idle_in_transaction_session_timeout') AS m_resting FROM pg_settings`,
    ),
  );
  assert.deepEqual([Number(row?.m_idle), Number(row?.m_timeout), Number(row?.m_resting)], [10, 30_000, 0]);
});
