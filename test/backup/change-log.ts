import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../../src/db/clock.ts';
import { type Database, openDatabase } from '../../src/db/database.ts';
import { removeDatabase } from '../../src/engine/sqlite/verified-copy.ts';
import { CommitMarks } from '../../src/ops/backup/log/commit-marks.ts';
import { keepLog } from '../../src/ops/backup/log/keep-log.ts';
import { planMoment, unpackMoment } from '../../src/ops/backup/log/restore-moment.ts';
import { listChains, type Window } from '../../src/ops/backup/log/windows.ts';
import { backupNow } from '../../src/ops/backup/make-backup.ts';
import { type BackupOptions, keyOf } from '../../src/ops/backup/options.ts';
import { restoreIntoNewFile } from '../../src/ops/backup/restore/restore-file.ts';
import type { Timestamp } from '../../src/schema/index.ts';
import { settingsFor } from '../support/fresh.ts';

/** One write, by the clock of who asked for it. */
export interface Marker {
  readonly n: number;
  readonly sent: bigint;
  readonly acknowledged: bigint;
}

/** What each write carries beside its number: ten pages, so that the log is started over every hundred writes. */
const LOAD = Buffer.alloc(40_000, 7);

/** A server's part: a database, what notes its commits, and the change log. */
export class Logged {
  readonly file: string;
  readonly options: BackupOptions;
  readonly told: string[] = [];
  readonly markers: Marker[] = [];
  readonly #marks: CommitMarks;
  readonly #seconds: number;
  #database: Database | undefined;
  #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #bases: Promise<unknown>[] = [];

  constructor(file: string, options: BackupOptions, seconds = 0.2) {
    this.file = file;
    this.options = options;
    this.#seconds = seconds;
    this.#marks = new CommitMarks(options.clock);
  }

  get database(): Database {
    assert.ok(this.#database !== undefined);
    return this.#database;
  }

  /** Opens the database and begins, or goes on; resolves when the window is there. */
  async start(): Promise<void> {
    this.#database = openDatabase(settingsFor({ url: `sqlite:///${this.file}` }), this.options.clock, { commits: this.#marks });
    await this.#database.write(({ connection }) =>
      connection.script('CREATE TABLE IF NOT EXISTS marker (n INTEGER PRIMARY KEY, load BLOB)'),
    );
    this.#stopping = new AbortController();
    const { options, file } = this;
    // As a server does: from now on, not from when the log is held.
    this.#marks.watch(file);
    this.#running = keepLog({
      options,
      file,
      seconds: this.#seconds,
      signal: this.#stopping.signal,
      takeMarks: async () => this.#marks.take(),
      onWatch: (isWatching) => (isWatching ? this.#marks.watch(file) : this.#marks.stop()),
      onBaseNeeded: () => this.#bases.push(backupNow(options)),
      tell: (line) => this.told.push(line),
    });
    const began = options.clock.now().text;
    await this.untilWindow(() => (this.windows()[0]?.to ?? '') > began);
    await this.caughtUp();
  }

  windows(): Window[] {
    const { backup } = this.options;
    return listChains(backup.directory, keyOf({ backup })).flatMap(({ window }) => (window === undefined ? [] : [window]));
  }

  /** Waits for a window, with the backup it begins with. */
  async untilWindow(isSo: () => boolean): Promise<void> {
    for (let i = 0; !isSo(); i++) {
      assert.ok(i < 100, `no window; told: ${this.told.join(' | ')}`);
      await Promise.all(this.#bases.splice(0));
      // A window is seen when the log was written behind its backup.
      await this.mark();
      await delay(300);
    }
  }

  async until(isSo: () => boolean): Promise<void> {
    for (let i = 0; !isSo(); i++) {
      assert.ok(i < 600, `it never came so; told: ${this.told.join(' | ')}`);
      await delay(50);
    }
  }

  /** Waits until the log says that it has everything of before now. */
  async caughtUp(): Promise<void> {
    const now = this.options.clock.now().text;
    // A head is written when something was.
    await this.mark();
    await this.until(() => (this.windows()[0]?.to ?? '') > now);
  }

  /** Writes one marker through the server's own queue. */
  async mark(): Promise<void> {
    const { clock } = this.options;
    const n = this.markers.length + 1;
    const sent = clock.now().micros;
    await this.database.write(({ connection }) => connection.execute('INSERT INTO marker (n, load) VALUES (?, ?)', [n, LOAD]));
    this.markers.push({ n, sent, acknowledged: clock.now().micros });
  }

  /** Ends the server as one that is asked to. */
  async stop(): Promise<void> {
    await this.#database?.close();
    this.#database = undefined;
    this.#stopping.abort();
    await this.#running;
    this.#marks.stop();
  }
}

/** The numbers of the markers that a restore to this moment has, each once. */
export async function markersAt(moment: Timestamp, options: BackupOptions, folder: string): Promise<number[]> {
  const plan = await planMoment(moment, options);
  const file = join(folder, 'moment.db');
  await restoreIntoNewFile(plan.base, file, options, (_, target, given) => unpackMoment(plan, target, given));
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    return (db.prepare('SELECT n FROM marker ORDER BY n').all() as { n: number }[]).map(({ n }) => n);
  } finally {
    db.close();
    removeDatabase(file);
  }
}

/** Compares what a restored moment has with what was acknowledged and asked for by then: no more, no less. */
export function assertExactly(found: readonly number[], markers: readonly Marker[], { micros, text }: Timestamp): void {
  const has = new Set(found);
  for (const { n, sent, acknowledged } of markers) {
    if (acknowledged <= micros) assert.ok(has.has(n), `${text}: ${n} was acknowledged before it, and is missing`);
    if (sent > micros) assert.ok(!has.has(n), `${text}: ${n} was asked for after it, and is there`);
  }
  assert.deepEqual(
    found,
    found.map((_, i) => i + 1),
    `${text}: a prefix`,
  );
}

/** A clock that can be put back and forth. */
export class ShiftedClock implements Clock {
  readonly #clock: Clock;
  shiftSeconds = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): Timestamp {
    return this.#clock.now().plusSeconds(this.shiftSeconds);
  }
}

/** Stops it, however the test ends. */
export function logged(t: TestContext, file: string, options: BackupOptions, seconds?: number): Logged {
  const made = new Logged(file, options, seconds);
  t.after(() => made.stop());
  return made;
}
