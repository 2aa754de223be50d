import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { FlashcaseError } from '../../../src/errors/index.ts';
import { schema } from '../../../src/schema/index.ts';
import { openEngine } from '../../engine/open.ts';
import { seededRandom } from '../../support/load.ts';
import { startPostgres, type TestServer } from '../../support/servers.ts';
import { onPostgres } from '../vehicles.ts';
import { contents, uninterrupted, walk, watched } from './walk.ts';

/** A run that is over before its server is dead proves little: so many rounds may go by for each death that meets one. */
const MOST_TRIES = 5;

/**
 * Kills the postmaster of a PostgreSQL of its own while a revision waits for a statement, starts it again, and lets the run go on.
 * @param rounds how many deaths must meet a run
 */
export async function crashServer(rounds: number, seed: number, context: { diagnostic(text: string): void }): Promise<void> {
  const random = seededRandom(seed);
  let server = await startPostgres({ fsync: true });
  const folder = dirname(server.dataDir);
  try {
    const { statements, result } = await uninterrupted(onPostgres('postgres', server.url), 'up');
    let interrupted = 0;
    let deaths = 0;
    for (; interrupted < rounds && deaths < rounds * MOST_TRIES; deaths++) {
      const killAt = 1 + Math.floor(random() * statements.length);
      const { engine, url, close } = await onPostgres('postgres', server.url).open();
      let count = 0;
      let killing: Promise<void> | undefined;
      const dying = watched(engine, () => {
        count++;
        if (count === killAt) killing = delay(random() * 3).then(() => server.kill());
      });
      await walk(dying, 'up').then(
        // The run was over before the server was dead.
        () => undefined,
        (error: unknown) => {
          assert.ok(error instanceof FlashcaseError && error.hint !== undefined, `statement ${killAt}: ${String(error)}`);
          interrupted++;
        },
      );
      await killing;
      server = await startAgain(server);
      const again = openEngine({ url }, { schema: schema({}) });
      await walk(again, 'up');
      assert.deepEqual(await contents(again), result, `killed at statement ${killAt}: ${statements[killAt - 1]}`);
      await again.close();
      await close();
    }
    assert.equal(interrupted, rounds, `only ${interrupted} of ${deaths} deaths met a run`);
    context.diagnostic(`seed ${seed}: ${deaths} servers died, ${interrupted} in the middle of a run, 0 different`);
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function startAgain(dead: TestServer): Promise<TestServer> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await startPostgres({ dataDir: dead.dataDir, port: dead.port, fsync: true });
    } catch (error) {
      if (attempt >= 50) throw error;
      await delay(100);
    }
  }
}
