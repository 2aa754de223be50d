import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Clock } from '../../db/clock.ts';
import { catalogQuery } from '../../engine/catalog-query.ts';
import type { Connection, Engine } from '../../engine/engine.ts';
import { LEDGER_TABLE, PROGRESS_TABLE } from '../../engine/schema-form.ts';
import {
  copyVerified,
  refuseWithoutSpace,
  removePartial,
  sizeWithLog,
  syncFolder,
  timeInName,
} from '../../engine/sqlite/verified-copy.ts';
import type { Batch } from '../backfill.ts';
import type { Target } from '../compile/target.ts';
import { readLedger } from '../ledger.ts';
import { halfDone, progressKey, readProgress } from '../progress.ts';
import type { Revision } from '../revision.ts';
import type { State } from '../state.ts';
import type { Step } from '../step.ts';
import { copiesOfRun, forgetRun, rememberRun } from './copies-of-run.ts';
import { destructionsOf, tablesTakenFrom } from './destructive.ts';
import { hasWrittenOver } from './written-over.ts';

/** Copies kept of one file: undo goes back one revision at a time, and further than three nobody goes without a backup of their own. */
const COPIES_KEPT = 3;

/** The end of a copy's name until what it was made for is committed, with the part of the revision where that is a part. */
const ATTEMPT = /\.attempt(\d*)$/;

/** Keeps what revisions take away, so that undo can bring it back. */
export interface Keep {
  /** Called for each copy once what it was made for is committed, with the older ones that made room for it. */
  readonly onCopy?: (copy: KeptCopy) => void;
  /** Called at each point that a crash could fall behind. */
  readonly onStep?: (step: 'copied' | 'committed') => Promise<void> | void;
}

export interface KeptCopy {
  readonly revision: string;
  /** What it was made before: the revision being applied, or being taken back. */
  readonly before: 'upgrade' | 'downgrade';
  /** Counted from 1: the part it was made before, or in the middle of, since others had written after the first copy. Undo goes back to that one. */
  readonly part?: number;
  readonly file: string;
  readonly bytes: number;
  readonly removed: readonly string[];
}

interface Copy {
  /** As progress is kept under: a revision's id, or that of its way back. */
  readonly key: string;
  readonly file: string;
  /** Of a later part of a revision, as it is counted from 1. */
  readonly part?: number;
  readonly attempt?: Attempt;
}

/** What has to be committed before a copy is one. */
interface Attempt {
  readonly part?: number;
}

/** The copies of a database file, oldest first. */
export function copiesOf(file: string): Copy[] {
  const start = `${basename(file)}.before-`;
  return readdirSync(dirname(file))
    .flatMap((name) => {
      if (!name.startsWith(start)) return [];
      const attempt = ATTEMPT.exec(name);
      const end = name.slice(start.length).replace(ATTEMPT, '');
      const [, revision, down, part, time] = /^(.+?)(-down)?(?:-part(\d+))?-(\d{8}T\d+Z)$/.exec(end) ?? [];
      if (revision === undefined || time === undefined) return [];
      const copy: Copy = {
        key: progressKey(revision, down === undefined ? 'up' : 'down'),
        file: join(dirname(file), name),
        ...(part === undefined ? {} : { part: Number(part) }),
      };
      if (attempt === null) return [{ time, copy }];
      return [{ time, copy: { ...copy, attempt: attempt[1] === '' ? {} : { part: Number(attempt[1]) } } }];
    })
    .toSorted((a, b) => (a.time < b.time ? -1 : 1))
    .map(({ copy }) => copy);
}

/** The copies of what was committed: others are of a run that failed, or is at work. */
export async function keptCopies(connection: Connection, engine: Engine): Promise<Copy[]> {
  const kept: Copy[] = [];
  for (const copy of copiesOf(engine.location)) if (await isCommitted(connection, engine, copy)) kept.push(copy);
  return kept;
}

