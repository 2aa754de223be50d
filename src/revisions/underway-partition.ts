import { catalogQuery } from '../engine/catalog-query.ts';
import type { Connection, Engine } from '../engine/engine.ts';
import { PARTITION_SCHEMA } from '../engine/schema-form.ts';
import { FlashcaseError } from '../errors/index.ts';

/** True while a table of this database is being built anew in another storage form (src/ops/partition). */
export async function isInPartitioning(connection: Connection, { capabilities }: Pick<Engine, 'capabilities'>): Promise<boolean> {
  if (!capabilities.storesByMonths) return false;
  const [known] = await catalogQuery(connection, { found: `to_regclass('${PARTITION_SCHEMA}.run') IS NOT NULL` }, '');
  return known?.found === true;
}

/** Throws `FC_PARTITION_UNDERWAY` for a database with such a table. */
export async function refuseInPartitioning(
  connection: Connection,
  engine: Pick<Engine, 'capabilities' | 'location'>,
): Promise<void> {
  if (!(await isInPartitioning(connection, engine))) return;
  throw new FlashcaseError('FC_PARTITION_UNDERWAY', {
    what: 'A table of this database is being built anew in another storage form. Nothing was changed.',
    where: engine.location,
    why: 'Until that is done or given up, the table is there twice, and its shape must stay.',
    hint: 'flashcase db partition status says how far it is. Finish it with flashcase db partition run, or give it up: flashcase db partition undo.',
  });
}
