import { setTimeout as delay } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import type { Connection, Engine } from '../engine/engine.ts';
import { isDistributed } from '../engine/postgres/distributed.ts';
import { locationOf, openPostgres } from '../engine/postgres/engine.ts';
import { FlashcaseError } from '../errors/index.ts';
import { type FlashcaseTables, flashcase } from '../schema/flashcase.ts';
import type { Clock } from './clock.ts';
import type { Session } from './database.ts';
import { hasReached, isPositionKept, keepPositions, type Position, readPosition } from './last-write.ts';
import type { Settings } from './settings.ts';

/** So long a read waits for a replica to have the user's last write, its connection included; then the primary answers. */
const WAIT_MS = 250;
const POLL_MS = 5;
/** A statement that a replica does not answer in this time is asked of the primary: nobody waits as long as for a primary. */
const STATEMENT_SECONDS = 5;
/** How often each replica, and the primary's identity, is looked at. */
const LOOK_MS = 1000;
/** A look that hangs is given up, with its connection. */
const GIVE_UP_MS = 3000;

/** Who answered a read that a replica might have answered, and why not a replica. */
export type ReplicaOutcome = 'replica' | 'behind' | 'away' | 'failed';
export const REPLICA_OUTCOMES: readonly ReplicaOutcome[] = ['replica', 'behind', 'away', 'failed'];

export interface ReplicaListeners {
  /** What the operator must see. */
  readonly note: (line: string) => void;
  readonly onRead?: ((outcome: ReplicaOutcome) => void) | undefined;
  /** False for a command: what servers keep in the database is theirs to make. */
  readonly isServer?: boolean;
}

interface Replica {
  readonly engine: Engine;
  readonly location: string;
  /** It follows this very primary, and answers. */
  isUsable: boolean;
  /** Why not, as it was told last. */
  told: string | undefined | null;
  looking: Promise<void> | undefined;
}

/** Which database a server has, and which history of it. */
interface Identity {
  readonly system: string;
  readonly timeline: string;
}

/** The same cluster, database and table: a replica of anything else could have a table of this name too. */
const SYSTEM = `(SELECT system_identifier FROM pg_control_system())::text || ' ' || (SELECT oid FROM pg_database WHERE datname = current_database())::text
  || ' ' || to_regclass('write_gate')::oid::text AS m_system`;
const OF_PRIMARY = `SELECT ${SYSTEM}, pg_is_in_recovery() AS m_replica,
  CASE WHEN pg_is_in_recovery() THEN '' ELSE left(pg_walfile_name(pg_current_wal_flush_lsn()), 8) END AS m_timeline`;
/** Of a server that was left behind when another became the primary, neither the stream nor the last checkpoint is of the new history. */
const OF_REPLICA = `SELECT ${SYSTEM}, pg_is_in_recovery() AS m_replica,
  (SELECT lpad(upper(to_hex(max(received_tli))), 8, '0') FROM pg_stat_wal_receiver) AS m_timeline,
  (SELECT lpad(upper(to_hex(timeline_id)), 8, '0') FROM pg_control_checkpoint()) AS m_checkpoint`;

/**
 * The streaming replicas of one PostgreSQL. They answer reads that may be a little old, but never without the reader's own writes: before each, the
 * primary says where it stands and where the user wrote last (`positionOf`), and a replica answers when it shows that. Whatever fails there is asked of the primary.
 */
export class Replicas {
  readonly #primary: Engine;
  readonly #clock: Clock;
  readonly #listeners: ReplicaListeners;
  readonly #replicas: readonly Replica[];
  readonly #timer: NodeJS.Timeout;
  /** Fulfilled when each was looked at once, or did not answer in time. */
  readonly looked: Promise<void>;
  #identity: Identity | undefined;
  /** What was written before this position may have been written without a row of its own: by a move, or a program of another kind. */
  #floor: string | undefined;
  #isKept = false;
  #isLooking = false;
  #isClosed = false;
  #isPreparing = false;
  #isRightNoted = false;
  /** Once a start: the roles that may write may keep positions, or this one may not let them. */
  #isGranted = false;
  #next = 0;

