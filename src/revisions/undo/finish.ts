import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { catalogQuery } from '../../engine/catalog-query.ts';
import type { Connection, Engine } from '../../engine/engine.ts';
import { syncFolder } from '../../engine/sqlite/verified-copy.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { reasonOf } from '../apply.ts';
import { isInTheWay, type LockOptions, withRevisionLock } from '../lock.ts';
import { halfDone } from '../progress.ts';
import { refuseInMove } from '../underway-move.ts';
import { type Aside, readAsides } from './asides.ts';
import { keptCopies } from './copies.ts';

/** Something kept for undo. */
export interface Kept {
  readonly revision: string;
  /** `table card`, `column card.note`, or the path of a copy. */
  readonly what: string;
  /** Rows of the table, values of the column; absent for a copy. */
  readonly rows?: number;
  /** Of a copy: what it was made before. Undo goes back to one made before an upgrade only. */
  readonly before?: 'upgrade' | 'downgrade' | 'part';
}

/** What is kept for undo of the revisions applied here, oldest first. */
export async function keptFor(connection: Connection, engine: Engine): Promise<Kept[]> {
  if (engine.capabilities.isLocalFile) return (await keptCopies(connection, engine)).map(keptCopy);
  const kept: Kept[] = [];
  for (const aside of await readAsides(connection, engine)) kept.push(await counted(connection, engine, aside));
  return kept;
}

function keptCopy({ key, file, part }: { readonly key: string; readonly file: string; readonly part?: number }): Kept {
  const { id, isDown } = halfDone(key);
  return { revision: id, what: file, before: isDown ? 'downgrade' : part === undefined ? 'upgrade' : 'part' };
}

async function counted(connection: Connection, engine: Engine, { revision, what, table, column }: Aside): Promise<Kept> {
  const { quote } = engine.ddl;
  const counted = column === undefined ? 'count(*)' : `count(${quote(column)})`;
  const [row] = await catalogQuery(connection, { total: counted }, `FROM ${quote(table)}`);
  return { revision, what, rows: Number(row?.total) };
}

export interface FinishOptions extends LockOptions {
  readonly engine: Engine;
  /** Up to and with this revision; absent: all. */
  readonly revision?: string;
  /** Called behind each thing dropped and committed. */
  readonly onDropped?: (kept: Kept) => Promise<void> | void;
}

/**
 * Drops for good what was kept for undo: from here on a revision's way back brings its columns and tables back empty. One thing at a time,
 * each in a transaction of its own, so that nobody waits long, and a run that was killed goes on with what is left. Returns what it dropped.
 */
export async function finish(options: FinishOptions): Promise<Kept[]> {
  const { engine } = options;
  const isMeant = ({ revision }: { revision: string }): boolean => options.revision === undefined || revision <= options.revision;
  const done: Kept[] = [];
  const tell = async (kept: Kept): Promise<void> => {
    done.push(kept);
    await options.onDropped?.(kept);
  };
  if (engine.capabilities.isLocalFile) {
    await engine.dedicated((connection) => refuseInMove(connection, engine));
    const copies = await engine.dedicated((connection) => keptFor(connection, engine));
    for (const copy of copies.filter(isMeant)) {
      rmSync(copy.what, { force: true });
      syncFolder(dirname(copy.what));
      await tell(copy);
    }
    return done;
  }
  return withRevisionLock(engine, options, async ({ connection, transaction }) => {
    for (;;) {
      const dropped = await transaction(async () => {
        const next = (await readAsides(connection, engine)).find(isMeant);
        if (next === undefined) return undefined;
        const kept = await counted(connection, engine, next);
        await connection.script(dropOf(engine, next)).catch((error: unknown) => {
          throw stillUsed(engine, next, error);
        });
        return kept;
      });
      if (dropped === undefined) return done;
      await tell(dropped);
    }
  });
}

function stillUsed(engine: Engine, { what, revision }: Aside, cause: unknown): unknown {
  if (isInTheWay(cause)) return cause;
  return new FlashcaseError('FC_REVISION_FAILED', {
    what: `What revision ${revision} dropped (${what}) cannot be dropped for good.`,
    where: engine.location,
    why: reasonOf(cause),
    hint: 'If a view or key of somebody still uses it, drop that first, and run flashcase db finish again.',
    cause,
  });
}

function dropOf(engine: Engine, { table, column }: Aside): string {
  const { quote } = engine.ddl;
  return column === undefined ? `DROP TABLE ${quote(table)}` : `ALTER TABLE ${quote(table)} DROP COLUMN ${quote(column)}`;
}
