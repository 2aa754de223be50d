import type { Connection } from '../../engine/engine.ts';
import { ddl } from '../../engine/postgres/ddl.ts';
import { LAYOUT, type PlacedTable, type Placement } from './layout.ts';

export interface ClusterNode {
  readonly name: string;
  readonly isActive: boolean;
  /** The coordinator, whose group Citus numbers 0. */
  readonly isCoordinator: boolean;
  readonly holdsShards: boolean;
}

export interface Cluster {
  /** Citus's own version, as `13.2.2`. */
  readonly version: string;
  readonly nodes: readonly ClusterNode[];
}

/** The Citus cluster this database coordinates; `undefined` where the extension is not in it. */
export async function readCluster(connection: Connection): Promise<Cluster | undefined> {
  const [extension] = await connection.query("SELECT extversion::text AS d_version FROM pg_extension WHERE extname = 'citus'");
  if (extension === undefined) return undefined;
  const nodes = await connection.query(
    `SELECT nodename || ':' || nodeport AS d_name, isactive AS d_active, groupid = 0 AS d_coordinator, shouldhaveshards AS d_shards
       FROM pg_dist_node WHERE noderole = 'primary' ORDER BY groupid`,
  );
  const [exact] = await connection.query("SELECT (regexp_match(citus_version(), 'Citus ([0-9.]+)'))[1] AS d_version");
  return {
    version: String(exact?.d_version ?? extension.d_version),
    nodes: nodes.map((row) => ({
      name: String(row.d_name),
      isActive: row.d_active === true,
      isCoordinator: row.d_coordinator === true,
      holdsShards: row.d_shards === true,
    })),
  };
}

export interface StoredTable extends PlacedTable {
  /** Where it is now. */
  readonly now: Placement;
}

/** Where every table is, and where the layout has it. One that a pending revision makes is not there yet, and is left out. */
export async function readPlacements(connection: Connection): Promise<StoredTable[]> {
  // Citus's letters: `h` is by hash of a column; `n` without one: replicated two-phase (`t`) on every node, else on the coordinator.
  const rows = await connection.query(
    `SELECT c.relname::text AS d_table, CASE WHEN p.partmethod = 'h' THEN 'by user' WHEN p.repmodel = 't' THEN 'everywhere' ELSE 'coordinator' END AS d_placement
       FROM pg_class c LEFT JOIN pg_dist_partition p ON p.logicalrelid = c.oid WHERE c.relnamespace = current_schema()::regnamespace`,
  );
  const placements = new Map(rows.map((row) => [String(row.d_table), row.d_placement as Placement]));
  return LAYOUT.flatMap((table) => {
    const now = placements.get(table.name);
    return now === undefined ? [] : [{ ...table, now }];
  });
}

export interface Digest {
  readonly rows: number;
  /** Sum of the hashes of all rows, whatever their order; NULL of no row is 0. */
  readonly sum: string;
}

/** Count and sum of a table `t`, as one value. */
export const DIGEST = "count(*), coalesce(sum(hashtextextended(encode(record_send(t), 'hex'), 0)::numeric), 0)";

/**
 * What a table holds. Rows are hashed as they are sent in binary: as text, times and numbers would be spelled by each node's own settings.
 * True only while nobody writes: over shards there is no common snapshot.
 */
export async function digestOf(connection: Connection, table: string): Promise<Digest> {
  const [row] = await connection.query(
    `SELECT d_digest.c::float8 AS d_rows, d_digest.s::text AS d_sum FROM (SELECT ${DIGEST} FROM ${ddl.quote(table)} t) AS d_digest(c, s)`,
  );
  return { rows: Number(row?.d_rows), sum: String(row?.d_sum) };
}
