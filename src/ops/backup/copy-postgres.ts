import { turnGate } from '../../db/gate.ts';
import { randomBytes } from '../../db/random.ts';
import type { PostgresConnection } from '../../engine/postgres/connection.ts';
import { locationOf } from '../../engine/postgres/engine.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { carriedTables } from '../../move/carried-tables.ts';
import type { HomeOptions } from '../../move/home/home-options.ts';
import { inspectSource } from '../../move/home/inspect-source.ts';
import { makeFile } from '../../move/home/make-file.ts';
import { compareHome } from '../../move/home/verify-home.ts';
import { inTransaction, openTarget } from '../../move/target/connect.ts';
import { isPooled } from '../../move/target/inspect-target.ts';
import { refuseDistributed } from '../../revisions/refuse-distributed.ts';
import { syncFile } from './data-file.ts';
import type { BackupOptions } from './options.ts';

const SNAPSHOT = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY';
/** By this name monitoring leaves the backup out, whose transaction is open as long as it takes (src/engine/postgres/vitals.ts). */
const NAMED = "SET application_name = 'flashcase backup'";
/** The epoch of a database without a gate. */
const FIRST_EPOCH = 1;

function homeOptions(url: string, file: string, { project, ownTables, clock, say }: BackupOptions): HomeOptions {
  return {
    schema: project.schema,
    revisions: project.revisions,
    tables: carriedTables(project.schema, ownTables),
    gate: turnGate(clock),
    sqliteFile: file,
    postgresUrl: url,
    clock,
    newId: () => randomBytes(4).toString('hex'),
    by: 'backup',
    events: { phase: (_, text) => say(text), expect() {}, rows() {}, bytes() {}, done() {}, note: say },
  };
}

/**
 * Copies a running PostgreSQL into one SQLite file: every row of one moment (a snapshot), while everybody reads and writes. Then the file is compared with that very
 * snapshot, by digests that each engine computes from its own rows. Keeps nobody from anything and writes nothing in PostgreSQL.
 * Throws `FC_MOVE_DECISION_NEEDED` for values SQLite cannot hold, and what `inspectSource` throws for a schema that is not the code's.
 */
export async function copyPostgres(
  url: string,
  file: string,
  options: BackupOptions,
): Promise<{ readonly version: string; readonly leftOut: readonly string[] }> {
  const home = homeOptions(url, file, options);
  const where = locationOf(url);
  const engine = openTarget(url);
  try {
    return await engine.dedicated(async (connection) => {
      const postgres = connection as PostgresConnection;
      if (await isPooled(postgres))
        throw new FlashcaseError('FC_DB_POOLER', {
          what: 'A connection pooler stands between FlashCase and PostgreSQL; a backup needs one session for all of it.',
          where,
          hint: "Set DATABASE_DIRECT_URL to the server's own address.",
        });
      await refuseDistributed(
        postgres,
        engine,
        'The tables of this database are spread over several nodes, which no snapshot shows at one moment: a copy of them would not be one.',
        'Back up the cluster as a whole: the archive of every node, and SELECT citus_create_restore_point(…) on the coordinator, which marks one moment in all of them.',
      );
      await postgres.script(NAMED);
      return inTransaction(
        postgres,
        async () => {
          const [exported] = await postgres.query('SELECT pg_export_snapshot() AS m_snapshot');
          const { version, unknown } = await inspectSource(engine, postgres, where, home);
          const gate = await home.gate.read?.(postgres);
          const accounts = await makeFile(postgres, file, where, home, (sqlite) =>
            home.gate.turn(sqlite, 'sqlite', {
              state: 'open',
              epoch: gate?.epoch ?? FIRST_EPOCH,
              movedTo: '',
              by: 'backup of PostgreSQL',
            }),
          );
          const compared = await engine.dedicated(async (second) => {
            await second.script(NAMED);
            return compareHome(second as PostgresConnection, file, home, { snapshot: String(exported?.m_snapshot) });
          });
          const wrong = [
            ...accounts
              .filter(({ rowsIn, rowsOut }) => rowsIn !== rowsOut)
              .map(({ table, rowsIn, rowsOut }) => `${table}: ${rowsIn} rows read, ${rowsOut} in the copy`),
            ...compared.schemaDifferences,
            ...compared.tables
              .flatMap(({ differences }) => differences)
              .slice(0, 5)
              .map((one) => `${one.table} ${one.key}, ${one.column}: copy ${one.source}, PostgreSQL ${one.target}`),
          ];
          if (!compared.isEqual || wrong.length > 0)
            throw new FlashcaseError('FC_BACKUP_FAILED', {
              what: `The copy is not what PostgreSQL had at that moment: ${wrong.join('; ')}.`,
              where,
              why: 'No backup was made of it.',
              hint: 'Run the command again; if it comes back, please report it, and use pg_dump meanwhile.',
            });
          syncFile(file);
          return { version, leftOut: unknown.map(({ name, rows }) => `${name} (${rows} rows)`) };
        },
        SNAPSHOT,
      );
    });
  } finally {
    await engine.close();
  }
}
