// npm run generate: writes the files that follow from the sources.
import { join } from 'node:path';
import { fail, install, root } from './bootstrap.mjs';
import { runPinned } from './run.mjs';

try {
  install();
  runPinned([join(root, 'scripts/generate.mjs'), ...process.argv.slice(2)]);
} catch (error) {
  fail(error);
}
