import type { Clock } from '../../db/clock.ts';
import type { Connection, Engine } from '../../engine/engine.ts';
import { ddl } from '../../engine/postgres/ddl.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { type LockOptions, type RevisionSession, withRevisionLock } from '../../revisions/lock.ts';
import type { Project } from '../../revisions/project.ts';
import { type Digest, digestOf, readCluster, readPlacements, type StoredTable } from './cluster.ts';
import { DISTRIBUTION_COLUMN, type Placement } from './layout.ts';
import { refuseOtherEngine, refuseUnfit } from './refuse.ts';

export interface DistributeOptions {
  readonly engine: Engine;
  readonly project: Project;
  readonly clock: Clock;
  readonly say: (line: string) => void;
  readonly signal?: AbortSignal;
  /** How long the locks of others are waited for; two minutes by default. */
  readonly patience?: Pick<LockOptions, 'waitMs' | 'lockTimeoutMs'>;
  /** Told when a table's new place is committed. */
  readonly onMoved?: ((table: string) => void | Promise<void>) | undefined;
}

export interface MovedTable extends Digest {
  readonly name: string;
  readonly placement: Placement;
  /** How long the table could be neither read nor written. */
  readonly pauseMs: number;
}

/** A row of a shard must be where its user is: all study tables are colocated with this one. */
const COLOCATED_WITH = 'study_settings';

function differs(name: string, before: Digest, after: Digest, where: string): FlashcaseError {
  return new FlashcaseError('FC_DISTRIBUTE_DIFFERS', {
    what: `${name} would not be the same: ${before.rows} rows before, ${after.rows} after${before.rows === after.rows ? ', with other contents' : ''}. It stays where it was.`,
    where,
    hint: 'Nothing is lost. Please report it with the output of flashcase db distribute plan --json.',
    details: { table: name, before, after },
  });
}

/** In one transaction, in which nobody writes the tables: hashed, moved, hashed again; other contents roll it back. */
async function movedAndProved(
  { connection, transaction }: RevisionSession,
  { engine, say }: DistributeOptions,
  tables: readonly string[],
  sql: readonly string[],
  afterwards: readonly string[] = [],
): Promise<{ digests: Map<string, Digest>; pauseMs: number }> {
  let held = 0;
  const digests = await transaction(async () => {
    await connection.script(`LOCK TABLE ${tables.map(ddl.quote).join(', ')} IN ACCESS EXCLUSIVE MODE`);
    held = performance.now();
    // One connection a node: the tables that refer to this one are changed with it, and a second connection would not see what the first has not committed.
    await connection.script("SET LOCAL citus.multi_shard_modify_mode = 'sequential'");
    const before = new Map<string, Digest>();
    for (const table of tables) before.set(table, await digestOf(connection, table));
    for (const statement of sql) await connection.query(statement);
    for (const [table, digest] of before) {
      const after = await digestOf(connection, table);
      if (after.rows !== digest.rows || after.sum !== digest.sum) throw differs(table, digest, after, engine.location);
    }
    for (const statement of afterwards) await connection.query(statement);
    return before;
  });
  const pauseMs = performance.now() - held;
  for (const [table, { rows }] of digests) say(`${table}: ${rows} rows, the same before and after`);
  return { digests, pauseMs };
}

function statementFor({ name, placement }: StoredTable): string {
  const table = `'${ddl.quote(name)}'`;
  if (placement === 'everywhere') return `SELECT create_reference_table(${table})`;
  const colocated = name === COLOCATED_WITH ? 'default' : COLOCATED_WITH;
  return `SELECT create_distributed_table(${table}, '${DISTRIBUTION_COLUMN}', colocate_with => '${colocated}')`;
}

/**
 * Spreads a database over the nodes of its Citus cluster, one table after the other. Each is hashed, moved and hashed again in one transaction, during
 * which it waits for readers and writers, and they for it; between two tables everything works. Killed anywhere, the same call goes on.
 * Throws `FC_DISTRIBUTE_UNFIT`, `FC_DISTRIBUTE_DIFFERS`, and what `withRevisionLock` throws.
 */
