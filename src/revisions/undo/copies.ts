import { readdirSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Clock } from '../../db/clock.ts';
import { catalogQuery } from '../../engine/catalog-query.ts';
import type { Connection, Engine } from '../../engine/engine.ts';
import { LEDGER_TABLE, PROGRESS_TABLE } from '../../engine/schema-form.ts';
import { copyVerified, refuseWithoutSpace, removePartial, sizeWithLog, timeInName } from '../../engine/sqlite/verified-copy.ts';
import type { Target } from '../compile/target.ts';
import { readProgress } from '../progress.ts';
import type { Revision } from '../revision.ts';
import type { State } from '../state.ts';
import type { Step } from '../step.ts';
import { destructionsOf } from './destructive.ts';

/** Copies kept of one file: undo goes back one revision at a time, and further than three nobody goes without a backup of their own. */
const COPIES_KEPT = 3;

/** Keeps what revisions take away, so that undo can bring it back. */
export interface Keep {
  /** Called with the copy made before a revision, and with the older ones that made room for it. */
  readonly onCopy?: (copy: KeptCopy) => void;
  /** Called before each step that a crash could fall behind. */
  readonly onStep?: (step: 'copied' | 'pruned') => Promise<void> | void;
}

export interface KeptCopy {
  readonly revision: string;
  readonly file: string;
  readonly bytes: number;
  readonly removed: readonly string[];
}

/** The copies of a database file, oldest first: by revision, or `<revision>-down` for one made before it was taken back. */
export function copiesOf(file: string): { revision: string; file: string }[] {
  const start = `${basename(file)}.before-`;
  return readdirSync(dirname(file))
    .flatMap((name) => {
      const [, revision, time] = name.startsWith(start) ? (/^(.+)-(\d{8}T\d+Z)$/.exec(name.slice(start.length)) ?? []) : [];
      return revision === undefined || time === undefined ? [] : [{ revision, time, file: join(dirname(file), name) }];
    })
    .toSorted((a, b) => (a.time < b.time ? -1 : 1))
    .map(({ revision, file: path }) => ({ revision, file: path }));
}

interface Coming {
  readonly revision: Revision;
  readonly steps: readonly Step[];
  readonly before: State;
  readonly target: Target;
  /** What its progress is kept under. */
  readonly key: string;
}

/**
 * Copies an SQLite file before a revision that takes something away. Called inside the revision's transaction before its first statement:
 * the write lock is held, so the copy, made on another connection, is exactly what the revision starts from. A database without a row
 * needs none, nor does a revision that goes on half-way: its copy was made when it began.
 */
export async function keepBefore(
  connection: Connection,
  engine: Engine,
  clock: Clock,
  keep: Keep | undefined,
  { revision, steps, before, target, key }: Coming,
): Promise<void> {
  if (keep === undefined || !engine.capabilities.isLocalFile || destructionsOf(steps, before, target).length === 0) return;
  if ((await readProgress(connection, engine, key)).length > 0 || !(await hasRows(connection, engine))) return;
  const file = engine.location;
  for (const leftover of partialsOf(file)) removePartial(leftover);
  refuseWithoutSpace(
    dirname(file),
    sizeWithLog(file),
    `The copy made before revision ${revision.id} ${revision.name}`,
    'Make room, or upgrade without a copy: flashcase db upgrade --no-copy.',
  );
  // A copy made before a revision is taken back is none that undo of the revision could go back to.
  const copy = `${file}.before-${key.replace(' ', '-')}-${timeInName(clock.now())}`;
  const bytes = await copyVerified(file, copy);
  await keep.onStep?.('copied');
  // Never this one, whatever a clock that was set back put into its name.
  const removed = copiesOf(file)
    .map((old) => old.file)
    .filter((old) => old !== copy)
    .slice(0, -(COPIES_KEPT - 1));
  for (const old of removed) rmSync(old);
  await keep.onStep?.('pruned');
  keep.onCopy?.({ revision: revision.id, file: copy, bytes, removed });
}

function partialsOf(file: string): string[] {
  const start = `${basename(file)}.before-`;
  return readdirSync(dirname(file))
    .filter((name) => name.startsWith(start) && name.endsWith('.partial'))
    .map((name) => join(dirname(file), name.slice(0, -'.partial'.length)))
    .filter((name) => statSync(`${name}.partial`).isFile());
}

async function hasRows(connection: Connection, engine: Engine): Promise<boolean> {
  const tables = await catalogQuery(
    connection,
    { object: 'name' },
    "FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'shadow') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT IN (?, ?)",
    [LEDGER_TABLE, PROGRESS_TABLE],
  );
  for (const { object } of tables)
    if ((await catalogQuery(connection, { found: '1' }, `FROM ${engine.ddl.quote(String(object))} LIMIT 1`)).length > 0)
      return true;
  return false;
}
