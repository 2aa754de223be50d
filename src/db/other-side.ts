import { existsSync } from 'node:fs';
import { FlashcaseError } from '../errors/index.ts';
import { type Peer, readPeer } from './peer.ts';
import type { Settings } from './settings.ts';
import type { Side } from './side.ts';
import { fileNamedBy, onFile, onServer, type Sides } from './sides.ts';

/** How soon a move that begins or ends is seen. */
const WATCH_MS = 1000;
/** Connections that lie idle for long are cut by what stands between; they are used once in this time. */
const WARM_EVERY_MS = 15_000;

export interface OtherSideOptions {
  readonly open: (settings: Settings) => Side;
  readonly sides: Sides;
  readonly note: (line: string) => void;
  readonly serving: () => Side;
  /** Called regularly while there is another side. */
  readonly watch: () => Promise<void>;
}

/** The side that does not serve now: opened and warmed as soon as a move names it, kept for the way back, closed when the move is over. */
export class OtherSide {
  readonly #options: OtherSideOptions;
  readonly #timer: NodeJS.Timeout;
  #side: Side | undefined;
  #peer: Peer | undefined;
  /** The peer file was there when the side was opened: its end is the end of the move. */
  #isNamed = false;
  #isElsewhere: boolean;
  #isLooking = false;
  #isClosed = false;
  #warmAt = 0;
  #isWarm = false;
  #isAwayNoted = false;

  constructor(options: OtherSideOptions) {
    this.#options = options;
    const { other, peer, isElsewhere } = options.sides;
    this.#isElsewhere = isElsewhere;
    if (other !== undefined && peer !== undefined) this.#take(options.open(other), peer);
    this.#timer = setInterval(() => void this.#look(), WATCH_MS);
    this.#timer.unref();
    setImmediate(() => void this.#look());
  }

  get side(): Side | undefined {
    return this.#side;
  }

  get peer(): Peer | undefined {
    return this.#peer;
  }

  /** True on PostgreSQL when its gate names an SQLite file on another machine. */
  get isElsewhere(): boolean {
    return this.#isElsewhere;
  }

  /** The side that served until now is the other one. */
  becomes(side: Side): void {
    this.#side = side;
    this.#warmAt = 0;
  }

  /** The other side, looked for where it is not known yet. */
  async find(): Promise<Side | undefined> {
    if (this.#side !== undefined || this.#isClosed) return this.#side;
    const serving = this.#options.serving();
    const { settings } = serving;
    if (settings.database.engine === 'sqlite') {
      const peer = readPeer(settings.database.file);
      if (peer !== undefined) this.#take(this.#options.open(onServer(settings, peer)), peer);
      return this.#side;
    }
    const file = fileNamedBy(await serving.gate());
    this.#isElsewhere = file !== undefined && !existsSync(file);
    if (file === undefined || this.#isElsewhere || this.#side !== undefined) return this.#side;
    const { url } = settings.database;
    const peer: Peer = {
      sqliteFile: file,
      postgresUrl: url,
      ...(settings.directUrl === undefined ? {} : { directUrl: settings.directUrl }),
    };
    this.#take(this.#options.open(onFile(settings, peer)), peer);
    return this.#side;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    await this.#side?.database.close();
  }

  #take(side: Side, peer: Peer): void {
    this.#side = side;
    this.#peer = peer;
    this.#isNamed = readPeer(peer.sqliteFile) !== undefined;
    this.#isWarm = false;
    this.#warmAt = 0;
  }

  #drop(): void {
    const side = this.#side;
    this.#side = undefined;
    this.#peer = undefined;
    this.#options.note(`The move has ended for ${side?.location}: nothing is kept open there.`);
    void side?.closeWhenIdle();
  }

  async #look(): Promise<void> {
    if (this.#isLooking || this.#isClosed) return;
    this.#isLooking = true;
    try {
      // On PostgreSQL the gate names the file of a move home as soon as it is there, or before.
      if (this.#side === undefined && this.#options.serving().isLocal) await this.find();
      // A server that is away is told by whoever needs it.
      else if (this.#side === undefined) await this.find().catch(() => undefined);
      if (this.#side === undefined) return;
      const isKnown = await this.#options.watch().then(
        () => true,
        () => false,
      );
      // Not before this process has turned where the data is: it would not find it any more.
      if (isKnown) this.#followPeerFile();
      await this.#warm();
    } catch (error) {
      this.#noteAway(error);
    } finally {
      this.#isLooking = false;
    }
  }

  /** The move has ended, or begins anew with another target. */
  #followPeerFile(): void {
    if (this.#peer === undefined) return;
    const named = readPeer(this.#peer.sqliteFile);
    // A file that came home is found by the gate of PostgreSQL; a later move of it names its own target.
    this.#isNamed ||= named !== undefined;
    if (!this.#isNamed) return;
    const isThere = existsSync(this.#peer.sqliteFile);
    if (isThere && named?.postgresUrl === this.#peer.postgresUrl) return;
    if (named === undefined || this.#options.serving().isLocal === isThere) this.#drop();
  }

  async #warm(): Promise<void> {
    if (this.#side === undefined || performance.now() < this.#warmAt) return;
    // Tables that are not there yet are soon: a move makes them.
    this.#warmAt = performance.now() + (this.#isWarm ? WARM_EVERY_MS : WATCH_MS);
    const side = this.#side;
    await side.warm();
    this.#isAwayNoted = false;
    if (this.#isWarm) return;
    this.#isWarm = true;
    for (const weakness of await side.database.engine.weaknesses()) this.#options.note(weakness);
  }

  #noteAway(error: unknown): void {
    if (this.#isAwayNoted || this.#isClosed || !(error instanceof FlashcaseError)) return;
    if (error.code !== 'FC_DB_UNREACHABLE' && error.code !== 'FC_SETTINGS_INVALID') return;
    this.#isAwayNoted = true;
    this.#options.note(`The other side of the move cannot be used: ${error.message} ${error.where ?? ''}`.trimEnd());
  }
}
