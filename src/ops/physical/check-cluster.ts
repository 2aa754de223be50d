import type { Database } from '../../db/database.ts';
import type { Connection } from '../../engine/engine.ts';
import { ddl } from '../../engine/postgres/ddl.ts';
import { readDrift } from '../../revisions/drift.ts';
import { readLedger } from '../../revisions/ledger.ts';
import { refuseDistributed } from '../../revisions/refuse-distributed.ts';
import { stateOf } from '../../revisions/run.ts';
import { flashcase } from '../../schema/flashcase.ts';
import { checkCardStates } from '../backup/drill/check-card-states.ts';
import type { StateCheck } from '../backup/drill/sm2-state.ts';
import type { BackupOptions } from '../backup/options.ts';

/** How a restored cluster is tried out as a server would use it. */
export interface ClusterTrial {
  /** Opens a PostgreSQL as a server would. */
  readonly openAt: (url: string) => Database;
  /** Logs somebody in and reads their decks; throws where that does not work. */
  readonly logIn: (database: Database) => Promise<string>;
  readonly stateProblem: StateCheck;
}

/** What was found in a restored cluster. */
export interface ClusterFound {
  readonly revision: string | undefined;
  readonly rows: number;
  readonly cardStates: { readonly total: number; readonly checked: number };
  /** One sentence each. */
  readonly problems: readonly string[];
}

const MOST = 5;

/** Rows that refer to one that is not there: what PostgreSQL itself never looks at again once it is written. */
async function orphans(connection: Connection, present: ReadonlySet<string>): Promise<string[]> {
  const problems: string[] = [];
  for (const table of Object.values(flashcase.tables)) {
    if (!present.has(table.name)) continue;
    for (const { columns, references } of table.foreignKeys) {
      if (!present.has(references.table)) continue;
      const pairs = columns.map(
        (column, i) => [`c.${ddl.quote(column)}`, `p.${ddl.quote(references.columns[i] as string)}`] as const,
      );
      const [row] = await connection.query(
        `SELECT count(*)::integer AS v_count FROM ${ddl.quote(table.name)} AS c WHERE ${pairs.map(([column]) => `${column} IS NOT NULL`).join(' AND ')}
           AND NOT EXISTS (SELECT FROM ${ddl.quote(references.table)} AS p WHERE ${pairs.map(([a, b]) => `${a} = ${b}`).join(' AND ')})`,
      );
      if (Number(row?.v_count) > 0)
        problems.push(`${String(row?.v_count)} rows of ${table.name} refer to rows of ${references.table} that are not there`);
    }
  }
  return problems;
}

/** The tables of FlashCase that are there, with their rows. */
async function rowsOf(connection: Connection): Promise<Map<string, number>> {
  const names = Object.values(flashcase.tables).map(({ name }) => name);
  const found = await connection.query(
    'SELECT t.name AS v_name FROM unnest($1::text[]) AS t (name) WHERE to_regclass(quote_ident(t.name)) IS NOT NULL',
    [names],
  );
  const rows = new Map<string, number>();
  for (const { v_name } of found) {
    const [row] = await connection.query(`SELECT count(*)::float8 AS v_count FROM ${ddl.quote(String(v_name))}`);
    rows.set(String(v_name), Number(row?.v_count));
  }
  return rows;
}

/**
 * Throws `FC_DISTRIBUTED` for a restored cluster whose tables were spread over several nodes: it is the coordinator alone, all of its study data is elsewhere, and an empty
 * table has nothing wrong in it.
 */
export function refuseCoordinatorAlone({ engine }: Pick<Database, 'engine'>): Promise<void> {
  return engine.dedicated((connection) =>
    refuseDistributed(
      connection,
      engine,
      'What was restored is the coordinator alone: at that moment the tables were spread over several nodes, and here they are empty.',
      'Restore every node to one moment with the tool that archived them. By flashcase restore --to: a moment before flashcase db distribute run, or after undo.',
    ),
  );
}

/**
 * Looks at a restored cluster and writes nothing: the schema its revisions made, every row counted, every reference followed, card states recomputed from their reviews (where it has today's schema).
 * Throws `FC_DISTRIBUTED` for one of several nodes.
 */
export async function checkCluster(
  database: Database,
  { stateProblem }: Pick<ClusterTrial, 'stateProblem'>,
  { project, say }: Pick<BackupOptions, 'project' | 'say'>,
): Promise<ClusterFound> {
  const { engine } = database;
  say('checking the restored cluster');
  await refuseCoordinatorAlone(database);
  const found = await engine.dedicated(async (connection) => {
    const ledger = await readLedger(connection, engine);
    const drift = await readDrift(connection, engine, stateOf(project.revisions, ledger));
    const rows = await rowsOf(connection);
    return { ledger, drift, rows, orphans: await orphans(connection, new Set(rows.keys())) };
  });
  const revision = found.ledger.at(-1)?.id;
  const isToday = revision !== undefined && revision === project.revisions.at(-1)?.id;
  const states = isToday
    ? await checkCardStates(database, stateProblem)
    : { total: found.rows.get('card_state') ?? 0, checked: 0, problems: [] };
  return {
    revision,
    rows: [...found.rows.values()].reduce((sum, rows) => sum + rows, 0),
    cardStates: { total: states.total, checked: states.checked },
    problems: [
      ...(revision === undefined ? ['it has no tables of FlashCase'] : []),
      // What somebody added is theirs, and was there at that moment.
      ...found.drift.items
        .filter(({ kind }) => kind !== 'extra')
        .slice(0, MOST)
        .map((item) => `the schema differs: ${item.kind} ${item.expected ?? item.actual ?? ''}`),
      ...found.orphans.slice(0, MOST),
      ...states.problems,
    ],
  };
}
