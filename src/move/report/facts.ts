import type { Connection } from '../../engine/engine.ts';
import { type AnswersCompared, readAnswers } from '../answers/answer-files.ts';
import { readLatency } from '../latency/latency-files.ts';
import type { LiveOptions } from '../live/live-options.ts';
import { withPostgres, withSqlite } from '../live/sides.ts';
import type { Decision } from '../plan/rules.ts';
import { readEvents, recordEvent } from '../state/events.ts';
import { requireMoveState } from '../state/sqlite-state.ts';
import { inContendedTransaction } from '../state/transitions.ts';
import { readAccounts, readRun } from '../target/bookkeeping.ts';
import { type FeltPhase, feltPhases } from './felt-phases.ts';

/** Quarantined rows that are named; all are counted. */
const NAMED = 500;

export interface QuarantinedRow {
  readonly table: string;
  readonly key: string;
  readonly reason: string;
}

/** What a report says that is in no event: asked of both sides, while both are there. */
export interface ReportFacts {
  readonly versions: { readonly sqlite: string; readonly postgres: string };
  readonly snapshot: { readonly sha256: string; readonly bytes: number };
  readonly rules: { readonly hash: string; readonly decisions: readonly Decision[] };
  readonly tables: readonly {
    readonly table: string;
    /** In the snapshot that was copied. */
    readonly rows: number;
    readonly copied: number;
    readonly quarantined: number;
  }[];
  readonly quarantine: { readonly rows: number; readonly named: readonly QuarantinedRow[] };
  readonly felt: readonly FeltPhase[];
  /** When real reads were asked of both sides (`move shadow`). */
  readonly answers?: AnswersCompared;
}

const one = async (connection: Connection, sql: string): Promise<string> => String((await connection.query(sql))[0]?.m_value);

async function fromPostgres(
  postgres: Connection,
): Promise<Omit<ReportFacts, 'felt' | 'answers' | 'versions'> & { version: string }> {
  const version = await one(postgres, "SELECT current_setting('server_version') AS m_value");
  const run = await readRun(postgres);
  const accounts = run === undefined ? undefined : await readAccounts(postgres, run);
  const named =
    run === undefined
      ? []
      : await postgres.query(
          `SELECT table_name::text AS m_table, row_key::text AS m_key, reason::text AS m_reason, count(*) OVER () AS m_all FROM flashcase_move.quarantine
           WHERE run_id = $1 ORDER BY table_name, source_rowid LIMIT ${NAMED}`,
          [run.id],
        );
  return {
    version,
    snapshot: { sha256: run?.snapshotSha256 ?? '', bytes: run?.snapshotBytes ?? 0 },
    rules: { hash: run?.rulesHash ?? '', decisions: run?.decisions ?? [] },
    tables: Object.entries(run?.tables ?? {}).map(([table, rows]) => {
      const account = accounts?.get(table);
      return { table, rows, copied: account?.copied ?? 0, quarantined: account?.quarantined ?? 0 };
    }),
    quarantine: {
      rows: Number(named[0]?.m_all ?? 0),
      named: named.map((row) => ({
        table: row.m_table as string,
        key: row.m_key as string,
        reason: row.m_reason as string,
      })),
    },
  };
}

/** Asks both sides and the servers' measurements for what a report needs beside the events. Throws `FC_DB_UNREACHABLE` without PostgreSQL. */
export async function reportFacts(options: LiveOptions): Promise<ReportFacts> {
  const { version, ...rest } = await withPostgres(options.postgresUrl, fromPostgres);
  const answers = await readAnswers(options.sqliteFile);
  return withSqlite(options.sqliteFile, async (sqlite) => ({
    ...rest,
    ...(answers === undefined ? {} : { answers }),
    versions: { sqlite: await one(sqlite, 'SELECT sqlite_version() AS m_value'), postgres: version },
    felt: feltPhases(await readEvents(sqlite), await readLatency(options.sqliteFile)),
  }));
}

/** The event that keeps the facts: a finish, also one that is killed and typed again, makes the report from the record alone. */
export const FACTS = 'facts';

/** Keeps the facts in the record, before a finish clears PostgreSQL. Not again once the move is decided: PostgreSQL's may be gone by then. */
export async function recordFacts(options: LiveOptions): Promise<void> {
  const state = await withSqlite(options.sqliteFile, (sqlite) => requireMoveState(sqlite, options.sqliteFile));
  if (state.phase !== 'reverse') return;
  const facts = await reportFacts(options);
  await withSqlite(options.sqliteFile, (sqlite) =>
    inContendedTransaction(sqlite, () => recordEvent(sqlite, options.clock, FACTS, { ...facts })),
  );
}
