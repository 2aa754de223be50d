#!/usr/bin/env node
// The flashcase command, in a checkout and as an installed package.
import nodeModule from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fail, root } from './bootstrap.mjs';
import { entry, onceOrphaned, runPinned } from './run.mjs';

try {
  if (Number(process.versions.node.split('.')[0]) >= 26) {
    // A named import would stop the host's Node 20 before it can hand over: it has no such function.
    nodeModule.enableCompileCache(join(root, 'node_modules/.cache/compile'));
    onceOrphaned(() => process.kill(process.pid, 'SIGTERM'));
    await import(pathToFileURL(entry()).href);
  } else runPinned([entry(), ...process.argv.slice(2)]);
} catch (error) {
  fail(error);
}
