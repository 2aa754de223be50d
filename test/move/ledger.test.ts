import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Engine } from '../../src/engine/engine.ts';
import { readLedger } from '../../src/revisions/ledger.ts';
import { fingerprint } from '../../src/schema/form.ts';
import { schema } from '../../src/schema/index.ts';
import { revisions } from '../../src/versions/index.ts';
import { openEngine } from '../engine/open.ts';
import { childEnv } from '../support/child-env.ts';
import { freshTarget, servers, temporaryFolder } from './library.ts';

const entry = fileURLToPath(new URL('../../bin/flashcase.mjs', import.meta.url));

async function ledgerOf(url: string) {
  const engine: Engine = openEngine({ url }, { schema: schema({}) });
  try {
    return await engine.dedicated(async (connection) => ({
      entries: (await readLedger(connection, engine)).map(({ id, name, hash, hashAlgorithm }) => ({
        id,
        name,
        hash,
        hashAlgorithm,
      })),
      newest: (await readLedger(connection, engine)).at(-1)?.fingerprint,
      now: fingerprint(await engine.introspect(connection)),
    }));
  } finally {
    await engine.close();
  }
}

// That no id is handed out twice after a move (F55): test/issues/F55-ids-after-a-move.test.ts.
for (const target of servers()) {
  test(`checklist 167: after a move the target has the same revisions with the same hashes, and the fingerprint of its own schema (${target.name})`, {
    skip: target.skip,
    timeout: 120_000,
  }, async (t) => {
    const folder = temporaryFolder(t);
    const from = `sqlite:///${join(folder, 'source.db')}`;
    const to = await freshTarget(t, target);
    const run = (url: string, ...words: string[]) =>
      promisify(execFile)(process.execPath, [entry, ...words], {
        cwd: folder,
        env: childEnv({ DATABASE_URL: url }),
      });
    await run(from, 'db', 'upgrade');
    await run(from, 'move', 'run', '--to', to);
    const [source, moved] = [await ledgerOf(from), await ledgerOf(to)];
    assert.deepEqual(
      source.entries.map(({ id }) => id),
      revisions.map(({ id }) => id),
    );
    assert.deepEqual(moved.entries, source.entries);
    assert.equal(moved.newest, moved.now);
    assert.equal(source.newest, source.now);
    assert.notEqual(moved.now, source.now, 'each engine has a form of its own');
    assert.match((await run(to, 'db', 'upgrade')).stdout, /Nothing to do/);
    await run(to, 'db', 'check');
  });
}
