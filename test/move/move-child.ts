import type { MoveOptions } from '../../src/move/move-options.ts';
import { runMove } from '../../src/move/run/run-move.ts';
import { optionsFor } from './library.ts';

/** A move in a process of its own, that may kill itself at a named step: `move-child.ts file url step rowsPerCheckpoint`. */
const [file = '', url = '', dieAt = '', rows = '100'] = process.argv.slice(2);
const more: Partial<MoveOptions> = {
  rowsPerCheckpoint: Number(rows),
  newId: () => 'crashed',
  onStep(step) {
    process.stdout.write(`${step}\n`);
    if (step === dieAt) process.kill(process.pid, 'SIGKILL');
  },
};
try {
  await runMove(optionsFor(file, url, more));
  process.stdout.write('finished\n');
} catch (error) {
  process.stdout.write(`failed ${String((error as { code?: string }).code)} ${String(error)}\n`);
  process.exitCode = 1;
}
