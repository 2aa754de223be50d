import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { everydayEngines } from '../support/database.ts';
import { sourceOf } from '../support/type-check.ts';
import { PRINTED, writeExample } from './guide-example.ts';

for (const target of everydayEngines().filter(({ name }) => !name.includes('pgbouncer'))) {
  describe(`the guide's example of an application of its own on ${target.name}`, { skip: target.skip }, () => {
    test('it runs as printed: the first start applies its revisions, the second finds nothing to do', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'flashcase-example-'));
      const place = await target.fresh();
      try {
        assert.ok(writeExample(folder, sourceOf).includes('app.ts'));
        const start = async (): Promise<string> => {
          const url = target.name === 'sqlite' ? {} : { PARCELS_URL: place.url };
          const { stdout } = await promisify(execFile)(process.execPath, ['app.ts'], {
            cwd: folder,
            env: { ...process.env, ...url },
          });
          return stdout;
        };
        for (const printed of PRINTED) assert.equal(await start(), printed);
      } finally {
        await place.drop();
        rmSync(folder, { recursive: true, force: true });
      }
    });
  });
}
