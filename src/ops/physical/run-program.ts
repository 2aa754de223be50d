import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { readEnv } from '../../db/env.ts';

/** Whom a program runs as; absent: as this process. */
export interface Identity {
  readonly uid: number;
  readonly gid: number;
}

/** Root gives way to the owner of a folder: PostgreSQL refuses root, and what root writes its server could not read. */
export function identityOf(path: string): Identity | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const { uid, gid } = statSync(path);
  return uid === 0 ? undefined : { uid, gid };
}

const isProgram = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
};

const pathFolders = (): string[] => (readEnv().get('PATH')?.value ?? '').split(delimiter).filter((folder) => folder !== '');

/** The first program of this name in PATH. */
export const programInPath = (name: string): string | undefined =>
  pathFolders()
    .map((folder) => join(folder, name))
    .find(isProgram);

/** The first of these folders that has the program. */
export const folderWith = (name: string, folders: readonly string[]): string | undefined =>
  folders.find((folder) => isProgram(join(folder, name)));

/** The environment of a program that must take nothing from this one's: neither settings of the tool nor of PostgreSQL's clients. */
export const bareEnv = (): Record<string, string> => ({ PATH: readEnv().get('PATH')?.value ?? '', LC_ALL: 'C', TZ: 'UTC' });

/** What this thread has started and not seen end, with the signal that ends it at once. */
const running = new Map<ChildProcess, NodeJS.Signals>();
let isOver = false;

/** Whether this thread was told to end: what fails from then on says nothing of the backups. */
export const isEnding = (): boolean => isOver;

/** Has a program ended when this thread is. @returns the same */
export function endsWithThread<T extends ChildProcess>(child: T, signal: NodeJS.Signals): T {
  running.set(child, signal);
  child.on('close', () => running.delete(child));
  child.on('error', () => running.delete(child));
  return child;
}

/** Ends the programs of this thread, and starts no more: whoever waits for one fails, and removes what it was working on. */
export function endPrograms(): void {
  isOver = true;
  for (const [child, signal] of running) child.kill(signal);
}

export interface Ran {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

/** Runs a program to its end. @returns what it wrote, whatever its exit code is; throws where it cannot be started */
export function run(
  program: string,
  args: readonly string[],
  { as, cwd = '/' }: { readonly as?: Identity | undefined; readonly cwd?: string } = {},
): Promise<Ran> {
  return new Promise((done, failed) => {
    if (isOver) throw new Error(`the server stops; ${program} was not started`);
    const child = endsWithThread(
      spawn(program, args, { ...as, cwd, env: bareEnv(), stdio: ['ignore', 'pipe', 'pipe'] }),
      'SIGTERM',
    );
    const texts = { output: '', errors: '' };
    child.stdout.setEncoding('utf8').on('data', (more: string) => {
      texts.output += more;
    });
    child.stderr.setEncoding('utf8').on('data', (more: string) => {
      texts.errors += more;
    });
    child.on('error', failed);
    child.on('close', (code) => done({ code: code ?? 128, ...texts }));
  });
}
