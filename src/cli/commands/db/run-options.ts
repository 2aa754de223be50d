import type { Command } from 'commander';
import { FlashcaseError } from '../../../errors/index.ts';
import type { RunOptions } from '../../../revisions/run.ts';

export interface RunWords {
  readonly json?: boolean;
  readonly wait?: string;
  readonly lockTimeout?: string;
}

/** The options of every command that changes the schema. */
export function addRunOptions(command: Command): Command {
  return command
    .option('--wait <seconds>', 'how long to wait for another process and for locks; 0: fail at once (default: 120)')
    .option('--lock-timeout <ms>', 'PostgreSQL: how long a statement may stand in a lock’s queue (default: 2000)');
}

type Run = Pick<RunOptions, 'whenLocked' | 'waitMs' | 'lockTimeoutMs' | 'signal' | 'onWait' | 'onRevision' | 'pace'>;

/**
 * Gives a run its options, and tells on standard error how it goes: lines for people, one JSON object a line with `--json`.
 * Ctrl-C and SIGTERM end a backfill between two batches. Anything else they end as ever, by ending the process: a transaction is rolled
 * back, and a handler would not even run while SQLite works in this process.
 */
export async function withRun<T>(words: RunWords, work: (run: Run) => Promise<T>): Promise<T> {
  const wait = numberOf('--wait', words.wait);
  const lockTimeoutMs = numberOf('--lock-timeout', words.lockTimeout);
  const tell = (event: string, fields: Readonly<Record<string, unknown>>, line: string): void => {
    process.stderr.write(words.json === true ? `${JSON.stringify({ event, ...fields })}\n` : `${line}\n`);
  };
  const stop = new AbortController();
  const abort = (): void => stop.abort();
  const signals = ['SIGINT', 'SIGTERM'] as const;
  let isListening = false;
  const listen = (isFilling: boolean): void => {
    // Never taken off and on again between two batches: without a listener, for however short, the signal would end the process.
    if (isFilling !== isListening) for (const signal of signals) process[isFilling ? 'on' : 'off'](signal, abort);
    isListening = isFilling;
  };
  try {
    return await work({
      ...(wait === undefined ? {} : wait === 0 ? { whenLocked: 'fail', waitMs: 0 } : { waitMs: wait * 1000 }),
      ...(lockTimeoutMs === undefined ? {} : { lockTimeoutMs }),
      signal: stop.signal,
      onWait: (sentence) => tell('waiting', { message: sentence }, sentence),
      onRevision: (direction, { id, name }, milliseconds) => {
        listen(false);
        tell(
          'revision',
          { direction, id, name, milliseconds: Math.round(milliseconds) },
          `${direction === 'up' ? 'applied' : 'taken back'}  ${id} ${name}`,
        );
      },
      pace: {
        onBatch: (about, rows, left) => {
          listen(true);
          tell(
            'batch',
            { about, rows, ...(left === undefined ? {} : { left }) },
            `${about}: ${rows} rows${left === undefined ? '' : `; ${left} were written meanwhile without it`}`,
          );
        },
      },
    });
  } finally {
    listen(false);
  }
}

function numberOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,7}$/.test(text)) return Number(text);
  throw new FlashcaseError('FC_BAD_REQUEST', {
    what: `${option} ${text} is not a whole number from 0 to 9999999.`,
    hint: `For example ${option} 30.`,
  });
}
