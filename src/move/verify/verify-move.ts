import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { Connection, Engine } from '../../engine/engine.ts';
import { ddl, sequenceName } from '../../engine/postgres/ddl.ts';
import { locationOf } from '../../engine/postgres/engine.ts';
import { formOf } from '../../engine/schema-form.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { differenceOf } from '../../schema/form.ts';
import type { Schema } from '../../schema/table.ts';
import type { MoveEvents } from '../move-events.ts';
import { Rules } from '../plan/rules.ts';
import { quarantineTableOf } from '../run/file-quarantined.ts';
import { openSource, removeIfEmpty, snapshotFile, takeSnapshot } from '../source/snapshot.ts';
import { LEDGERS } from '../source/source-level.ts';
import { addRowids, lacksRowids, quoted, readSequences, readSourceTables } from '../source/source-tables.ts';
import { type MoveRun, readRun } from '../target/bookkeeping.ts';
import { openTarget } from '../target/connect.ts';
import { compareTexts } from './compare-text.ts';
import { type DigestReaders, readersOf, withReaders } from './digest-threads.ts';
import type { SourceView } from './expected-rows.ts';
import { type OwnRows, type TableVerdict, verifyTable } from './find-differences.ts';
import { withLastWritten } from './last-written.ts';

export interface Verdict {
  readonly runId: string;
  readonly isEqual: boolean;
  readonly tables: readonly TableVerdict[];
  /** Lines of the schema's normal form the target lacks (-) or has too much (+). */
  readonly schemaDifferences: readonly string[];
  /** Sequences that could hand out an id twice, one sentence each. */
  readonly sequenceProblems: readonly string[];
  /** Quarantined rows that are not filed as they were set aside, one sentence each. */
  readonly quarantineProblems: readonly string[];
}

export interface VerifyOptions {
  readonly schema: Schema;
  readonly sourceFile: string;
  readonly targetUrl: string;
  /** Only used for a source with tables that have no row ids. */
  readonly workFolder: string;

  readonly events: MoveEvents;
  /** Compare the text each engine writes for every value instead of digests. */
  readonly isParanoid: boolean;
}

async function finishedRun(target: Connection, where: string): Promise<MoveRun> {
  const run = await readRun(target);
  if (run === undefined) {
    throw new FlashcaseError('FC_MOVE_TARGET_UNFIT', {
      what: 'No move was made into this target.',
      where,
      hint: 'Run flashcase move run first, or correct --to.',
    });
  }
  if (run.state !== 'done') {
    throw new FlashcaseError('FC_MOVE_TARGET_UNFIT', {
      what: `The move ${run.id} is not finished.`,
      where,
      hint: 'Run flashcase move run again: it goes on from its checkpoint.',
    });
  }
  return run;
}

async function quarantinedRows(target: Connection, run: Pick<MoveRun, 'id'>): Promise<Map<string, Map<bigint, string>>> {
  const byTable = new Map<string, Map<bigint, string>>();
  for (const row of await target.query(
    'SELECT table_name::text AS moved_table, source_rowid::text AS source_rowid, cells FROM flashcase_move.quarantine WHERE run_id = $1',
    [run.id],
  )) {
    const table = byTable.get(row.moved_table as string) ?? new Map<bigint, string>();
    table.set(BigInt(row.source_rowid as string), row.cells as string);
    byTable.set(row.moved_table as string, table);
  }
  return byTable;
}

