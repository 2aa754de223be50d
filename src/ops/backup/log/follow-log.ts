import { statSync } from 'node:fs';
import type { Clock } from '../../../db/clock.ts';
import { randomBytes } from '../../../db/random.ts';
import { timeInName } from '../../../engine/sqlite/verified-copy.ts';
import { isLater, WalFile, type WalFrames, type WalHeader, type WalPosition } from '../../../engine/sqlite/wal-file.ts';
import { fileMark, WalHold } from '../../../engine/sqlite/wal-hold.ts';
import { FlashcaseError } from '../../../errors/index.ts';
import { Timestamp } from '../../../schema/index.ts';
import type { BackupKey } from '../key.ts';
import {
  type Chain,
  CLOCK_BACK_MICROS,
  chainKeys,
  chainNames,
  type Head,
  isAheadOfClock,
  LOG_FORMAT,
  nextOrdinal,
  readChain,
  readHead,
  refuseUntrustedChain,
  type Undated,
} from './chain.ts';
import { CommitDates } from './commit-dates.ts';
import type { CommitMark } from './commit-marks.ts';
import { ChainWriter } from './write-chain.ts';

/** SQLite's own measure: a log of so many frames is carried into the file and started over. */
const CHECKPOINT_FRAMES = 1000;
/** Where writers never pause, what is left is read with them kept out: into memory, as far as this. */
const RESTLESS_FRAMES = 4 * CHECKPOINT_FRAMES;
/** Frames of one record, 4 MiB. */
const RECORD_FRAMES = 1024;
/** A log that cannot be copied for so long gives way: the disk of the database must not fill. */
const LONGEST_BYTES = 268_435_456;
/** The head of an idle database is written at least so often. */
const HEARTBEAT_MICROS = 30_000_000n;

export interface FollowOptions {
  readonly file: string;
  readonly directory: string;
  readonly key: BackupKey | undefined;
  readonly clock: Clock;
  /** The server's own commits since the last call. */
  readonly takeMarks: () => Promise<readonly CommitMark[]>;
}

/** Told by a log that cannot be continued: what is missing is in no backup's log. */
export class LogGap extends Error {}

/**
 * Copies a database's write-ahead log, commit by commit, into a chain beside the backups. Begins by holding the log, and goes on with the chain of before where nothing is missing. Any method that finds
 * something missing throws `LogGap`: close it then, and open another one.
 */
export class LogFollower {
  readonly #options: FollowOptions;
  readonly #hold: WalHold;
  readonly #wal: WalFile;
  readonly #inode: number;
  readonly #dates: CommitDates;
  #writer: ChainWriter | undefined;
  /** True once everything of the log was read and is in the file: it may be started over once, and nothing is missed. */
  #mayStartOver = false;
  /** Read behind the head, with writers kept out, and not written yet. */
  #readAhead: WalFrames[] = [];
  #dated = 0n;
  private constructor(options: FollowOptions, hold: WalHold) {
    this.#options = options;
    this.#hold = hold;
    this.#wal = new WalFile(options.file);
    this.#inode = statSync(options.file).ino;
    this.#dates = new CommitDates(options.clock);
  }

  /** @returns whether a chain goes on, or why a new one was begun, which needs a backup to start from */
  static async open(options: FollowOptions): Promise<{ readonly follower: LogFollower; readonly begun: string | undefined }> {
    const hold = new WalHold(options.file);
    let follower: LogFollower;
    try {
      follower = new LogFollower(options, hold);
    } catch (error) {
      hold.close();
      throw error;
    }
    try {
      const begun = await follower.#find();
      // What the log has already nobody has watched.
      follower.look(true);
      follower.#seeWhetherAllIsRead();
      return { follower, begun };
    } catch (error) {
      follower.close();
      throw error;
    }
  }

  get chain(): string {
    return this.#chain.chain.name;
  }

