import type { Connection } from '../../engine/engine.ts';
import { FlashcaseError } from '../../errors/index.ts';
import type { Findings } from '../plan/findings.ts';
import type { Rules } from '../plan/rules.ts';
import { quoted, type SourceTable } from '../source/source-tables.ts';
import { columnList } from '../source/stored-rows.ts';
import type { RowRange } from '../target/bookkeeping.ts';
import { startCopy } from './copy-stream.ts';
import type { ExactRows } from './exact-rows.ts';
import { type QuarantinedRow, SpecialRows } from './special-rows.ts';
import { COPY_HEADER, COPY_TRAILER, tupleOf } from './tuple.ts';

export interface CopiedRange {
  readonly rows: number;
  readonly quarantined: number;
  /** True when an earlier try had already committed this range. */
  readonly wasDone: boolean;
}

export interface RangeCopy {
  readonly target: Connection;
  readonly where: string;
  readonly runId: string;
  readonly source: SourceTable;
  readonly range: RowRange;
  readonly findings: Findings;
  readonly rules: Rules;
  readonly exactRows: ExactRows;
  readonly onRows: (rows: number) => void;
}

const QUARANTINE_BATCH = 500;

async function insertQuarantined(
  target: Connection,
  runId: string,
  table: string,
  rows: readonly QuarantinedRow[],
): Promise<void> {
  for (let i = 0; i < rows.length; i += QUARANTINE_BATCH) {
    const batch = rows.slice(i, i + QUARANTINE_BATCH);
    await target.execute(
      `INSERT INTO flashcase_move.quarantine (run_id, table_name, source_rowid, row_key, reason, detail, cells, quarantined_at)
       SELECT $1, $2, q.*, clock_timestamp() FROM unnest($3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[]) AS q`,
      [
        runId,
        table,
        batch.map(({ rowid }) => String(rowid)),
        batch.map(({ rowKey }) => rowKey),
        batch.map(({ reason }) => reason),
        batch.map(({ detail }) => detail),
        batch.map(({ cells }) => cells),
      ],
    );
  }
}

/**
 * Takes the range for this transaction; false when it is already copied. An earlier process that was killed may still be committing it on the
 * server: the row lock waits for that, so a range is never copied twice.
 */
async function claim(target: Connection, runId: string, range: RowRange): Promise<boolean> {
  const rows = await target.query(
    'SELECT done_at FROM flashcase_move.range WHERE run_id = $1 AND table_name = $2 AND range_no = $3 FOR UPDATE',
    [runId, range.table, range.no],
  );
  if (rows.length !== 1)
    throw new FlashcaseError('FC_INTERNAL', { what: `The checkpoint of ${range.table} ${range.no} is gone.` });
  return rows[0]?.done_at === null;
}

async function copyClaimed(copy: RangeCopy): Promise<CopiedRange> {
  const { target, source, range, findings, rules } = copy;
  const columns = columnList(source);
  const name = quoted(source.table.name);
  // COPY FREEZE needs the table emptied in the same transaction, so it is for tables copied in one piece.
  if (range.isWholeTable) await target.script(`TRUNCATE ${name}`);
  const special = new SpecialRows(findings, source, rules, range.first, range.last);
  const stream = startCopy(
    target,
    `COPY ${name} (${columns.map(([column]) => quoted(column)).join(', ')}) FROM STDIN (FORMAT binary${range.isWholeTable ? ', FREEZE' : ''})`,
    copy.where,
  );
  const quarantined: QuarantinedRow[] = [];
  let sent = 0;
  try {
    await stream.write(COPY_HEADER);
    for (const chunk of copy.exactRows(source, range.first, range.last, special.ids)) {
      await stream.write(chunk.bytes);
      sent += chunk.rows;
      copy.onRows(chunk.rows);
    }
    for (const outcome of special.outcomes()) {
      if ('quarantined' in outcome) quarantined.push(outcome.quarantined);
      else {
        await stream.write(tupleOf(columns, outcome.values));
        sent++;
      }
    }
    copy.onRows(special.ids.size);
    await stream.write(COPY_TRAILER);
  } catch (error) {
    await stream.abort(error);
    throw error;
  }
  const taken = await stream.end();
  if (taken !== sent) {
    throw new FlashcaseError('FC_MOVE_FAILED', {
      what: `PostgreSQL took ${taken} rows of ${sent}.`,
      where: `${source.table.name}, range ${range.no}`,
      hint: 'Run the same command again; this range was not kept.',
    });
  }
  await insertQuarantined(target, copy.runId, source.table.name, quarantined);
  await target.execute(
    `UPDATE flashcase_move.range SET rows_copied = $4, rows_quarantined = $5, done_at = clock_timestamp()
     WHERE run_id = $1 AND table_name = $2 AND range_no = $3`,
    [copy.runId, range.table, range.no, sent, quarantined.length],
  );
  return { rows: sent, quarantined: quarantined.length, wasDone: false };
}

/**
 * Copies one range with its checkpoint in one transaction of the target: after a crash it is there as a whole or not at all.
 * Commits do not wait for the disk: a lost one is copied again, and the run ends with one that does wait.
 */
export async function copyRange(copy: RangeCopy): Promise<CopiedRange> {
  await copy.target.script('BEGIN; SET LOCAL synchronous_commit = off');
  try {
    const isOpen = await claim(copy.target, copy.runId, copy.range);
    const copied = isOpen ? await copyClaimed(copy) : { rows: 0, quarantined: 0, wasDone: true };
    await copy.target.script('COMMIT');
    return copied;
  } catch (error) {
    // A broken connection rolls back by itself, and its own error is the one to report.
    await copy.target.script('ROLLBACK').catch(() => {});
    throw error;
  }
}
