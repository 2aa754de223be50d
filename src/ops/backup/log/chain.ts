import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WalPosition } from '../../../engine/sqlite/wal-file.ts';
import type { FileMark } from '../../../engine/sqlite/wal-hold.ts';
import { FlashcaseError } from '../../../errors/index.ts';
import { Timestamp } from '../../../schema/index.ts';
import { damagedLog, wrongKey } from '../findings.ts';
import { type BackupKey, logKeysOf } from '../key.ts';

/** Of the files of a chain. A code that meets a newer one does not guess. */
export const LOG_FORMAT = 1;
export const DESCRIPTION = 'chain.json';
export const HEAD = 'head.json';
/** Says from which record on a chain is there, once something of it was pruned: what is missing otherwise is a loss. */
export const OLDEST = 'oldest.json';
const LOG_ENDING = '.log';

/** A clock that was set back by more begins a new chain; less is smoothed over. */
export const CLOCK_BACK_MICROS = 2_000_000n;

/** How much later than it was made a commit of another process may be dated. */
export const SEEN_LATE_MICROS = 1_000_000n;

/**
 * Commits whose moments nobody noted, as those right before their server was killed: made later than the one and no later than the other (microseconds since 1970, UTC), and dated by the other. No moment
 * in between can be restored.
 */
export type Undated = readonly [after: string, upTo: string];

/** More than that are joined, the oldest first: a server that is killed every minute must not make a long head. */
const MOST_UNDATED = 500;

/** Adds one to those of a chain, in order of time. */
export function withUndated(known: readonly Undated[] = [], found: Undated): Undated[] {
  const [after, upTo] = found;
  const last = known.at(-1);
  // Of one stretch, spread over several records.
  const all =
    last !== undefined && BigInt(after) < BigInt(last[1]) ? [...known.slice(0, -1), [last[0], upTo] as const] : [...known, found];
  const [first, second, ...rest] = all;
  return all.length > MOST_UNDATED && first !== undefined && second !== undefined ? [[first[0], second[1]], ...rest] : all;
}

/** What a chain is: every change of one database from a moment on, without a gap. */
export interface Chain {
  readonly format: number;
  /** When it began, as a name that sorts. */
  readonly name: string;
  readonly startedAt: string;
  /** Which chain of the directory it is, from 1: what was begun last has the highest number, whatever the clock said then. */
  readonly ordinal?: number;
  /** The database whose changes it holds. */
  readonly file: string;
  /** Of its keys. */
  readonly salt: string;
  readonly keyFingerprint?: string;
  /** Why the one before was not continued. */
  readonly why: string;
}

/** How far a chain is written. */
export interface Head {
  /** Number of the last record; 0: none yet. */
  readonly seq: number;
  /** The file it is in, and how long that is. */
  readonly file: string;
  readonly bytes: number;
  /** The last record's tag, which vouches for all before it. */
  readonly tag: string;
  readonly position: WalPosition;
  /** When the last change in it was committed. */
  readonly changedAt: string;
  /** Every change up to this moment is in it. */
  readonly completeTo: string;
  /** In order of time. */
  readonly undated?: readonly Undated[];
  /** How the database looked when its last process closed it, with everything in the file. */
  readonly closed?: FileMark;
  /** Nothing follows any more. */
  readonly ended?: string;
}

export const logDirectory = (directory: string): string => join(directory, 'log');
export const chainFolder = (directory: string, name: string): string => join(logDirectory(directory), name);

/** The name of the file that begins with this record. */
export const logFileName = (seq: number): string => String(seq).padStart(12, '0') + LOG_ENDING;
export const firstSeqOf = (fileName: string): number => Number.parseInt(fileName, 10);

/** The names of a chain's files, in order. */
export const logFilesOf = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => /^\d{12}\.log$/.test(name))
    .toSorted();

/** What vouches for a chain, and what seals it where there is a key. */
export interface ChainKeys {
  readonly vouch: Buffer;
  readonly seal: Buffer | undefined;
}

/** Without a key anybody can compute the tags: they find damage then, and no forgery. */
export function chainKeys(
  { salt, keyFingerprint }: Pick<Chain, 'salt' | 'keyFingerprint'>,
  key: BackupKey | undefined,
): ChainKeys {
  if (keyFingerprint === undefined || key === undefined) return { vouch: Buffer.from(`flashcase log ${salt}`), seal: undefined };
  return logKeysOf(key, salt);
}

export const tagOf = ({ vouch }: ChainKeys, ...parts: readonly (Buffer | string)[]): Buffer => {
  const mac = createHmac('sha256', vouch);
  for (const part of parts) mac.update(part);
  return mac.digest();
};

/** What the first record follows. */
export const seedOf = (chain: Chain, keys: ChainKeys): Buffer => tagOf(keys, 'begin', JSON.stringify(chain));

/** A small file whose last line is the tag over what is before it. */
export const taggedText = (kind: string, value: unknown, keys: ChainKeys): string => {
  const body = JSON.stringify(value);
  return `${body}\n${tagOf(keys, kind, body).toString('hex')}\n`;
};

/** The text of a chain's description: its digest is nobody's signature, but every record vouches for it, too. */
export const descriptionText = (chain: Chain): string => {
  const body = JSON.stringify(chain);
  return `${body}\n${createHash('sha256').update(body).digest('hex')}\n`;
};

