import type { Connection, Engine } from '../../engine/engine.ts';
import { readLedger } from '../../revisions/ledger.ts';
import { stateOf } from '../../revisions/run.ts';
import { project } from '../../versions/project.ts';

/** An index that the applied revisions made and that is not there. */
export interface MissingIndex {
  readonly table: string;
  readonly name: string;
  /** What brings it back, keeping nobody out where the engine can. */
  readonly sql: string;
}

/** Indexes of the applied revisions that somebody dropped. */
export async function findMissingIndexes(connection: Connection, engine: Engine): Promise<MissingIndex[]> {
  const { capabilities, ddl } = engine;
  const state = stateOf(project.revisions, await readLedger(connection, engine));
  const live = new Set(
    (
      await connection.query(
        capabilities.isLocalFile
          ? "SELECT name AS v FROM sqlite_schema WHERE type = 'index'"
          : "SELECT relname::text AS v FROM pg_class WHERE relkind IN ('i', 'I') AND relnamespace = current_schema()::regnamespace",
      )
    ).map(({ v }) => String(v)),
  );
  // A partitioned table takes no index beside its writers.
  const partitioned = new Set(
    capabilities.storesByMonths
      ? (
          await connection.query(
            "SELECT relname::text AS v FROM pg_class WHERE relkind = 'p' AND relnamespace = current_schema()::regnamespace",
          )
        ).map(({ v }) => String(v))
      : [],
  );
  const isBeside = (table: string): boolean => capabilities.hasConcurrentWriters && !partitioned.has(table);
  return Object.values(state.tables).flatMap((table) =>
    table.indexes
      .filter(({ name }) => !live.has(name))
      .map((index) => {
        const sql = ddl.createIndex(table, index);
        return {
          table: table.name,
          name: index.name,
          sql: `${isBeside(table.name) ? sql.replace(/\bINDEX\b/, 'INDEX CONCURRENTLY') : sql};`,
        };
      }),
  );
}
