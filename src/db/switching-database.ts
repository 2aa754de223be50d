import { setTimeout as delay } from 'node:timers/promises';
import type { Engine, EngineListeners } from '../engine/engine.ts';
import { FlashcaseError } from '../errors/index.ts';
import type { Clock } from './clock.ts';
import type { Database, Session } from './database.ts';
import { gateMoved, readGate } from './gate.ts';
import { GateWait } from './gate-wait.ts';
import type { Writer } from './last-write.ts';
import { OtherSide } from './other-side.ts';
import type { Peer } from './peer.ts';
import { type ReplicaOutcome, Replicas } from './replicas.ts';
import type { Settings } from './settings.ts';
import { Side } from './side.ts';
import { findSides, type Sides } from './sides.ts';

/** A write waits this long for a gate: far longer than a switch, shorter than a client's patience. */
const WAIT_MS = 10_000;
/** A gate that holds for longer than a switch may take was perhaps left by a process that is gone. */
const LONG_MS = 2000;
const LOCAL_POLL_MS = 3;
const SERVER_POLL_MS = 10;
/** Between two tries to reach a side that took over and does not answer. */
const REACH_MS = 50;

export interface SwitchingOptions extends EngineListeners {
  /** Brings an interrupted switch to its end, or takes it back (the move's). Called at the start, and when a gate does not open. */
  readonly recover?: (peer: Peer) => Promise<void>;
  /** Told of the SQLite file that the gate of the PostgreSQL in the settings names, before it is opened: a restore there may have been killed. */
  readonly beforeFile?: (file: string) => Promise<void>;
  /** Told of each read that a replica might have answered. */
  readonly onReplicaRead?: (outcome: ReplicaOutcome) => void;
  /** What the operator must see. */
  readonly onNote?: (line: string) => void;
  /** How long a write waits for a gate. */
  readonly waitMs?: number;
  readonly longMs?: number;
}

/** The database of an installation, which may be in a live move. */
export interface InstalledDatabase extends Database {
  /** The SQLite file of this installation: that of the settings, or the one PostgreSQL was moved from, while it is here. */
  readonly sqliteFile: string | undefined;
}

/** Told by a read that began where the data is no longer. */
const MOVED = Symbol('moved');

/**
 * The database of a server, over both sides of a live move: requests turn with the switch, and none fails for it. The SQLite file says which
 * side serves. Starts on the side that serves, whatever the settings say, and says so. Throws `FC_GATE_CONFLICT` when the sides disagree.
 */
export async function openSwitchingDatabase(
  settings: Settings,
  clock: Clock,
  options: SwitchingOptions = {},
): Promise<InstalledDatabase> {
  const note = options.onNote ?? (() => {});
  let sides = await findSides(settings, clock, options.beforeFile);
  if (!sides.isSettled && sides.peer !== undefined && options.recover !== undefined) {
    await options.recover(sides.peer).catch((error: unknown) => note(`The switch could not be settled: ${sentence(error)}`));
    sides = await findSides(settings, clock);
  }
  if (sides.conflict !== undefined) throw sides.conflict;
  if (sides.outdated !== undefined) note(sides.outdated);
  return new SwitchingDatabase(sides, clock, note, options);
}

class SwitchingDatabase implements InstalledDatabase {
  readonly clock: Clock;
  readonly #file: string | undefined;
  readonly #note: (line: string) => void;
  readonly #waitMs: number;
  readonly #waiting: GateWait;
  readonly #other: OtherSide;
  readonly #onReplicaRead: SwitchingOptions['onReplicaRead'];
  #current: Side;
  #replicas: Replicas | undefined;
  /** The newest epoch in which the file said that the data is on PostgreSQL. */
  #movedIn = 0;
  #isOlderNoted = false;
  /** The side that took over and has not answered yet. */
  #arriving: Side | undefined;

