// Writes what follows from the sources: the page's API types, docs/reference, the dashboard, the bill of materials, the schema in normal form and the lists of hot queries.
// `--check` only compares.
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../src/db/clock.ts';
import { openDatabase } from '../src/db/database.ts';
import { readSettings } from '../src/db/settings.ts';
import { buildApp } from '../src/http/app.ts';
import { schemaLock } from '../src/revisions/schema-lock.ts';
import { project } from '../src/versions/project.ts';
// The page's workspace has the TypeScript this generator needs.
import openapiTS, { astToString } from '../web/node_modules/openapi-typescript/dist/index.mjs';
import { dashboard } from './dashboard.ts';
import { queryLists } from './queries.ts';
import { MADE, referencePages } from './reference.ts';
import { cycloneDx, licencePage } from './sbom.ts';

const root = resolve(fileURLToPath(import.meta.url), '../..');
const folder = mkdtempSync(join(tmpdir(), 'flashcase-generate-'));
const settings = readSettings(new Map(), folder);
const database = openDatabase(settings, systemClock());
const app = await buildApp({ database, settings, hasLog: false });
await app.ready();
const text = `// Generated from the server's OpenAPI description: npm run generate.\n${astToString(await openapiTS(app.swagger()))}`;
await app.close();
await database.close();
rmSync(folder, { recursive: true, force: true });

const files = new Map([
  ['web/src/api/schema.d.ts', text],
  ['src/versions/schema.lock', schemaLock(project.schema)],
  ['docs/monitoring/grafana-dashboard.json', dashboard()],
  ['docs/reference/sbom.cdx.json', cycloneDx(root)],
  ['docs/reference/licences.md', licencePage(root, MADE)],
]);
for (const [name, page] of await referencePages()) files.set(`docs/reference/${name}`, page);

for (const [engine, list] of await queryLists()) files.set(`src/db/queries.${engine}.sql`, list);

const isChecking = process.argv.includes('--check');
const current = (path) => (existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : undefined);
for (const [path, wanted] of files) {
  if (current(path) === wanted) continue;
  if (isChecking) {
    console.error(`${path} is not what the sources say. Next: npm run generate.`);
    process.exitCode = 1;
  } else {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), wanted);
  }
}
for (const page of globSync('docs/reference/*', { cwd: root })) {
  if (files.has(page)) continue;
  if (isChecking) {
    console.error(`${page} belongs to no command any more. Next: npm run generate.`);
    process.exitCode = 1;
  } else rmSync(join(root, page));
}
