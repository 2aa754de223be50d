import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../../db/clock.ts';
import type { Settings } from '../../db/settings.ts';
import { findSides } from '../../db/sides.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { type Night, runNight } from '../../ops/backup/nightly.ts';
import { Timestamp } from '../../schema/index.ts';
import { readableBytes } from '../move/progress.ts';
import { drillOptions } from './drill-options.ts';

/** A thread of the server: the backup of a night, its drill and what is pruned. No request waits for it. */

/** What the thread tells the server, once. */
export type NightTold =
  | { readonly outcome: Night['outcome']; readonly line: string | undefined }
  | { readonly outcome: 'failed'; readonly line: string };

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

async function night(): Promise<NightTold> {
  try {
    // A live move may have taken the data to the other side since the server was started.
    const { serving } = await findSides(settings, systemClock());
    const result = await runNight(
      drillOptions(serving, () => {}),
      Timestamp.parse(slot) as Timestamp,
    );
    return { outcome: result.outcome, line: lineOf(result) };
  } catch (error) {
    return {
      outcome: 'failed',
      line: error instanceof FlashcaseError ? `${error.code} ${error.message} ${error.hint ?? ''}`.trim() : String(error),
    };
  }
}

port.postMessage(await night());
port.close();
