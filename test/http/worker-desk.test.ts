import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { WorkerDesk } from '../../src/cli/workers/worker-desk.ts';

test('a worker that is replaced stays until what another one asked of it is answered', async () => {
  const desk = new WorkerDesk();
  let isForgotten: () => void = () => {};
  desk.open('forget a file', () => new Promise<void>((resolve) => (isForgotten = resolve)));
  assert.equal(desk.isKeeping, false);
  process.emit('message', { kind: 'ask', id: 1, name: 'forget a file', asked: {} }, undefined);
  assert.equal(desk.isKeeping, true, 'the file itself may be gone from the list by now');
  isForgotten();
  while (desk.isKeeping) await turn();
});