  constructor(primary: Engine, settings: Settings, clock: Clock, listeners: ReplicaListeners) {
    this.#primary = primary;
    this.#clock = clock;
    this.#listeners = listeners;
    this.#replicas = settings.replicaUrls.map((url) => ({
      location: locationOf(url),
      engine: openPostgres({
        schema: flashcase,
        url,
        pool: {
          size: settings.poolSize,
          maxOverflow: settings.maxOverflow,
          timeoutSeconds: 1,
          recycleSeconds: settings.poolRecycleSeconds,
          statementSeconds: Math.min(settings.statementTimeoutSeconds, STATEMENT_SECONDS),
        },
      }),
      isUsable: false,
      told: null,
      looking: undefined,
    }));
    this.#timer = setInterval(() => void this.#look(), LOOK_MS);
    this.#timer.unref();
    this.looked = this.#look();
  }

  /** How many are set, and how many may answer now. */
  standing(): { readonly configured: number; readonly usable: number } {
    return { configured: this.#replicas.length, usable: this.#replicas.filter(({ isUsable }) => isUsable).length };
  }

  /** Asks the primary, in a session of it, what a replica must show to answer this user; `undefined` while none can answer anyway. */
  async positionOf({ connection, engine }: Session, userId: bigint): Promise<Position | undefined> {
    if (engine !== this.#primary || this.standing().usable === 0) return undefined;
    // Nobody is refused an answer because of this.
    const position = await readPosition(connection, userId, this.#isKept).catch(() => undefined);
    if (position === undefined) return undefined;
    // Another server is the primary now: nothing that was seen of the replicas before says anything.
    if (position.timeline === this.#identity?.timeline) return position;
    this.#forget();
    return undefined;
  }

  /**
   * Runs read-only work on a replica that shows the position, in one snapshot. @returns `undefined` when the primary has to answer: no replica is there in
   * time, or the work did not succeed there.
   */
  async read<T>(
    position: Position | undefined,
    work: (session: Session) => Promise<T>,
  ): Promise<{ readonly value: T } | undefined> {
    const usable = this.#replicas.filter(({ isUsable }) => isUsable);
    const replica = usable[this.#next++ % Math.max(usable.length, 1)];
    if (position === undefined || replica === undefined || this.#floor === undefined) return this.#told('away', undefined);
    const floor = position.rows === undefined ? position.now : this.#floor;
    const deadline = performance.now() + WAIT_MS;
    const waiting = new AbortController();
    let hasBegun = false;
    const answer = replica.engine.read(async (connection) => {
      while (!(await hasReached(connection, floor, position.rows))) {
        if (waiting.signal.aborted || performance.now() + POLL_MS > deadline) return undefined;
        await delay(POLL_MS);
      }
      if (waiting.signal.aborted) return undefined;
      hasBegun = true;
      return { value: await this.#inOneSnapshot(connection, work) };
    });
    const late = delay(WAIT_MS, undefined, { signal: waiting.signal }).catch(() => undefined);
    try {
      const first = await Promise.race([answer, late]);
      const done = first ?? (hasBegun ? await answer : undefined);
      return this.#told(done === undefined ? 'behind' : 'replica', done);
    } catch (error) {
      if (error instanceof FlashcaseError && ['FC_DB_UNREACHABLE', 'FC_DB_POOL_TIMEOUT'].includes(error.code)) {
        replica.isUsable = false;
        return this.#told('away', undefined);
      }
      // Also what is no fault of the replica: what it lacks of others may be why, and the primary knows.
      const isRefusal = error instanceof FlashcaseError && !error.code.startsWith('FC_DB_');
      return isRefusal ? undefined : this.#told('failed', undefined);
    } finally {
      waiting.abort();
      answer.catch(() => {});
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    await Promise.all(this.#replicas.map(({ engine }) => engine.close()));
  }

  async #inOneSnapshot<T>(connection: Connection, work: (session: Session) => Promise<T>): Promise<T> {
    await connection.script('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    try {
      const value = await work({
        mode: 'read',
        get kysely() {
          return connection.kysely as unknown as Kysely<FlashcaseTables>;
        },
        connection,
        engine: this.#primary,
        capabilities: this.#primary.capabilities,
        clock: this.#clock,
        isAtOneMoment: true,
      });
      await connection.script('COMMIT');
      return value;
    } catch (error) {
      if (!(error instanceof FlashcaseError) || error.code !== 'FC_DB_UNREACHABLE') await connection.script('ROLLBACK');
      throw error;
    }
  }

  #told<T>(outcome: ReplicaOutcome, answer: T): T {
    this.#listeners.onRead?.(outcome);
    return answer;
  }

  #forget(): void {
    for (const replica of this.#replicas) replica.isUsable = false;
    this.#identity = undefined;
    this.#floor = undefined;
  }

  async #look(): Promise<void> {
    if (this.#isLooking || this.#isClosed) return;
    this.#isLooking = true;
    try {
      await this.#lookAtPrimary();
      // One that hangs keeps nobody from looking at the others.
      for (const replica of this.#replicas)
        replica.looking ??= this.#lookAt(replica).finally(() => {
          replica.looking = undefined;
        });
      await Promise.race([
        Promise.all(this.#replicas.map(({ looking }) => looking)),
        delay(GIVE_UP_MS, undefined, { ref: false }),
      ]);
    } catch {
      // Whoever needs the primary says that it is away. It may come back as another one; spread over nodes it reads alone.
      this.#forget();
    } finally {
      this.#isLooking = false;
    }
  }

  async #lookAtPrimary(): Promise<void> {
    const { identity, isKept } = await this.#primary.read(async (connection) => {
      const [row] = await connection.query(OF_PRIMARY);
      if (row?.m_replica === true) throw new Error('a standby');
      // Each node has a log of its own: that of the coordinator does not tell what a replica has (docs/gotchas.md).
      if (await isDistributed(connection)) throw new Error('distributed');
      return {
        identity: { system: String(row?.m_system), timeline: String(row?.m_timeline) },
        isKept: await isPositionKept(connection),
      };
    });
    // What was written before they were kept, by another server perhaps, has no row.
    if (isKept && !this.#isKept) this.#floor = undefined;
    this.#isKept = isKept;
    if (!isKept || !this.#isGranted) await this.#keep();
    if (this.#floor !== undefined && this.#identity?.system === identity.system && this.#identity.timeline === identity.timeline)
      return;
    this.#forget();
    // After it is known whether positions are kept: from here on every write has its row.
    this.#floor = (await this.#primary.read((connection) => readPosition(connection, 0n, false))).now;
    this.#identity = identity;
  }

  /** Without it a replica must have everything that was ever written: right, but it answers seldom while it is behind. */
  async #keep(): Promise<void> {
    if (this.#isPreparing || this.#listeners.isServer === false) return;
    this.#isPreparing = true;
    try {
      const wasKept = this.#isKept;
      const isMade = await this.#primary.dedicated(keepPositions);
      this.#isGranted = true;
      if (isMade) this.#isKept = await this.#primary.read(isPositionKept);
      if (this.#isKept && !wasKept) this.#floor = undefined;
      if (!this.#isKept && !this.#isRightNoted) {
        this.#isRightNoted = true;
        this.#listeners.note(
          'replicas: this role may not keep the position of each user’s last write (schema flashcase_replica), so a replica answers only when it has everything. Next: set DATABASE_DIRECT_URL with a role that may make it, for one start.',
        );
      }
    } catch {
      // A table in use, or a connection that broke: the next look tries again.
    } finally {
      this.#isPreparing = this.#isRightNoted;
    }
  }

  async #lookAt(replica: Replica): Promise<void> {
    const why = await replica.engine
      .read(async (connection) => {
        const [row] = await connection.query(OF_REPLICA);
        return this.#faultOf(row ?? {});
      })
      .catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
    if (this.#isClosed) return;
    replica.isUsable = why === undefined;
    const isWelcome = why !== undefined || this.#listeners.isServer !== false;
    if (why !== replica.told && isWelcome)
      this.#listeners.note(
        why === undefined
          ? `replicas: ${replica.location} answers statistics, searches and exports.`
          : `replicas: ${replica.location} is not used: ${why}`,
      );
    replica.told = why;
  }

  #faultOf({ m_system, m_replica, m_timeline, m_checkpoint }: Record<string, unknown>): string | undefined {
    const identity = this.#identity;
    if (identity === undefined) return 'the primary was not there to compare it with.';
    if (m_replica !== true) return 'it is not in recovery: it is no replica (any more).';
    if (m_system !== identity.system) return 'it holds another database than the one that serves.';
    if (m_timeline !== identity.timeline && m_checkpoint !== identity.timeline)
      return `it does not follow the history of this primary (timeline ${Number.parseInt(identity.timeline, 16)}) yet.`;
    return undefined;
  }
}
