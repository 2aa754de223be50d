import { runHome } from '../../src/move/home/run-home.ts';
import { startHome } from '../../src/move/home/start-home.ts';
import { homeOptions } from './home-pair.ts';

/** A move home in a process of its own, that may kill itself at a named step: `home-child.ts url file step [live]`. */
const [url = '', file = '', dieAt = '', kind = ''] = process.argv.slice(2);
try {
  const options = homeOptions(url, file, {
    onStep(step) {
      process.stdout.write(`${step}\n`);
      if (step === dieAt) process.kill(process.pid, 'SIGKILL');
    },
  });
  const wasDone = kind === 'live' ? (await startHome(options)).tables === undefined : (await runHome(options)).wasDone;
  process.stdout.write(wasDone ? 'was done\n' : 'finished\n');
} catch (error) {
  process.stdout.write(`failed ${String((error as { code?: string }).code)} ${String(error)}\n`);
  process.exitCode = 1;
}
