import { setTimeout as delay } from 'node:timers/promises';
import type { Connection, Engine } from '../../engine/engine.ts';
import { ddl } from '../../engine/postgres/ddl.ts';
import type { Project } from '../../revisions/project.ts';
import { DIGEST, type Digest, readCluster, readPlacements, type StoredTable } from './cluster.ts';
import { findHindrances, refuseOtherEngine } from './refuse.ts';

export interface Verdict {
  readonly isDistributed: boolean;
  /** What is not as it should be, a sentence each. */
  readonly problems: readonly string[];
  /** What was looked at and is right. */
  readonly proved: readonly string[];
}

interface Copy extends Digest {
  readonly node: string;
}

/** What each node holds of a table that is everywhere. */
async function copiesOf(connection: Connection, table: string): Promise<Copy[]> {
  const rows = await connection.query(
    "SELECT nodename || ':' || nodeport AS d_node, success AS d_answered, result AS d_result FROM run_command_on_placements($1::regclass, $2)",
    [ddl.quote(table), `SELECT (${DIGEST})::text FROM %s t`],
  );
  return rows.map((row) => {
    if (row.d_answered !== true) return { node: String(row.d_node), rows: -1, sum: String(row.d_result) };
    const [, count, sum] = /^\((\d+),(-?\d+)\)$/.exec(String(row.d_result)) as RegExpExecArray;
    return { node: String(row.d_node), rows: Number(count), sum: String(sum) };
  });
}

/** Writers commit on all nodes at once, but are not seen at once: what differed is asked again, later each time, before it counts. */
const TRIES = 6;
const PAUSE_MS = 100;

async function sameEverywhere(
  connection: Connection,
  { name }: StoredTable,
  pause: (milliseconds: number) => Promise<unknown>,
): Promise<string | undefined> {
  for (let tries = 1; ; tries++) {
    const copies = await copiesOf(connection, name);
    if (new Set(copies.map(({ rows, sum }) => `${rows} ${sum}`)).size <= 1 && copies.every(({ rows }) => rows >= 0))
      return undefined;
    if (tries < TRIES && copies.every(({ rows }) => rows >= 0)) {
      await pause(PAUSE_MS * 2 ** tries);
      continue;
    }
    return `${name} is not the same on every node: ${copies.map(({ node, rows, sum }) => `${node} ${rows < 0 ? sum : `${rows} rows, hash ${sum}`}`).join('; ')}`;
  }
}

/** Foreign keys that were made without a look at the rows that were there. */
async function unreferenced(connection: Connection): Promise<string[]> {
  const rows = await connection.query(
    `SELECT conrelid::regclass::text || '.' || conname AS d_name FROM pg_constraint
      WHERE contype = 'f' AND NOT convalidated AND connamespace = current_schema()::regnamespace`,
  );
  return rows.map(({ d_name }) => `the foreign key ${d_name} is not proved`);
}

/**
 * Looks at a distributed database as a whole: that every table is where the layout has it, that all nodes answer and keep what they acknowledge, that tables
 * which are everywhere are the same on every node, and that study data of one user is on one node. Changes nothing.
 * @param pause before a table that differed is looked at again
 */
export async function verifyDistribution(
  connection: Connection,
  engine: Engine,
  project: Project,
  pause: (milliseconds: number) => Promise<unknown> = delay,
): Promise<Verdict> {
  refuseOtherEngine(engine);
  const cluster = await readCluster(connection);
  if (cluster === undefined) return { isDistributed: false, problems: [], proved: [] };
  const tables = await readPlacements(connection);
  const isDistributed = tables.some(({ now }) => now !== 'coordinator');
  if (!isDistributed) return { isDistributed, problems: [], proved: [] };
  const problems = (await findHindrances(connection, engine, project)).map(({ what }) => what);
  const proved: string[] = [];
  const misplaced = tables.filter(({ now, placement }) => now !== placement);
  if (misplaced.length > 0)
    problems.push(
      `not where they belong: ${misplaced.map(({ name, now, placement }) => `${name} (${now}, not ${placement})`).join(', ')}; flashcase db distribute run goes on`,
    );
  else proved.push(`${tables.length} tables are where the layout has them`);
  const groups = await connection.query(
    "SELECT count(DISTINCT colocationid)::int AS d_groups FROM pg_dist_partition WHERE partmethod = 'h' AND logicalrelid::regclass::text = ANY($1)",
    [tables.filter(({ placement }) => placement === 'by user').map(({ name }) => name)],
  );
  if (Number(groups[0]?.d_groups) > 1) problems.push('study data of one user is not kept together on one node');
  else proved.push('study data of one user is on one node');
  const everywhere = tables.filter(({ now }) => now === 'everywhere');
  const before = problems.length;
  for (const table of everywhere) {
    const problem = await sameEverywhere(connection, table, pause);
    if (problem !== undefined) problems.push(problem);
  }
  if (problems.length === before) proved.push(`${everywhere.length} tables that are everywhere are the same on every node`);
  problems.push(...(await unreferenced(connection)));
  return { isDistributed, problems, proved };
}
