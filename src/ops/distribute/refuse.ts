import type { Connection, Engine } from '../../engine/engine.ts';
import { isDistributed } from '../../engine/postgres/distributed.ts';
import { readMonthTables } from '../../engine/postgres/months.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { checkDatabase } from '../../revisions/check.ts';
import type { Project } from '../../revisions/project.ts';
import { type Cluster, readCluster } from './cluster.ts';
import { LAYOUT } from './layout.ts';

/** Why a database cannot be distributed as it is, and what to do about it. */
export interface Hindrance {
  readonly what: string;
  readonly hint: string;
}

/** What hangs on a table and does not go with it; each question gives names. `$1`: the tables of the layout. */
const TIED: readonly (readonly [what: string, sql: string, hint: string])[] = [
  [
    'Triggers stand on tables, and Citus takes none',
    `SELECT tgrelid::regclass::text || '.' || tgname AS d_name FROM pg_trigger WHERE tgrelid::regclass::text = ANY($1) AND NOT tgisinternal
        AND tgname NOT LIKE 'truncate_trigger_%'`,
    'Triggers of FlashCase are there during a move or a build by months: finish it. Drop those of somebody else.',
  ],
  [
    'Row security is set, which has not been tried on workers',
    'SELECT c.oid::regclass::text AS d_name FROM pg_class c WHERE c.oid::regclass::text = ANY($1) AND c.relrowsecurity',
    'Take it away first.',
  ],
  [
    'Identity columns would begin again at 1 (Citus gives such a table a new sequence)',
    `SELECT attrelid::regclass::text || '.' || attname AS d_name FROM pg_attribute
      WHERE attrelid::regclass::text = ANY($1) AND attidentity <> '' AND NOT attisdropped`,
    'FlashCase makes sequences of their own; make the column one: ALTER TABLE … ALTER COLUMN … DROP IDENTITY, and give it a sequence as default.',
  ],
  [
    'Tables of somebody else refer to FlashCase’s',
    `SELECT conrelid::regclass::text || '.' || conname AS d_name FROM pg_constraint
      WHERE contype = 'f' AND confrelid::regclass::text = ANY($1) AND NOT conrelid::regclass::text = ANY($1)`,
    'Drop these foreign keys, and make them again afterwards.',
  ],
  [
    'Tables are published for logical replication',
    // Also by a publication of all tables, or of all in a schema.
    `SELECT pubname::text || ': ' || tablename AS d_name FROM pg_publication_tables
      WHERE format('%I.%I', schemaname, tablename)::regclass::text = ANY($1) ORDER BY 1`,
    'Take them out of the publication first (one of all tables, or of a schema, is dropped).',
  ],
];

function hindrancesOf(cluster: Cluster | undefined): Hindrance[] {
  if (cluster === undefined)
    return [
      {
        what: 'The extension citus is not in this database.',
        hint: "Install Citus on every node, put it first in shared_preload_libraries, and run CREATE EXTENSION citus in this database on every node; then SELECT citus_set_coordinator_host('<host>'), and citus_add_node('<host>', 5432) for each worker.",
      },
    ];
  const found: Hindrance[] = [];
  if (!cluster.nodes.some(({ isCoordinator }) => isCoordinator))
    found.push({
      what: 'The coordinator does not know its own address.',
      hint: "SELECT citus_set_coordinator_host('<host>', 5432);",
    });
  if (!cluster.nodes.some(({ isCoordinator, holdsShards }) => !isCoordinator && holdsShards))
    found.push({
      what: 'There is no worker that takes shards.',
      hint: "SELECT citus_add_node('<host>', 5432); once for each worker.",
    });
  for (const { name } of cluster.nodes.filter(({ isActive }) => !isActive))
    found.push({ what: `The node ${name} is not active.`, hint: `Start it, then SELECT citus_activate_node('<host>', <port>).` });
  return found;
}

/** A setting of a node with which an acknowledged write could be lost there. */
const UNSAFE = `SELECT string_agg(name || ' = ' || setting, ', ') FROM pg_settings
  WHERE (name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND setting = 'off')`;

async function unsafeNodes(connection: Connection): Promise<Hindrance[]> {
  const rows = await connection.query(
    "SELECT n.nodename || ':' || n.nodeport AS d_node, r.success AS d_answered, r.result AS d_settings FROM run_command_on_workers($1) r JOIN pg_dist_node n ON n.nodename = r.nodename AND n.nodeport = r.nodeport",
    [UNSAFE],
  );
  return rows.flatMap(({ d_node, d_answered, d_settings }) => {
    if (d_answered !== true) return [{ what: `The worker ${d_node} does not answer: ${d_settings}.`, hint: 'Start it first.' }];
    if (d_settings === '' || d_settings === null) return [];
    return [
      {
        what: `The worker ${d_node} may lose what it acknowledged: ${d_settings}.`,
        hint: 'Set them on that worker (ALTER SYSTEM SET … = on; SELECT pg_reload_conf()).',
      },
    ];
  });
}

/** All that is in the way of distributing a database, or of anything that needs its cluster whole; an empty list where nothing is. */
export async function findHindrances(connection: Connection, engine: Engine, project: Project): Promise<Hindrance[]> {
  refuseOtherEngine(engine);
  const cluster = await readCluster(connection);
  const found = hindrancesOf(cluster);
  if (cluster !== undefined) found.push(...(await unsafeNodes(connection)));
  const tables = LAYOUT.map(({ name }) => name).flatMap((name) => [name, `"${name}"`]);
  for (const [what, sql, hint] of TIED) {
    const names = (await connection.query(sql, [tables])).map((row) => String(row.d_name));
    if (names.length > 0) found.push({ what: `${what}: ${names.slice(0, 6).join(', ')}.`, hint });
  }
  const months = await readMonthTables(connection);
  if (months.length > 0)
    found.push({
      what: 'The reviews are stored by months, and together with Citus that has not been tried.',
      hint: 'flashcase db partition undo first: shards by user take the place of months.',
    });
  const report = await checkDatabase(connection, engine, project);
  if (report.pending.length + report.unfinished.length > 0)
    found.push({
      what: 'Revisions are pending.',
      hint: (await isDistributed(connection))
        ? 'flashcase db distribute undo, then flashcase db upgrade, then flashcase db distribute run.'
        : 'flashcase db upgrade first.',
    });
  return found;
}

/** Throws `FC_DISTRIBUTE_UNFIT` for an engine that no cluster can be made of. */
export function refuseOtherEngine(engine: Pick<Engine, 'capabilities' | 'location'>): void {
  if (!engine.capabilities.isLocalFile) return;
  throw new FlashcaseError('FC_DISTRIBUTE_UNFIT', {
    what: 'An SQLite file is on one machine; only PostgreSQL with Citus spreads over several. Nothing was changed.',
    where: engine.location,
    hint: 'flashcase move brings it to PostgreSQL first.',
  });
}

/** Throws `FC_DISTRIBUTE_UNFIT` with all that is in the way. */
export async function refuseUnfit(connection: Connection, engine: Engine, project: Project): Promise<void> {
  const found = await findHindrances(connection, engine, project);
  if (found.length === 0) return;
  throw new FlashcaseError('FC_DISTRIBUTE_UNFIT', {
    what: `${found.map(({ what }) => what).join(' ')} Nothing was changed.`,
    where: engine.location,
    hint: found.map(({ hint }) => hint).join(' '),
    details: { hindrances: found },
  });
}
