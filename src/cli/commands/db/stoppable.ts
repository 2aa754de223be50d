/** What long work of a command is given: where it says what it does, and what ends it. */
export interface Stoppable {
  say(line: string): void;
  readonly signal: AbortSignal;
}

/** Runs work that Ctrl-C ends where it may end. What it says goes to stderr, and nowhere where machines read. */
export async function stoppable<T>(json: boolean, work: (options: Stoppable) => Promise<T>): Promise<T> {
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  try {
    return await work({ say: (line) => void (json || process.stderr.write(`${line} …\n`)), signal: stopping.signal });
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, stop);
  }
}
