#!/usr/bin/env node
// The flashcase command, in a checkout and as an installed package.
import { pathToFileURL } from 'node:url';
import { fail } from './bootstrap.mjs';
import { entry, runPinned } from './run.mjs';

try {
  if (Number(process.versions.node.split('.')[0]) >= 26) await import(pathToFileURL(entry()).href);
  else runPinned([entry(), ...process.argv.slice(2)]);
} catch (error) {
  fail(error);
}