function textIn(folder: string, name: string, file: string): string {
  const path = join(folder, file);
  try {
    return readFileSync(path, 'latin1');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    throw damagedLog('log_missing', name, `Its file ${file} is not there.`, path, cause);
  }
}

/** Reads what a chain is. Throws `FC_BACKUP_DAMAGED`, `FC_BACKUP_VERSION`. */
export function readChain(directory: string, name: string): Chain {
  const folder = chainFolder(directory, name);
  const [, body = '', digest] = /^(.*)\n([0-9a-f]{64})\n$/.exec(textIn(folder, name, DESCRIPTION)) ?? [];
  if (createHash('sha256').update(body, 'latin1').digest('hex') !== digest)
    throw damagedLog('log_changed', name, 'Its description is not what was written.', join(folder, DESCRIPTION));
  const chain = JSON.parse(Buffer.from(body, 'latin1').toString('utf8')) as Chain;
  if (chain.format !== LOG_FORMAT)
    throw new FlashcaseError('FC_BACKUP_VERSION', {
      what: `The change log ${name} has form ${chain.format}; this FlashCase reads form ${LOG_FORMAT}.`,
      where: folder,
      hint: 'Use the FlashCase that made it.',
    });
  if (chain.name !== name)
    throw damagedLog('other_backup', name, `This is the change log ${chain.name} under another name.`, folder);
  return chain;
}

/** Refuses a chain for which the key does not vouch. Throws `FC_BACKUP_KEY`, `FC_BACKUP_UNSEALED`. */
export function refuseUntrustedChain({ name, keyFingerprint }: Chain, key: BackupKey | undefined, isAccepted: boolean): void {
  if (keyFingerprint !== undefined && keyFingerprint !== key?.fingerprint)
    throw wrongKey(`log ${name}`, keyFingerprint, key?.fingerprint);
  if (keyFingerprint !== undefined || key === undefined || isAccepted) return;
  throw new FlashcaseError('FC_BACKUP_UNSEALED', {
    what: `A key is set, and the change log ${name} is not encrypted.`,
    why: 'It was made before the key was set, or somebody without the key has put it there: its content could be anybody’s.',
    hint: 'If you know where it comes from, say so: --accept-unsealed.',
    details: { log: name },
  });
}

/** A small file of a chain whose last line is its tag. */
function taggedIn<T>(directory: string, name: string, keys: ChainKeys, file: string, kind: string): T {
  const folder = chainFolder(directory, name);
  const [, body = '', digest = ''] = /^(.*)\n([0-9a-f]{64})\n$/.exec(textIn(folder, name, file)) ?? [];
  const right = tagOf(keys, kind, Buffer.from(body, 'latin1'));
  const found = Buffer.from(digest, 'hex');
  if (found.length !== right.length || !timingSafeEqual(found, right))
    throw damagedLog('log_changed', name, `${file} is not what was written.`, join(folder, file));
  return JSON.parse(Buffer.from(body, 'latin1').toString('utf8')) as T;
}

/** Reads how far a chain is written. Throws `FC_BACKUP_DAMAGED`. */
export const readHead = (directory: string, { name }: Chain, keys: ChainKeys): Head =>
  taggedIn<Head>(directory, name, keys, HEAD, 'head');

/** The number of the oldest record a chain must have: those before were pruned. Throws `FC_BACKUP_DAMAGED`. */
export const readOldest = (directory: string, { name }: Chain, keys: ChainKeys): number =>
  existsSync(join(chainFolder(directory, name), OLDEST))
    ? taggedIn<{ readonly seq: number }>(directory, name, keys, OLDEST, 'oldest').seq
    : 1;

export const isChainName = (name: string): boolean => /^\d{8}T\d{12}Z$/.test(name);

/** A chain's name with its number; `undefined`: its description cannot be read. */
export interface Numbered {
  readonly name: string;
  readonly ordinal: number | undefined;
}

/** Which was begun last comes first. A name tells the clock's time only, and a clock is set back at times. @param found by their names, the earliest first */
export function lastBegunFirst(found: readonly Numbered[]): string[] {
  let before = 0;
  return (
    found
      // One that cannot be read lies behind the one before it by name.
      .map(({ name, ordinal }) => {
        before = ordinal ?? before;
        return { name, ordinal: before };
      })
      .toReversed()
      .toSorted((a, b) => b.ordinal - a.ordinal)
      .map(({ name }) => name)
  );
}

function numbered(directory: string): Numbered[] {
  const folder = logDirectory(directory);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter(isChainName)
    .toSorted()
    .map((name) => {
      try {
        return { name, ordinal: readChain(directory, name).ordinal ?? 0 };
      } catch {
        // Whoever reads it is told why.
        return { name, ordinal: undefined };
      }
    });
}

/** The names of all chains, the one that was begun last first. */
export const chainNames = (directory: string): string[] => lastBegunFirst(numbered(directory));

/** The number of the chain that is begun next. */
export const nextOrdinal = (directory: string): number =>
  Math.max(0, ...numbered(directory).map(({ ordinal = 0 }) => ordinal)) + 1;

/** Whether a chain has what is still to come: the clock was set back since, and what is written now would mean another moment than it says. */
export function isAheadOfClock({ changedAt, completeTo }: Pick<Head, 'changedAt' | 'completeTo'>, now: Timestamp): boolean {
  const complete = Timestamp.parse(completeTo)?.micros ?? 0n;
  const changed = BigInt(changedAt);
  return (changed > complete ? changed : complete) - now.micros > CLOCK_BACK_MICROS;
}
