import type { Connection } from '../engine.ts';

/** True where Citus keeps tables of this database on several nodes (src/ops/distribute). */
export async function isDistributed(connection: Connection): Promise<boolean> {
  const [known] = await connection.query("SELECT to_regclass('pg_catalog.pg_dist_partition') IS NOT NULL AS d_known");
  if (known?.d_known !== true) return false;
  // What stays on the coordinator alone (`n`, streamed) is as it was.
  const [row] = await connection.query(
    "SELECT EXISTS (SELECT 1 FROM pg_dist_partition WHERE partmethod = 'h' OR repmodel = 't') AS d_found",
  );
  return row?.d_found === true;
}
