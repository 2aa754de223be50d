import { FlashcaseError } from '../../../errors/index.ts';
import { Timestamp } from '../../../schema/index.ts';
import { listBackups } from '../backup-folder.ts';
import type { BackupKey } from '../key.ts';
import type { Manifest } from '../manifest.ts';
import {
  type Chain,
  type ChainKeys,
  chainKeys,
  chainNames,
  type Head,
  readChain,
  readHead,
  readOldest,
  refuseUntrustedChain,
} from './chain.ts';
import type { LogPoint } from './log-point.ts';

/** A backup that lies in a chain. */
export type Base = Manifest & { readonly log: LogPoint };

/** Changes were made between these moments, and nobody noted when: the two can be restored, and nothing between them. */
export interface UndatedStretch {
  readonly after: string;
  readonly upTo: string;
}

/** Every moment from one to the other can be restored, but for those of undated changes. */
export interface Window {
  readonly chain: Chain;
  readonly keys: ChainKeys;
  readonly head: Head;
  /** Those a restore can begin with, the oldest first. */
  readonly bases: readonly Base[];
  readonly from: string;
  readonly to: string;
  readonly undated: readonly UndatedStretch[];
}

/** A chain that is there, with its window or with what keeps it from having one. */
export interface ListedChain {
  readonly name: string;
  readonly window: Window | undefined;
  readonly error: FlashcaseError | undefined;
}

export const isBase = (manifest: Manifest | undefined): manifest is Base => manifest?.log !== undefined;

function windowOf(
  directory: string,
  name: string,
  bases: readonly Base[],
  key: BackupKey | undefined,
  isAccepted: boolean,
): Window | undefined {
  const chain = readChain(directory, name);
  refuseUntrustedChain(chain, key, isAccepted);
  const keys = chainKeys(chain, key);
  const head = readHead(directory, chain, keys);
  const oldest = readOldest(directory, chain, keys);
  const usable = bases.filter(({ log }) => log.chain === name && log.after + 1 >= oldest && log.at <= head.completeTo);
  const [first] = usable;
  if (first === undefined) return undefined;
  const from = first.log.at;
  const undated = (head.undated ?? [])
    .map(([after, upTo]) => ({ after: Timestamp.fromMicros(BigInt(after)).text, upTo: Timestamp.fromMicros(BigInt(upTo)).text }))
    .filter(({ upTo }) => upTo > from);
  return { chain, keys, head, bases: usable, from, to: head.completeTo, undated };
}

/** All chains, the one that was begun last first. */
export function listChains(directory: string, key: BackupKey | undefined, isAccepted = false): ListedChain[] {
  const bases = listBackups(directory)
    .flatMap(({ manifest }) => (isBase(manifest) ? [manifest] : []))
    .toReversed();
  return chainNames(directory).map((name) => {
    try {
      return { name, window: windowOf(directory, name, bases, key, isAccepted), error: undefined };
    } catch (error) {
      if (error instanceof FlashcaseError) return { name, window: undefined, error };
      throw error;
    }
  });
}

const second = (text: string): string => text.slice(0, 19);

/** `2026-11-27 03:00:05 to 2026-11-27 14:12:40 UTC`. */
export const windowText = ({ from, to }: Pick<Window, 'from' | 'to'>): string => `${second(from)} to ${second(to)} UTC`;

/** A moment nothing can be restored to. */
export function outsideWindows(moment: Timestamp, chains: readonly ListedChain[], why?: string): FlashcaseError {
  const windows = chains.flatMap(({ window }) => (window === undefined ? [] : [window]));
  const broken = chains.flatMap(({ name, error }) =>
    error === undefined ? [] : [`the log ${name} cannot be read: ${error.code} ${error.why ?? error.message}`],
  );
  const said = [
    ...(why === undefined ? [] : [why]),
    ...(windows.length === 0
      ? ['there is no moment that can be restored: no change log has a backup to begin with']
      : [`what can be restored is ${windows.map(windowText).join(', and ')}`]),
    ...broken,
  ];
  return new FlashcaseError('FC_RESTORE_WINDOW', {
    what: `${moment.text} UTC cannot be restored. Nothing was changed.`,
    why: `${said.join('; ')}.`,
    hint: 'Name a moment within, or a backup: flashcase backup list shows both.',
    details: { moment: moment.text, windows: windows.map(({ from, to }) => ({ from, to })) },
  });
}

/**
 * What a moment can be restored from, the best first. A moment that came twice, because the clock was set back, is the later one: in the window of the log that was begun last. Throws `FC_RESTORE_WINDOW` with
 * the windows that there are.
 */
export function basesFor(moment: Timestamp, chains: readonly ListedChain[]): { readonly window: Window; readonly base: Base }[] {
  for (const { window } of chains) {
    if (window === undefined || moment.text < window.from || moment.text > window.to) continue;
    return window.bases
      .filter(({ log }) => log.at <= moment.text)
      .toReversed()
      .map((base) => ({ window, base }));
  }
  throw outsideWindows(moment, chains);
}

/** Reads a moment as people type it; without an offset it is UTC. Throws `FC_INPUT_INVALID`. */
export function momentOf(text: string): Timestamp {
  const moment = Timestamp.parse(text.trim());
  if (moment !== undefined) return moment;
  throw new FlashcaseError('FC_INPUT_INVALID', {
    what: `${JSON.stringify(text)} is no moment.`,
    hint: 'Write it as 2026-11-27 14:05:00 (UTC), or with an offset: 2026-11-27T15:05:00+01:00.',
  });
}
