import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Engine } from '../../../src/engine/engine.ts';
import type { PostgresConnection } from '../../../src/engine/postgres/connection.ts';
import { FlashcaseError } from '../../../src/errors/index.ts';
import { seededRandom } from '../../support/load.ts';
import type { Vehicle } from '../vehicles.ts';
import { type Direction, isChange, recovers, uninterrupted, walk, watched } from './walk.ts';

export const directions: readonly Direction[] = ['up', 'down'];

interface Context {
  diagnostic(text: string): void;
}

/**
 * Interrupts walks before statements that change something, each walk at another, and compares what the next walk leaves.
 * @param wanted how many, evenly spread from a random start; all of them when absent.
 */
export async function interruptAt(
  vehicle: Vehicle,
  interrupt: (engine: Engine, url: string, direction: Direction, statement: number) => Promise<void>,
  seed: number,
  context: Context,
  wanted?: number,
): Promise<void> {
  const random = seededRandom(seed);
  for (const direction of directions) {
    const { statements, result } = await uninterrupted(vehicle, direction);
    const all = statements.flatMap((text, i) => (isChange(text) ? [i + 1] : []));
    const step = all.length / Math.min(wanted ?? all.length, all.length);
    const start = random() * step;
    const chosen = Array.from({ length: Math.round(all.length / step) }, (_, i) => all[Math.floor(start + i * step)] as number);
    await inPairs(chosen, (n) =>
      recovers(vehicle, direction, result, `before statement ${n}: ${statements[n - 1]}`, (engine, url) =>
        interrupt(engine, url, direction, n),
      ),
    );
    context.diagnostic(
      `seed ${seed}: ${direction}, interrupted before ${chosen.length} of ${all.length} statements, 0 different`,
    );
  }
}

/** Kills walking processes at random moments, and compares what the next walk leaves. */
export async function killAtRandom(vehicle: Vehicle, rounds: number, seed: number, context: Context): Promise<void> {
  const random = seededRandom(seed);
  let killed = 0;
  for (const direction of directions) {
    const { result } = await uninterrupted(vehicle, direction);
    const moments = Array.from({ length: Math.ceil(rounds / 2) }, () => Math.round(random() ** 2 * 600));
    await inPairs(moments, (moment) =>
      recovers(vehicle, direction, result, `after ${moment} ms`, async (_, url) => {
        if (await killAfter(url, direction, moment)) killed++;
      }),
    );
  }
  context.diagnostic(`seed ${seed}: ${killed} of ${rounds} were killed while they walked, 0 different`);
}

/** Does `work` with each, two at a time: a killed process leaves the other time to run. */
async function inPairs<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await work(next);
  };
  await Promise.all([worker(), worker()]);
}

const child = join(fileURLToPath(import.meta.url), '../walk.child.ts');

/** Walks in a process of its own, which kills itself before its n-th statement (0: never). */
function startWalk(url: string, direction: Direction, killAt: number): ChildProcess {
  return spawn(process.execPath, [child, url, direction, String(killAt)], { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** Kills a process that walks before its n-th statement. */
export async function killBefore(url: string, direction: Direction, killAt: number): Promise<void> {
  const [, signal] = await once(startWalk(url, direction, killAt), 'exit');
  assert.equal(signal, 'SIGKILL', `statement ${killAt} was never reached`);
}

/** Kills a process so many milliseconds after it began to walk. Returns whether it was still at it. */
async function killAfter(url: string, direction: Direction, milliseconds: number): Promise<boolean> {
  const walking = startWalk(url, direction, 0);
  const gone = once(walking, 'exit');
  await once(walking.stdout as NodeJS.ReadableStream, 'data');
  await delay(milliseconds);
  walking.kill('SIGKILL');
  const [code, signal] = await gone;
  assert.ok(signal === 'SIGKILL' || code === 0, `the walk ended by itself with ${String(code)}`);
  return signal === 'SIGKILL';
}

/** Cuts the network of a walk in this process before its n-th statement. The walk must end with an error that says what to do. */
export async function cutBefore(engine: Engine, direction: Direction, cutAt: number): Promise<void> {
  let count = 0;
  const cut = watched(engine, (_, connection) => {
    count++;
    if (count === cutAt) (connection as unknown as PostgresConnection).client.connection.stream.destroy();
  });
  await assert.rejects(walk(cut, direction), (error) => error instanceof FlashcaseError && error.hint !== undefined);
  assert.ok(count >= cutAt, `statement ${cutAt} was never reached`);
}
