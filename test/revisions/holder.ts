import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../src/db/clock.ts';
import { holderOf } from '../../src/revisions/holder.ts';
import type { Bench } from './own-schema.ts';

const child = join(fileURLToPath(import.meta.url), '../hold.child.ts');

/** Starts a process that sits in the middle of revision 0002, and waits until it does. */
export async function startHolder({ engine, place }: Bench): Promise<ChildProcess> {
  const started = spawn(process.execPath, [child, place.url, place.directUrl ?? ''], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(started.stdout as NodeJS.ReadableStream, 'data');
  for (;;) {
    const found = await engine.dedicated((connection) => holderOf(connection, engine, systemClock()));
    if (found?.revision === '0002') return started;
    assert.equal(started.exitCode, null);
    await delay(20);
  }
}

export async function kill(started: ChildProcess): Promise<void> {
  const gone = once(started, 'exit');
  started.kill('SIGKILL');
  await gone;
}
