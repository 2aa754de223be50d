import { flashcase } from '../../schema/flashcase.ts';
import { checked, type RowOf } from '../../schema/index.ts';
import type { Session } from '../database.ts';

export type NoteTypeRow = RowOf<typeof flashcase.tables.note_type>;

/** A user's own note types, the oldest first. */
export function listNoteTypes(session: Session, userId: bigint): Promise<NoteTypeRow[]> {
  return session.kysely
    .selectFrom('note_type')
    .selectAll()
    .where('user_id', '=', userId)
    .where('deleted_at', 'is', null)
    .orderBy('id')
    .execute();
}

/** Note types by their ids, whoever owns them: a shared note is shown as its author made it. */
export function findNoteTypes(session: Session, ids: readonly bigint[]): Promise<NoteTypeRow[]> {
  if (ids.length === 0) return Promise.resolve([]);
  return session.kysely
    .selectFrom('note_type')
    .selectAll()
    .where('id', 'in', [...new Set(ids)])
    .execute();
}

export function insertNoteType(
  session: Session,
  values: Pick<NoteTypeRow, 'user_id' | 'name' | 'kind' | 'fields' | 'templates' | 'css'>,
): Promise<NoteTypeRow> {
  const now = session.clock.now();
  return session.kysely
    .insertInto('note_type')
    .values(checked(flashcase.tables.note_type, { ...values, created_at: now, updated_at: now }))
    .returningAll()
    .executeTakeFirstOrThrow();
}
