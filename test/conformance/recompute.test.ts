import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { dirname, resolve } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { recompute } from '../../src/services/recompute.ts';
import { engines } from '../support/database.ts';
import { legacyFile } from '../support/legacy.ts';
import { startService } from './client.ts';

for (const target of engines()) {
  describe(`recomputing on ${target.name}`, { skip: target.skip }, () => {
    test('finds no difference after any story, each planted one by name, and repairs the card’s row from the log', async () => {
      const place = await target.fresh();
      const service = await startService(place);
      const { call, clock, database } = service;
      try {
        const tokens = [await service.signUp('anna'), await service.signUp('ben')];
        await call('POST', '/api/v1/decks/', { token: tokens[0], json: { name: 'Torts', is_public: true } });
        for (let i = 0; i < 6; i++)
          await call('POST', '/api/v1/cards/', { token: tokens[0], json: { deck_id: 1, front: `q${i}`, back: 'a' } });
        let seed = 7;
        const random = () => {
          seed = (seed * 48_271) % 2_147_483_647;
          return seed / 2_147_483_647;
        };
        for (let step = 0; step < 150; step++) {
          const token = tokens[Math.floor(random() * 2)];
          const card = 1 + Math.floor(random() * 6);
          const dice = random();
          if (dice < 0.7)
            await call('POST', `/api/v1/study/review/${card}`, { token, json: { grade: 1 + Math.floor(random() * 4) } });
          else if (dice < 0.85) await call('POST', `/api/v1/study/undo/${card}`, { token, json: {} });
          else if (dice < 0.9) await call('PUT', `/api/v1/study/marks/${card}`, { token, json: { flag: 1 } });
          else {
            const json = {
              scheduler: random() < 0.3 ? 'sm2' : 'fsrs-6',
              desired_retention: 0.8 + Math.floor(random() * 15) / 100,
              relearning_steps: random() < 0.5 ? '' : '10m',
              time_zone: random() < 0.5 ? 'Asia/Tokyo' : 'America/New_York',
            };
            assert.equal((await call('PUT', '/api/v1/study/settings', { token, json })).status, 200);
          }
          clock.advance(Math.floor(random() ** 4 * 20 * 86_400));
        }
        const whole = await recompute(database, false);
        assert.deepEqual(whole.told, []);
        assert.ok(whole.answers > 100 && whole.cards === 12, JSON.stringify(whole));

        const stored = () =>
          database.read(async ({ kysely }) => [
            await kysely.selectFrom('card_state').selectAll().orderBy('user_id').orderBy('card_id').execute(),
            await kysely.selectFrom('study_log').selectAll().orderBy('id').execute(),
          ]);
        const before = await stored();
        await database.write(async ({ kysely }) => {
          await kysely
            .updateTable('card_state')
            .set({ difficulty: 1.5, lapses: 99 })
            .where('user_id', '=', 1n)
            .where('card_id', '=', 1n)
            .execute();
          await kysely
            .updateTable('card_state')
            .set({ next_review: clock.now() })
            .where('user_id', '=', 1n)
            .where('card_id', '=', 2n)
            .execute();
          await kysely.deleteFrom('card_state').where('user_id', '=', 1n).where('card_id', '=', 3n).execute();
        });
        const planted = await stored();
        const checked = await recompute(database, false);
        assert.deepEqual(
          checked.told.map(({ user_id, card_id, columns }) => [user_id, card_id, columns.map(({ column }) => column)]),
          [
            [1n, 1n, ['difficulty', 'lapses']],
            [1n, 2n, ['next_review']],
            [1n, 3n, ['card_state']],
          ],
        );
        assert.deepEqual(await stored(), planted, 'a check changes nothing');
        const repaired = await recompute(database, true);
        assert.deepEqual([repaired.differences, repaired.repaired], [3, 3]);
        assert.deepEqual((await recompute(database, false)).differences, 0);
        const [states, log] = await stored();
        // The mark was on the row that was deleted; everything else is as it was.
        const derived = (rows: unknown) => (rows as { flag: number }[]).map(({ flag: _, ...rest }) => rest);
        assert.deepEqual([derived(states), log], [derived(before[0]), before[1]]);

        // A row of the log that was tampered with is told, and stays.
        await database.write(({ kysely }) =>
          kysely
            .updateTable('study_log')
            .set({ stability: 1234 })
            .where(
              'id',
              '=',
              (before[1] as { id: bigint; kind: string; stability: number | null }[]).findLast(
                ({ kind, stability }) => kind !== 'undo' && stability !== null,
              )?.id as bigint,
            )
            .execute(),
        );
        const tampered = await recompute(database, true);
        assert.deepEqual([tampered.differences, tampered.repaired], [1, 0]);
        assert.match(tampered.told[0]?.columns[0]?.column ?? '', /^study_log \d+$/);
      } finally {
        await service.close();
        await place.drop();
      }
    });
  });
}

const main = resolve(fileURLToPath(import.meta.url), '../../../bin/flashcase.mjs');

for (const version of [1, 2] as const) {
  test(`an adopted database of version ${version}: every card stands where its log says, and the command’s exit code tells`, (context) => {
    const { url, file, drop } = legacyFile(version);
    context.after(drop);
    const flashcase = (...args: string[]) => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
        cwd: dirname(file),
        env: { ...process.env, DATABASE_URL: url },
        encoding: 'utf8',
      });
      return { status, stdout, stderr };
    };
    assert.equal(flashcase('db', 'adopt').status, 0);
    const checked = flashcase('study', 'recompute', '--json');
    assert.equal(checked.status, 0, checked.stderr + checked.stdout);
    const { differences, answers, told } = JSON.parse(checked.stdout);
    assert.deepEqual([differences, told], [0, []]);
    assert.ok(answers > 5000, String(answers));
  });
}
