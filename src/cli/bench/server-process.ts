import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Settings } from '../../db/settings.ts';
import { FlashcaseError } from '../../errors/index.ts';
import type { ProcessUse, SideSettings } from './side-server.ts';

/** A server that starts has little to do: the tables are there. */
const START_MS = 120_000;
const STOP_MS = 20_000;
const SERVING = /FlashCase is at http:\/\/[^\s:]+:(\d+)/;

/** The settings of a server that is measured: the installation's pools, and nothing that works beside the load. */
export function measuredSettings(url: string, { poolSize, maxOverflow, poolTimeoutSeconds }: Settings): Record<string, string> {
  return {
    DATABASE_URL: url,
    DB_POOL_SIZE: String(poolSize),
    DB_MAX_OVERFLOW: String(maxOverflow),
    DB_POOL_TIMEOUT: String(poolTimeoutSeconds),
    HOST: '127.0.0.1',
    PORT: '0',
    LOG_LEVEL: 'fatal',
    BACKUP_SCHEDULE: 'off',
    BACKUP_LOG: 'off',
    MAINTAIN_SCHEDULE: 'off',
  };
}

/** A server over one side's copy. */
export class ServerProcess {
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  /** Starts it and waits until it serves. Throws `FC_INTERNAL` with what it said when it does not. */
  static async start(settings: SideSettings): Promise<ServerProcess> {
    const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const child = fork(fileURLToPath(new URL(`./side-server.${ending}`, import.meta.url)), {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      cwd: settings.folder,
    });
    let said = '';
    const port = new Promise<number>((resolve, reject) => {
      const failed = (): void =>
        reject(
          new FlashcaseError('FC_INTERNAL', {
            what: 'A server for the comparison did not start.',
            where: settings.folder,
            why: said.trim().slice(-2000),
            hint: 'What it said is above; flashcase serve says the same of the installation.',
          }),
        );
      const late = setTimeout(() => child.kill('SIGKILL'), START_MS);
      const take = (chunk: Buffer): void => {
        said = (said + chunk.toString()).slice(-4000);
        const found = SERVING.exec(said);
        if (found === null) return;
        clearTimeout(late);
        resolve(Number(found[1]));
      };
      child.stdout?.on('data', take);
      child.stderr?.on('data', take);
      child.once('exit', () => {
        clearTimeout(late);
        failed();
      });
    });
    child.send(settings);
    return new ServerProcess(child, await port);
  }

  /** What the process has used since it started. */
  async use(): Promise<ProcessUse> {
    this.#child.send({ kind: 'use' });
    const [use] = (await once(this.#child, 'message')) as [ProcessUse];
    return use;
  }

  /** Its `/metrics`. */
  async metrics(): Promise<string> {
    return (await fetch(`http://127.0.0.1:${this.port}/metrics`)).text();
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    const late = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
    this.#child.kill('SIGTERM');
    await ended;
    clearTimeout(late);
  }
}
