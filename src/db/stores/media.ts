import { sql } from 'kysely';
import { flashcase } from '../../schema/flashcase.ts';
import { checked, type RowOf, type Timestamp } from '../../schema/index.ts';
import type { Session } from '../database.ts';
import { insertMany } from './bulk-rows.ts';
import { inBatches } from './notes.ts';

export type Media = RowOf<typeof flashcase.tables.media>;

/** Bytes of one piece: rows of this size are nothing to either engine, to a move or to a backup. */
export const PART_BYTES = 128 * 1024;

export interface NewMedia {
  readonly sha256: string;
  readonly media_type: string;
  readonly byte_count: number;
  /** As its owner calls it. */
  readonly name: string;
}

/**
 * Keeps what a file of media is, held until the end of this unit of work, and whose it is. True where its bytes are to be written: nobody
 * has given them before. @param now what is given again is as new
 */
export async function keepMedia(
  { kysely }: Session,
  userId: bigint,
  { sha256, media_type, byte_count, name }: NewMedia,
  now: Timestamp,
): Promise<boolean> {
  const row = checked(flashcase.tables.media, { sha256, media_type, byte_count, created_at: now, updated_at: now });
  await kysely
    .insertInto('media')
    .values(row)
    .onConflict((conflict) => conflict.column('sha256').doUpdateSet({ updated_at: now }))
    .execute();
  await kysely
    .insertInto('media_owner')
    .values(checked(flashcase.tables.media_owner, { user_id: userId, sha256, name, created_at: now }))
    .onConflict((conflict) => conflict.columns(['user_id', 'sha256']).doNothing())
    .execute();
  const part = await kysely.selectFrom('media_part').select('part').where('sha256', '=', sha256).limit(1).executeTakeFirst();
  return part === undefined && byte_count > 0;
}

/** Writes a piece of the bytes. */
export function insertMediaPart(session: Session, sha256: string, part: number, bytes: Uint8Array): Promise<void> {
  return insertMany(session, 'media_part', ['sha256', 'part', 'part_bytes'], [[sha256, part, bytes]]);
}

export function findMedia({ kysely }: Session, sha256: string): Promise<Media | undefined> {
  return kysely.selectFrom('media').selectAll().where('sha256', '=', sha256).executeTakeFirst();
}

/** A piece of the bytes; `undefined` behind the last one. */
export async function findMediaPart({ kysely }: Session, sha256: string, part: number): Promise<Uint8Array | undefined> {
  const row = await kysely
    .selectFrom('media_part')
    .select('part_bytes')
    .where('sha256', '=', sha256)
    .where('part', '=', part)
    .executeTakeFirst();
  return row?.part_bytes;
}

/** What somebody called a file of theirs; `undefined` where it is not theirs. */
export async function ownMediaName({ kysely }: Session, userId: bigint, sha256: string): Promise<string | undefined> {
  const row = await kysely
    .selectFrom('media_owner')
    .select('name')
    .where('user_id', '=', userId)
    .where('sha256', '=', sha256)
    .executeTakeFirst();
  return row?.name;
}

/** Those of the hashes that are somebody's own already. */
export async function ownMedia({ kysely }: Session, userId: bigint, hashes: readonly string[]): Promise<Set<string>> {
  const rows = await inBatches(hashes, (part) =>
    kysely.selectFrom('media_owner').select('sha256').where('user_id', '=', userId).where('sha256', 'in', part).execute(),
  );
  return new Set(rows.map(({ sha256 }) => sha256));
}

/** Bytes of all that somebody gave. */
export async function mediaBytesOf({ kysely }: Session, userId: bigint): Promise<number> {
  const rows = await kysely
    .selectFrom('media_owner')
    .innerJoin('media', 'media.sha256', 'media_owner.sha256')
    .select((eb) => eb.fn.sum<bigint | number | string | null>('media.byte_count').as('total'))
    .where('media_owner.user_id', '=', userId)
    .executeTakeFirst();
  return Number(rows?.total ?? 0);
}

