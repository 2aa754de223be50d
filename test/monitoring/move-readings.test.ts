// slow
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { engines } from '../support/database.ts';
import { LedgerInstallation } from '../support/ledger-installation.ts';
import type { Student } from '../support/load-population.ts';
import { readScrape, type Scrape } from '../support/prometheus-text.ts';

const CARDS = 7;

for (const target of engines().filter(({ name }) => /^postgres \d+$/.test(name))) {
  describe(`metrics of a live move, ${target.name}`, { skip: target.skip }, () => {
    test('what waits to be carried is told while either side is the primary, and is gone when it was carried', async () => {
      const installation = await LedgerInstallation.create(target, 1);
      try {
        const { base } = await installation.serve();
        const [student] = installation.students as [Student];
        const scrape = async (): Promise<Scrape> => readScrape(await (await fetch(`${base}/metrics`)).text());
        const addCards = async (): Promise<void> => {
          for (let i = 0; i < CARDS; i++) {
            const answer = await fetch(`${base}/api/v1/cards/`, {
              method: 'POST',
              headers: { authorization: `Bearer ${student.token}`, 'content-type': 'application/json' },
              body: JSON.stringify({ deck_id: Number(student.decks[0]?.id), front: `front ${i}`, back: 'back' }),
            });
            assert.equal(answer.status, 201);
          }
        };
        /** A scrape asks the database once a second at most. */
        const until = async (isSo: (scrape: Scrape) => boolean): Promise<Scrape> => {
          for (;;) {
            const found = await scrape();
            if (isSo(found)) return found;
            await delay(300);
          }
        };
        const waiting = (found: Scrape): number => found.value('flashcase_move_journal_rows') ?? Number.NaN;
        await installation.done('start', '--to', installation.targetUrl);
        for (const [phase, turn] of [
          ['forward', undefined],
          ['reverse', 'cutover'],
        ] as const) {
          if (turn !== undefined) await installation.turn(turn, () => delay(200));
          await installation.done('pause');
          await addCards();
          const behind = await until((found) => waiting(found) >= CARDS);
          assert.equal(behind.value('flashcase_move_phase', { phase }), 1);
          assert.equal(behind.value('flashcase_move_paused'), 1);
          await installation.done('resume');
          // The newest row of the file's journal is never removed.
          await until((found) => waiting(found) <= (phase === 'forward' ? 1 : 0));
        }
      } finally {
        await installation.end();
      }
    });
  });
}
