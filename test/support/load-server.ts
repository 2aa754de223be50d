import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { childEnv } from './child-env.ts';
import { freePort } from './servers.ts';

const root = resolve(fileURLToPath(import.meta.url), '../../..');

export interface ServerOptions {
  /** A port of one's own keeps the address over a restart; a free one when absent. */
  readonly port?: number;
  /** Further arguments of Node, before the program. */
  readonly nodeArguments?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Runs there with its `.env`, which names the database instead of the environment; a folder of its own when absent. */
  readonly folder?: string;
}

/** A real `flashcase serve` in a process of its own, to be loaded, killed and started again. */
export class ServerProcess {
  readonly process: ChildProcess;
  readonly port: number;
  /** From the start of the process to its first answer. */
  readonly startedInMs: number;
  readonly #output: () => string;

  private constructor(child: ChildProcess, port: number, startedInMs: number, output: () => string) {
    this.process = child;
    this.port = port;
    this.startedInMs = startedInMs;
    this.#output = output;
  }

  /** Starts it and waits until `/health` is answered. */
  static async start(place: { url: string; directUrl?: string }, options: ServerOptions = {}): Promise<ServerProcess> {
    const port = options.port ?? (await freePort());
    const started = performance.now();
    const child = spawn(process.execPath, [...(options.nodeArguments ?? []), join(root, 'src/cli/main.ts'), 'serve'], {
      // A folder of its own: no .env of the checkout is read.
      cwd: options.folder ?? mkdtempSync(join(tmpdir(), 'flashcase-serve-')),
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...childEnv(),
        ...(options.folder === undefined ? { DATABASE_URL: place.url } : {}),
        ...(place.directUrl === undefined ? {} : { DATABASE_DIRECT_URL: place.directUrl }),
        HOST: '127.0.0.1',
        PORT: String(port),
        LOG_LEVEL: 'error',
        ...options.env,
      },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output = (output + chunk.toString()).slice(-4000);
      });
    }
    for (;;) {
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the server ended before it answered: ${output}`);
      const isUp = await fetch(`http://127.0.0.1:${port}/health`, { signal: AbortSignal.timeout(2000) }).then(
        async (response) => (await response.arrayBuffer()) && response.ok,
        () => false,
      );
      if (isUp) break;
      if (performance.now() - started > 90_000) {
        child.kill('SIGKILL');
        throw new Error(`the server did not answer within 90 s: ${output}`);
      }
      await delay(2);
    }
    return new ServerProcess(child, port, performance.now() - started, () => output);
  }

  get base(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The end of what it printed. */
  get output(): string {
    return this.#output();
  }

  /** Sends a signal and waits for the end. Resolves with the exit code, or the signal that ended it. */
  async end(signal: NodeJS.Signals): Promise<number | string> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      const ended = once(this.process, 'exit');
      this.process.kill(signal);
      await ended;
    }
    return this.process.exitCode ?? (this.process.signalCode as string);
  }
}
