import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../../db/clock.ts';
import type { Settings } from '../../db/settings.ts';
import { findSides } from '../../db/sides.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { type Night, runNight } from '../../ops/backup/nightly.ts';
import { drillCluster } from '../../ops/physical/drill-cluster.ts';
import { pruneSets } from '../../ops/physical/prune-sets.ts';
import { doneSince, takeSet } from '../../ops/physical/take-set.ts';
import { Timestamp } from '../../schema/index.ts';
import { readableBytes } from '../move/progress.ts';
import { clusterOptions, drillOptions } from './drill-options.ts';

/** A thread of the server: the backup of a night, its drill and what is pruned. No request waits for it. */

/** What the thread tells the server, once. */
export type NightTold = (
  | { readonly outcome: Night['outcome']; readonly line: string | undefined }
  | { readonly outcome: 'failed'; readonly line: string }
) & {
  /** How the physical backup went, where one was due here. */
  readonly physical?: { readonly isGood: boolean; readonly line: string };
};

const port = parentPort as NonNullable<typeof parentPort>;
const { settings, slot } = workerData as { readonly settings: Settings; readonly slot: string };

/** What the night does with physical backups, where they are kept: a set, a cluster tried out, what is past its time. It runs whether the other backup was made or not. */
async function physicalNight(serving: Settings): Promise<NightTold['physical']> {
  if (serving.backup.physical === undefined || serving.database.engine !== 'postgres') return undefined;
  const options = clusterOptions(serving, () => {});
  const done = doneSince(options, Timestamp.parse(slot) as Timestamp);
  if (done.isTried) return undefined;
  try {
    const set = done.isTaken ? undefined : await takeSet(options);
    const report = await drillCluster(options);
    const removed = (await pruneSets(options, false)).filter(({ isKept }) => !isKept).length;
    return {
      isGood: true,
      line: `${set === undefined ? 'a physical backup was taken before' : `took the physical backup ${set.label}`}; ${report.moment.slice(0, 19)} UTC restored for a trial and right (${report.cardStates.checked} card states recomputed, ${report.seconds} s)${removed === 0 ? '' : `; ${removed} past their time removed`}`,
    };
  } catch (error) {
    return { isGood: false, line: `the physical backup: ${wordsOf(error)}` };
  }
}

const wordsOf = (error: unknown): string =>
  error instanceof FlashcaseError
    ? `${error.code} ${error.message} ${error.why ?? ''} ${error.hint ?? ''}`.replace(/ +/g, ' ').trim()
    : String(error);

function lineOf(night: Night): string | undefined {
  if (night.outcome === 'elsewhere') return night.host === undefined ? undefined : `made by ${night.host}`;
  if (night.outcome === 'already') return undefined;
  const { manifest, report, removed } = night;
  const made =
    manifest === undefined ? `${report.backup} was made before` : `made ${manifest.name}, ${readableBytes(manifest.data.bytes)}`;
  return `${made}; restored for a trial and right (${report.cardStates.checked} card states recomputed, ${report.seconds} s)${removed === 0 ? '' : `; ${removed} past their time removed`}`;
}

async function night(serving: Settings): Promise<NightTold> {
  try {
    const result = await runNight(
      drillOptions(serving, () => {}),
      Timestamp.parse(slot) as Timestamp,
    );
    return { outcome: result.outcome, line: lineOf(result) };
  } catch (error) {
    return { outcome: 'failed', line: wordsOf(error) };
  }
}

/** Both kinds of backup: neither waits for the other to be right. */
async function both(): Promise<NightTold> {
  let serving: Settings;
  try {
    // A live move may have taken the data to the other side since the server was started.
    ({ serving } = await findSides(settings, systemClock()));
  } catch (error) {
    return { outcome: 'failed', line: wordsOf(error) };
  }
  const told = await night(serving);
  const physical = await physicalNight(serving);
  return physical === undefined ? told : { ...told, physical };
}

port.postMessage(await both());
port.close();
