// npm test: installs, checks, starts the servers the tests need, runs everything, ends with the runner's summary.
import { join } from 'node:path';
import { buildPage, fail, install, root } from './bootstrap.mjs';
import { runPinned } from './run.mjs';

try {
  install();
  buildPage();
  runPinned([join(root, 'test/run.ts'), ...process.argv.slice(2)]);
} catch (error) {
  fail(error);
}
