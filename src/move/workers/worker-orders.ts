import type { ErrorCode, ErrorParts } from '../../errors/index.ts';
import type { Schema } from '../../schema/table.ts';
import type { CopiedRange } from '../copy/copy-range.ts';
import type { RowidRange } from '../copy/page-reader/table-scan.ts';
import type { Decision } from '../plan/rules.ts';
import type { SourceTable } from '../source/source-tables.ts';
import type { RowRange } from '../target/bookkeeping.ts';

/** What is read. All of it is plain data: it crosses to another thread. */
export interface SnapshotJob {
  readonly snapshotFile: string;
  readonly sources: readonly SourceTable[];
}

/** Where and how it is copied. */
export interface CopyJob {
  readonly runId: string;
  readonly schema: Schema;
  readonly findingsFile: string;
  readonly targetUrl: string;
  readonly decisions: readonly Decision[];
}

export interface JudgeRange extends RowidRange {
  readonly table: string;
}

/** What a worker is told to do; it says `finished` after each order. */
export type WorkerOrder =
  | { readonly kind: 'open'; readonly job: SnapshotJob }
  | { readonly kind: 'judge'; readonly range: JudgeRange }
  | { readonly kind: 'connect'; readonly job: CopyJob }
  | { readonly kind: 'copy'; readonly range: RowRange }
  | { readonly kind: 'close' };

export type WorkerMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'finished' }
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly parts: ErrorParts }
  /** Rows looked at, and those among them that do not convert. */
  | { readonly kind: 'judged'; readonly table: string; readonly rows: number; readonly refused: readonly bigint[] }
  | { readonly kind: 'rows'; readonly rows: number }
  | { readonly kind: 'copied'; readonly range: RowRange; readonly copied: CopiedRange }
  /** A table whose pages cannot be read directly; why, as half a sentence. */
  | { readonly kind: 'fallback'; readonly table: string; readonly why: string };
