import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { engines } from '../support/database.ts';

const root = resolve(fileURLToPath(import.meta.url), '../../..');

/** Writes the files of the guide's example, each block under the name in its first line; the package's built modules are these sources. */
function writeExample(folder: string): string[] {
  const guide = readFileSync(join(root, 'docs/guide/revisions.md'), 'utf8');
  const files = [...guide.matchAll(/^```ts\n\/\/ ([\w/.-]+\.ts): .*\n([\s\S]*?)^```$/gm)];
  for (const [, name = '', text = ''] of files) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text.replace(/'flashcase\/dist\/([\w/-]+)\.js'/g, `'${root}/src/$1.ts'`));
  }
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  return files.map(([, name = '']) => name);
}

for (const target of engines().filter(({ name }) => !name.includes('pgbouncer'))) {
  describe(`the guide's example of an application of its own on ${target.name}`, { skip: target.skip }, () => {
    test('it runs as printed: the first start applies its revisions, the second finds nothing to do', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'flashcase-example-'));
      const place = await target.fresh();
      try {
        assert.ok(writeExample(folder).includes('app.ts'));
        const start = async (): Promise<string> => {
          const url = target.name === 'sqlite' ? {} : { PARCELS_URL: place.url };
          const { stdout } = await promisify(execFile)(process.execPath, ['app.ts'], {
            cwd: folder,
            env: { ...process.env, ...url },
          });
          return stdout;
        };
        assert.equal(await start(), 'applied 0001 parcel\napplied 0002 grams\nbooks: 1200 g\n');
        assert.equal(await start(), 'books: 1200 g\n');
      } finally {
        await place.drop();
        rmSync(folder, { recursive: true, force: true });
      }
    });
  });
}
