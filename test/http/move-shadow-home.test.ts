// slow
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '../move/library.ts';
import { childEnv } from '../support/child-env.ts';
import { everydayEngines } from '../support/database.ts';
import { openFresh } from '../support/fresh.ts';
import { populate, type Student } from '../support/load-population.ts';
import { ServerProcess } from '../support/load-server.ts';

const bin = fileURLToPath(new URL('../../bin/flashcase.mjs', import.meta.url));

interface Shadow {
  readonly equal: number;
  readonly undecided: number;
  readonly differences: readonly unknown[];
}

for (const target of everydayEngines().filter(({ name }) => /^postgres \d+$/.test(name))) {
  describe(`a move home, ${target.name}`, { skip: target.skip }, () => {
    test('searches are compared truthfully while the file follows: before it ever served, of cards that came with it and of cards written since, and a planted difference is named', {
      timeout: 300_000,
    }, async (t) => {
      const place = await target.fresh();
      t.after(() => place.drop());
      const folder = temporaryFolder(t);
      const file = join(folder, 'home.db');
      const database = await openFresh(place);
      const [student] = (await populate(database, { students: 1, deckSizes: [20], isStudied: false })) as [Student];
      await database.close();
      const move = (...args: string[]): Promise<{ code: number; out: string; err: string }> =>
        new Promise((done) => {
          const child = execFile(
            process.execPath,
            [bin, 'move', ...args],
            { cwd: folder, env: childEnv({ DATABASE_URL: place.url }), maxBuffer: 1 << 26 },
            (_, out, err) => done({ code: child.exitCode ?? -1, out, err }),
          );
        });
      const { base, end } = await (async () => {
        const server = await ServerProcess.start(place);
        return { base: server.base, end: () => server.end('SIGKILL') };
      })();
      t.after(end);
      const headers = { authorization: `Bearer ${student.token}` };
      const deckId = Number(student.decks[0]?.id);
      const write = async (front: string): Promise<void> => {
        const body = JSON.stringify({ deck_id: deckId, front, back: 'rivière' });
        const answer = await fetch(`${base}/api/v1/cards/`, {
          method: 'POST',
          headers: { ...headers, 'content-type': 'application/json' },
          body,
        });
        assert.equal(answer.status, 201);
      };
      const found = async (query: string): Promise<number> => {
        const answer = await fetch(`${base}/api/v1/search/?q=${encodeURIComponent(query)}`, { headers });
        assert.equal(answer.status, 200);
        return ((await answer.json()) as { cards: unknown[] }).cards.length;
      };
      const shadow = async (...args: string[]): Promise<Shadow> => JSON.parse((await move('shadow', '--json', ...args)).out);
      /** Asks until so many more searches were compared. Nothing but searches is read meanwhile. */
      const compared = async (wanted: number, queries: readonly string[]): Promise<Shadow> => {
        const first = await shadow();
        for (;;) {
          for (const query of queries) await found(query);
          await delay(300);
          const now = await shadow();
          if (now.equal + now.differences.length >= first.equal + first.differences.length + wanted) return now;
        }
      };

      await write('pluie before');
      const started = await move('start', '--to', file);
      assert.equal(started.code, 0, started.err);
      // The server was started on PostgreSQL alone, and finds the file by itself.
      await shadow('--percent', '100');
      await write('pluie since');
      assert.equal(await found('pluie'), 2);
      const both = await compared(10, ['pluie', 'riviere', 'since', 'pluie before']);
      assert.deepEqual(both.differences, []);
      t.diagnostic(`${both.equal} equal, ${both.undecided} not told`);

      // What only the index of the file can say: a word of it is taken away, and no row is another.
      const db = new DatabaseSync(file, { timeout: 10_000 });
      db.exec(
        "INSERT INTO flashcase_derived_search (flashcase_derived_search, rowid, words) SELECT 'delete', card_id, words FROM search_card WHERE words LIKE '%since%'",
      );
      db.close();
      let named = await compared(3, ['since']);
      while (named.differences.length === 0) named = await compared(3, ['since']);
      assert.match(JSON.stringify(named.differences[0]), /search\/\?q=since/);
    });
  });
}