/** Files that nobody gave since a time, by their hashes; some at a time. */
export async function listOldMedia(
  { kysely }: Session,
  before: Timestamp,
  after: string,
  limit: number,
): Promise<Pick<Media, 'sha256' | 'byte_count'>[]> {
  return kysely
    .selectFrom('media')
    .select(['sha256', 'byte_count'])
    .where('updated_at', '<', before)
    .where('sha256', '>', after)
    .orderBy('sha256')
    .limit(limit)
    .execute();
}

/** Removes a file that nobody gave since a time. False where somebody did meanwhile. */
export async function deleteMedia({ kysely, capabilities }: Session, sha256: string, before: Timestamp): Promise<boolean> {
  const old = kysely.selectFrom('media').select('sha256').where('sha256', '=', sha256).where('updated_at', '<', before);
  const held = await (capabilities.hasConcurrentWriters ? old.forUpdate() : old).executeTakeFirst();
  if (held === undefined) return false;
  for (const table of ['media_part', 'media_owner', 'media'] as const)
    await kysely.deleteFrom(table).where('sha256', '=', sha256).execute();
  return true;
}

/** The hashes of all that somebody gave. */
export async function hashesOf({ kysely }: Session, userId: bigint): Promise<string[]> {
  const rows = await kysely.selectFrom('media_owner').select('sha256').where('user_id', '=', userId).execute();
  return rows.map(({ sha256 }) => sha256);
}

/** Forgets that a file is somebody's, and removes it where nobody else gave it. @param isShown a text shows it: its bytes stay */
export async function disownMedia(
  { kysely, capabilities }: Session,
  userId: bigint,
  sha256: string,
  isShown: boolean,
): Promise<void> {
  // Held first: who gives it at this moment comes before, and keeps it, or after, and writes it anew.
  const file = kysely.selectFrom('media').select('sha256').where('sha256', '=', sha256);
  await (capabilities.hasConcurrentWriters ? file.forUpdate() : file).execute();
  await kysely.deleteFrom('media_owner').where('user_id', '=', userId).where('sha256', '=', sha256).execute();
  const other = await kysely.selectFrom('media_owner').select('user_id').where('sha256', '=', sha256).limit(1).executeTakeFirst();
  if (isShown || other !== undefined) return;
  for (const table of ['media_part', 'media'] as const) await kysely.deleteFrom(table).where('sha256', '=', sha256).execute();
}

/** Rows of a page of texts. */
const TEXTS = 500;

/** Every column whose text may show media, of tables whose rows have an id. */
const SHOWING = [
  ['note', 'fields'],
  ['card', 'front_html'],
  ['card', 'back_html'],
  ['operation', 'inverse'],
  ['suggestion', 'changes'],
  ['quarantine', 'cells'],
] as const;

/** Every text in the database that may show media, in pages by the ids of its rows. @param path what addresses of media begin with */
export async function* textsWithMedia({ kysely }: Session, path: string): AsyncGenerator<string> {
  const named = `%${path}%`;
  for (const [table, column] of SHOWING) {
    for (let after = -1n; ; ) {
      const rows = await kysely
        .selectFrom(table as 'note')
        .select(['id', sql<string>`${sql.ref(column)}`.as('content')])
        .where(sql<boolean>`${sql.ref(column)} LIKE ${named}`)
        .where('id', '>', after)
        .orderBy('id')
        .limit(TEXTS)
        .execute();
      for (const { content } of rows) yield content;
      after = rows.at(-1)?.id ?? after;
      if (rows.length < TEXTS) break;
    }
  }
  // Pieces of operations have a key of two columns, and are few.
  const parts = await kysely
    .selectFrom('operation_part')
    .select(['operation_id', 'part'])
    .where('content', 'like', named)
    .execute();
  for (const { operation_id, part } of parts) {
    const row = await kysely
      .selectFrom('operation_part')
      .select('content')
      .where('operation_id', '=', operation_id)
      .where('part', '=', part)
      .executeTakeFirst();
    yield row?.content ?? '';
  }
}
