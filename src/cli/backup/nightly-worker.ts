import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../../db/clock.ts';
import type { Settings } from '../../db/settings.ts';
import { findSides } from '../../db/sides.ts';
import { type Night, runNight } from '../../ops/backup/nightly.ts';
import { endPrograms } from '../../ops/physical/run-program.ts';
import { Timestamp } from '../../schema/index.ts';
import { readableBytes } from '../move/progress.ts';
import { drillOptions } from './drill-options.ts';
import { type PhysicalNight, physicalNight, wordsOf } from './physical-night.ts';

/** A thread of the server: the backup of a night, its drill and what is pruned. No request waits for it. */

/** What the thread tells the server, once. */
export type NightTold = (
  | { readonly outcome: Night['outcome']; readonly line: string | undefined }
  | { readonly outcome: 'failed'; readonly line: string }
) & {
  /** How the physical backup went, where one was due here. */
  readonly physical?: PhysicalNight;
};

const port = parentPort as NonNullable<typeof parentPort>;
const { settings, slot } = workerData as { readonly settings: Settings; readonly slot: string };

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
  const physical = await physicalNight(serving, Timestamp.parse(slot) as Timestamp);
  return physical === undefined ? told : { ...told, physical };
}

// The only thing the server says: it stops.
port.on('message', endPrograms);
port.postMessage(await both());
port.close();
