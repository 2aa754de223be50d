import { catalogQuery } from '../engine/catalog-query.ts';
import type { Connection, Engine } from '../engine/engine.ts';
import { MOVE_PREFIX } from '../engine/schema-form.ts';
import { FlashcaseError } from '../errors/index.ts';

/**
 * True for a database in a live move: its schema must stay what both sides have. On SQLite the move's state table tells; on PostgreSQL the
 * row of `flashcase_move.side`, since the bookkeeping of the copy stands there before and after.
 */
export async function isInMove(connection: Connection, engine: Engine): Promise<boolean> {
  if (engine.capabilities.isLocalFile) {
    return (
      (await catalogQuery(connection, { found: '1' }, "FROM sqlite_schema WHERE type = 'table' AND name = ?", [MOVE_PREFIX]))
        .length > 0
    );
  }
  const side = `${MOVE_PREFIX}.side`;
  const [known] = await catalogQuery(connection, { found: `to_regclass('${side}') IS NOT NULL` }, '');
  return known?.found === true && (await catalogQuery(connection, { found: '1' }, `FROM ${side} LIMIT 1`)).length > 0;
}

/** Throws `FC_MOVE_UNDERWAY` for a database in a live move. */
export async function refuseInMove(connection: Connection, engine: Engine): Promise<void> {
  if (!(await isInMove(connection, engine))) return;
  throw new FlashcaseError('FC_MOVE_UNDERWAY', {
    what: 'This database is in a live move, and its schema may not change now. Nothing was changed.',
    where: engine.location,
    why: 'The move carries rows between two databases of one schema.',
    hint: 'End the move first: flashcase move finish, or flashcase move abort. flashcase move status tells where it is.',
  });
}
