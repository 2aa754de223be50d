import { FlashcaseError } from '../../errors/index.ts';
import type { Timestamp } from '../../schema/index.ts';
import type { ArchivedLog, Inventory, PhysicalSet } from './physical-backup.ts';

/** Every moment from one to the other can be restored, from the newest set before it. */
export interface PhysicalWindow {
  /** The oldest first. */
  readonly sets: readonly PhysicalSet[];
  readonly from: Timestamp;
  /** When its last piece of log was archived; what was committed by then is in it. */
  readonly to: Timestamp;
  /** Of that last piece. */
  readonly lastLog: string;
}

const timelineOf = (name: string): string => name.slice(0, 8);
const segmentOf = (name: string): bigint => BigInt(`0x${name.slice(8)}`);
const LOG = 0xffffffffn;

/** Whether a piece of log follows another; the pieces of 4 GiB are numbered from 0, and how many there are the largest number tells. */
function follows(before: ArchivedLog, after: ArchivedLog, largest: bigint): boolean {
  const [a, b] = [segmentOf(before.name), segmentOf(after.name)];
  // Behind a restore the new timeline begins within the piece the old one was left in.
  if (timelineOf(before.name) !== timelineOf(after.name)) return b <= a + 1n || isNextLog(a, b, largest);
  return b === a + 1n || isNextLog(a, b, largest);
}

const isNextLog = (a: bigint, b: bigint, largest: bigint): boolean => {
  const low = a & LOG;
  return (b & LOG) === 0n && b >> 32n === (a >> 32n) + 1n && low >= largest && ((low + 1n) & low) === 0n;
};

/** The pieces in runs without a gap, the oldest first. */
export function runsOf(log: readonly ArchivedLog[]): ArchivedLog[][] {
  const largest = log.reduce((most, { name }) => {
    const low = segmentOf(name) & LOG;
    return low > most ? low : most;
  }, 0n);
  const runs: ArchivedLog[][] = [];
  for (const piece of log) {
    const last = runs.at(-1)?.at(-1);
    if (last !== undefined && follows(last, piece, largest)) runs.at(-1)?.push(piece);
    else runs.push([piece]);
  }
  return runs;
}

/**
 * The moments that can be restored, the latest window first: where the log is whole from the end of a set on. A moment right at the end of a set is left out: its time is known to the second only.
 */
export function physicalWindows({ sets, log }: Inventory): PhysicalWindow[] {
  return runsOf(log)
    .toReversed()
    .flatMap((pieces): PhysicalWindow[] => {
      const names = new Set(pieces.map(({ name }) => name));
      const usable = sets.filter(({ lastLog, firstLog, isDamaged }) => !isDamaged && names.has(firstLog) && names.has(lastLog));
      const [oldest] = usable;
      const newest = pieces.at(-1);
      if (oldest === undefined || newest === undefined) return [];
      const from = oldest.stoppedAt.plusSeconds(1);
      const to = pieces.reduce((most, { archivedAt }) => (most.isBefore(archivedAt) ? archivedAt : most), newest.archivedAt);
      return [{ sets: usable, from, to: to.isBefore(from) ? from : to, lastLog: newest.name }];
    });
}

/** The windows once a running server of that cluster has archived everything until a moment. */
export function reaching(windows: readonly PhysicalWindow[], until: Timestamp | undefined): readonly PhysicalWindow[] {
  const [newest, ...older] = windows;
  if (newest === undefined || until === undefined || !newest.to.isBefore(until)) return windows;
  return [{ ...newest, to: until }, ...older];
}

/** `2026-11-27 03:00:05 to 2026-11-27 14:12:40 UTC`. */
export const physicalWindowText = ({ from, to }: Pick<PhysicalWindow, 'from' | 'to'>): string =>
  `${from.text.slice(0, 19)} to ${to.text.slice(0, 19)} UTC`;

/** A moment no physical backup gives. */
export function outsidePhysicalWindows(moment: Timestamp, windows: readonly PhysicalWindow[], why?: string): FlashcaseError {
  const reach =
    windows.length === 0
      ? 'there is no moment that can be restored: no physical backup has its log'
      : `what can be restored is ${windows.map(physicalWindowText).join(', and ')}`;
  return new FlashcaseError('FC_RESTORE_WINDOW', {
    what: `${moment.text} UTC cannot be restored. Nothing was changed.`,
    why: `${why === undefined ? '' : `${why}; `}${reach}.`,
    hint: 'Name a moment within, or --latest: flashcase backup list shows the windows.',
    details: { moment: moment.text, windows: windows.map(({ from, to }) => ({ from: from.text, to: to.text })) },
  });
}

/** The set a moment is restored from: the newest that was whole before it. Throws `FC_RESTORE_WINDOW`. */
export function setFor(moment: Timestamp, windows: readonly PhysicalWindow[]): PhysicalSet {
  for (const window of windows) {
    if (moment.isBefore(window.from) || window.to.isBefore(moment)) continue;
    const set = window.sets.findLast(({ stoppedAt }) => !moment.isBefore(stoppedAt.plusSeconds(1)));
    if (set !== undefined) return set;
  }
  throw outsidePhysicalWindows(moment, windows);
}
