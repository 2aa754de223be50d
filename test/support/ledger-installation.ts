import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { childEnv } from './child-env.ts';
import type { Place, Target } from './database.ts';
import { openFresh } from './fresh.ts';
import { populate, type Student } from './load-population.ts';
import { ServerProcess } from './load-server.ts';

const entry = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
/** Nobody may ever print it. The servers of the tests take any. */
export const DATABASE_PASSWORD = 'Z9-never-printed';
/** A switch gives up by itself on a machine with too much to do; an operator would type it again. */
const TRIES = 10;
/** As the refusal says: when there is never less load, the limit is raised. */
const PATIENT_AFTER = 3;
const GIVEN_UP = 4;

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** An installation as the guide describes it: a folder with `.env`, two servers, an SQLite file, an empty PostgreSQL database. */
export class LedgerInstallation {
  readonly folder: string;
  readonly file: string;
  readonly postgres: Place;
  /** With a password in it. */
  readonly targetUrl: string;
  readonly students: readonly Student[];
  readonly servers: ServerProcess[] = [];
  /** Everything the commands printed. */
  readonly printed: string[] = [];
  readonly #drop: () => Promise<void>;

  private constructor(folder: string, file: string, postgres: Place, students: readonly Student[], drop: () => Promise<void>) {
    this.folder = folder;
    this.file = file;
    this.postgres = postgres;
    this.students = students;
    this.#drop = drop;
    const url = new URL(postgres.url);
    url.password = DATABASE_PASSWORD;
    this.targetUrl = url.toString();
  }

  static async create(target: Target, students: number): Promise<LedgerInstallation> {
    const folder = mkdtempSync(join(tmpdir(), 'flashcase-ledger-'));
    const file = join(folder, 'flashcase.db');
    const url = `sqlite:///${file}`;
    writeFileSync(join(folder, '.env'), `# of the tests\nDATABASE_URL=${url}\nLOG_LEVEL=error\n`);
    const database = await openFresh({ url });
    const population = await populate(database, { students, deckSizes: [20], isStudied: false });
    await database.close();
    const postgres = await target.fresh();
    return new LedgerInstallation(folder, file, postgres, population, async () => {
      await postgres.drop();
      rmSync(folder, { recursive: true, force: true });
    });
  }

  /** A server in the folder, or one that has the old setting in its environment. */
  async serve(env?: Readonly<Record<string, string>>): Promise<ServerProcess> {
    const place = { url: `sqlite:///${this.file}` };
    const server = await ServerProcess.start(place, env === undefined ? { folder: this.folder } : { env });
    this.servers.push(server);
    return server;
  }

  /** Types a command in the folder. */
  move(...args: string[]): Promise<Ended> {
    return new Promise((done) => {
      const child = execFile(
        process.execPath,
        [entry, 'move', ...args],
        { cwd: this.folder, env: childEnv(), maxBuffer: 1 << 26 },
        (_, out, err) => {
          const text = `$ flashcase move ${args.join(' ').replace(this.targetUrl, 'URL')}\n${err}${out}[${child.exitCode}]\n`;
          this.printed.push(text);
          // To look at what an operator sees.
          if (process.env.FLASHCASE_PRINT_MOVE !== undefined) process.stderr.write(`${text}\n`);
          done({ code: child.exitCode ?? -1, out, err });
        },
      );
    });
  }

  /** A command that must succeed. */
  async done(...args: string[]): Promise<string> {
    const { code, out, err } = await this.move(...args);
    if (code !== 0) throw new Error(`flashcase move ${args[0]} ended with ${code}:\n${out}${err}`);
    return out;
  }

  /** A switch, typed again while it gives up in time. @returns what the last one printed, and how often it was given up. */
  async turn(verb: 'cutover' | 'rollback', rest: () => Promise<void>): Promise<{ out: string; givenUp: number }> {
    for (let givenUp = 0; ; givenUp++) {
      const { code, out, err } = await this.move(verb, ...(givenUp < PATIENT_AFTER ? [] : ['--limit', '5000']));
      if (code === 0) return { out, givenUp };
      if (code !== GIVEN_UP || givenUp === TRIES) throw new Error(`flashcase move ${verb} ended with ${code}:\n${out}${err}`);
      await rest();
    }
  }

  async end(): Promise<void> {
    for (const server of this.servers) await server.end('SIGTERM');
    await this.#drop();
  }
}
