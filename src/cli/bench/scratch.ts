import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeDurably } from '../../db/durable-file.ts';
import { locationOf } from '../../engine/postgres/engine.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { withPostgres } from '../../move/live/sides.ts';
import { quoted } from '../../move/source/source-tables.ts';
import { isAlive } from '../../move/switch/recover.ts';

/** Databases of a comparison begin so; the rest of the name is drawn, and written down before the database is made. */
const NAME = 'flashcase_bench_';

/** A database that a comparison makes on somebody's server. */
interface ScratchDatabase {
  /** Host and port. */
  readonly server: string;
  readonly name: string;
}

/** What a comparison makes, written down in its folder before it is made, so that what a kill leaves is found. */
interface ScratchRecord {
  /** Host and pid. */
  readonly by: string;
  readonly databases: readonly ScratchDatabase[];
}

export interface Scratch {
  readonly folder: string;
  /** The database of each server, by the address it was asked for with. */
  readonly databaseUrls: ReadonlyMap<string, string>;
  /** Removes everything that was made. */
  remove(): Promise<void>;
}

export interface ScratchOptions {
  readonly folder: string;
  /** PostgreSQL servers on each of which a database is needed, without a pooler between. */
  readonly serverUrls: readonly string[];
  readonly by: string;
  newId(): string;
}

const recordIn = (folder: string): string => join(folder, 'bench.json');
const serverOf = (url: string): string => {
  const location = locationOf(url);
  return location.slice(0, location.lastIndexOf('/'));
};

const underway = (who: string, folder: string): FlashcaseError =>
  new FlashcaseError('FC_MOVE_UNDERWAY', {
    what: `${who} is comparing with a copy of this database.`,
    where: folder,
    hint: 'Wait for it to end, or stop it; then run the command again.',
  });

async function dropDatabase(url: string, name: string): Promise<void> {
  await withPostgres(url, (postgres) => postgres.script(`DROP DATABASE IF EXISTS ${quoted(name)} WITH (FORCE)`));
}

/** What a killed comparison left is removed by the names it wrote down, and nothing else. Where a server is not named now, the record stays. */
async function clearLeftover({ folder, serverUrls }: ScratchOptions): Promise<void> {
  if (!existsSync(folder)) return;
  if (!existsSync(recordIn(folder)))
    throw new FlashcaseError('FC_INPUT_INVALID', {
      what: 'The folder for the comparison is there, and is not of a comparison.',
      where: folder,
      hint: 'Nothing in it is touched. Rename it, or run the command from another folder.',
    });
  const { by, databases } = JSON.parse(readFileSync(recordIn(folder), 'utf8')) as ScratchRecord;
  if (isAlive(by)) throw underway(by, folder);
  for (const { server, name } of databases) {
    const url = serverUrls.find((each) => serverOf(each) === server);
    if (url === undefined)
      throw new FlashcaseError('FC_MOVE_TARGET_UNFIT', {
        what: `A comparison that was killed left the database ${name} on another server: ${server}.`,
        where: folder,
        hint: `Run once with --against naming that server, which removes it; or drop it there by hand, then remove ${folder}.`,
      });
    await dropDatabase(url, name);
  }
  rmSync(folder, { recursive: true, force: true });
}

/** Makes the folder, which only one can, with its record in it. */
function begin({ folder, by, newId }: ScratchOptions, databases: readonly ScratchDatabase[]): void {
  const record: ScratchRecord = { by, databases };
  // Under another name first: a folder without its record is nobody's.
  const making = `${folder}.${newId()}`;
  mkdirSync(making, { mode: 0o700 });
  const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  writeDurably(recordIn(making), Buffer.from(`${JSON.stringify(record)}\n`), { mode: 0o600, ...owner });
  try {
    renameSync(making, folder);
  } catch (error) {
    rmSync(making, { recursive: true, force: true });
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTEMPTY' || code === 'EEXIST') throw underway('Another process', folder);
    throw error;
  }
}

async function makeDatabase(serverUrl: string, name: string): Promise<string> {
  await withPostgres(serverUrl, (postgres) =>
    postgres.script(`CREATE DATABASE ${quoted(name)} TEMPLATE template0 ENCODING 'UTF8'`),
  ).catch((error: unknown) => {
    throw new FlashcaseError('FC_MOVE_TARGET_UNFIT', {
      what: 'No database for the comparison can be made on this server.',
      where: locationOf(serverUrl),
      why: (error as Error).message,
      hint: 'Let this role make one for a while: ALTER ROLE … CREATEDB. It is dropped at the end.',
      cause: error,
    });
  });
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.toString();
}

/**
 * Makes a folder and a database on each server, for copies that are measured and thrown away; first removes what a killed comparison left. Throws
 * `FC_MOVE_UNDERWAY` while another one works there, `FC_MOVE_TARGET_UNFIT` where no database may be made.
 */
export async function makeScratch(options: ScratchOptions): Promise<Scratch> {
  const { folder, serverUrls, newId } = options;
  await clearLeftover(options);
  const planned = serverUrls.map((url) => ({ url, name: `${NAME}${newId()}` }));
  begin(
    options,
    planned.map(({ url, name }) => ({ server: serverOf(url), name })),
  );
  const remove = async (): Promise<void> => {
    for (const { url, name } of planned) await dropDatabase(url, name);
    // Last: until then the record says what is left.
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const databaseUrls = new Map<string, string>();
    for (const { url, name } of planned) databaseUrls.set(url, await makeDatabase(url, name));
    return { folder, databaseUrls, remove };
  } catch (error) {
    // The first error is the one to report; what is left then, the next comparison removes.
    await remove().catch(() => {});
    throw error;
  }
}
