// slow
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import postgres from 'pg';
import { askFlashcase, readsOf } from '../../src/cli/move/rehearsal-answers.ts';
import { systemClock } from '../../src/db/clock.ts';
import { buildApp } from '../../src/http/app.ts';
import { everydayEngines } from '../support/database.ts';
import { openFresh, settingsFor } from '../support/fresh.ts';
import { LedgerInstallation } from '../support/ledger-installation.ts';

/** Reads that no rehearsal asks: the id of a report is not looked up, and what administrators see of the database is of one side. */
const NOT_ASKED = ['/api/v1/reports/{report_id}', '/api/v1/admin/database'];

test('a rehearsal asks every read of the API that the id of a deck, card, note or exam is enough for', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'flashcase-rehearse-'));
  const place = { url: `sqlite:///${folder}/flashcase.db` };
  const database = await openFresh(place, systemClock());
  try {
    const app = await buildApp({ database, settings: settingsFor(place), hasLog: false });
    await app.ready();
    const description = app.swagger() as unknown as { paths: Record<string, { get?: unknown }> };
    const reads = Object.entries(description.paths).flatMap(([path, { get }]) => (get === undefined ? [] : [path]));
    const asked = readsOf(
      description as unknown as Record<string, unknown>,
      new Map([
        ['deck_id', ['1']],
        ['card_id', ['2']],
        ['note_id', ['3']],
        ['exam_id', ['4']],
        ['user_id', ['5']],
        ['sha256', ['6']],
      ]),
    );
    const isAsked = (path: string): boolean => {
      const plain = path
        .replace('{deck_id}', '1')
        .replace('{card_id}', '2')
        .replace('{note_id}', '3')
        .replace('{exam_id}', '4')
        .replace('{user_id}', '5')
        .replace('{sha256}', '6');
      return asked.some((url) => url.replace(/\?.*$/, '') === plain);
    };
    assert.deepEqual(
      reads.filter((path) => path.startsWith('/api/v1/') && !path.startsWith('/api/v1/move') && !isAsked(path)),
      NOT_ASKED,
    );
    assert.ok(asked.includes('/api/v1/cards/?deck_id=1'));
  } finally {
    await database.close();
    rmSync(folder, { recursive: true });
  }
});

// Without the pooler: a move refuses one as its target.
for (const target of everydayEngines().filter(({ name }) => /^postgres \d+$/.test(name))) {
  describe(`a rehearsal, ${target.name}`, { skip: target.skip }, () => {
    test('asks both sides what users ask, and names an answer that differs', async () => {
      const installation = await LedgerInstallation.create(target, 2);
      try {
        const to = ['--to', installation.targetUrl] as const;
        const text = await installation.done('rehearse', ...to, '--switches', '2');
        assert.match(text, /answers {3}[\d\u202f]+ reads of 2 users: both sides answer the same/);
        const lines = (await installation.done('rehearse', ...to, '--switches', '1', '--users', '1', '--json'))
          .trim()
          .split('\n');
        const { answers } = JSON.parse(lines.at(-1) as string);
        assert.deepEqual([answers.users, answers.differences], [1, []]);
        assert.ok(answers.equal > 20, `${answers.equal} reads`);

        const asking = askFlashcase(settingsFor({ url: `sqlite:///${installation.file}` }));
        await asking.prepare(installation.file);
        await installation.done('start', ...to);
        const client = new postgres.Client({ connectionString: installation.targetUrl });
        await client.connect();
        await client.query('BEGIN');
        await client.query("SET LOCAL flashcase_move.pass = 'on'");
        await client.query("UPDATE card SET front = front || ' planted' WHERE id = (SELECT max(id) FROM card)");
        await client.query('COMMIT');
        await client.end();
        const planted = await asking.compare({ sqliteFile: installation.file, postgresUrl: installation.targetUrl });
        assert.ok(planted.differences.length > 0);
        for (const { request, postgres: said, sqlite } of planted.differences) {
          assert.match(request, /^GET \/api\/v1\/(cards|study|search)\//);
          assert.match(said, / planted"$/);
          assert.doesNotMatch(sqlite, /planted/);
        }
      } finally {
        await installation.end();
      }
    });
  });
}
