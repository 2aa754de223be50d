import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseDatabaseUrl } from '../../src/db/database-url.ts';
import { childEnv } from '../support/child-env.ts';
import { everydayEngines, type Place } from '../support/database.ts';

const main = resolve(fileURLToPath(import.meta.url), '../../../bin/flashcase.mjs');

/** Runs the command with no terminal, as CI and cron do. */
function flashcase(place: Place, ...args: string[]): { status: number | null; out: string; err: string } {
  const env = childEnv({
    DATABASE_URL: place.url,
    ...(place.directUrl === undefined ? {} : { DATABASE_DIRECT_URL: place.directUrl }),
  });
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'db', ...args], { env, encoding: 'utf8', input: '' });
  return { status, out: stdout, err: stderr };
}

// What a command says is the same through a pooler; what it does there, the tests of the engine say.
for (const target of everydayEngines().filter(({ name }) => !name.includes('pgbouncer'))) {
  test(`flashcase db undo and downgrade say what they would lose and exit 2; finish and current say what is kept (${target.name})`, {
    skip: target.skip,
  }, async () => {
    const place = await target.fresh();
    try {
      assert.equal(flashcase(place, 'upgrade', '0001').status, 0);
      assert.match(flashcase(place, 'finish').out, /Nothing is kept for undo/);
      // The first revision makes tables; the write gate has a row from the beginning.
      const refused = flashcase(place, 'undo');
      assert.deepEqual([refused.status, /FC_REVISION_DECISION_NEEDED/.test(refused.err)], [2, true], refused.err);
      assert.match(refused.err, /\n {2}why {4}would be lost +\S.*\n {9}\S/);
      assert.match(refused.err, /would be lost +rows of table write_gate \(1\)/);
      assert.match(refused.err, /next +.*--discard-writes/);
      assert.ok(!/\n\s+at /.test(refused.err), 'no stack trace');
      const asked = flashcase(place, 'downgrade', 'base', '--json');
      assert.equal(asked.status, 2, asked.err);
      assert.match(flashcase(place, 'current').out, /applied +0001/);
      const undone = flashcase(place, 'undo', '0001', '--discard-writes', '--json');
      assert.equal(undone.status, 0, undone.err);
      const report = JSON.parse(undone.out) as { how: string; losses: unknown[]; copies: { file: string }[] };
      assert.deepEqual([report.how, report.losses.length], ['downgrade', 2]);
      assert.match(flashcase(place, 'undo', '0001').out, /Nothing to take back: revision 0001 is not applied here/);
      assert.match(flashcase(place, 'undo').out, /Nothing to take back/);
      const address = parseDatabaseUrl(place.url, '/');
      if (typeof address !== 'object' || address.engine !== 'sqlite') return;
      const [copy] = report.copies;
      assert.ok(copy !== undefined && readdirSync(dirname(address.file)).some((name) => copy.file.endsWith(name)));
      const kept = new DatabaseSync(copy.file, { readOnly: true });
      assert.equal(kept.prepare('SELECT count(*) AS n FROM write_gate').get()?.n, 1);
      kept.close();
      assert.match(
        flashcase(place, 'current').out,
        /kept +0001 +.*\.before-0001-down-\S+ \(from before it was taken back\)\n +not for undo/,
      );
      assert.match(flashcase(place, 'finish').out, /dropped +0001 +.*\.before-0001-down-/);
    } finally {
      await place.drop();
    }
  });
}
