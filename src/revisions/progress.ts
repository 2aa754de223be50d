import { createHash } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import type { Clock } from '../db/clock.ts';
import { catalogQuery } from '../engine/catalog-query.ts';
import type { Connection, Engine } from '../engine/engine.ts';
import { PROGRESS_TABLE } from '../engine/schema-form.ts';
import { int32, table, text, timestamp } from '../schema/index.ts';
import { hasTable, placeholdersOf } from './ledger.ts';

/**
 * How far a revision that runs in several transactions has come: one row for each part that was begun. Finished revisions leave
 * nothing here; the ledger has them. Part -1 is the note of a process that is changing an SQLite file (holder.ts), part -2 names the
 * copies that a run has made of it (undo/copies.ts).
 */
const progressTable = table(PROGRESS_TABLE, {
  columns: {
    revision_id: text(),
    part: int32(),
    part_hash: text(),
    state: text(),
    checkpoint: text({ nullable: true }),
    updated_at: timestamp(),
    updated_by: text(),
  },
  primaryKey: ['revision_id', 'part'],
});

export const NOTE_PART = -1;
export const COPIES_PART = -2;

export interface PartProgress {
  readonly revisionId: string;
  readonly part: number;
  readonly hash: string;
  /** `begun`: it may or may not have taken effect; `done`: it has. */
  readonly state: 'begun' | 'done';
  readonly checkpoint?: string;
  readonly updatedAt: string;
  readonly updatedBy: string;
}

/** The part of the progress that belongs to one direction of a revision. */
export const progressKey = (id: string, direction: 'up' | 'down'): string => (direction === 'up' ? id : `${id} down`);

/** What a key of the progress says: which revision is half done, in words, and the command that finishes it. */
export function halfDone(key: string): { id: string; isDown: boolean; what: string; finish: string } {
  const isDown = key.endsWith(' down');
  const id = isDown ? key.slice(0, -' down'.length) : key;
  return {
    id,
    isDown,
    what: `Revision ${id} is half ${isDown ? 'taken back' : 'applied'}`,
    finish: isDown ? 'flashcase db downgrade -1 --yes' : `flashcase db upgrade ${id}`,
  };
}

/** Hash of one statement or step, blind to the spaces around it. */
export function partHash(text: string): string {
  return createHash('sha256').update(text.trim()).digest('hex');
}

/** Who runs this: user, host and process. */
export function thisProcess(): string {
  return `${userInfo().username}@${hostname()} ${process.pid}`;
}

/** Makes the table where there is none. Inside the revision lock only. */
export async function ensureProgress(connection: Connection, engine: Engine): Promise<void> {
  if (await hasTable(connection, engine, PROGRESS_TABLE)) return;
  for (const sql of engine.ddl.createTable(progressTable)) await connection.script(sql);
}

/** The parts begun or done, of one revision or of all, in order; none where there is no such table. */
export async function readProgress(connection: Connection, engine: Engine, revisionId?: string): Promise<PartProgress[]> {
  if (!(await hasTable(connection, engine, PROGRESS_TABLE))) return [];
  const rows = await catalogQuery(
    connection,
    {
      revisionId: 'revision_id',
      part: 'part',
      hash: 'part_hash',
      state: 'state',
      checkpoint: 'checkpoint',
      updatedAt: 'updated_at',
      updatedBy: 'updated_by',
    },
    `FROM ${engine.ddl.quote(PROGRESS_TABLE)} WHERE part > ${NOTE_PART} ORDER BY revision_id, part`,
  );
  return rows
    .filter((row) => revisionId === undefined || row.revisionId === revisionId)
    .map(({ checkpoint, ...row }) => ({
      ...row,
      part: Number(row.part),
      updatedAt: String(row.updatedAt),
      ...(checkpoint === null ? {} : { checkpoint }),
    })) as unknown as PartProgress[];
}

/** Writes how far a part is, in place of what was known before. */
export async function writeProgress(
  connection: Connection,
  engine: Engine,
  clock: Clock,
  entry: Pick<PartProgress, 'revisionId' | 'part' | 'hash' | 'state' | 'checkpoint'>,
): Promise<void> {
  const values = [entry.revisionId, entry.part, entry.hash, entry.state, entry.checkpoint ?? null, clock.now(), thisProcess()];
  await removePart(connection, engine, entry.revisionId, entry.part);
  await connection.execute(
    `INSERT INTO ${engine.ddl.quote(PROGRESS_TABLE)} (${Object.keys(progressTable.columns).map(engine.ddl.quote).join(', ')}) VALUES (${placeholdersOf(engine, values.length)})`,
    values,
  );
}

export async function removePart(connection: Connection, engine: Engine, revisionId: string, part: number): Promise<void> {
  const [id, number] = placeholdersOf(engine, 2).split(', ');
  await connection.execute(`DELETE FROM ${engine.ddl.quote(PROGRESS_TABLE)} WHERE revision_id = ${id} AND part = ${number}`, [
    revisionId,
    part,
  ]);
}

/** Forgets the parts of a revision: it is finished, or begins anew. */
export async function clearProgress(connection: Connection, engine: Engine, revisionId: string): Promise<void> {
  if (!(await hasTable(connection, engine, PROGRESS_TABLE))) return;
  await connection.execute(
    `DELETE FROM ${engine.ddl.quote(PROGRESS_TABLE)} WHERE part > ${NOTE_PART} AND revision_id = ${placeholdersOf(engine, 1)}`,
    [revisionId],
  );
}
