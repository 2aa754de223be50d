// slow
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { peerFileOf } from '../../src/db/peer.ts';
import { server, servers } from '../move/library.ts';
import type { Target } from '../support/database.ts';
import { newestServers } from '../support/database.ts';
import { requireLost, requireNothingLost } from '../support/ledger-asserts.ts';
import { DATABASE_PASSWORD, LedgerInstallation } from '../support/ledger-installation.ts';
import { moveUnderLoad, moveWithoutFence } from '../support/ledger-round.ts';
import { chooseSeed } from '../support/load.ts';

const CLIENTS = 16;
const WRITES = 600;
/** Much of a busy machine's time is not ours. */
const timeout = 1_200_000;

async function onLedger(target: Target, work: (installation: LedgerInstallation) => Promise<void>): Promise<void> {
  const installation = await LedgerInstallation.create(target, CLIENTS / 2);
  try {
    await work(installation);
  } finally {
    await installation.end();
  }
}

for (const target of newestServers(servers())) {
  describe(`the whole live move, typed as the guide says it, to ${target.name}`, { skip: target.skip }, () => {
    test('plan, start, verify, cutover, rollback, cutover, finish under load: no request fails, every acknowledged write is there once (T-53, T-54, T-57, T-61, T-62)', {
      timeout,
    }, async (context) => {
      await onLedger(target, async (installation) => {
        const seed = chooseSeed();
        requireNothingLost(context, await moveUnderLoad(installation, { clients: CLIENTS, writes: WRITES, seed }), seed);

        const env = readFileSync(join(installation.folder, '.env'), 'utf8');
        assert.equal(env.match(/^DATABASE_URL=.*$/gm)?.join(), `DATABASE_URL=${installation.targetUrl}`);
        assert.match(env, /^# of the tests\n# DATABASE_URL=sqlite/);
        assert.deepEqual([existsSync(installation.file), existsSync(peerFileOf(installation.file))], [false, true]);

        for (const running of installation.servers) assert.equal(await running.end('SIGTERM'), 0, running.output);
        const outdated = await installation.serve({});
        assert.match(
          outdated.output,
          /DATABASE_URL is out of date: it names .*flashcase\.db, but the data has moved to 127\.0\.0\.1/,
        );
        assert.match(outdated.output, /FlashCase is at .*\(data: 127\.0\.0\.1:\d+\/test_\w+\)/);
        const current = await installation.serve();
        assert.doesNotMatch(current.output, /out of date/);
        const [student] = installation.students;
        for (const { base } of [outdated, current]) {
          const answer = await fetch(`${base}/api/v1/auth/me`, { headers: { authorization: `Bearer ${student?.token}` } });
          assert.equal(((await answer.json()) as { username: string }).username, student?.username);
        }
        const printed = installation.printed.concat(installation.servers.map(({ output }) => output)).join('\n');
        assert.equal(printed.includes(DATABASE_PASSWORD), false, 'a password was printed');
      });
    });
  });
}

test('the ledger sees a loss: with the fence of the file taken away, what another program writes after the cutover is named as lost, and status names the fence', {
  skip: server().skip,
  timeout,
}, async (context) => {
  await onLedger(server(), async (installation) => {
    const seed = chooseSeed();
    requireLost(context, await moveWithoutFence(installation, { clients: CLIENTS, writes: 300, seed }), seed);
  });
});
