import type { ErrorCode, ErrorParts } from '../../errors/index.ts';
import type { Schema } from '../../schema/table.ts';
import type { Decision } from '../plan/rules.ts';
import type { SourceTable } from '../source/source-tables.ts';
import type { RowRange } from '../target/bookkeeping.ts';
import type { CopiedRange } from './copy-range.ts';

/** What a copy worker is started with. All of it is plain data: it crosses to another thread. */
export interface CopyJob {
  readonly runId: string;
  readonly schema: Schema;
  readonly sources: readonly SourceTable[];
  readonly snapshotFile: string;
  readonly findingsFile: string;
  readonly targetUrl: string;
  readonly decisions: readonly Decision[];
}

export type WorkerOrder = { readonly kind: 'copy'; readonly range: RowRange } | { readonly kind: 'stop' };

export type WorkerMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'rows'; readonly rows: number }
  | { readonly kind: 'copied'; readonly range: RowRange; readonly copied: CopiedRange }
  /** A table whose pages cannot be read directly; why, as half a sentence. */
  | { readonly kind: 'fallback'; readonly table: string; readonly why: string }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly parts: ErrorParts };
