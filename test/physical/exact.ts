import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { restoreCluster } from '../../src/ops/physical/restore-cluster.ts';
import { takeSet } from '../../src/ops/physical/take-set.ts';
import type { Timestamp } from '../../src/schema/index.ts';
import { openFresh } from '../support/fresh.ts';
import { populate } from '../support/load-population.ts';
import { type Archiving, serve } from './clusters.ts';
import { Marks, queryAll } from './marks.ts';

/** A cluster with students, a full set, an incremental one, and writers that committed all along. */
export interface Written {
  readonly cluster: Archiving;
  readonly marks: Marks;
  readonly from: Timestamp;
  readonly to: Timestamp;
  /** Of the one writer that is alone by itself: its commits by the server's own times. */
  readonly times: readonly Timestamp[];
}

/** Writes from several clients while sets are taken; then nobody writes for a while. @param seconds of writing behind the last set */
export async function writeAlong(cluster: Archiving, seconds: number): Promise<Written> {
  const database = await openFresh({ url: cluster.url });
  await populate(database, { students: 2, deckSizes: [40], isStudied: true });
  await database.close();
  const marks = new Marks(cluster.url);
  await marks.start(3);
  const first = await takeSet(cluster.options, 'full');
  await delay(1500);
  await takeSet(cluster.options, 'incr');
  await delay(seconds * 1000);
  await marks.stop();
  const to = cluster.options.clock.now();
  return { cluster, marks, from: first.stoppedAt.plusSeconds(1), to, times: await marks.commitTimes(0) };
}

/** Restores a moment into a new folder, starts a server there as an operator does, and looks that exactly what was committed by then is in it, and that it writes. @returns how many marks */
export async function assertMoment({ cluster, marks }: Written, moment: Timestamp): Promise<number> {
  const folder = join(cluster.folder, `restored-${moment.micros}`);
  const restored = await restoreCluster(moment, folder, cluster.options);
  assert.equal(restored.to, moment.text);
  assert.ok(restored.cardStates.checked > 0);
  const server = await serve(folder);
  try {
    const url = cluster.url.replace(/:\d+\//, `:${server.port}/`);
    const count = await marks.assertExactly(url, moment);
    await queryAll(url, 'CREATE TABLE writes_again (x int)');
    return count;
  } finally {
    await server.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A moment between two, drawn at random. @param random from 0 to 1 */
export const between = (from: Timestamp, to: Timestamp, random: number): Timestamp =>
  from.plusMicros(BigInt(Math.floor(random * Number(to.micros - from.micros))));
