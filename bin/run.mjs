// Hands a command line over to the pinned Node, with its signals and exit code.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { root, runtime } from './bootstrap.mjs';

/** Where the command line starts: the sources in a checkout, built JavaScript in an installed package. */
export function entry() {
  const source = join(root, 'src/cli/main.ts');
  return existsSync(source) ? source : join(root, 'dist/cli/main.js');
}

// Noted before the installation, which may take longer than npm lives.
const startedBy = process.ppid;

/**
 * Tells when npm or npx that started this process is gone. They hand a signal to the shell between them and this process, which
 * ends without handing it on: the server would stay behind.
 */
export function onceOrphaned(then) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const timer = setInterval(() => {
    if (process.ppid === startedBy) return;
    clearInterval(timer);
    then();
  }, 250);
  timer.unref();
}

/** Runs a script with the pinned Node and ends this process as it ended. */
export function runPinned(args, env = {}) {
  const cache = join(root, 'node_modules/.cache/compile');
  const cached = {};
  try {
    mkdirSync(cache, { recursive: true });
    cached.NODE_COMPILE_CACHE = cache;
  } catch {
    // A read-only installation starts without the cache, only slower.
  }
  const child = spawn(runtime(), args, { stdio: 'inherit', env: { ...process.env, ...cached, ...env } });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      // Ctrl-C in a terminal reaches the child by itself; a second one would ask it to give up what it is finishing.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  onceOrphaned(() => child.kill('SIGTERM'));
  child.on('error', (error) => {
    console.error(`The pinned Node could not be started: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}
