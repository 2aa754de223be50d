// npm test: installs, checks, starts the servers the tests need, runs everything, ends with the runner's summary.
import { join } from 'node:path';
import { buildPage, fail, install, root } from './bootstrap.mjs';
import { runPinned } from './run.mjs';

try {
  install();
  try {
    buildPage();
  } catch (error) {
    // Chosen tests may run beside a page that is being worked on; all of them may not.
    if (!process.argv.slice(2).some((arg) => !arg.startsWith('--'))) throw error;
    console.error(error.message);
  }
  runPinned([join(root, 'test/run.ts'), ...process.argv.slice(2)]);
} catch (error) {
  fail(error);
}