/** Every sequence must stand past the highest id and past what SQLite promised, reach 64 bits, and belong to its column. */
async function sequenceProblems(target: Connection, schema: Schema, sequences: ReadonlyMap<string, bigint>): Promise<string[]> {
  const problems: string[] = [];
  for (const table of Object.values(schema.tables)) {
    for (const [column, definition] of Object.entries(table.columns)) {
      if (!definition.isGenerated) continue;
      const name = sequenceName(table, column);
      const [row] = await target.query(
        `SELECT (SELECT max(${quoted(column)}) FROM ${quoted(table.name)})::text AS highest,
           (SELECT CASE WHEN is_called THEN last_value + 1 ELSE last_value END FROM ${quoted(name)})::text AS next_id,
           (SELECT seqmax::text FROM pg_sequence WHERE seqrelid = $1::regclass) AS limit_id,
           pg_get_serial_sequence($2, $3) IS NOT NULL AS is_owned`,
        [quoted(name), quoted(table.name), column],
      );
      const next = BigInt(row?.next_id as string);
      const highest = BigInt((row?.highest as string | null) ?? '0');
      const promised = sequences.get(table.name) ?? 0n;
      if (next <= highest) problems.push(`${name} would hand out ${next}, but ${table.name} has ${column}=${highest}`);
      if (next <= promised)
        problems.push(`${name} would hand out ${next}, which SQLite had handed out before (up to ${promised})`);
      if (row?.limit_id !== '9223372036854775807') problems.push(`${name} ends at ${String(row?.limit_id)}`);
      if (row?.is_owned !== true) problems.push(`${name} is not owned by ${table.name}.${column}`);
    }
  }
  return problems;
}

async function quarantineProblems(target: Connection, schema: Schema, run: MoveRun): Promise<string[]> {
  const table = quarantineTableOf(schema);
  if (table === undefined) return [];
  const rows = await target.query(
    `SELECT coalesce(a.table_name, b.table_name)::text AS moved_table, coalesce(a.row_key, b.row_key)::text AS moved_key, a.cells IS NULL AS is_extra
     FROM (SELECT table_name, row_key, reason, cells FROM flashcase_move.quarantine WHERE run_id = $1) AS a
     FULL JOIN (SELECT table_name, row_key, reason, cells FROM ${quoted(table)} WHERE run_id = $1) AS b USING (table_name, row_key, reason, cells)
     WHERE a.cells IS NULL OR b.cells IS NULL LIMIT 20`,
    [run.id],
  );
  return rows.map(
    (row) =>
      `${String(row.moved_table)} ${String(row.moved_key)} ${row.is_extra === true ? 'is filed in quarantine, but was not set aside' : 'is not filed in quarantine'}`,
  );
}

/** The source as an open read transaction sees it, with what the run decided and set aside by what the target says now. */
export async function sourceViewOf(
  target: Connection,
  db: DatabaseSync,
  options: Pick<VerifyOptions, 'schema' | 'sourceFile'>,
  run: Pick<MoveRun, 'id' | 'decisions'>,
  readers: DigestReaders = readersOf(db),
): Promise<SourceView> {
  const quarantined = await quarantinedRows(target, run);
  const { tables } = readSourceTables(db, options.schema, LEDGERS, options.sourceFile);
  const byName = new Map(tables.map((source) => [source.table.name, source]));
  const none = new Map<bigint, string>();
  return {
    db,
    schema: options.schema,
    readers,
    rules: new Rules(run.decisions),
    source: (table) => byName.get(table) as NonNullable<ReturnType<typeof byName.get>>,
    quarantined: (table) => quarantined.get(table) ?? none,
  };
}

/** What is compared beside the rows: the schema down to the last constraint, and what the sequences hand out next. */
export async function compareCatalog(
  engine: Pick<Engine, 'introspect'>,
  target: Connection,
  db: DatabaseSync,
  schema: Schema,
): Promise<Pick<Verdict, 'schemaDifferences' | 'sequenceProblems'>> {
  const { missing, unexpected } = differenceOf(formOf(schema, { ddl }), await engine.introspect(target));
  return {
    schemaDifferences: [...missing.map((line) => `- ${line}`), ...unexpected.map((line) => `+ ${line}`)],
    sequenceProblems: await sequenceProblems(target, schema, readSequences(db)),
  };
}

