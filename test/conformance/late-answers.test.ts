import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { wrongReviewCounts } from '../../src/db/stores/review-counts.ts';
import type { StudyLog } from '../../src/db/stores/study.ts';
import type { Timestamp } from '../../src/schema/index.ts';
import { recompute } from '../../src/services/recompute.ts';
import { everydayEngines, withCitus } from '../support/database.ts';
import { type Service, startService } from './client.ts';

const DAY = 86_400;
const CARDS = 3;

/** What a device did without a connection. */
interface Event {
  readonly key: string;
  readonly card: number;
  readonly at: Timestamp;
  /** 1 to 4, or the key of the answer that is taken back. */
  readonly grade?: number;
  readonly undoes?: string;
}

async function send({ call }: Service, token: string, { key, card, at, grade, undoes }: Event) {
  const time = `${at.toApi()}Z`;
  const answer = await call('POST', `/api/v1/study/${undoes === undefined ? 'review' : 'undo'}/${card}`, {
    token,
    headers: { 'idempotency-key': key },
    json: undoes === undefined ? { grade, answered_at: time, duration_ms: 4000 } : { review_id: undoes, undone_at: time },
  });
  assert.equal(answer.status, 200, answer.text);
  return answer.body;
}

/** All that follows from a student's answers, without what only says who sent them and when they came. */
async function standingOfStudent({ database }: Service, userId: bigint) {
  return database.read(async ({ kysely }) => {
    const of = <Row extends { user_id: bigint }>(rows: Row[]) => rows.map(({ user_id: _, ...row }) => row);
    const log = await kysely.selectFrom('study_log').selectAll().where('user_id', '=', userId).orderBy('reviewed_at').execute();
    const keyOf = new Map(log.map(({ id, idempotency_id }) => [id, idempotency_id]));
    const states = kysely.selectFrom('card_state').selectAll().where('user_id', '=', userId).orderBy('card_id');
    const counts = kysely.selectFrom('review_counts').selectAll().where('user_id', '=', userId);
    const ruled = (row: StudyLog) => {
      const { id: _, user_id: __, created_at: ___, undoes, ...rest } = row;
      const told = { ...rest, undoes: undoes === null ? null : keyOf.get(undoes) };
      // Where the card stood when it was taken back is what its student saw then.
      return row.kind === 'undo' ? { key: told.idempotency_id, at: told.reviewed_at, undoes: told.undoes } : told;
    };
    return {
      log: log.map(ruled),
      states: of(await states.execute()),
      decks: of(await kysely.selectFrom('user_deck_stats').selectAll().where('user_id', '=', userId).execute()),
      counts: of(await counts.orderBy('quarter_hour').orderBy('gap_quarters').execute()).filter(
        // A row of nothing is what an answer that was taken back has left, or not.
        ({ quarter_hour: _, deck_id: __, gap_quarters: ___, ...numbers }) =>
          Object.values(numbers).some((value) => Number(value) > 0),
      ),
    };
  });
}

async function assertFollows(service: Service): Promise<void> {
  const { told, decks_told, users } = await recompute(service.database, false);
  assert.deepEqual([told, decks_told], [[], []]);
  for (let id = 1n; id <= BigInt(users); id++)
    assert.equal(await service.database.read((session) => wrongReviewCounts(session, id)), 0, `counts of user ${id}`);
}

/** Two devices: what each did, in its own order; times of the one fall between those of the other. */
const story = fc.record({
  steps: fc.array(
    fc.record({
      device: fc.integer({ min: 0, max: 1 }),
      card: fc.integer({ min: 1, max: CARDS }),
      grade: fc.integer({ min: 1, max: 4 }),
      /** Takes the device's own last answer to that card back. */
      isUndo: fc.integer({ min: 0, max: 4 }).map((dice) => dice === 0),
      wait: fc.constantFrom(1, 40, 700, 4 * 3600, DAY, 9 * DAY),
    }),
    { minLength: 4, maxLength: 16 },
  ),
  /** Whose turn it is to send; what is left follows. */
  turns: fc.array(fc.integer({ min: 0, max: 1 }), { maxLength: 20 }),
  twice: fc.array(fc.nat(20), { maxLength: 4 }),
  settings: fc.record({
    scheduler: fc.constantFrom('fsrs-6', 'fsrs-6', 'sm2'),
    suspends_leeches: fc.boolean(),
    leech_threshold: fc.constantFrom(2, 8),
    relearning_steps: fc.constantFrom('10m', ''),
  }),
});

