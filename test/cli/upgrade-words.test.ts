// slow
import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../src/db/clock.ts';
import { withRevisionLock } from '../../src/revisions/lock.ts';
import { upgrade } from '../../src/revisions/run.ts';
import { schema } from '../../src/schema/index.ts';
import { revisions } from '../../src/versions/index.ts';
import { openEngine } from '../engine/open.ts';
import { ROWS } from '../revisions/backfill.child.ts';
import { first, onFresh } from '../revisions/own-schema.ts';
import { childEnv } from '../support/child-env.ts';
import { engines, type Place } from '../support/database.ts';

const here = resolve(fileURLToPath(import.meta.url), '..');
const folder = mkdtempSync(join(tmpdir(), 'flashcase-upgrade-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const start = (place: Place, words: readonly string[], stdio: 'pipe' | ['ignore', number, number] = 'pipe') =>
  spawn(process.execPath, [join(here, '../../bin/flashcase.mjs'), 'db', ...words], {
    cwd: folder,
    env: childEnv({
      DATABASE_URL: place.url,
      ...(place.directUrl === undefined ? {} : { DATABASE_DIRECT_URL: place.directUrl }),
    }),
    stdio,
  });

async function flashcase(place: Place, ...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = start(place, words) as ChildProcessWithoutNullStreams;
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = await once(child, 'close');
  return { code: code as number, stdout, stderr };
}

for (const target of engines().filter(({ name }) => name === 'sqlite' || name === 'postgres 18')) {
  test(`upgrade +1 applies one; with --json its progress is one object a line on standard error (${target.name})`, {
    skip: target.skip,
  }, async () => {
    const place = await target.fresh();
    try {
      const { code, stdout, stderr } = await flashcase(place, 'upgrade', '+1', '--json', '--wait', '60', '--lock-timeout', '500');
      assert.equal(code, 0, stderr);
      assert.deepEqual(
        (JSON.parse(stdout) as { applied: { id: string }[] }).applied.map(({ id }) => id),
        ['0001'],
      );
      const events = stderr
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      assert.deepEqual(
        events.map(({ event, direction, id }) => [event, direction, id]),
        [['revision', 'up', '0001']],
      );
      assert.equal((await flashcase(place, 'upgrade')).code, 0);
      assert.match((await flashcase(place, 'upgrade', '+1')).stdout, /Nothing to do/);
      assert.match(
        (await flashcase(place, 'upgrade', '--wait', 'long')).stderr,
        /FC_BAD_REQUEST: --wait long is not a whole number/,
      );
    } finally {
      await place.drop();
    }
  });

  test(`each revision is told once: as a line of the result, also where result and progress go to one log (${target.name})`, {
    skip: target.skip,
  }, async () => {
    const place = await target.fresh();
    const log = join(folder, `${target.name}.log`);
    const together = async (...words: string[]): Promise<string[]> => {
      const file = openSync(log, 'w');
      const [code] = await once(start(place, words, ['ignore', file, file]), 'close');
      closeSync(file);
      assert.equal(code, 0, readFileSync(log, 'utf8'));
      return readFileSync(log, 'utf8').trimEnd().split('\n');
    };
    const shown = (word: string, ending: string): RegExp[] =>
      revisions.map(({ id, name }) => new RegExp(`^${word} {2}${id} ${name}${ending}$`));
    const same = (all: readonly string[], wanted: readonly RegExp[]): void => {
      // What would be lost names tables: the trail of these very commands.
      const lines = all.filter((line) => !line.startsWith('would be lost') && revisions.some(({ name }) => line.includes(name)));
      assert.equal(lines.length, wanted.length, lines.join('\n'));
      for (const [i, line] of lines.entries()) assert.match(line, wanted[i] as RegExp);
    };
    try {
      same(await together('upgrade'), shown('applied', ' {2}\\d+ ms'));
      same(await together('downgrade', 'base', '--yes'), shown('taken back', '').toReversed());
      const { stdout, stderr } = await flashcase(place, 'upgrade');
      same(stdout.trimEnd().split('\n'), shown('applied', ' {2}\\d+ ms'));
      assert.equal(stderr, '');
      const back = await flashcase(place, 'undo', '--discard-writes');
      assert.deepEqual(back.stdout.match(/^taken back .*$/gm), [`taken back  ${revisions.at(-1)?.id}  by its own way back`]);
      assert.equal(back.stderr, '');
      const json = await flashcase(place, 'upgrade', '--json');
      assert.deepEqual(
        (JSON.parse(json.stdout) as { applied: { id: string }[] }).applied.map(({ id }) => id),
        revisions.slice(-1).map(({ id }) => id),
      );
    } finally {
      await place.drop();
    }
  });

  test(`whoever reads the output may go away: the revisions are applied all the same (${target.name})`, {
    skip: target.skip,
  }, async () => {
    const place = await target.fresh();
    try {
      const child = start(place, ['upgrade']);
      child.stdout?.destroy();
      child.stderr?.destroy();
      assert.deepEqual(await once(child, 'close'), [0, null]);
      assert.match((await flashcase(place, 'upgrade')).stdout, /^Nothing to do/);
    } finally {
      await place.drop();
    }
  });

  test(`--wait says how long another process is waited for, and who it is is said on standard error (${target.name})`, {
    skip: target.skip,
    timeout: 60_000,
  }, async () => {
    const place = await target.fresh();
    const engine = openEngine(place, { schema: schema({}) });
    try {
      await withRevisionLock(engine, { clock: systemClock() }, (session) =>
        session.transaction(async () => {
          await session.connection.query('SELECT 1 AS "held"');
          const at0 = await flashcase(place, 'upgrade', '--wait', '0');
          assert.equal(at0.code, 1);
          assert.match(at0.stderr, /FC_REVISION_LOCKED: The schema is being changed: /);
          const at2 = await flashcase(place, 'upgrade', '--wait', '2', '--json');
          const [waiting, error] = at2.stderr
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line)) as [Record<string, string>, { error: { code: string; why: string } }];
          assert.equal(waiting.event, 'waiting');
          assert.match(String(waiting.message), /^Waiting: .* has been changing this database/);
          assert.equal(error.error.code, 'FC_REVISION_LOCKED');
          assert.match(error.error.why, /Waited 2 s/);
        }),
      );
    } finally {
      await engine.close();
      await place.drop();
    }
  });

  test(
    `F46: Ctrl-C ends a backfill between two batches, and the same command goes on (${target.name})`,
    { skip: target.skip, timeout: 120_000 },
    () =>
      onFresh(target, async ({ place, run, query, ledger }) => {
        await upgrade(run([first]));
        await query(
          `INSERT INTO parcel (label) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS}) SELECT 'x' || i FROM n`,
        );
        const start = () => spawn(process.execPath, [join(here, 'run-options.child.ts'), place.url, place.directUrl ?? '']);
        const child = start();
        let said = '';
        child.stderr.on('data', (chunk: Buffer) => {
          said += chunk.toString();
          if (!child.killed && /fill grams: \d+ of \d+ rows/.test(said)) child.kill('SIGINT');
        });
        const [code] = await once(child, 'close');
        assert.equal(code, 1, said);
        assert.match(said, /FC_REVISION_STOPPED: Stopped as asked; what was committed stays/);
        assert.match(said, /Run the same command again: it goes on where it stopped/);
        const [filled] = await query('SELECT count(grams) AS n FROM parcel');
        assert.ok(Number(filled?.n) > 0 && Number(filled?.n) < ROWS);
        const again = start();
        let told = '';
        again.stderr.on('data', (chunk: Buffer) => (told += chunk.toString()));
        assert.deepEqual((await once(again, 'close'))[0], 0, told);
        assert.deepEqual(await query('SELECT count(grams) AS n FROM parcel'), [{ n: ROWS }]);
        assert.deepEqual(
          (await ledger()).map(({ id }) => id),
          ['0001', '0002'],
        );
      }),
  );
}
