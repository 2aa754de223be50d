import { catalogQuery } from '../engine/catalog-query.ts';
import type { Connection, Engine } from '../engine/engine.ts';
import { FlashcaseError } from '../errors/index.ts';
import type { Revision } from './revision.ts';

/**
 * Refuses to begin a history on a database that has tables of it already but no ledger. Throws `FC_SCHEMA_UNKNOWN` naming them and the
 * command that gives it a baseline. Call it before the first revision is applied.
 */
export async function requireBaseline(connection: Connection, engine: Engine, revisions: readonly Revision[]): Promise<void> {
  const made = new Set(
    revisions.flatMap((revision) => revision.upgrade.flatMap((step) => (step.kind === 'createTable' ? [step.table.name] : []))),
  );
  const rows = engine.capabilities.isLocalFile
    ? await catalogQuery(connection, { name: 'name' }, "FROM sqlite_schema WHERE type = 'table'")
    : await catalogQuery(
        connection,
        { name: 'relname' },
        "FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f')",
      );
  const present = rows.map((row) => String(row.name)).filter((name) => made.has(name));
  if (present.length === 0) return;
  throw new FlashcaseError('FC_SCHEMA_UNKNOWN', {
    what: `This database has ${present.length === 1 ? 'a table' : 'tables'} that the revisions make (${present.toSorted().join(', ')}), but no revision was ever applied to it.`,
    where: engine.location,
    hint: 'If it is at one of them already: flashcase db stamp ID, which compares first. Else use a database of its own.',
    details: { tables: present },
  });
}