/** The database itself says whether what an attempt was made for has happened: no crash can fall between the two. */
async function isCommitted(connection: Connection, engine: Engine, { key, attempt }: Copy): Promise<boolean> {
  if (attempt === undefined) return true;
  const { id, isDown } = halfDone(key);
  if ((await readLedger(connection, engine)).some((entry) => entry.id === id) !== isDown) return true;
  return (await readProgress(connection, engine, key)).some(({ part }) => part === attempt.part);
}

interface Coming {
  readonly revision: Revision;
  readonly steps: readonly Step[];
  readonly before: State;
  readonly target: Target;
  /** What its progress is kept under. */
  readonly key: string;
  /** The part of it that takes this away, where it is committed in parts. */
  readonly part?: number;
  /** There is a copy of before the revision already, and others have written since. */
  readonly isLater?: boolean;
}

/**
 * The copies one run makes of an SQLite file. A copy has the name of an attempt until what it was made for is committed, and only then do
 * older ones make room: a revision that fails again and again takes nobody's copy, and leaves none of its own.
 */
export class Copies {
  readonly #engine: Engine;
  readonly #clock: Clock;
  readonly #keep: Keep | undefined;
  #attempts: Copy[] = [];
  /** By this run, or by one that was killed or failed and that this one goes on with. */
  readonly #made = new Set<string>();
  /** Of the run's own connection, at its last copy. */
  #version: number | undefined;

  constructor(engine: Engine, clock: Clock, keep: Keep | undefined) {
    this.#engine = engine;
    this.#clock = clock;
    this.#keep = engine.capabilities.isLocalFile ? keep : undefined;
  }

