// npm run check: types, style, floors, generated files, promises.
import { join } from 'node:path';
import { fail, install, root } from './bootstrap.mjs';
import { runPinned } from './run.mjs';

try {
  install();
  runPinned([join(root, 'scripts/check.ts'), ...process.argv.slice(2)]);
} catch (error) {
  fail(error);
}