export interface CompareOptions {
  readonly schema: Schema;
  readonly sourceFile: string;
  readonly events: MoveEvents;
  readonly isParanoid: boolean;
  /** Tables that describe one side: not compared. */
  readonly ownTables?: readonly string[];
  /** True once the rows that were set aside are filed in the schema's own quarantine table: the end of an offline move, or of a live one. */
  readonly isFiled: boolean;
}

/** Compares both sides as these two read transactions see them. */
export async function compareSides(
  engine: Pick<Engine, 'introspect'>,
  target: Connection,
  db: DatabaseSync,
  options: CompareOptions,
  run: MoveRun,
  readers: DigestReaders = readersOf(db),
): Promise<Verdict> {
  const { schema, events, ownTables = [], isFiled } = options;
  const view = await sourceViewOf(target, db, options, run, readers);
  const tables = Object.values(schema.tables).filter(({ name }) => !ownTables.includes(name));
  events.phase('compare', 'comparing every row');
  events.expect(tables.reduce((sum, table) => sum + view.source(table.name).rows, 0));
  // Sorting rows by bucket would spill to disk; hashing them needs a few megabytes.
  await target.script("SET enable_sort = off; SET work_mem = '64MB'");
  const quarantineTable = isFiled ? quarantineTableOf(schema) : undefined;
  const own: OwnRows | undefined = quarantineTable === undefined ? undefined : { table: quarantineTable, runId: run.id };
  const verdicts: TableVerdict[] = [];
  for (const table of tables) {
    const compared = await (options.isParanoid ? compareTexts : verifyTable)(target, view, table, own, (rows) =>
      events.rows(table.name, rows),
    );
    const verdict = { ...compared, differences: await withLastWritten(target, view, table, compared.differences) };
    events.done('table', { table: table.name, rows: verdict.rows, differing: verdict.differing });
    verdicts.push(verdict);
  }
  events.phase('catalog', 'comparing schema and sequences');
  const catalog = await compareCatalog(engine, target, db, schema);
  const quarantine = isFiled ? await quarantineProblems(target, schema, run) : [];
  return {
    runId: run.id,
    isEqual:
      catalog.schemaDifferences.length + catalog.sequenceProblems.length + quarantine.length === 0 &&
      verdicts.every(({ differing }) => differing === 0),
    tables: verdicts,
    ...catalog,
    quarantineProblems: quarantine,
  };
}

/** The source itself; or, where tables have no row ids, a copy of it that has them, as the move had. */
async function openForComparison({ sourceFile, schema, workFolder }: VerifyOptions): Promise<DatabaseSync> {
  const source = openSource(sourceFile);
  if (!lacksRowids(source, schema)) return source;
  source.close();
  const copy = await takeSnapshot(
    sourceFile,
    snapshotFile(join(workFolder, 'verify')),
    async (copy) => addRowids(copy.raw, schema),
    () => {},
  );
  return openSource(copy.file);
}

/**
 * Compares source and target after a move, independent of the code that copied: the source file as it is now is read again by SQL, in one read
 * transaction; decided changes and quarantined rows are accounted for by the record on the target. Writes nothing on either side.
 */
export async function verifyMove(options: VerifyOptions): Promise<Verdict> {
  const engine = openTarget(options.targetUrl);
  const where = locationOf(options.targetUrl);
  try {
    return await engine.dedicated(async (target) => {
      const run = await finishedRun(target, where);
      const db = await openForComparison(options);
      try {
        return await withReaders(db, db.location() as string, async (readers) => {
          await target.script('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
          const verdict = await compareSides(engine, target, db, { ...options, isFiled: true }, run, readers);
          await target.script('ROLLBACK');
          return verdict;
        });
      } finally {
        db.close();
        rmSync(join(options.workFolder, 'verify'), { recursive: true, force: true });
        removeIfEmpty(options.workFolder);
      }
    });
  } finally {
    await engine.close();
  }
}