  get head(): Head {
    return this.#chain.head;
  }

  /** How long the log is. */
  get walBytes(): number {
    return statSync(`${this.#options.file}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  }

  /** Notes how far the log is now: what other processes write is dated by this. @param isFirst nobody has looked since the process that did before was gone */
  look(isFirst = false): void {
    const placeNow = () => {
      const { header, frames } = this.#now();
      return { salt: header?.salt ?? '', frame: frames };
    };
    this.#dates.look(placeNow, isFirst);
  }

  /** True once the file is another one, or was taken away. */
  get isReplaced(): boolean {
    return statSync(this.#options.file, { throwIfNoEntry: false })?.ino !== this.#inode;
  }

  /** Asks the write gate; a file that has none is nobody's to close. */
  get isMoved(): boolean {
    try {
      return this.#hold.ask('SELECT state FROM write_gate WHERE id = 1')?.state === 'moved';
    } catch {
      return false;
    }
  }

  /** Copies what was committed since, and lets the log be started over when it is long. On the disk when it resolves. Throws `LogGap`, and what the disk says; that may be tried again. */
  async copy(): Promise<void> {
    const seenAt = this.#options.clock.now();
    this.#refuseClock(seenAt);
    const before = this.head.seq;
    await this.#writeAll();
    if (!this.#mayStartOver && this.#hold.extent().frames >= CHECKPOINT_FRAMES) {
      this.#turn();
      await this.#writeReadAhead();
    }
    const beat = Timestamp.parse(this.head.completeTo)?.micros ?? 0n;
    if (this.head.seq === before && seenAt.micros - beat < HEARTBEAT_MICROS) return;
    await this.#chain.mark(seenAt.text);
    this.#date(seenAt.micros);
  }

  /** Whether the log has grown so long that it has to give way to the disk of the database, where nothing of it is taken. */
  get isTooLong(): boolean {
    return this.walBytes > LONGEST_BYTES;
  }

  /** Whether the log has to give way after a failure: what the backups' disk did not take by then is missing. */
  mustGiveWay(isFull: boolean): boolean {
    if (this.isTooLong) return true;
    const { directory, file } = this.#options;
    return isFull && statSync(directory).dev === statSync(file).dev;
  }

  /** Copies what is left of a database that its server has closed, and notes how it looks then. @param why no more follows, where that is so */
  async finish(why?: string): Promise<void> {
    const { clock } = this.#options;
    const seenAt = clock.now();
    await this.#writeAll();
    const { position } = this.head;
    const closed = this.#hold.finish((frames) => this.#isAllRead(position, frames));
    await this.#chain.mark(seenAt.text, {
      ...(closed === undefined ? {} : { closed }),
      ...(why === undefined ? {} : { ended: why }),
    });
  }

  /** Holds the log no more. */
  close(): void {
    this.#hold.close();
    this.#wal.close();
  }

  get #chain(): ChainWriter {
    if (this.#writer === undefined) throw new LogGap('no chain was begun');
    return this.#writer;
  }

  /** The log's header and how much of it is committed, both of one moment. */
  #now(): { header: WalHeader | undefined; frames: number } {
    for (;;) {
      const before = this.#wal.salt();
      const { frames } = this.#hold.extent();
      const header = before === '' ? undefined : this.#wal.header();
      if (this.#wal.salt() === before && (header?.salt ?? '') === before)
        return { header, frames: header === undefined ? 0 : frames };
    }
  }

  /** Finds where to go on. */
  async #find(): Promise<string | undefined> {
    const { directory, key, clock, file } = this.#options;
    const why = await this.#goOn();
    if (why === undefined) return undefined;
    const now = clock.now();
    const { header, frames } = this.#now();
    const position: WalPosition =
      header === undefined
        ? { salt: '', frame: 0, checksum: [0, 0] }
        : { salt: header.salt, frame: frames, checksum: this.#wal.checksumAt(frames, header) };
    const chain: Chain = {
      format: LOG_FORMAT,
      name: timeInName(now),
      startedAt: now.text,
      ordinal: nextOrdinal(directory),
      file,
      salt: randomBytes(16).toString('hex'),
      ...(key === undefined ? {} : { keyFingerprint: key.fingerprint }),
      why,
    };
    this.#writer = await ChainWriter.begin(directory, chain, chainKeys(chain, key), {
      position,
      completeTo: now.text,
      changedAt: String(now.micros),
    });
    this.#date(now.micros);
    this.#dates.begin(now.micros);
    return why;
  }

  /** Goes on with the chain of this file that was begun last. @returns why that cannot be */
  async #goOn(): Promise<string | undefined> {
    const { directory, key, file, clock } = this.#options;
    for (const name of chainNames(directory)) {
      try {
        const chain = readChain(directory, name);
        if (chain.file !== file) continue;
        refuseUntrustedChain(chain, key, false);
        const head = readHead(directory, chain, chainKeys(chain, key));
        if (head.ended !== undefined) return head.ended;
        if (isAheadOfClock(head, clock.now())) return 'the clock was set back';
        const writer = await ChainWriter.goOn(directory, chain, chainKeys(chain, key), head);
        const why = this.#gapBehind(writer, head);
        if (why !== undefined) return why;
        this.#writer = writer;
        this.#date(BigInt(writer.head.changedAt));
        this.#date(Timestamp.parse(writer.head.completeTo)?.micros ?? 0n);
        this.#dates.begin(this.#dated);
        return undefined;
      } catch (error) {
        if (error instanceof FlashcaseError) return `${error.code} ${error.why ?? error.message}`;
        throw error;
      }
    }
    return 'there was none';
  }

  /** Whether anything is missing between a chain and the log as it is now. */
  #gapBehind(writer: ChainWriter, { closed, seq }: Head): string | undefined {
    const { header, frames } = this.#now();
    const { position } = writer.head;
    if (header !== undefined && position.salt === header.salt) {
      const sums = this.#wal.checksumAt(position.frame, header);
      const isSame = frames >= position.frame && sums[0] === position.checksum[0] && sums[1] === position.checksum[1];
      return isSame ? undefined : 'the write-ahead log is not the one of before';
    }
    const mark = fileMark(this.#options.file);
    // Records behind that end tell of writes since: that the file looks as it did then says nothing good.
    const isUntouched =
      closed !== undefined &&
      writer.head.seq === seq &&
      mark?.inode === closed.inode &&
      mark.bytes === closed.bytes &&
      mark.writtenNs === closed.writtenNs;
    if (!isUntouched) return 'something wrote to the database, and started its log over, while no server copied it';
    writer.startOver({ salt: header?.salt ?? '', frame: 0, checksum: header?.checksum ?? [0, 0] });
    return undefined;
  }

  #refuseClock({ micros }: Timestamp): void {
    if (this.#dated - micros > CLOCK_BACK_MICROS)
      throw new LogGap(`the clock was set back by ${(this.#dated - micros) / 1_000_000n} s`);
  }

  /** Follows a log that was started over. @returns false where it is about to be */
  #followStart(header: WalHeader | undefined, frames: number): boolean {
    const { position } = this.head;
    if (header !== undefined && header.salt === position.salt) {
      // What was added since is not in the file, and nobody can carry it there: the log goes on.
      if (frames > position.frame) this.#mayStartOver = false;
      if (frames >= position.frame) return true;
    }
    // Reset, and nothing written since: the next look sees what comes.
    if (frames === 0 && this.#mayStartOver && (header === undefined || header.salt === position.salt)) return false;
    if (header === undefined || header.salt === position.salt)
      throw new LogGap('the write-ahead log is shorter than what was read of it');
    if (!this.#mayStartOver || !isLater(header.salt, position.salt))
      throw new LogGap('the write-ahead log was started over before all of it was read');
    this.#mayStartOver = false;
    this.#chain.startOver({ salt: header.salt, frame: 0, checksum: header.checksum });
    return true;
  }

  /** Nobody can start a log over twice, or carry more into the file, while it is held: what is so now stays so until it was read. */
  #seeWhetherAllIsRead(): void {
    const { frames, carried } = this.#hold.extent();
    const { salt, frame } = this.head.position;
    if (frames === carried && frames === frame && this.#wal.salt() === salt) this.#mayStartOver = true;
  }

  #isAllRead(position: WalPosition, frames: number): boolean {
    return this.#wal.salt() === position.salt && frames === position.frame;
  }

  #read(position: WalPosition, frames: number, header: WalHeader): WalFrames {
    try {
      return this.#wal.frames(position, frames, header, RECORD_FRAMES);
    } catch (error) {
      if (error instanceof FlashcaseError) throw new LogGap(error.why ?? error.message);
      throw error;
    }
  }

  async #writeAll(): Promise<void> {
    this.#refuseReleased();
    await this.#writeReadAhead();
    this.#refuseReleased();
    const { header, frames } = this.#now();
    if (!this.#followStart(header, frames) || header === undefined) return;
    if (this.head.position.frame < frames) this.#dates.add(await this.#options.takeMarks());
    while (this.head.position.frame < frames) {
      this.#refuseReleased();
      await this.#write(this.#read(this.head.position, frames, header));
    }
    this.#seeWhetherAllIsRead();
    this.#dates.forget(this.head.position);
  }

  /** A copy that gave way ends here, when its disk answers at last: the log is closed, and another follower's. */
  #refuseReleased(): void {
    if (!this.#hold.isHeld) throw new LogGap('the write-ahead log was not held');
  }

  async #writeReadAhead(): Promise<void> {
    if (this.#readAhead.length === 0) return;
    this.#dates.add(await this.#options.takeMarks());
    for (let next = this.#readAhead[0]; next !== undefined; next = this.#readAhead[0]) {
      await this.#write(next);
      this.#readAhead.shift();
    }
  }

  async #write({ salt, first, pageBytes, frames, end }: WalFrames): Promise<void> {
    let undated: Undated | undefined;
    const commits = frames.flatMap(({ databasePages }, i) => {
      if (databasePages === 0) return [];
      const { micros, after } = this.#dates.of(salt, first + i);
      this.#date(micros);
      if (after !== undefined) undated = [undated?.[0] ?? String(after), String(this.#dated)];
      return [[first + i, String(this.#dated), databasePages] as const];
    });
    await this.#chain.add(
      {
        salt,
        first,
        pageBytes,
        pages: frames.map(({ page }) => page),
        commits,
        ...(undated === undefined ? {} : { undated }),
        checksum: end.checksum,
      },
      frames.map(({ bytes }) => bytes),
    );
  }

  /** Dates never fall: what comes next is no earlier, and a moment the log was complete to stays so. */
  #date(micros: bigint): void {
    if (micros > this.#dated) this.#dated = micros;
  }

  /** Carries the log into the file, and lets it be started over when nothing of it is unread. */
  #turn(): void {
    this.#hold.carry();
    const isEmptied = this.#hold.turn((frames) => {
      const { position } = this.head;
      if (this.#isAllRead(position, frames)) return true;
      if (frames < RESTLESS_FRAMES || this.#wal.salt() !== position.salt) return false;
      const header = this.#wal.header() as WalHeader;
      const read: WalFrames[] = [];
      for (let at = position; at.frame < frames; at = (read.at(-1) as WalFrames).end) read.push(this.#read(at, frames, header));
      this.#readAhead = read;
      return true;
    });
    if (!this.#hold.isHeld) throw new LogGap('the write-ahead log could not be held any more');
    this.#mayStartOver ||= isEmptied;
  }
}
