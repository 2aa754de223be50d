import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { dirname, resolve } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { rebuildDeckStats } from '../../src/db/stores/deck-stats.ts';
import { isInEffect } from '../../src/db/stores/in-effect.ts';
import { insertQuarantined } from '../../src/db/stores/quarantine.ts';
import { rebuildReviewCounts, wrongReviewCounts } from '../../src/db/stores/review-counts.ts';
import { loggedReviewOf } from '../../src/db/stores/standing.ts';
import { listCardLog, type StudyLog } from '../../src/db/stores/study.ts';
import { findUser, type User } from '../../src/db/stores/users.ts';
import { restore } from '../../src/ops/quarantine.ts';
import { flashcase } from '../../src/schema/flashcase.ts';
import { Timestamp } from '../../src/schema/index.ts';
import type { StoredCell } from '../../src/schema/stored-cell.ts';
import { adoptWeights, memoriesUnder } from '../../src/services/parameters.ts';
import { recompute } from '../../src/services/recompute.ts';
import { studySettings } from '../../src/services/study-settings.ts';
import { DEFAULT_WEIGHTS } from '../../src/study/fsrs.ts';
import { OUTCOMES } from '../../src/study/outcome.ts';
import { replay } from '../../src/study/replay.ts';
import { storageForms, withCitus } from '../support/database.ts';
import { legacyFile } from '../support/legacy.ts';
import { type Service, startService } from './client.ts';

/** A row as the quarantine keeps it. */
const cellsOf = (row: object): Record<string, StoredCell> =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]): [string, StoredCell] => {
      if (value === null) return [name, { kind: 'null' }];
      if (value instanceof Timestamp) return [name, { kind: 'text', bytes: Buffer.from(value.text) }];
      if (typeof value === 'string') return [name, { kind: 'text', bytes: Buffer.from(value) }];
      const type = (flashcase.tables.study_log.columns as Record<string, { type: string }>)[name]?.type;
      return [name, type === 'float64' ? { kind: 'real', value } : { kind: 'integer', value: BigInt(value) }];
    }),
  );

const logOf = ({ database }: Service): Promise<StudyLog[]> =>
  database.read(({ kysely }) => kysely.selectFrom('study_log').selectAll().orderBy('id').execute());
/** What a student sees of it: where the card stands, what is counted in the deck and for the statistics. */
const derivedOf = ({ database }: Service) =>
  database.read(async ({ kysely }) => ({
    states: await kysely.selectFrom('card_state').selectAll().orderBy('card_id').execute(),
    decks: await kysely.selectFrom('user_deck_stats').selectAll().orderBy('deck_id').execute(),
    counts: await kysely.selectFrom('review_counts').selectAll().orderBy('quarter_hour').orderBy('gap_quarters').execute(),
  }));

/** A student who has answered, forgotten and taken back, in a deck of three cards. */
async function studied(service: Service): Promise<string> {
  const { call, clock } = service;
  const token = await service.signUp('anna');
  await call('POST', '/api/v1/decks/', { token, json: { name: 'Torts' } });
  for (let i = 0; i < 3; i++) await call('POST', '/api/v1/cards/', { token, json: { deck_id: 1, front: `q${i}`, back: 'a' } });
  for (const [card, grade] of [
    [1, 4],
    [2, 3],
    [1, 1],
    [1, 3],
    [3, 4],
  ] as const) {
    await call('POST', `/api/v1/study/review/${card}`, { token, json: { grade, duration_ms: 4000 } });
    clock.advance(3 * 86_400);
  }
  await call('POST', '/api/v1/study/undo/3', { token, json: {} });
  return token;
}

