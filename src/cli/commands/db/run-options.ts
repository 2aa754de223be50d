import type { Command } from 'commander';
import { FlashcaseError } from '../../../errors/index.ts';
import type { Revision } from '../../../revisions/revision.ts';
import type { RunOptions } from '../../../revisions/run.ts';

export interface RunWords {
  readonly json?: boolean;
  readonly wait?: string;
  readonly lockTimeout?: string;
}

/** A log gets a line so often, however small the batches are. */
const BATCH_LINE_MS = 1000;

/** The options of every command that changes the schema. */
export function addRunOptions(command: Command): Command {
  return command
    .option('--wait <seconds>', 'how long to wait for another process and for locks; 0: fail at once (default: 120)')
    .option('--lock-timeout <ms>', 'PostgreSQL: how long a statement may stand in a lock’s queue (default: 2000)');
}

type Run = Pick<RunOptions, 'whenLocked' | 'waitMs' | 'lockTimeoutMs' | 'signal' | 'onWait' | 'onRevision' | 'pace'>;

/**
 * Gives a run its options, and tells how it goes: what it waits for and how far a backfill is on standard error; each revision as soon
 * as it is committed, for people as a line of the result on standard output, with `--json` as an event beside the others. So nobody reads
 * anything twice, whether the two go to one terminal, one log or two files; and what a failed run did commit has been said.
 * Ctrl-C and SIGTERM end a backfill between two batches. Anything else they end as ever, by ending the process: a transaction is rolled
 * back, and a handler would not even run while SQLite works in this process.
 */
export async function withRun<T>(
  words: RunWords,
  work: (run: Run) => Promise<T>,
  lineOf?: (revision: Revision, milliseconds: number) => string,
): Promise<T> {
  goOnUnread();
  const wait = numberOf('--wait', words.wait);
  const lockTimeoutMs = numberOf('--lock-timeout', words.lockTimeout);
  const isJson = words.json === true;
  const tell = (event: string, fields: Readonly<Record<string, unknown>>, line: string): void => {
    process.stderr.write(isJson ? `${JSON.stringify({ event, ...fields })}\n` : `${line}\n`);
  };
  const stop = new AbortController();
  const abort = (): void => stop.abort();
  const signals = ['SIGINT', 'SIGTERM'] as const;
  let isListening = false;
  let toldBatchAt = Number.NEGATIVE_INFINITY;
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
      onRevision: (direction, revision, elapsed) => {
        listen(false);
        const { id, name } = revision;
        const milliseconds = Math.round(elapsed);
        if (isJson) process.stderr.write(`${JSON.stringify({ event: 'revision', direction, id, name, milliseconds })}\n`);
        else if (lineOf !== undefined) process.stdout.write(`${lineOf(revision, milliseconds)}\n`);
      },
      pace: {
        onBatch: (about, rows, more) => {
          listen(true);
          const { total, left = 0 } = more;
          if (left === 0 && rows !== total && performance.now() - toldBatchAt < BATCH_LINE_MS) return;
          toldBatchAt = performance.now();
          const written = left === 0 ? '' : `; ${left} were written meanwhile without it`;
          tell('batch', { about, rows, ...more }, `${about}: ${rows}${total === undefined ? '' : ` of ${total}`} rows${written}`);
        },
      },
    });
  } finally {
    listen(false);
  }
}

/** Whoever reads the output may go away (`| head -1`); a run that changes a database is not ended by that. */
function goOnUnread(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
}

function numberOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,7}$/.test(text)) return Number(text);
  throw new FlashcaseError('FC_BAD_REQUEST', {
    what: `${option} ${text} is not a whole number from 0 to 9999999.`,
    hint: `For example ${option} 30.`,
  });
}
