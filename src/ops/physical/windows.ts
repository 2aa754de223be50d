import { FlashcaseError } from '../../errors/index.ts';
import type { Timestamp } from '../../schema/index.ts';
import type { ArchivedLog, Inventory, PhysicalSet, TimelineHistory } from './physical-backup.ts';

/** Every moment from one to the other can be restored, from the newest set before it. */
export interface PhysicalWindow {
  /** The oldest first. */
  readonly sets: readonly PhysicalSet[];
  readonly from: Timestamp;
  /** When its last piece of log was archived; what was committed by then is in it. */
  readonly to: Timestamp;
  /** Of that last piece. */
  readonly lastLog: string;
  /** Along which its moments are restored. */
  readonly timeline: number;
  /** Whether that is the one that was begun last. */
  readonly isCurrent: boolean;
}

const timelineOf = (name: string): number => Number.parseInt(name.slice(0, 8), 16);
const segmentOf = (name: string): bigint => BigInt(`0x${name.slice(8)}`);
const LOG = 0xffffffffn;
/** Of a piece of log, as powers of two: 16 MiB unless the cluster was made otherwise, and 1 GiB at most. */
const USUAL_BITS = 24n;
const MOST_BITS = 30n;

/** Whether a piece of log follows another; the pieces of 4 GiB are numbered from 0, and how many there are the largest number tells. */
function follows(before: ArchivedLog, after: ArchivedLog, largest: bigint): boolean {
  const [a, b] = [segmentOf(before.name), segmentOf(after.name)];
  return b === a + 1n || isNextLog(a, b, largest);
}

const isNextLog = (a: bigint, b: bigint, largest: bigint): boolean => {
  const low = a & LOG;
  return (b & LOG) === 0n && b >> 32n === (a >> 32n) + 1n && low >= largest && ((low + 1n) & low) === 0n;
};

/** The pieces in runs without a gap, the oldest first. @param log of one course of timelines */
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

/** The piece of log a position is in. */
const pieceAt = (position: bigint, bits: bigint): bigint => ((position >> 32n) << 32n) | ((position & LOG) >> bits);

/**
 * The log a timeline consists of: its own pieces, and those of the timelines before it up to where each was left. What was archived of those afterwards is abandoned, and no part of it. Where the piece it begins with is not there, only its own:
 * nobody knows what lies between.
 */
function courseOf(timeline: number, log: readonly ArchivedLog[], history: TimelineHistory | undefined): ArchivedLog[] {
  const own = log.filter(({ name }) => timelineOf(name) === timeline);
  const [first] = own;
  const fork = history?.parents.at(-1);
  if (history === undefined || first === undefined || fork === undefined) return own;
  const begin = segmentOf(first.name);
  let bits = USUAL_BITS;
  // No repository tells how large its pieces are; larger ones are numbered lower.
  while (bits <= MOST_BITS && pieceAt(fork.leftAt, bits) !== begin) bits++;
  if (bits > MOST_BITS) return own;
  let from = 0n;
  const before: ArchivedLog[] = [];
  for (const { timeline: earlier, leftAt } of history.parents) {
    const end = pieceAt(leftAt, bits);
    for (const piece of log) {
      const segment = segmentOf(piece.name);
      if (timelineOf(piece.name) === earlier && segment >= from && segment < end) before.push(piece);
    }
    from = end;
  }
  return [...before, ...own];
}

/**
 * The moments that can be restored, the latest window first: where the log is whole from the end of a set on. A moment right at the end of a set is left out: its time is known to the second only. Each timeline has windows of its own: what was
 * written on one that a restore left behind is given as it was, and never as a moment of the one that serves.
 */
export function physicalWindows({ sets, log, histories }: Inventory): PhysicalWindow[] {
  const current = currentTimeline({ log, histories });
  const timelines = [...new Set(log.map(({ name }) => timelineOf(name)))].toSorted((a, b) => b - a);
  return timelines.flatMap((timeline) => {
    const history = histories.find((one) => one.timeline === timeline);
    const left = histories
      .filter(({ parents }) => parents.at(-1)?.timeline === timeline)
      .map(({ archivedAt }) => archivedAt)
      .reduce<Timestamp | undefined>((first, at) => (first === undefined || at.isBefore(first) ? at : first), undefined);
    return runsOf(courseOf(timeline, log, history))
      .toReversed()
      .flatMap((pieces): PhysicalWindow[] => {
        const names = new Set(pieces.map(({ name }) => name));
        const usable = sets.filter(({ lastLog, firstLog, isDamaged }) => !isDamaged && names.has(firstLog) && names.has(lastLog));
        const [oldest] = usable;
        const own = pieces.filter(({ name }) => timelineOf(name) === timeline);
        const newest = own.at(-1);
        if (oldest === undefined || newest === undefined) return [];
        const begun = history?.archivedAt.plusSeconds(1);
        const whole = oldest.stoppedAt.plusSeconds(1);
        const from = begun === undefined || begun.isBefore(whole) ? whole : begun;
        const archived = own.reduce((most, { archivedAt }) => (most.isBefore(archivedAt) ? archivedAt : most), newest.archivedAt);
        const to = left?.isBefore(archived) ? left : archived;
        return [
          {
            sets: usable,
            from,
            to: to.isBefore(from) ? from : to,
            lastLog: newest.name,
            timeline,
            isCurrent: timeline === current,
          },
        ];
      });
  });
}

/** The timeline that was begun last; 1 is that of a cluster no restore took the place of. */
export const currentTimeline = ({ log, histories }: Pick<Inventory, 'log' | 'histories'>): number =>
  Math.max(1, ...log.map(({ name }) => timelineOf(name)), ...histories.map(({ timeline }) => timeline));

/** The windows once a running server of that cluster has archived everything until a moment. */
export function reaching(windows: readonly PhysicalWindow[], until: Timestamp | undefined): readonly PhysicalWindow[] {
  const [newest, ...older] = windows;
  if (newest?.isCurrent !== true || until === undefined || !newest.to.isBefore(until)) return windows;
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

/** The set a moment is restored from, the newest that was whole before it, and the window it is in. Throws `FC_RESTORE_WINDOW`. */
export function setFor(
  moment: Timestamp,
  windows: readonly PhysicalWindow[],
): { readonly set: PhysicalSet; readonly window: PhysicalWindow } {
  for (const window of windows) {
    if (moment.isBefore(window.from) || window.to.isBefore(moment)) continue;
    const set = window.sets.findLast(({ stoppedAt }) => !moment.isBefore(stoppedAt.plusSeconds(1)));
    if (set !== undefined) return { set, window };
  }
  throw outsidePhysicalWindows(moment, windows);
}