for (const target of withCitus(storageForms())) {
  describe(`recomputing on ${target.name}`, { skip: target.skip }, () => {
    test('finds no difference after any story, each planted one by name, and repairs the card’s row from the log', async () => {
      const place = await target.withTables();
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
        const placed: { readonly token: string | undefined; readonly operation: unknown }[] = [];
        for (let step = 0; step < 180; step++) {
          const token = tokens[Math.floor(random() * 2)];
          const card = 1 + Math.floor(random() * 6);
          const dice = random();
          if (dice < 0.6)
            await call('POST', `/api/v1/study/review/${card}`, { token, json: { grade: 1 + Math.floor(random() * 4) } });
          else if (dice < 0.68) {
            // Given without a connection, perhaps before what the card was put to by hand.
            const answered_at = `${clock
              .now()
              .plusSeconds(-Math.floor(random() * 200_000))
              .text.replace(' ', 'T')}Z`;
            await call('POST', `/api/v1/study/review/${card}`, {
              token,
              json: { grade: 1 + Math.floor(random() * 4), answered_at },
            });
          } else if (dice < 0.76) {
            const edit = random() < 0.3 ? { edit: 'reset' } : { edit: 'set_due', days: Math.floor(random() * 40) };
            const json = { ...edit, card_ids: [card, 1 + (card % 6)] };
            const { status, headers } = await call('POST', '/api/v1/edit/cards', { token, json });
            assert.equal(status, 200);
            placed.push({ token, operation: headers['x-operation'] });
          } else if (dice < 0.78) {
            const { operation, token: whose } = placed.splice(Math.floor(random() * placed.length), 1)[0] ?? {};
            if (operation !== undefined) await call('POST', `/api/v1/operations/${operation}/undo`, { token: whose });
          } else if (dice < 0.85) await call('POST', `/api/v1/study/undo/${card}`, { token, json: {} });
          else if (dice < 0.9) await call('PUT', `/api/v1/study/marks/${card}`, { token, json: { flag: 1 } });
          else if (dice < 0.93) {
            // Other parameters: what a date given by hand rests on keeps those of its answer.
            const user = (await database.read((session) =>
              findUser(session, { id: BigInt(1 + tokens.indexOf(token as string)) }),
            )) as User;
            const { weights: before } = await database.read((session) => studySettings(session, user.id));
            const weights = random() < 0.3 ? undefined : DEFAULT_WEIGHTS.map((weight) => weight * (0.97 + 0.05 * random()));
            const memories = await memoriesUnder((work) => database.read(work), user.id, weights);
            await database.write((session) => adoptWeights(session, user, weights, memories, before));
          } else {
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
        assert.deepEqual(whole.decks_told, []);
        for (const user of [1n, 2n]) assert.equal(await database.read((session) => wrongReviewCounts(session, user)), 0);
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

    const onService = (work: (service: Service) => Promise<void>) => async () => {
      const place = await target.withTables();
      try {
        const service = await startService(place);
        try {
          await work(service);
        } finally {
          await service.close();
        }
      } finally {
        await place.drop();
      }
    };

    test(
      'what is counted in each deck is compared with the log too, and mended from it',
      onService(async (service) => {
        const token = await studied(service);
        await service.call('POST', '/api/v1/decks/', { token, json: { name: 'Never studied' } });
        const { database } = service;
        assert.deepEqual((await recompute(database, false)).decks_told, []);
        const { decks } = await derivedOf(service);
        assert.deepEqual(
          decks.map(({ review_count, rating_count, rating_sum }) => [review_count, rating_count, rating_sum]),
          [[4, 4, 13n]],
        );
        await database.write(async ({ kysely }) => {
          await kysely.updateTable('user_deck_stats').set({ review_count: 9, rating_sum: 1n }).execute();
          await kysely
            .insertInto('user_deck_stats')
            .values({ user_id: 1n, deck_id: 2n, review_count: 1, rating_count: 0, rating_sum: 0n, last_studied: null })
            .execute();
        });
        const found = await recompute(database, false);
        assert.deepEqual(
          [
            found.differences,
            found.decks_told.map(({ user_id, deck_id, columns }) => [user_id, deck_id, columns.map(({ column }) => column)]),
          ],
          [
            0,
            [
              [1n, 1n, ['review_count', 'rating_sum']],
              [1n, 2n, ['user_deck_stats']],
            ],
          ],
        );
        const repaired = await recompute(database, true);
        assert.deepEqual([repaired.deck_differences, repaired.decks_repaired], [2, 2]);
        assert.deepEqual((await derivedOf(service)).decks, decks);
        assert.equal((await recompute(database, false)).deck_differences, 0);
      }),
    );

    test(
      'a review that comes back from the quarantine counts again: where its card stands, in its deck and on its day',
      onService(async (service) => {
        await studied(service);
        const { database, clock } = service;
        const before = await derivedOf(service);
        const log = await logOf(service);
        // The failure in the middle of card 1, its last answer, and the undo of card 3, each set aside as a move does it.
        for (const [index, row] of [log[2], log[3], log.at(-1)].entries()) {
          assert.ok(row);
          await database.write(async (session) => {
            await session.kysely.deleteFrom('study_log').where('id', '=', row.id).execute();
            const cells = cellsOf(row);
            const key = { id: cells.id as StoredCell };
            const entry = {
              table: 'study_log',
              key,
              row: cells,
              reason: 'orphan',
              detail: 'test',
              runId: `r${index}`,
              at: clock.now(),
            };
            await insertQuarantined(session.connection, entry);
            await rebuildReviewCounts(session.connection, session.engine, 1n);
            await rebuildDeckStats(session, 1n);
          });
          await recompute(database, true);
        }
        assert.notDeepEqual(await derivedOf(service), before);
        for (const id of [1n, 2n, 3n]) await restore(database, id);
        assert.deepEqual(await logOf(service), log);
        assert.deepEqual(await derivedOf(service), before);
        const { told, decks_told } = await recompute(database, false);
        assert.deepEqual([told, decks_told], [[], []]);
        assert.equal(await database.read((session) => wrongReviewCounts(session, 1n)), 0);
      }),
    );

    test(
      'an answer is in effect by one rule: replay, queries and counts agree wherever an undo stands in the log',
      onService(async (service) => {
        await studied(service);
        const { database } = service;
        const whole = await logOf(service);
        const answers = whole.filter(({ kind }) => kind !== 'undo');
        const undo = whole.find(({ kind }) => kind === 'undo');
        let seed = 11;
        const random = (below: number) => {
          seed = (seed * 48_271) % 2_147_483_647;
          return seed % below;
        };
        for (let round = 0; round < 25; round++) {
          await database.write(async (session) => {
            const { kysely } = session;
            await kysely.deleteFrom('study_log').where('kind', '=', 'undo').execute();
            for (let i = random(4); i >= 0; i--) {
              const named = answers[random(answers.length)] as StudyLog;
              // Of its own card mostly; an undo of another card's answer is none, and neither is one of a row that is not there.
              const { id: _, ...row } = { ...(undo as StudyLog), card_id: random(5) === 0 ? 2n : named.card_id };
              const near = (answers[random(answers.length)] as StudyLog).reviewed_at;
              const undoes = random(7) === 0 ? 999n : named.id;
              await kysely
                .insertInto('study_log')
                .values({ ...row, undoes, reviewed_at: near.plusSeconds(random(3) - 1) })
                .execute();
            }
            await rebuildReviewCounts(session.connection, session.engine, 1n);
            await rebuildDeckStats(session, 1n);
          });
          const replayed = await database.read(async (session) => {
            const ids: bigint[] = [];
            for (const card of [1n, 2n, 3n]) {
              const log = await listCardLog(session, 1n, card);
              ids.push(...replay(card, log.map(loggedReviewOf), () => undefined).map(({ row }) => row.id));
            }
            return ids.toSorted((a, b) => Number(a - b));
          });
          const asked = await database.read(({ kysely }) =>
            kysely.selectFrom('study_log').select('id').where('kind', '!=', 'undo').where(isInEffect).orderBy('id').execute(),
          );
          const { decks, counts } = await derivedOf(service);
          const counted = counts.reduce((sum, row) => sum + OUTCOMES.reduce((all, name) => all + row[name], 0), 0);
          assert.deepEqual(
            [asked.map(({ id }) => id), decks[0]?.review_count, counted],
            [replayed, replayed.length, replayed.length],
          );
        }
      }),
    );
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
