import { test } from 'node:test';
import { server, servers } from '../move/library.ts';
import { requireLost, requireNothingLost } from '../support/ledger-asserts.ts';
import { LedgerInstallation } from '../support/ledger-installation.ts';
import { moveUnderLoad, moveWithoutFence } from '../support/ledger-round.ts';
import { chooseRounds, chooseSeed } from '../support/load.ts';

const CLIENTS = 32;
/** `FLASHCASE_ROUNDS` counts thousands of writes. */
const WRITES = chooseRounds(100) * 1000;
const timeout = 36_000_000;

for (const target of servers()) {
  test(`${WRITES} acknowledged writes of ${CLIENTS} clients while the data moves to ${target.name}, back, and there again: none fails, none is lost, none is doubled (T-54)`, {
    skip: target.skip,
    timeout,
  }, async (context) => {
    const installation = await LedgerInstallation.create(target, CLIENTS / 2);
    try {
      const seed = chooseSeed();
      requireNothingLost(context, await moveUnderLoad(installation, { clients: CLIENTS, writes: WRITES, seed }), seed);
    } finally {
      await installation.end();
    }
  });
}

test(`the control: ${CLIENTS} clients, the fence taken away after the cutover, and the ledger names what was lost`, {
  skip: server().skip,
  timeout,
}, async (context) => {
  const installation = await LedgerInstallation.create(server(), CLIENTS / 2);
  try {
    const seed = chooseSeed();
    requireLost(context, await moveWithoutFence(installation, { clients: CLIENTS, writes: WRITES / 10, seed }), seed);
  } finally {
    await installation.end();
  }
});
