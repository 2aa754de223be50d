import type { ErrorCode, ErrorParts } from '../../errors/index.ts';
import type { MoveAction } from '../../services/move-console.ts';

/** What a thread of the console is told; one order at a time. */
export type Order =
  | { readonly do: 'look' }
  | { readonly do: 'ask'; readonly action: MoveAction; readonly who: string; readonly typed: string | undefined }
  | { readonly do: 'run'; readonly action: MoveAction; readonly typed: string | undefined };

export interface Doing {
  readonly text: string;
  readonly done: number;
  readonly total: number;
}

/** How an action ended: what its command prints, and whether it is what was hoped for. */
export interface Outcome {
  readonly isOk: boolean;
  readonly text: string;
}

/** What the thread says: how far it is, and at last an answer or a failure. */
export type Reply =
  | { readonly doing: Doing }
  | { readonly answer: unknown }
  | { readonly failure: { readonly code: ErrorCode; readonly parts: ErrorParts } };
