// slow
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import postgres from 'pg';
import { everydayEngines } from '../support/database.ts';
import { DATABASE_PASSWORD, LedgerInstallation } from '../support/ledger-installation.ts';
import type { Student } from '../support/load-population.ts';
import { writeCards } from '../support/move-admin.ts';

interface Shadow {
  readonly percent: number;
  readonly equal: number;
  readonly undecided: number;
  readonly differing: number;
  readonly differences: readonly {
    readonly request: string;
    readonly where: string;
    readonly sqlite: string;
    readonly postgres: string;
  }[];
}

const DIFFERENCES = 3;

// Without the pooler: a move refuses one as its target.
for (const target of everydayEngines().filter(({ name }) => /^postgres \d+$/.test(name))) {
  describe(`answers of both sides, ${target.name}`, { skip: target.skip }, () => {
    test('what users really read is asked of both sides while they write, is equal on the way there and back, and a planted difference is named', async (context) => {
      const installation = await LedgerInstallation.create(target, 2);
      const user = new AbortController();
      try {
        const { base } = await installation.serve();
        const students = installation.students as [Student, Student];
        const shadow = async (...args: string[]): Promise<Shadow & { readonly code: number }> => {
          const { code, out } = await installation.move('shadow', '--json', ...args);
          return { code, ...JSON.parse(out) };
        };
        /** Reads as a student's page does, until so many more were compared. */
        const readUntil = async (wanted: number): Promise<Shadow & { readonly code: number }> => {
          const first = await shadow();
          for (;;) {
            for (const { token, decks } of students) {
              const headers = { authorization: `Bearer ${token}` };
              const id = decks[0]?.id;
              for (const path of [
                '/decks/',
                `/decks/${id}`,
                `/cards/?deck_id=${id}&limit=5`,
                `/study/decks/${id}/stats`,
                '/auth/me',
              ])
                await (await fetch(`${base}/api/v1${path}`, { headers })).arrayBuffer();
            }
            await delay(300);
            const now = await shadow();
            if (now.equal + now.differing >= first.equal + first.differing + wanted) return now;
          }
        };

        assert.equal(
          (await installation.move('shadow', '--percent', '50')).code,
          1,
          'without a move there is nothing to compare',
        );
        await installation.done('start', '--to', installation.targetUrl);
        for (const wrong of ['0', '101', 'x'])
          assert.equal((await installation.move('shadow', '--percent', wrong)).code, 1, wrong);
        assert.match(await installation.done('shadow'), /No answers were compared/);
        const writing = writeCards(base, students[0], user.signal);
        assert.equal((await shadow('--percent', '100')).percent, 100);
        const there = await readUntil(20);
        assert.deepEqual(there.differences, []);
        assert.equal(there.code, 0);

        await installation.turn('cutover', () => delay(200));
        const back = await readUntil(10);
        assert.deepEqual(back.differences, []);
        await installation.turn('rollback', () => delay(200));
        user.abort();
        assert.deepEqual((await writing).problems, []);

        // A row that nobody of the move changed: what no count of rows shows.
        const client = new postgres.Client({ connectionString: installation.targetUrl });
        await client.connect();
        await client.query('BEGIN');
        await client.query("SET LOCAL flashcase_move.pass = 'on'");
        await client.query('UPDATE deck SET name = name || $1 WHERE id = $2', [' planted', Number(students[1].decks[0]?.id)]);
        await client.query('COMMIT');
        await client.end();
        let found = await readUntil(5);
        while (found.differing === 0) found = await readUntil(5);
        assert.equal(found.code, DIFFERENCES);
        const [named] = found.differences;
        assert.match(named?.request ?? '', /^GET \/api\/v1\/decks\//);
        assert.match(named?.where ?? '', /name$/);
        assert.match(named?.postgres ?? '', / planted"$/);
        assert.doesNotMatch(named?.sqlite ?? 'planted', /planted/);
        context.diagnostic(`${found.equal} equal, ${found.undecided} not told, ${found.differing} differ`);

        const status = await installation.done('status');
        assert.match(status, /answers {3}\d+ answers DIFFER/);
        assert.match(status, /answers to users differ between the sides/);
        assert.equal((await shadow('--off')).percent, 0);
        const { report } = JSON.parse(await installation.done('report', '--json'));
        assert.ok(report.answers.differing >= found.differing);
        assert.ok(report.confirmations.some(({ command }: { command: string }) => command === 'shadow'));
        for (const text of installation.printed) assert.doesNotMatch(text, new RegExp(DATABASE_PASSWORD));

        await installation.done('abort');
        assert.equal(existsSync(`${installation.file}.answers`), false, 'nothing is left of it');
      } finally {
        user.abort();
        await installation.end();
      }
    });
  });
}