  constructor(sides: Sides, clock: Clock, note: (line: string) => void, options: SwitchingOptions) {
    this.clock = clock;
    const { database } = sides.serving;
    this.#file = sides.peer?.sqliteFile ?? (database.engine === 'sqlite' ? database.file : undefined);
    this.#note = note;
    this.#waitMs = options.waitMs ?? WAIT_MS;
    const { onQuery, onWait, onBusy, commits } = options;
    const open = (settings: Settings): Side => new Side(settings, clock, { onQuery, onWait, onBusy, commits });
    this.#onReplicaRead = options.onReplicaRead;
    this.#current = open(sides.serving);
    this.#replicas = this.#replicasOf(this.#current);
    this.#other = new OtherSide({
      open,
      sides,
      note,
      serving: () => this.#current,
      watch: () => this.#watch(),
    });
    this.#waiting = new GateWait({
      isOpen: () => this.#isOpen(),
      intervalMs: () => (this.#current.isLocal ? LOCAL_POLL_MS : SERVER_POLL_MS),
      longMs: options.longMs ?? LONG_MS,
      onLong: async () => {
        const { peer } = this.#other;
        if (peer === undefined || options.recover === undefined) return;
        await options.recover(peer).catch((error: unknown) => note(`The switch could not be settled: ${sentence(error)}`));
      },
    });
  }

  /** Of a server that was started on PostgreSQL alone it is known when a move home names it. */
  get sqliteFile(): string | undefined {
    return this.#file ?? this.#other.peer?.sqliteFile;
  }

  get engine(): Engine {
    return this.#current.database.engine;
  }

  async read<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const deadline = performance.now() + this.#waitMs;
    for (;;) {
      const { side, mustAsk } = await this.#serving();
      try {
        const answer = await side.run('read', async (session) => {
          // In the session itself: an SQLite read sees one snapshot, and this question begins it.
          if (mustAsk && (await readGate(session.connection))?.state === 'moved') return MOVED;
          return { value: await work(session) };
        });
        if (answer !== MOVED) {
          this.#answered(side);
          return answer.value;
        }
        await this.#leave(side);
      } catch (error) {
        if (!this.#isArriving(side, error) || performance.now() > deadline) throw error;
        await delay(REACH_MS);
      }
    }
  }

  /** Of the side that serves: while SQLite does, there are none. */
  get replicas(): Replicas | undefined {
    return this.#replicas;
  }

  async write<T>(work: (session: Session) => Promise<T>, writer?: Writer): Promise<T> {
    const deadline = performance.now() + this.#waitMs;
    for (;;) {
      const { side } = await this.#serving();
      try {
        const value = await side.run('write', work, writer);
        this.#answered(side);
        return value;
      } catch (error) {
        const left = deadline - performance.now();
        if (left > 0 && this.#isArriving(side, error)) await delay(REACH_MS);
        else if (await this.#isRefusedBySwitch(side, error)) await this.#waiting.until(left);
        else throw error;
      }
    }
  }

  async close(): Promise<void> {
    this.#waiting.stop();
    await this.#other.close();
    await this.#replicas?.close();
    await this.#current.database.close();
  }

  #replicasOf({ isLocal, settings, database }: Side): Replicas | undefined {
    if (isLocal || settings.replicaUrls.length === 0) return undefined;
    return new Replicas(database.engine, settings, this.clock, { note: this.#note, onRead: this.#onReplicaRead });
  }

  /**
   * The side to work on. While PostgreSQL serves, the SQLite file is asked first: it decides, and a read of it costs no round trip. Where it
   * cannot be asked, the session must ask its own gate.
   */
  async #serving(): Promise<{ side: Side; mustAsk: boolean }> {
    const side = this.#current;
    const other = this.#other.side;
    if (side.isLocal) return { side, mustAsk: true };
    if (other === undefined) return { side, mustAsk: this.#other.isElsewhere };
    const gate = await other.gate().catch(() => undefined);
    if (gate === undefined) return { side, mustAsk: true };
    if (gate.state === 'moved') {
      this.#movedIn = Math.max(this.#movedIn, gate.epoch);
      return { side, mustAsk: false };
    }
    if (gate.epoch < this.#movedIn) {
      this.#noteOlder(other);
      return { side, mustAsk: true };
    }
    this.#turn(side, other);
    return { side: this.#current, mustAsk: true };
  }

  /** Turns all requests of this process; those under way end where they are. */
  #turn(from: Side, to: Side): void {
    // Another request was faster, or the data came back meanwhile: the next look at the file shows it.
    if (this.#current !== from) return;
    this.#current = to;
    // What is read there was written to the side that served.
    void this.#replicas?.close();
    this.#replicas = this.#replicasOf(to);
    this.#arriving = to;
    this.#other.becomes(from);
    this.#note(`The data is served from ${to.location} now (before: ${from.location}).`);
  }

  /** Turns away from a side whose gate has moved. Throws `FC_GATE_MOVED` when nobody knows where to. */
  async #leave(side: Side): Promise<void> {
    if (this.#current !== side) return;
    const other = await this.#other.find();
    if (other === undefined) {
      const gate = await side.gate();
      if (gate?.state === 'moved') throw gateMoved(gate.epoch, gate.movedTo);
    } else this.#turn(side, other);
  }

  /** Every decision raises the epoch: a file that is behind is not the one that decided. */
  #noteOlder({ location }: Side): void {
    if (this.#isOlderNoted) return;
    this.#isOlderNoted = true;
    this.#note(
      `${location} is an older file than the one the data has moved from; it is not used. Put the newer one back, or see flashcase move recover.`,
    );
  }

  #answered(side: Side): void {
    if (this.#arriving === side) this.#arriving = undefined;
  }

  #isArriving(side: Side, error: unknown): boolean {
    return (
      this.#arriving === side &&
      error instanceof FlashcaseError &&
      (error.code === 'FC_DB_UNREACHABLE' || error.code === 'FC_DB_POOL_TIMEOUT')
    );
  }

  /** True when a write did nothing because a switch is under way, so that it may run again when that is over. */
  async #isRefusedBySwitch(side: Side, error: unknown): Promise<boolean> {
    if (!(error instanceof FlashcaseError)) return false;
    if (error.code === 'FC_GATE_HOLDING') return true;
    if (error.code === 'FC_GATE_MOVED') {
      if (side.isLocal) await this.#leave(side);
      // PostgreSQL between the decision and its opening, or after the way back: which, the file says.
      return this.#current !== side || (await this.#other.find()) !== undefined;
    }
    // The work passed the gate before it was turned, and met the fence, or the end of its connections. A commit that was under way is another
    // matter: nobody knows whether it happened.
    if (this.#other.side === undefined || !error.code.startsWith('FC_DB_') || error.code === 'FC_DB_WRITE_UNKNOWN') return false;
    const isOpen = await this.#isOpen().catch(() => true);
    return this.#current !== side || !isOpen;
  }

  /** True when a write has a chance. Turns to the side that serves. */
  async #isOpen(): Promise<boolean> {
    const { side } = await this.#serving();
    const gate = await side.gate();
    if (gate?.state === 'moved' && side.isLocal) {
      if ((await this.#other.find()) === undefined) return true;
      await this.#leave(side);
      return this.#isOpen();
    }
    // Nowhere to go to: the next try says so.
    if (gate?.state === 'moved' && (await this.#other.find()) === undefined) return true;
    return gate === undefined || gate.state === 'open';
  }

  /** Lets a process without requests turn too, and a switch that nobody ends be ended. */
  async #watch(): Promise<void> {
    if (!(await this.#isOpen())) await this.#waiting.until(this.#waitMs);
  }
}

function sentence(error: unknown): string {
  return error instanceof FlashcaseError ? `${error.code} ${error.message}` : String(error);
}
