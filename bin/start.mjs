// npm start: installs what the lock file says, builds the page, serves.
import { buildPage, fail, install } from './bootstrap.mjs';
import { entry, runPinned } from './run.mjs';

try {
  install();
  buildPage();
  runPinned([entry(), 'serve', ...process.argv.slice(2)]);
} catch (error) {
  fail(error);
}
