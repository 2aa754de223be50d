import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Connection } from '../../engine/engine.ts';
import { FlashcaseError } from '../../errors/index.ts';
import type { LedgerEntry } from '../../revisions/ledger.ts';
import type { Revision } from '../../revisions/revision.ts';
import type { Schema } from '../../schema/table.ts';
import type { MoveEvents } from '../move-events.ts';
import type { Pace } from '../move-options.ts';
import { type Snapshot, snapshotFile, takeSnapshot } from '../source/snapshot.ts';
import { LEDGERS, requireNewestLevel } from '../source/source-level.ts';
import { addRowids, readSourceTables, type SourceTable, type SourceTables, type UnknownTable } from '../source/source-tables.ts';
import type { WorkerPool } from '../workers/worker-pool.ts';
import { Findings, type Group } from './findings.ts';
import { followQuarantine, judgeKeys } from './judge-keys.ts';
import { judgePages } from './judge-pages.ts';
import type { Rules } from './rules.ts';

/** What of a move is known before anything is written. */
export interface Judged {
  readonly snapshot: Snapshot;
  readonly findingsFile: string;
  readonly sources: readonly SourceTable[];
  readonly groups: readonly Group[];
  readonly open: readonly Group[];
  /** Rows in all tables, and how many of them need a decision. */
  readonly rows: number;
  readonly specialRows: number;
  /** The revision source and target are at. */
  readonly revision: string;
}

export function findingsFileIn(workFolder: string): string {
  return join(workFolder, 'findings.db');
}

/** Every page, index entry and constraint of the copy; the first sentences of what is wrong (facts T-40). */
function refuseDamage(snapshot: DatabaseSync, where: string): void {
  let problems: string[];
  // Conditions on values are judged row by row later, and would be the slowest part of this.
  snapshot.exec('PRAGMA ignore_check_constraints = ON');
  try {
    problems = snapshot
      .prepare('PRAGMA integrity_check(100000)')
      .all()
      .map((row) => String(Object.values(row)[0]));
  } catch (error) {
    problems = [(error as Error).message];
  }
  // Values that break a NOT NULL or CHECK are no damage: each is listed as a decision.
  const damage = problems.filter(
    (problem) =>
      problem !== 'ok' &&
      !/^(NULL value in|CHECK constraint failed in|non-\w+ value in|\w+ value in|NUMERIC value in|TEXT value in)/.test(problem),
  );
  if (damage.length === 0) return;
  throw new FlashcaseError('FC_MOVE_SOURCE_UNFIT', {
    what: `The source file is damaged: ${damage.slice(0, 3).join('; ')}.`,
    where,
    hint: 'Stop the server, keep the file, and restore the newest backup; or recover it with the sqlite3 shell (.recover) into a new file and plan with that.',
    details: { damage },
  });
}

function addUnknownTables(findings: Findings, unknown: readonly UnknownTable[]): void {
  for (const { name, rows, why } of unknown) {
    findings.add({
      table: name,
      rowid: 0n,
      key: 'whole table',
      column: '*',
      kind: 'unknown_table',
      storageClass: '-',
      shown: `${rows} rows`,
      why,
      remedies: ['leave'],
    });
  }
}

/** Judges every cell: page by page where the file allows it, and by SQL what was refused there, or cannot be read so. */
async function judgeCells(
  findings: Findings,
  workers: WorkerPool,
  snapshotFile: string,
  sources: readonly SourceTable[],
  onRows: (table: string, rows: number) => void,
  pace: Pace | undefined,
): Promise<void> {
  findings.db.exec('BEGIN');
  const judged = (table: string, rows: number, refused: readonly bigint[]): void => {
    findings.judgeRows(findings.source(table), refused);
    onRows(table, rows);
  };
  const bySql = await judgePages(workers, snapshotFile, sources, judged, pace);
  for (const source of sources) if (!bySql.includes(source)) findings.judgeAllowedValues(source);
  findings.db.exec('COMMIT');
  for (const source of bySql) {
    if (source.firstRowid === undefined || source.lastRowid === undefined) continue;
    findings.judgeTable(source, source.firstRowid, source.lastRowid, (rows) => onRows(source.table.name, rows));
  }
}

export interface JudgeOptions {
  readonly sourceFile: string;
  readonly schema: Schema;
  readonly revisions: readonly Revision[];
  readonly rules: Rules | undefined;
  readonly events: MoveEvents;
  /** Check indexes and free pages too: for a plan. A run reads every page of every table itself, and copies no index. */
  readonly isThorough: boolean;
  readonly workers: WorkerPool;
  readonly pace?: Pace;
}

/** Judges every row of a snapshot: what does not convert exactly is in the findings file, and in groups with what the rules say. */
export async function judgeSnapshot(
  options: JudgeOptions & { readonly snapshot: Snapshot; readonly findingsFile: string },
): Promise<Judged> {
  const { snapshot, schema, events, sourceFile } = options;
  if (options.isThorough) events.phase('check', 'checking every page of the source');
  const db = new DatabaseSync(snapshot.file, { readOnly: true });
  let read: SourceTables;
  let applied: LedgerEntry[];
  try {
    if (options.isThorough) refuseDamage(db, sourceFile);
    applied = await requireNewestLevel(snapshot.file, options.revisions, sourceFile);
    read = readSourceTables(db, schema, LEDGERS, sourceFile);
  } finally {
    db.close();
  }
  const rows = read.tables.reduce((sum, table) => sum + table.rows, 0);
  events.phase('judge', 'judging every row');
  events.expect(rows);
  const findings = Findings.open(snapshot.file, options.findingsFile, schema, read.tables, true);
  try {
    await options.workers.all({ kind: 'open', job: { snapshotFile: snapshot.file, sources: read.tables } });
    const onRows = (table: string, count: number): void => events.rows(table, count);
    await judgeCells(findings, options.workers, snapshot.file, read.tables, onRows, options.pace);
    judgeKeys(findings, read.tables);
    addUnknownTables(findings, read.unknown);
    followQuarantine(findings, schema, options.rules);
    const groups = findings.groups(options.rules);
    return {
      snapshot,
      findingsFile: options.findingsFile,
      sources: read.tables,
      groups,
      open: groups.filter((group) => group.decided === undefined),
      rows,
      specialRows: findings.rowsWithFindings(),
      revision: applied.at(-1)?.id ?? '',
    };
  } finally {
    findings.close();
  }
}

/** Copies the source into the working folder. */
export function snapshotInto(
  workFolder: string,
  { events, sourceFile, schema }: Pick<JudgeOptions, 'events' | 'sourceFile' | 'schema'>,
  prepare: (snapshot: Connection) => Promise<void> = async () => {},
): Promise<Snapshot> {
  events.phase('snapshot', 'copying the source by the backup API');
  return takeSnapshot(
    sourceFile,
    snapshotFile(workFolder),
    async (copy) => {
      addRowids(copy.raw, schema);
      await prepare(copy);
    },
    (bytes, total) => events.bytes(bytes, total),
  );
}
