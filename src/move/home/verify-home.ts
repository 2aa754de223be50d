import type { DatabaseSync } from 'node:sqlite';
import type { PostgresConnection } from '../../engine/postgres/connection.ts';
import { sequenceName } from '../../engine/postgres/ddl.ts';
import { formOf } from '../../engine/schema-form.ts';
import { SqliteConnection } from '../../engine/sqlite/connection.ts';
import { ddl } from '../../engine/sqlite/ddl.ts';
import { introspect } from '../../engine/sqlite/introspect.ts';
import { differenceOf } from '../../schema/form.ts';
import { Rules } from '../plan/rules.ts';
import { openSource } from '../source/snapshot.ts';
import { LEDGERS } from '../source/source-level.ts';
import { quoted, readSequences, readSourceTables } from '../source/source-tables.ts';
import { inTransaction } from '../target/connect.ts';
import { compareTexts } from '../verify/compare-text.ts';
import { type DigestReaders, withReaders } from '../verify/digest-threads.ts';
import type { SourceView } from '../verify/expected-rows.ts';
import { type TableVerdict, verifyTable } from '../verify/find-differences.ts';
import { withLastWritten } from '../verify/last-written.ts';
import type { Verdict } from '../verify/verify-move.ts';
import type { HomeOptions } from './home-options.ts';
import { lastHandedOut } from './make-file.ts';

/** The file as it is: nothing was decided about it, and nothing of it was set aside. */
function viewOf(db: DatabaseSync, { schema }: HomeOptions, file: string, readers: DigestReaders): SourceView {
  const { tables } = readSourceTables(db, schema, LEDGERS, file);
  const byName = new Map(tables.map((source) => [source.table.name, source]));
  const none = new Map<bigint, string>();
  return {
    db,
    schema,
    readers,
    rules: new Rules([]),
    source: (table) => byName.get(table) as NonNullable<ReturnType<typeof byName.get>>,
    quarantined: () => none,
  };
}

/** Every counter must stand at or past the highest id and what PostgreSQL handed out; one sentence for each that does not. */
async function counterProblems(postgres: PostgresConnection, db: DatabaseSync, { tables }: HomeOptions): Promise<string[]> {
  const counters = readSequences(db);
  const problems: string[] = [];
  for (const { table } of tables) {
    const [only, ...others] = table.primaryKey;
    if (only === undefined || others.length > 0 || table.columns[only]?.isGenerated !== true) continue;
    const statement = db.prepare(`SELECT coalesce(max(${quoted(only)}), 0) AS highest FROM main.${quoted(table.name)}`);
    statement.setReadBigInts(true);
    const highest = (statement.get() as { highest: bigint }).highest;
    const last = counters.get(table.name) ?? 0n;
    const promised = await lastHandedOut(postgres, sequenceName(table, only));
    if (last < highest) problems.push(`the counter of ${table.name} stands at ${last}, but there is ${only}=${highest}`);
    if (last < promised)
      problems.push(`the counter of ${table.name} stands at ${last}, but PostgreSQL handed out up to ${promised}`);
  }
  return problems;
}

/** Lines of the schema's form the file lacks (-) or has too much (+). */
async function schemaDifferences(file: string, { schema }: HomeOptions): Promise<string[]> {
  const connection = new SqliteConnection({ file, readOnly: true, busyTimeoutMs: 5000, columnTypes: new Map() });
  try {
    const { missing, unexpected } = differenceOf(formOf(schema, { ddl }), await introspect(connection));
    return [...missing.map((line) => `- ${line}`), ...unexpected.map((line) => `+ ${line}`)];
  } finally {
    connection.close();
  }
}

/**
 * Compares a file with PostgreSQL, each in one read transaction of its own: digests that either engine's rows give, down to the value where they
 * differ; then the file's schema and its counters. It shares nothing with the copy but the codecs, and with `isParanoid` not even them. Writes nothing.
 * @param snapshot of PostgreSQL, exported: what came after it is no difference.
 */
export async function compareHome(
  postgres: PostgresConnection,
  file: string,
  options: HomeOptions,
  { isParanoid = false, snapshot }: { readonly isParanoid?: boolean; readonly snapshot?: string } = {},
): Promise<Omit<Verdict, 'runId'>> {
  const { tables, events } = options;
  const db = openSource(file);
  try {
    return await withReaders(db, file, (readers) =>
      inTransaction(
        postgres,
        async () => {
          const view = viewOf(db, options, file, readers);
          events.phase('compare', 'comparing every row');
          events.expect(tables.reduce((sum, { table }) => sum + view.source(table.name).rows, 0));
          await postgres.script("SET LOCAL enable_sort = off; SET LOCAL work_mem = '64MB'");
          const verdicts: TableVerdict[] = [];
          for (const { table } of tables) {
            options.signal?.throwIfAborted();
            const compared = await (isParanoid ? compareTexts : verifyTable)(postgres, view, table, undefined, (rows) =>
              events.rows(table.name, rows),
            );
            verdicts.push({ ...compared, differences: await withLastWritten(postgres, view, table, compared.differences) });
            events.done('table', { table: table.name, rows: compared.rows, differing: compared.differing });
          }
          events.phase('catalog', 'comparing schema and counters');
          const schema = await schemaDifferences(file, options);
          // Counters are in no snapshot: while people write, PostgreSQL hands out more, and the switch sets them.
          const sequenceProblems = snapshot === undefined ? await counterProblems(postgres, db, options) : [];
          return {
            isEqual: schema.length + sequenceProblems.length === 0 && verdicts.every(({ differing }) => differing === 0),
            tables: verdicts,
            schemaDifferences: schema,
            sequenceProblems,
            quarantineProblems: [],
          };
        },
        `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY${snapshot === undefined ? '' : `; SET TRANSACTION SNAPSHOT '${snapshot}'`}`,
      ),
    );
  } finally {
    db.close();
  }
}
