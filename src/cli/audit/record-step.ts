import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { systemClock } from '../../db/clock.ts';
import { openDatabase } from '../../db/database.ts';
import { readEnv } from '../../db/env.ts';
import { readSettings, type Settings } from '../../db/settings.ts';
import { findSides } from '../../db/sides.ts';
import { findUser } from '../../db/stores/users.ts';
import { beginStep, type StepEnd } from '../../ops/audit/begin-step.ts';
import type { AuditEvent } from '../../ops/audit/event.ts';
import { type AuditJournal, journalBeside, journalOf } from '../../ops/audit/journal.ts';
import { appendEvents, takeIn } from '../../ops/audit/take-in.ts';
import { hasLedger } from '../../revisions/ledger.ts';

export interface RecordedStep {
  end(end: StepEnd): Promise<void>;
}

/** Who types, as the operating system knows them. */
function osUser(): string {
  const behind = readEnv().get('SUDO_USER')?.value;
  try {
    const { username } = userInfo();
    return behind === undefined || behind === username ? username : `${username} (sudo of ${behind})`;
  } catch {
    return `uid ${process.getuid?.()}`;
  }
}

/**
 * Keeps a step in the audit trail before it begins. With an SQLite file the journal beside it has it, and the server takes it in: a command that works on
 * the file finds it as it was. With PostgreSQL the database is told; where that cannot be, a journal in this folder. `undefined` for a command on the
 * database of another application, and where the settings name none. What cannot be kept anywhere is said, and does not stop an operator.
 * @param path its words: `db upgrade`
 */
export async function recordStep(path: string, action: Command): Promise<RecordedStep | undefined> {
  let settings: Settings;
  try {
    settings = readSettings(readEnv(), process.cwd());
  } catch {
    return undefined;
  }
  if (action.opts().versions !== undefined) return undefined;
  const options = action.opts();
  // Whoever is deleted is to be forgotten: the trail, which is kept for ever, has the number of the account alone.
  const given =
    path === 'user delete'
      ? { account: await numberOf(settings, action.args[0] ?? ''), options }
      : { arguments: action.args, options };
  const { begun, ended } = beginStep({ command: path, osUser: osUser(), given }, systemClock());
  const trail = new Trail(settings);
  await trail.keep(begun);
  let isOver = false;
  // A command that ends the process by itself waits for nobody.
  process.once('exit', (exit) => {
    if (!isOver) trail.keepAtOnce(ended({ isDone: exit === 0, exit }));
  });
  return {
    async end(end) {
      isOver = true;
      await trail.keep(ended(end), true);
    },
  };
}

/** The number of a user's account; `null` where there is none, or the database cannot be asked: the command says why. */
async function numberOf(settings: Settings, username: string): Promise<string | null> {
  try {
    const { serving } = await findSides(settings, systemClock());
    const database = openDatabase(serving, systemClock(), {}, true);
    try {
      const user = await database.read((session) => findUser(session, { username }));
      return user === undefined ? null : String(user.id);
    } finally {
      await database.close();
    }
  } catch {
    return null;
  }
}

/** Where the events of one command go. */
class Trail {
  readonly #settings: Settings;
  #journal: AuditJournal;
  /** Of a database that is not there yet; the command may make it. */
  #held: AuditEvent[] = [];

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#journal = journalOf(settings, process.cwd());
  }

  /** @param isLast nothing comes after it: what cannot be kept now never is, and is said */
  async keep(event: AuditEvent, isLast = false): Promise<void> {
    this.#held.push(event);
    if (this.#settings.database.engine === 'sqlite') this.#journalHeld(isLast);
    else if ((await this.#tellServer()) === 'elsewhere') this.#journalHeld(isLast, true);
  }

  keepAtOnce(event: AuditEvent): void {
    this.#held.push(event);
    this.#journalHeld(true, this.#settings.database.engine === 'postgres');
  }

  #journalHeld(isLast: boolean, isWanted = false): void {
    const { database } = this.#settings;
    const isThere = isWanted || existsSync(this.#journal.folder) || (database.engine === 'sqlite' && existsSync(database.file));
    if (!isThere) return;
    try {
      for (let event = this.#held[0]; event !== undefined; event = this.#held[0]) {
        this.#journal.append(event);
        this.#held.shift();
      }
    } catch (error) {
      if (isLast) process.stderr.write(`This step is not in the audit trail: ${(error as Error).message}\n`);
    }
  }

  /** `nowhere`: there are no tables of FlashCase there. `elsewhere`: they cannot be written now, or have no trail yet. */
  async #tellServer(): Promise<'told' | 'nowhere' | 'elsewhere'> {
    const found = await findSides(this.#settings, systemClock()).catch(() => undefined);
    if (found === undefined) return 'elsewhere';
    if (found.serving.database.engine === 'sqlite') {
      // It came home to this file, which is compared with what it came from: no command writes it for the trail.
      this.#journal = journalBeside(found.serving.database.file);
      return 'elsewhere';
    }
    const database = openDatabase(found.serving, systemClock());
    try {
      await appendEvents(database, this.#held);
      this.#held = [];
      // What waited goes with it; where it cannot, it waits on.
      await takeIn(database, this.#journal).catch(() => {});
      return 'told';
    } catch {
      const isOurs = await database.read(({ connection, engine }) => hasLedger(connection, engine)).catch(() => true);
      return isOurs ? 'elsewhere' : 'nowhere';
    } finally {
      await database.close();
    }
  }
}
