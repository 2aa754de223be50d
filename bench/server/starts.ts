import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Place } from '../../test/support/database.ts';
import { freePort } from '../../test/support/servers.ts';

const root = resolve(fileURLToPath(import.meta.url), '../../..');

/** From typing `npm start` in the checkout to the first answered request, in ms. */
async function timeStart(place: Place): Promise<number> {
  const port = await freePort();
  const started = performance.now();
  // A group of its own: npm, the bootstrap and the server are ended together.
  const child = spawn('npm', ['start'], {
    cwd: root,
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DATABASE_URL: place.url, HOST: '127.0.0.1', PORT: String(port) },
  });
  const ended = once(child, 'exit');
  const isUp = (): Promise<boolean> =>
    fetch(`http://127.0.0.1:${port}/health`).then(
      async (response) => (await response.arrayBuffer()) && response.ok,
      () => false,
    );
  while (!(await isUp())) {
    if (child.exitCode !== null || performance.now() - started > 120_000) throw new Error('npm start did not answer');
    await delay(2);
  }
  const took = performance.now() - started;
  process.kill(-(child.pid as number), 'SIGTERM');
  await ended;
  return Math.round(took);
}

/** Second starts on a database that has its tables, fastest first. One before them fills the caches. */
export async function measureStarts(place: Place, count: number): Promise<number[]> {
  await timeStart(place);
  const times: number[] = [];
  for (let start = 0; start < count; start++) times.push(await timeStart(place));
  return times.toSorted((a, b) => a - b);
}
