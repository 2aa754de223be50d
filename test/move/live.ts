import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { systemClock } from '../../src/db/clock.ts';
import { randomBytes } from '../../src/db/random.ts';
import { carriedTables } from '../../src/move/carried-tables.ts';
import type { LiveOptions } from '../../src/move/live/live-options.ts';
import type { StartOptions } from '../../src/move/live/start.ts';
import { Rules } from '../../src/move/plan/rules.ts';
import { noGate } from '../../src/move/state/gate.ts';
import { processName } from '../../src/move/switch/recover.ts';
import { library, newSource, optionsFor, temporaryFolder } from './library.ts';

/** For a switch that is not about its limit: a busy machine takes longer than users would be asked to wait. */
export const PATIENT = { limitMs: 9000 };

/** A live move of the library schema, which has no gate of its own: the fence alone refuses. */
export function liveOptionsFor(sqliteFile: string, postgresUrl: string, more: Partial<StartOptions> = {}): StartOptions {
  const live: LiveOptions = {
    schema: library,
    tables: carriedTables(library, []),
    gate: noGate,
    sqliteFile,
    postgresUrl,
    clock: systemClock(),
    newId: () => randomBytes(4).toString('hex'),
    by: processName(process.pid),
  };
  return { ...optionsFor(sqliteFile, postgresUrl), ...live, rules: new Rules([]), ...more };
}

/** A file of so many books by two authors. */
export async function librarySource(t: TestContext, books = 300): Promise<string> {
  const file = join(temporaryFolder(t), 'source.db');
  const db = await newSource(file);
  db.exec(`
    INSERT INTO author (id, pen_name) VALUES (1, 'Ada'), (2, 'Bo');
    WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < ${books})
    INSERT INTO book (id, author_id, body, stars, score, is_lent, printed_at, pages)
    SELECT i, 1 + i % 2, 'book ' || i, i % 5, i / 7.0, i % 2, printf('2024-01-01 00:00:00.%06d', i), i FROM s;
    INSERT INTO shelf (room, label) VALUES ('r', 'l');
    INSERT INTO placed SELECT id, 'r', 'l' FROM book WHERE id % 3 = 0;
  `);
  db.close();
  return file;
}

export const onSqlite = <T>(file: string, work: (db: DatabaseSync) => T): T => {
  const db = new DatabaseSync(file, { timeout: 10_000 });
  try {
    return work(db);
  } finally {
    db.close();
  }
};

export async function onPostgres<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

export interface Writer {
  /** Ends after the write under way; gives what was acknowledged: body to stars. */
  stop(): Promise<ReadonlyMap<string, number>>;
}

/** Starts a process that writes until it is stopped, and has begun when this returns. */
export async function startWriter(t: TestContext, file: string, url: string, name: string): Promise<Writer> {
  const journal = join(temporaryFolder(t), 'journal');
  const child: ChildProcess = spawn(
    process.execPath,
    [fileURLToPath(new URL('./live-writer.ts', import.meta.url)), file, url, journal, name],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let errors = '';
  child.stderr?.on('data', (chunk) => {
    errors += String(chunk);
  });
  const ended = once(child, 'close') as Promise<[number | null, string | null]>;
  t.after(() => child.kill('SIGKILL'));
  await once(child.stdout as NonNullable<ChildProcess['stdout']>, 'data');
  return {
    async stop() {
      child.kill('SIGTERM');
      const [code] = await ended;
      if (code !== 0) throw new Error(`the writer ended with ${code}: ${errors}`);
      const books = new Map<string, number>();
      for (const line of readFileSync(journal, 'utf8').trim().split('\n')) {
        const { op, body, stars } = JSON.parse(line) as { op: string; body: string; stars: number };
        if (op === 'delete') books.delete(body);
        else books.set(body, stars);
      }
      return books;
    },
  };
}

export type Verb = 'start' | 'cutover' | 'rollback' | 'finish' | 'prune' | 'abort' | 'accept' | 'verify' | 'follow';

export interface ChildEnd {
  readonly steps: readonly string[];
  readonly wasKilled: boolean;
  readonly code: number | null;
}

const childOf = (verb: Verb, file: string, url: string, ...words: readonly string[]): ChildProcess =>
  spawn(process.execPath, [fileURLToPath(new URL('./live-child.ts', import.meta.url)), verb, file, url, ...words], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });

/** Runs one command of a live move in a process of its own; it may kill itself at a named step, or be killed after some milliseconds. */
export async function runVerb(
  verb: Verb,
  file: string,
  url: string,
  kill: { readonly step?: string; readonly afterMs?: number } = {},
): Promise<ChildEnd> {
  const child = childOf(verb, file, url, kill.step ?? '');
  const ended = endOf(child);
  const timer = kill.afterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), kill.afterMs);
  const end = await ended;
  clearTimeout(timer);
  return end;
}

/** As `runVerb`, but at the step the command waits while something happens to it; then it goes on, to its end. */
export async function runVerbThrough(
  verb: Verb,
  file: string,
  url: string,
  step: string,
  happen: (ended: Promise<ChildEnd>) => Promise<void>,
): Promise<ChildEnd> {
  const child = childOf(verb, file, url, step, 'wait');
  const ended = endOf(child);
  let output = '';
  const reached = new Promise<void>((resolve) => {
    child.stdout?.on('data', (chunk) => {
      output += String(chunk);
      if (output.split('\n').slice(0, -1).includes(step)) resolve();
    });
  });
  await Promise.race([reached, ended]);
  await happen(ended);
  child.stdin?.on('error', () => {}).write('\n');
  return ended;
}

async function endOf(child: ChildProcess): Promise<ChildEnd> {
  let output = '';
  child.stdout?.on('data', (chunk) => {
    output += String(chunk);
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { steps: output.trim().split('\n'), wasKilled: signal === 'SIGKILL', code };
}
