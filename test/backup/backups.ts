import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Clock, systemClock } from '../../src/db/clock.ts';
import type { Database } from '../../src/db/database.ts';
import type { BackupOptions } from '../../src/ops/backup/options.ts';
import { project } from '../../src/versions/project.ts';
import { childEnv } from '../support/child-env.ts';
import { openFresh, settingsFor } from '../support/fresh.ts';
import { populate } from '../support/load-population.ts';

/** A folder of its own with a database of students, cards and reviews in it. */
export interface Installation {
  readonly folder: string;
  readonly file: string;
  readonly options: BackupOptions;
}

/** What backups are told for a database at this place. */
export function optionsFor(
  place: { url: string; directUrl?: string },
  directory: string,
  more: Partial<BackupOptions> & { readonly env?: Readonly<Record<string, string>> } = {},
): BackupOptions {
  const { env = {}, ...given } = more;
  const { backup, database, directUrl } = settingsFor(place, { BACKUP_DIRECTORY: directory, ...env });
  return {
    backup,
    database,
    directUrl,
    project,
    ownTables: ['write_gate'],
    clock: systemClock(),
    madeBy: { flashcase: 'test', node: process.versions.node, host: 'test' },
    say: () => {},
    ...given,
  };
}

export function temporaryFolder(t: TestContext, within = tmpdir()): string {
  const folder = mkdtempSync(join(within, 'flashcase-backup-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Makes one, and closes its database again unless the work keeps it. */
export async function installation(
  t: TestContext,
  {
    students = 2,
    cards = 20,
    within,
    ...more
  }: Partial<BackupOptions> & {
    students?: number;
    cards?: number;
    /** The folder it gets its own in. */
    within?: string | undefined;
    env?: Readonly<Record<string, string>>;
  } = {},
): Promise<Installation> {
  const folder = temporaryFolder(t, within);
  const file = join(folder, 'flashcase.db');
  const place = { url: `sqlite:///${file}` };
  const database = await openFresh(place);
  await populate(database, { students, deckSizes: [cards], isStudied: true });
  await database.close();
  return { folder, file, options: optionsFor(place, join(folder, 'backups'), more) };
}

/** A clock that stands where it is put, and goes on by a microsecond at each look. */
export class SetClock implements Clock {
  #at: ReturnType<Clock['now']>;

  constructor(at: ReturnType<Clock['now']>) {
    this.#at = at;
  }

  now(): ReturnType<Clock['now']> {
    this.#at = this.#at.plusMicros(1n);
    return this.#at;
  }

  forward(seconds: number): void {
    this.#at = this.#at.plusSeconds(seconds);
  }
}

export const hashOf = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

/** Everything in a folder by name and content; SQLite's lock file has none. */
export function stateOf(folder: string): Record<string, string> {
  if (!existsSync(folder)) return {};
  return Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .toSorted()
      .map((file) => [file, hashOf(file)]),
  );
}

/** The names of all users. */
export const usersOf = (database: Database): Promise<string[]> =>
  database.read(async ({ kysely }) =>
    (await kysely.selectFrom('user').select('username').orderBy('id').execute()).map(({ username }) => username),
  );

/** A file with a key in it. */
export function keyFile(folder: string, letter = 'a'): string {
  const file = join(folder, `key-${letter}`);
  writeFileSync(file, `${letter.repeat(64)}\n`, { mode: 0o600 });
  return file;
}

/** The files in a folder that hold plain data: an SQLite file, zstd, or the name of a student. */
export const plainFilesIn = (folder: string): string[] =>
  Object.keys(stateOf(folder)).filter((file) => {
    const bytes = readFileSync(file);
    return bytes.includes('SQLite format 3') || bytes.includes('load_0') || bytes.indexOf('28b52ffd', 0, 'hex') === 0;
  });

const child = fileURLToPath(new URL('./backup-child.ts', import.meta.url));

/** Runs `backup-child.ts` and returns the signal that ended it, or its exit code. */
export async function runChild(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string | number> {
  const running = spawn(process.execPath, [child, ...args], { stdio: ['ignore', 'ignore', 'inherit'], env: childEnv(env) });
  const [code, signal] = (await once(running, 'close')) as [number, string | null];
  return signal ?? code;
}
