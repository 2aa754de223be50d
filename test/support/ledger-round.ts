import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../../src/db/clock.ts';
import { openDatabase } from '../../src/db/database.ts';
import { settingsFor } from './fresh.ts';
import { checkFreshReads, type FreshReads } from './fresh-reads.ts';
import { Journal, type Operation } from './journal.ts';
import { ledgerViolations, ledgerViolationsOverHttp } from './ledger-check.ts';
import { LedgerClient, LedgerCounts, type LedgerWrite } from './ledger-clients.ts';
import type { Ended, LedgerInstallation } from './ledger-installation.ts';
import { seededRandom } from './load.ts';
import type { Student } from './load-population.ts';
import type { ServerProcess } from './load-server.ts';

/** Another program that writes to the SQLite file, with a ledger line of its own for each write that SQLite acknowledged. */
async function strange(
  installation: LedgerInstallation,
  journal: Journal,
  signal: AbortSignal,
  pause: () => Promise<void>,
): Promise<{ acknowledged: number; refused: number }> {
  const counts = { acknowledged: 0, refused: 0 };
  const db = new DatabaseSync(installation.file, { timeout: 5000 });
  const deckId = installation.students[0]?.decks[0]?.id as bigint;
  const now = systemClock();
  try {
    for (let turn = 0; !signal.aborted; turn++) {
      const key = `w0c9999t${turn}`;
      const write: LedgerWrite = { kind: 'newCard', deckId: String(deckId), back: 'by another program' };
      await journal.sent(key, write);
      try {
        const at = now.now().text;
        const { lastInsertRowid } = db
          .prepare('INSERT INTO card (deck_id, front, back, created_at, updated_at) VALUES (?, ?, ?, ?, ?)')
          .run(deckId, key, write.back, at, at);
        await journal.ok(key, { id: String(lastInsertRowid) });
        counts.acknowledged++;
      } catch (error) {
        await journal.fail(key, (error as Error).message);
        counts.refused++;
      }
      await pause();
    }
  } finally {
    db.close();
  }
  return counts;
}

export interface RoundOptions {
  readonly clients: number;
  /** Acknowledged in the whole round, at least. */
  readonly writes: number;
  readonly seed: number;
}

export interface RoundReport {
  readonly operations: readonly Operation[];
  readonly counts: LedgerCounts;
  readonly fresh: FreshReads;
  readonly stranger: { readonly acknowledged: number; readonly refused: number };
  readonly violations: readonly string[];
  readonly pausesMs: readonly number[];
  readonly givenUp: number;
  readonly seconds: number;
}

interface Load {
  readonly counts: LedgerCounts;
  /** Waits until so many more writes are acknowledged. */
  more(writes: number): Promise<void>;
  /** Ends the clients and tells what they saw. */
  stop(): Promise<Pick<RoundReport, 'operations' | 'fresh' | 'stranger'>>;
  stopStranger(): void;
}

async function startLoad(installation: LedgerInstallation, { clients, seed }: RoundOptions): Promise<Load> {
  const journal = await Journal.create();
  const counts = new LedgerCounts();
  const [clientsEnd, strangerEnds] = [new AbortController(), new AbortController()];
  let sent = 0;
  const base = (): string => (installation.servers[sent++ % installation.servers.length] as ServerProcess).base;
  const { students } = installation;
  const running = Array.from({ length: clients }, (_, number) =>
    new LedgerClient(number, students[number % students.length] as Student, seededRandom(seed + number), {
      base,
      journal,
      counts,
    }).run(clientsEnd.signal),
  );
  const fresh = checkFreshReads(students.slice(0, 2), base, clientsEnd.signal);
  const stranger = strange(installation, journal, strangerEnds.signal, () => delay(50));
  return {
    counts,
    async more(writes) {
      const enough = counts.acknowledged + writes;
      while (counts.acknowledged < enough && counts.failed.length < 100) await delay(5);
    },
    stopStranger: () => strangerEnds.abort(),
    async stop() {
      clientsEnd.abort();
      strangerEnds.abort();
      await Promise.all(running);
      const seen = { fresh: await fresh, stranger: await stranger, operations: await journal.operations() };
      await journal.close();
      return seen;
    },
  };
}

const pauseOf = (out: string): number => Number(/Writes waited (\d+) ms/.exec(out)?.[1] ?? Number.NaN);

/** The whole move under load: every command an operator types, two servers, clients of every kind, another program that writes to the file. */
export async function moveUnderLoad(installation: LedgerInstallation, options: RoundOptions): Promise<RoundReport> {
  const began = performance.now();
  await installation.serve();
  await installation.serve();
  const load = await startLoad(installation, options);
  const part = Math.ceil(options.writes / 9);
  const pausesMs: number[] = [];
  let givenUp = 0;
  const turn = async (verb: 'cutover' | 'rollback'): Promise<void> => {
    const turned = await installation.turn(verb, () => load.more(50));
    pausesMs.push(pauseOf(turned.out));
    givenUp += turned.givenUp;
    await load.more(part);
  };
  try {
    await load.more(part);
    await installation.done('plan', '--to', installation.targetUrl);
    await load.more(part);
    await installation.done('start', '--to', installation.targetUrl);
    await load.more(part);
    await installation.done('verify');
    await load.more(part);
    await turn('cutover');
    await installation.done('status');
    await installation.done('verify');
    await turn('rollback');
    await installation.done('status');
    await turn('cutover');
    await installation.done('status');
    load.stopStranger();
    await load.more(part);
    await installation.done('finish', '--yes');
    await load.more(part);
  } catch (error) {
    await load.stop();
    throw error;
  }
  return report(installation, load, { pausesMs, givenUp, began });
}

/** The control: after the cutover the fence is taken away by hand, and the other program writes on. What it writes is lost, and the ledger must say so. */
export async function moveWithoutFence(
  installation: LedgerInstallation,
  options: RoundOptions,
): Promise<RoundReport & { status: Ended }> {
  const began = performance.now();
  await installation.serve();
  await installation.serve();
  const load = await startLoad(installation, options);
  try {
    const part = Math.ceil(options.writes / 3);
    await load.more(part);
    await installation.done('start', '--to', installation.targetUrl);
    await load.more(part);
    const { out, givenUp } = await installation.turn('cutover', () => load.more(50));
    const db = new DatabaseSync(installation.file, { timeout: 5000 });
    const fences = db
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger' AND name LIKE 'flashcase\\_move\\_%' ESCAPE '\\'")
      .all();
    for (const { name } of fences) db.exec(`DROP TRIGGER "${name}"`);
    db.close();
    await load.more(part);
    await delay(500);
    const seen = await report(installation, load, { pausesMs: [pauseOf(out)], givenUp, began });
    return { ...seen, status: await installation.move('status') };
  } catch (error) {
    await load.stop();
    throw error;
  }
}

async function report(
  installation: LedgerInstallation,
  load: Load,
  { pausesMs, givenUp, began }: { pausesMs: readonly number[]; givenUp: number; began: number },
): Promise<RoundReport> {
  const seen = await load.stop();
  const seconds = (performance.now() - began) / 1000;
  const violations = await ledgerViolationsOverHttp(
    (installation.servers[0] as ServerProcess).base,
    installation.students,
    seen.operations,
  );
  const database = openDatabase(settingsFor(installation.postgres), systemClock());
  try {
    violations.push(...(await ledgerViolations(database, seen.operations)));
  } finally {
    await database.close();
  }
  return { ...seen, counts: load.counts, violations, pausesMs, givenUp, seconds };
}
