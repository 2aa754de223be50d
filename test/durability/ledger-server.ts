import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Answer, Request } from '../support/load.ts';

export type Sabotage = 'none' | 'early' | 'normal' | 'off';

const program = fileURLToPath(new URL('./ledger.child.ts', import.meta.url));

/** A running `ledger.child.ts`. Requests without an answer reject when it dies. */
export class LedgerServer {
  readonly process: ChildProcess;
  readonly #waiting = new Map<string, { resolve: (answer: Answer) => void; reject: (error: Error) => void }>();

  private constructor(child: ChildProcess) {
    this.process = child;
    child.on('message', (message: { key: string; value: Answer } | { ready: true } | { errcode?: number }) => {
      if (!('key' in message)) return;
      const { key, value } = message;
      if (value.outcome === 'fail' && value.code === 'FC_DB_WRITE_UNKNOWN') this.#waiting.get(key)?.reject(new Error(value.code));
      else this.#waiting.get(key)?.resolve(value);
      this.#waiting.delete(key);
    });
    child.once('exit', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('the server is gone'));
      this.#waiting.clear();
    });
  }

  /** Starts it and waits until its database is open. The error of a database that cannot be opened has SQLite's code in its cause. */
  static async start(url: string, sabotage: Sabotage = 'none'): Promise<LedgerServer> {
    const child = fork(program, [url, sabotage], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const server = new LedgerServer(child);
    const [message] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as [
      { ready?: boolean; errcode?: number } | number | null,
    ];
    if (typeof message !== 'object' || message?.ready !== true)
      throw new Error(`the ledger server did not start: ${JSON.stringify(message)}`, { cause: message });
    return server;
  }

  submit(request: Request): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (!this.process.connected) {
        reject(new Error('the server is gone'));
        return;
      }
      this.#waiting.set(request.key, { resolve, reject });
      // Node answers a failed send here; the exit handler has rejected by then or is about to.
      this.process.send({ key: request.key, content: request.content }, () => {});
    });
  }

  /** kill -9, then waits for the end. */
  async kill(): Promise<void> {
    const ended = this.process.exitCode === null && this.process.signalCode === null ? once(this.process, 'exit') : undefined;
    this.process.kill('SIGKILL');
    await ended;
  }

  /** Lets it close its database. */
  async stop(): Promise<void> {
    const ended = once(this.process, 'exit');
    this.process.disconnect();
    await ended;
  }
}
