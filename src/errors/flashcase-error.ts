import { type ErrorCode, registry } from './registry.ts';

export interface ErrorParts {
  /** One sentence: what happened. Never holds a secret. */
  readonly what: string;
  /** Where: file, table, column, row, setting, revision. */
  readonly where?: string;
  readonly why?: string;
  /** The next step, a command where there is one. */
  readonly hint?: string;
  /** Machine-readable fields (constraint, key, retryAfterSeconds, problems). */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** The one error type that leaves a floor. Everything else reaching a user is a bug and is shown as `FC_INTERNAL`. */
export class FlashcaseError extends Error {
  override readonly name = 'FlashcaseError';
  readonly code: ErrorCode;
  readonly where: string | undefined;
  readonly why: string | undefined;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, parts: ErrorParts) {
    super(parts.what, parts.cause === undefined ? undefined : { cause: parts.cause });
    this.code = code;
    this.where = parts.where;
    this.why = parts.why;
    this.hint = parts.hint;
    this.details = parts.details ?? {};
  }

  get status(): number {
    return registry[this.code].status;
  }

  get exitCode(): number {
    return registry[this.code].exitCode;
  }

  get retryable(): boolean {
    return registry[this.code].retryable;
  }

  /** What machines read: `--json` output and logs. */
  toJSON(): Record<string, unknown> {
    return {
      code: this.code,
      what: this.message,
      where: this.where,
      why: this.why,
      hint: this.hint,
      retryable: this.retryable,
      ...(Object.keys(this.details).length > 0 ? { details: this.details } : {}),
    };
  }

  /** What people read: one line a part, without a stack. */
  toText(): string {
    const lines = [`${this.code}: ${this.message}`];
    if (this.where !== undefined) lines.push(`  where  ${this.where}`);
    if (this.why !== undefined) lines.push(`  why    ${this.why}`);
    if (this.hint !== undefined) lines.push(`  next   ${this.hint}`);
    return lines.join('\n');
  }
}