  /** Names or removes what a killed run has left. Inside a transaction that keeps writers out: nobody else is at work then. */
  async takeOver(connection: Connection): Promise<void> {
    if (this.#keep === undefined) return;
    for (const name of await copiesOfRun(connection, this.#engine)) {
      const file = join(dirname(this.#engine.location), name);
      if (existsSync(file)) this.#made.add(file);
    }
    for (const leftover of partialsOf(this.#engine.location)) removePartial(leftover);
    for (const copy of copiesOf(this.#engine.location)) {
      if (copy.attempt === undefined) continue;
      if (await isCommitted(connection, this.#engine, copy)) this.#name(copy);
      else rmSync(copy.file, { force: true });
    }
  }

  /**
   * Copies the file before steps that take something away. Called inside their transaction before its first statement: the write lock is
   * held, so the copy, made on another connection, is exactly what they start from. Where no table that they touch has a row, none is needed.
   */
  async make(connection: Connection, { revision, steps, before, target, key, part, isLater }: Coming): Promise<void> {
    if (this.#keep === undefined || destructionsOf(steps, before, target).length === 0) return;
    // Undo goes by a copy where no steps lead back, and by the newest one of a revision where there are older.
    const isNeeded = typeof revision.downgrade === 'string' || copiesOf(this.#engine.location).some((copy) => copy.key === key);
    const among = isNeeded ? undefined : tablesTakenFrom(steps, before, target);
    if (!(await hasRows(connection, this.#engine, among))) return;
    const file = this.#engine.location;
    refuseWithoutSpace(
      dirname(file),
      sizeWithLog(file),
      `The copy made before revision ${revision.id} ${revision.name}`,
      'Make room, or upgrade without a copy: flashcase db upgrade --no-copy.',
    );
    const later = isLater === true && part !== undefined ? `-part${part + 1}` : '';
    const name = `${file}.before-${key.replace(' ', '-')}${later}-${timeInName(this.#clock.now())}.attempt${part ?? ''}`;
    await copyVerified(file, name);
    this.#version = await dataVersion(connection);
    this.#attempts.push({
      key,
      file: name,
      ...(later === '' ? {} : { part: (part as number) + 1 }),
      attempt: part === undefined ? {} : { part },
    });
    // In the transaction that the copy is made for, so that it is there for whoever goes on, and goes with a rollback.
    const names = [...this.#made, ...this.#attempts.map((attempt) => attempt.file.replace(ATTEMPT, ''))];
    await rememberRun(
      connection,
      this.#engine,
      this.#clock,
      names.map((path) => basename(path)),
    );
    await this.#keep.onStep?.('copied');
  }

  /** Nothing is left to do: the next run begins to count its copies anew. Part of the transaction it is called in. */
  async end(connection: Connection): Promise<void> {
    if (this.#keep !== undefined) await forgetRun(connection, this.#engine);
  }

  /** Before a batch of a backfill: copies again where it writes over what others have written since the last copy. */
  async makeBefore(connection: Connection, coming: Coming, batch: Batch): Promise<void> {
    if (this.#keep === undefined || !(await this.isWrittenSince(connection))) return;
    const last = copiesOf(this.#engine.location).findLast(({ key }) => key === coming.key);
    if (last !== undefined && (await hasWrittenOver(last.file, connection, this.#engine, batch))) return;
    await this.make(connection, { ...coming, isLater: last !== undefined });
  }

  /** True when another connection may have written since this run's last copy. Asked inside a transaction that keeps writers out. */
  async isWrittenSince(connection: Connection): Promise<boolean> {
    return this.#keep !== undefined && (await dataVersion(connection)) !== this.#version;
  }

  /** Behind a commit or a rollback: what was copied for it gets its name, and older copies make room, or it goes. */
  async settle(connection: Connection): Promise<void> {
    const attempts = this.#attempts;
    this.#attempts = [];
    for (const attempt of attempts) {
      if (!(await isCommitted(connection, this.#engine, attempt))) {
        rmSync(attempt.file, { force: true });
        continue;
      }
      await this.#keep?.onStep?.('committed');
      const file = this.#name(attempt);
      if (file === undefined) continue;
      const { id, isDown } = halfDone(attempt.key);
      const bytes = statSync(file).size;
      const removed = this.#makeRoom();
      this.#keep?.onCopy?.({
        revision: id,
        before: isDown ? 'downgrade' : 'upgrade',
        ...(attempt.part === undefined ? {} : { part: attempt.part }),
        file,
        bytes,
        removed,
      });
    }
  }

  /** Another process may have named or removed it: between a commit and this, the next run takes over. */
  #name(attempt: Copy): string | undefined {
    const file = attempt.file.replace(ATTEMPT, '');
    if (existsSync(attempt.file)) renameSync(attempt.file, file);
    if (!existsSync(file)) return undefined;
    syncFolder(dirname(file));
    this.#made.add(file);
    return file;
  }

  /** Never one of this run, however many it makes and whatever a clock that was set back put into their names. */
  #makeRoom(): string[] {
    const older = copiesOf(this.#engine.location).filter(({ file, attempt }) => attempt === undefined && !this.#made.has(file));
    const removed = older.slice(0, Math.max(0, older.length - Math.max(0, COPIES_KEPT - this.#made.size)));
    for (const { file } of removed) rmSync(file, { force: true });
    return removed.map(({ file }) => file);
  }
}

/** Raised by every commit of another connection, and by none of this one. */
async function dataVersion(connection: Connection): Promise<number> {
  const [row] = await catalogQuery(connection, { version: 'data_version' }, 'FROM pragma_data_version');
  return Number(row?.version);
}

function partialsOf(file: string): string[] {
  const start = `${basename(file)}.before-`;
  return readdirSync(dirname(file))
    .filter((name) => name.startsWith(start) && name.endsWith('.partial'))
    .map((name) => join(dirname(file), name.slice(0, -'.partial'.length)))
    .filter((name) => statSync(`${name}.partial`).isFile());
}

async function hasRows(connection: Connection, engine: Engine, among: readonly string[] | undefined): Promise<boolean> {
  const tables = await catalogQuery(
    connection,
    { object: 'name' },
    "FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'shadow') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT IN (?, ?)",
    [LEDGER_TABLE, PROGRESS_TABLE],
  );
  for (const { object } of tables) {
    const name = String(object);
    if (among?.some((table) => table.toLowerCase() === name.toLowerCase()) === false) continue;
    if ((await catalogQuery(connection, { found: '1' }, `FROM ${engine.ddl.quote(name)} LIMIT 1`)).length > 0) return true;
  }
  return false;
}
