// Writes what follows from the sources: the page's API types. `--check` only compares.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../src/db/clock.ts';
import { openDatabase } from '../src/db/database.ts';
import { readSettings } from '../src/db/settings.ts';
import { buildApp } from '../src/http/app.ts';
// The page's workspace has the TypeScript this generator needs.
import openapiTS, { astToString } from '../web/node_modules/openapi-typescript/dist/index.mjs';

const root = resolve(fileURLToPath(import.meta.url), '../..');
const target = join(root, 'web/src/api/schema.d.ts');
const folder = mkdtempSync(join(tmpdir(), 'flashcase-generate-'));
const settings = readSettings(new Map(), folder);
const database = openDatabase(settings, systemClock());
const app = await buildApp({ database, settings, hasLog: false });
await app.ready();
const text = `// Generated from the server's OpenAPI description: npm run generate.\n${astToString(await openapiTS(app.swagger()))}`;
await app.close();
await database.close();
rmSync(folder, { recursive: true, force: true });

if (!process.argv.includes('--check')) {
  writeFileSync(target, text);
} else if (readFileSync(target, 'utf8') !== text) {
  console.error('web/src/api/schema.d.ts is not what the server says. Next: npm run generate.');
  process.exitCode = 1;
}
