// npm run demo:move: the live move, on a machine that has nothing but Node.
import { join } from 'node:path';
import { buildPage, fail, install, root } from './bootstrap.mjs';
import { runPinned } from './run.mjs';

try {
  install();
  buildPage();
  runPinned([join(root, 'demo/move.ts'), ...process.argv.slice(2)]);
} catch (error) {
  fail(error);
}