function eventsOf(
  steps: { device: number; card: number; grade: number; isUndo: boolean; wait: number }[],
  from: Timestamp,
): Event[][] {
  const devices: Event[][] = [[], []];
  const open: Event[][] = [[], []];
  let at = from;
  for (const [index, { device, card, grade, isUndo, wait }] of steps.entries()) {
    at = at.plusSeconds(wait);
    const key = `event-${index}`;
    const mine = open[device] as Event[];
    const last = mine.findLastIndex((event) => event.card === card);
    const event = isUndo && last !== -1 ? { key, card, at, undoes: (mine[last] as Event).key } : { key, card, at, grade };
    if ('undoes' in event) mine.splice(last, 1);
    else mine.push(event);
    (devices[device] as Event[]).push(event);
  }
  return devices;
}

for (const target of withCitus(everydayEngines())) {
  describe(`answers that come late on ${target.name}`, { skip: target.skip }, () => {
    const onService = (work: (service: Service, deck: () => Promise<string>) => Promise<void>) => async () => {
      const place = await target.withTables();
      try {
        const service = await startService(place);
        let people = 0;
        const student = () => service.signUp(`student${++people}`);
        try {
          const owner = await student();
          await service.call('POST', '/api/v1/decks/', { token: owner, json: { name: 'Torts', is_public: true } });
          for (let i = 0; i < CARDS; i++)
            await service.call('POST', '/api/v1/cards/', { token: owner, json: { deck_id: 1, front: `q${i}`, back: 'a' } });
          await work(service, student);
        } finally {
          await service.close();
        }
      } finally {
        await place.drop();
      }
    };

    test(
      'two devices without a connection: in whatever order their answers come, and come twice, there is one log, and all follows from it',
      onService(async (service, student) => {
        let id = 1n;
        await fc.assert(
          fc.asyncProperty(story, async ({ steps, turns, twice, settings }) => {
            const from = service.clock.now();
            const devices = eventsOf(steps, from);
            const inOrder = devices.flat().sort((a, b) => (a.at.isBefore(b.at) ? -1 : 1));
            service.clock.advance(200 * DAY);
            const standings = [];
            for (const isLate of [false, true]) {
              const token = await student();
              id += 1n;
              await service.call('PUT', '/api/v1/study/settings', { token, json: settings });
              const left = devices.map((events) => [...events]);
              const arriving = isLate
                ? [...turns.flatMap((device) => left[device]?.splice(0, 1) ?? []), ...left.toReversed().flat()]
                : inOrder;
              for (const [index, event] of arriving.entries()) {
                await send(service, token, event);
                if (isLate && twice.includes(index)) await send(service, token, event);
              }
              standings.push(await standingOfStudent(service, id));
            }
            assert.deepEqual(standings[1], standings[0]);
            await assertFollows(service);
          }),
          { numRuns: 12 },
        );
      }),
    );

    test(
      'an answer given before the last one takes its place: the later one counts its days from it, and its own words stay',
      onService(async (service, student) => {
        const token = await student();
        const monday = service.clock.now();
        service.clock.advance(40 * DAY);
        const at = (days: number) => monday.plusSeconds(days * DAY);
        await send(service, token, { key: 'first', card: 1, at: at(0), grade: 4 });
        await send(service, token, { key: 'third', card: 1, at: at(20), grade: 3 });
        const rows = () =>
          service.database.read(({ kysely }) => kysely.selectFrom('study_log').selectAll().orderBy('reviewed_at').execute());
        const before = await rows();
        await send(service, token, { key: 'second', card: 1, at: at(9), grade: 1 });
        const [first, second, third] = await rows();
        assert.deepEqual(first, before[0]);
        assert.deepEqual([second?.kind, second?.elapsed_days, second?.lapses], ['review', 9, 1]);
        assert.deepEqual([third?.kind, third?.elapsed_days, third?.lapses], ['relearn', 11, 1]);
        const said = (row: StudyLog | undefined) => [
          row?.id,
          row?.reviewed_at.text,
          row?.last_rating,
          row?.grade,
          row?.created_at.text,
        ];
        assert.deepEqual(said(third), said(before[1]));
        await assertFollows(service);
      }),
    );

    test(
      'what an import brought stays as it is: an answer that was given before its last review comes after it',
      onService(async (service, student) => {
        const token = await student();
        const monday = service.clock.now();
        service.clock.advance(40 * DAY);
        const at = (days: number) => monday.plusSeconds(days * DAY);
        await send(service, token, { key: 'first', card: 1, at: at(0), grade: 4 });
        await send(service, token, { key: 'second', card: 1, at: at(20), grade: 3 });
        // As an import writes them: under no settings of the student's.
        await service.database.write(({ kysely }) => kysely.updateTable('study_log').set({ settings_version: null }).execute());
        const rows = () =>
          service.database.read(({ kysely }) => kysely.selectFrom('study_log').selectAll().orderBy('reviewed_at').execute());
        const before = await rows();
        await send(service, token, { key: 'late', card: 1, at: at(9), grade: 1 });
        const [first, second, late] = await rows();
        assert.deepEqual([first, second], before);
        assert.deepEqual([late?.reviewed_at.text, late?.grade, late?.kind], [at(20).plusMicros(1n).text, 1, 'review']);
        await assertFollows(service);
      }),
    );

    test(
      'an answer is taken back also when another device has answered since: what that one answered stays, and rests on what is left',
      onService(async (service, student) => {
        const token = await student();
        const monday = service.clock.now();
        service.clock.advance(40 * DAY);
        const at = (days: number, seconds = 0) => monday.plusSeconds(days * DAY + seconds);
        await send(service, token, { key: 'one', card: 1, at: at(0), grade: 4 });
        await send(service, token, { key: 'slip', card: 1, at: at(9), grade: 1 });
        await send(service, token, { key: 'other', card: 1, at: at(9, 60), grade: 3 });
        await send(service, token, { key: 'back', card: 1, at: at(9, 90), undoes: 'slip' });
        const log = await service.database.read(({ kysely }) =>
          kysely.selectFrom('study_log').selectAll().where('idempotency_id', '=', 'other').execute(),
        );
        assert.deepEqual([log[0]?.kind, log[0]?.lapses, log[0]?.elapsed_days], ['review', 0, 9]);
        const again = await service.call('POST', '/api/v1/study/undo/1', {
          token,
          headers: { 'idempotency-key': 'again' },
          json: { review_id: 'slip' },
        });
        assert.deepEqual([again.status, again.body.code], [409, 'FC_CONFLICT']);
        await assertFollows(service);
      }),
    );

    test(
      'an answer from the future, or from before its card, is refused by name and changes nothing; minutes of difference are none',
      onService(async (service, student) => {
        const token = await student();
        const made = service.clock.now();
        service.clock.advance(DAY);
        const post = (answered_at: string) =>
          service.call('POST', '/api/v1/study/review/1', { token, json: { grade: 3, answered_at } });
        const at = (from: Timestamp, seconds: number) => `${from.plusSeconds(seconds).toApi()}Z`;
        for (const wrong of [
          '2100-01-01T00:00:00Z',
          '9999-12-31T23:59:59Z',
          '1970-01-01T00:00:00Z',
          at(service.clock.now(), 400),
        ]) {
          const { status, body } = await post(wrong);
          assert.deepEqual([status, body.code], [409, 'FC_ANSWER_TIME'], wrong);
          assert.match(body.hint, /without answered_at/);
        }
        const count = () => service.database.read(({ kysely }) => kysely.selectFrom('study_log').select('id').execute());
        assert.equal((await count()).length, 0);
        assert.equal((await post(at(made, -60))).status, 200);
        assert.equal((await post(at(service.clock.now(), 60))).status, 200);
        const late = await service.call('POST', '/api/v1/study/review/1', { token, json: { grade: 3 } });
        assert.equal(late.status, 200);
        await assertFollows(service);
      }),
    );

    test(
      'an answer that waited in a browser is recorded for who gave it, never for who has logged in there since',
      onService(async (service, student) => {
        const [anna, ben] = [await student(), await student()];
        const post = (token: string, path: string, json: object, method = 'POST') =>
          service.call(method, `/api/v1/study/${path}/1`, {
            token,
            json,
            headers: { 'idempotency-key': path, 'x-flashcase-user': '2' },
          });
        for (const [path, json, method] of [
          ['review', { grade: 3 }],
          ['undo', { review_id: 'review' }],
          ['cram', { grade: 3 }],
          ['marks', { flag: 2 }, 'PUT'],
        ] as const) {
          const refused = await post(ben, path, json, method);
          assert.deepEqual([refused.status, refused.body.code], [401, 'FC_UNAUTHENTICATED'], path);
          assert.equal((await post(anna, path, json, method)).status, 200, path);
        }
        await assertFollows(service);
      }),
    );
  });
}
