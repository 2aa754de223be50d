import type { Timestamp } from '../../schema/index.ts';

/** A full backup, one of what changed since the last full one, one of what changed since the last of any kind. */
export type PhysicalKind = 'full' | 'diff' | 'incr';

/** One backup of the files of a whole cluster. */
export interface PhysicalSet {
  readonly label: string;
  readonly kind: PhysicalKind;
  readonly startedAt: Timestamp;
  /** To the second, as the tool keeps it. */
  readonly stoppedAt: Timestamp;
  /** The earlier sets it cannot be restored without. */
  readonly needs: readonly string[];
  /** The first and last piece of log it needs to be consistent. */
  readonly firstLog: string;
  readonly lastLog: string;
  readonly clusterBytes: number;
  /** What it added to the repository; `undefined` where the tool does not say. */
  readonly storedBytes: number | undefined;
  /** A page of the cluster did not have the checksum it should when the set was taken. */
  readonly isDamaged: boolean;
}

/** A piece of the archived log, by PostgreSQL's own name for it: 8 digits each of timeline, log and segment. */
export interface ArchivedLog {
  readonly name: string;
  readonly archivedAt: Timestamp;
}

/** Where a timeline comes from: PostgreSQL begins one when a restored cluster is started for writing. */
export interface TimelineHistory {
  readonly timeline: number;
  /** The timelines before it, the oldest first, and the position in the log at which each was left. */
  readonly parents: readonly { readonly timeline: number; readonly leftAt: bigint }[];
  /** When that was archived, to the second: soon after it began. */
  readonly archivedAt: Timestamp;
}

/** What a repository holds. */
export interface Inventory {
  /** Of the cluster the newest set is of; `undefined` where nothing is there yet. */
  readonly cluster: { readonly major: number; readonly systemId: string } | undefined;
  /** The oldest first. */
  readonly sets: readonly PhysicalSet[];
  /** By name. */
  readonly log: readonly ArchivedLog[];
  /** Of every timeline but the first. */
  readonly histories: readonly TimelineHistory[];
}

/** Where recovery stops. `end`: with the last piece of log that is archived. */
export type RecoveryTarget = { readonly at: Timestamp } | 'end';

export interface RestoreOrder {
  /** An empty folder of the cluster's owner. */
  readonly into: string;
  readonly set: string;
  readonly target: RecoveryTarget;
  /** Along which the log is replayed. */
  readonly timeline: number;
  /** Where the folder will be when a server is started in it. */
  readonly finalFolder: string;
  /** Where tablespaces of the cluster go: their old places may be in use. */
  readonly tablespaces: string;
  /** Whether the restored cluster goes on archiving where the old one did. */
  readonly keepsArchiving: boolean;
}

/**
 * A tool that copies the files of a running PostgreSQL and its log, and gives a cluster back as of any moment. FlashCase decides when, what is kept, and whether what
 * comes back is right; the tool moves bytes, and checks its own sums.
 */
export interface PhysicalBackup {
  /** Name and version, for people. */
  readonly name: string;
  /** Refuses a server it does not know. @param major of PostgreSQL. Throws `FC_PHYSICAL_UNSERVED` */
  requireServes(major: number): void;
  /** Makes the repository ready for the cluster; does nothing where it is. */
  prepare(): Promise<void>;
  /** Has the server archive a piece of log now, and waits until it is in the repository. */
  check(): Promise<void>;
  take(kind: PhysicalKind): Promise<void>;
  inventory(): Promise<Inventory>;
  /** Reads everything in the repository. @returns one line for each thing that is wrong */
  verify(): Promise<readonly string[]>;
  /** Removes a set and those that need it. */
  remove(label: string): Promise<void>;
  /** Removes the log before the oldest of the newest full sets; what older sets need to be consistent stays. @param fulls how many count */
  trimLog(fulls: number): Promise<void>;
  restore(order: RestoreOrder): Promise<void>;
  /** The command a restored server fetches its log with. @param folder it runs in */
  fetchCommand(folder: string): string;
}
