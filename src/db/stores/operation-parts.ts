import type { Session } from '../database.ts';
import { insertMany } from './bulk-rows.ts';

/** Keeps a piece of what taking an operation back needs. @param content JSON */
export function insertPart(session: Session, operationId: bigint, part: number, content: string): Promise<void> {
  return insertMany(session, 'operation_part', ['operation_id', 'part', 'content'], [[operationId, part, content]]);
}

/** A piece as JSON; `undefined` behind the last one. */
export async function findPart({ kysely }: Session, operationId: bigint, part: number): Promise<string | undefined> {
  const row = await kysely
    .selectFrom('operation_part')
    .select('content')
    .where('operation_id', '=', operationId)
    .where('part', '=', part)
    .executeTakeFirst();
  return row?.content;
}

export async function deleteParts({ kysely }: Session, operationId: bigint): Promise<void> {
  await kysely.deleteFrom('operation_part').where('operation_id', '=', operationId).execute();
}

/** Removes the pieces of operations that are forgotten. */
export async function deleteLostParts({ kysely }: Session): Promise<void> {
  await kysely
    .deleteFrom('operation_part')
    .where('operation_id', 'not in', kysely.selectFrom('operation').select('id'))
    .execute();
}
