import { catalogQuery } from '../engine/catalog-query.ts';
import type { Connection, Engine } from '../engine/engine.ts';
import { HOME_RECORD, MOVE_PREFIX } from '../engine/schema-form.ts';
import { FlashcaseError } from '../errors/index.ts';

/**
 * True for a database in a move: its schema must stay what both sides have. On SQLite the move's state table tells; on PostgreSQL the
 * row of `flashcase_move.side`, since the bookkeeping of the copy stands there before and after. A database that goes home to SQLite, or went, is in
 * one as well.
 */
export async function isInMove(connection: Connection, engine: Engine): Promise<boolean> {
  if (engine.capabilities.isLocalFile) {
    return (
      (await catalogQuery(connection, { found: '1' }, "FROM sqlite_schema WHERE type = 'table' AND name = ?", [MOVE_PREFIX]))
        .length > 0
    );
  }
  for (const record of [`${MOVE_PREFIX}.side`, HOME_RECORD]) {
    const [known] = await catalogQuery(connection, { found: `to_regclass('${record}') IS NOT NULL` }, '');
    if (known?.found === true && (await catalogQuery(connection, { found: '1' }, `FROM ${record} LIMIT 1`)).length > 0)
      return true;
  }
  return false;
}

/** Throws `FC_MOVE_UNDERWAY` for a database in a live move. */
export async function refuseInMove(connection: Connection, engine: Engine): Promise<void> {
  if (!(await isInMove(connection, engine))) return;
  throw new FlashcaseError('FC_MOVE_UNDERWAY', {
    what: 'This database is in a live move, or on its way home to SQLite, and its schema may not change now. Nothing was changed.',
    where: engine.location,
    why: 'The move carries rows between two databases of one schema.',
    hint: 'End the move first: flashcase move finish, or flashcase move abort. flashcase move status tells where it is.',
  });
}
