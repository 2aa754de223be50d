import { once } from 'node:events';
import { abortMove } from '../../src/move/live/abort.ts';
import { acceptSetBack } from '../../src/move/live/accept-set-back.ts';
import { finishMove } from '../../src/move/live/finish.ts';
import { follow } from '../../src/move/live/follow.ts';
import { startMove } from '../../src/move/live/start.ts';
import { verifyLive } from '../../src/move/live/verify-live.ts';
import { pruneKept } from '../../src/move/report/prune-kept.ts';
import { cutover } from '../../src/move/switch/cutover.ts';
import { rollback } from '../../src/move/switch/rollback.ts';
import { pruneOptionsFor } from './finished.ts';
import { liveOptionsFor, PATIENT } from './live.ts';

/** One command of a live move, that may kill itself at a named step, or wait there for a line: `live-child.ts verb file url step [wait]`. */
const [verb = '', file = '', url = '', at = '', isWaiting] = process.argv.slice(2);
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());
const options = liveOptionsFor(file, url, {
  rowsPerCheckpoint: 100,
  async onStep(step: string) {
    process.stdout.write(`${step}\n`);
    if (step !== at) return;
    if (isWaiting === undefined) process.kill(process.pid, 'SIGKILL');
    await once(process.stdin, 'data');
    process.stdin.destroy();
  },
});
const verbs: Record<string, () => Promise<unknown>> = {
  start: () => startMove(options),
  cutover: () => cutover(options, PATIENT),
  rollback: () => rollback(options, PATIENT),
  finish: () => finishMove(options),
  prune: () => pruneKept(pruneOptionsFor(file, { onStep: options.onStep as (step: string) => void })),
  abort: () => abortMove(options),
  accept: () => acceptSetBack(options, options.events),
  follow: () => follow(options, stop.signal),
  verify: async () => {
    const verdict = await verifyLive(options, { events: options.events, isParanoid: false });
    if (!verdict.isEqual)
      throw new Error(JSON.stringify(verdict, (_, value) => (typeof value === 'bigint' ? String(value) : value)));
  },
};
try {
  await (verbs[verb] as () => Promise<unknown>)();
  process.stdout.write('finished\n');
} catch (error) {
  process.stdout.write(`failed ${String((error as { code?: string }).code)} ${String(error)}\n`);
  process.exitCode = 1;
}