export async function distribute(options: DistributeOptions): Promise<readonly MovedTable[]> {
  const { engine, project, clock, say, signal, patience } = options;
  refuseOtherEngine(engine);
  return withRevisionLock(
    engine,
    {
      clock,
      isDistributing: true,
      command: 'flashcase db distribute run',
      onWait: say,
      ...patience,
      ...(signal === undefined ? {} : { signal }),
    },
    async (session) => {
      const { connection } = session;
      await refuseUnfit(connection, engine, project);
      const moved: MovedTable[] = [];
      for (const table of await readPlacements(connection)) {
        if (table.now === table.placement) continue;
        say(`${table.name}: ${table.placement === 'by user' ? 'into shards by user' : 'to every node'}`);
        const { digests, pauseMs } = await movedAndProved(
          session,
          options,
          [table.name],
          [statementFor(table)],
          // What was copied to the nodes is still on the coordinator's disk, out of sight.
          [`SELECT truncate_local_data_after_distributing_table('${ddl.quote(table.name)}')`],
        );
        await options.onMoved?.(table.name);
        moved.push({ name: table.name, placement: table.placement, pauseMs, ...(digests.get(table.name) as Digest) });
      }
      return moved;
    },
  );
}

/**
 * All tables of this schema that Citus knows, in groups that foreign keys link: such a group comes back together, and no other way. One on the coordinator is in it as well,
 * because Citus writes it anew with the others; so is one that this version has no place for. Groups of which nothing is away are left out.
 */
async function groupsAway(
  connection: Connection,
): Promise<readonly { readonly all: readonly string[]; readonly away: readonly string[] }[]> {
  const tables = await connection.query(
    `SELECT c.relname::text AS d_table, p.partmethod = 'h' OR p.repmodel = 't' AS d_away FROM pg_dist_partition p JOIN pg_class c ON c.oid = p.logicalrelid
      WHERE c.relnamespace = current_schema()::regnamespace ORDER BY 1`,
  );
  const links = await connection.query(
    `SELECT DISTINCT a.relname::text AS d_from, b.relname::text AS d_to FROM pg_constraint f JOIN pg_class a ON a.oid = f.conrelid JOIN pg_class b ON b.oid = f.confrelid
      WHERE f.contype = 'f' AND f.connamespace = current_schema()::regnamespace`,
  );
  const groups = new Map(tables.map(({ d_table }) => [String(d_table), new Set([String(d_table)])]));
  for (const { d_from, d_to } of links) {
    const [one, other] = [groups.get(String(d_from)), groups.get(String(d_to))];
    if (one === undefined || other === undefined || one === other) continue;
    for (const name of other) groups.set(name, one.add(name));
  }
  const away = new Set(tables.filter(({ d_away }) => d_away === true).map(({ d_table }) => String(d_table)));
  return [...new Set(groups.values())]
    .map((group) => ({ all: [...group], away: [...group].filter((name) => away.has(name)) }))
    .filter((group) => group.away.length > 0);
}

/**
 * Brings every table back to the coordinator, whole: all that foreign keys link in one transaction, the others one by one, each proved as on the way out, also those that had stayed there and are
 * written anew with the others. Throws `FC_DISTRIBUTE_DIFFERS`, and what `withRevisionLock` throws.
 */
export async function undistribute(options: DistributeOptions): Promise<readonly MovedTable[]> {
  const { engine, clock, say, signal, patience } = options;
  refuseOtherEngine(engine);
  return withRevisionLock(
    engine,
    {
      clock,
      isDistributing: true,
      command: 'flashcase db distribute undo',
      onWait: say,
      ...patience,
      ...(signal === undefined ? {} : { signal }),
    },
    async (session) => {
      const { connection } = session;
      if ((await readCluster(connection)) === undefined) return [];
      const moved: MovedTable[] = [];
      for (const { all, away } of await groupsAway(connection)) {
        say(`back to the coordinator: ${away.join(', ')}`);
        const { digests, pauseMs } = await movedAndProved(session, options, all, [
          `SELECT undistribute_table('${ddl.quote(away[0] as string)}', cascade_via_foreign_keys => ${all.length > 1})`,
        ]);
        for (const name of away) {
          await options.onMoved?.(name);
          moved.push({ name, placement: 'coordinator', pauseMs, ...(digests.get(name) as Digest) });
        }
      }
      return moved;
    },
  );
}
