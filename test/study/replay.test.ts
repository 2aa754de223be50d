import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Timestamp } from '../../src/schema/index.ts';
import { nextMemory } from '../../src/study/fsrs.ts';
import { GRADES, gradeOf, qualityOf } from '../../src/study/grade.ts';
import {
  kindOf,
  type LoggedReview,
  memoryOf,
  type ReviewKind,
  replay,
  standingAfter,
  withMemory,
} from '../../src/study/replay.ts';
import { momentOf, schedulerOf } from '../../src/study/schedulers.ts';
import { DEFAULT_SETTINGS, type StudySettings } from '../../src/study/settings.ts';
import { NEW_CARD, review } from '../../src/study/sm2.ts';
import { NEVER_STUDIED, type Standing } from '../../src/study/standing.ts';

const START = Timestamp.parse('2026-03-01 09:00:00') as Timestamp;
const versions: StudySettings[] = [
  { ...DEFAULT_SETTINGS, version: 1 },
  { ...DEFAULT_SETTINGS, version: 2, scheduler: 'sm2' },
  { ...DEFAULT_SETTINGS, version: 3, desiredRetention: 0.95, learningSteps: [], relearningSteps: [], timeZone: 'Asia/Tokyo' },
];
const settingsOf = (version: number) => versions[version - 1];

const rowOf = (id: bigint, kind: ReviewKind | undefined, standing: Standing, more: Partial<LoggedReview>): LoggedReview => ({
  id,
  reviewedAt: standing.answeredAt ?? START,
  scheduler: standing.scheduler,
  kind,
  quality: standing.lastRating,
  durationMs: undefined,
  elapsedDays: undefined,
  settingsVersion: undefined,
  undoes: undefined,
  after: standing,
  ...more,
});

/** A row as release 0.1 wrote it. */
function oldRow(
  id: bigint,
  at: Timestamp,
  before: { easeFactor: number; interval: number; repetitions: number },
  quality: number,
) {
  const next = review(before, quality);
  const standing: Standing = {
    ...NEVER_STUDIED,
    ...next,
    phase: 'review',
    lastRating: quality,
    answeredAt: at,
    due: at.plusDays(next.interval),
  };
  return rowOf(id, undefined, standing, { scheduler: undefined });
}

const events = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('answer' as const),
        grade: fc.constantFrom(...GRADES),
        version: fc.integer({ min: 1, max: 3 }),
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('old' as const), quality: fc.integer({ min: 0, max: 5 }) }) },
    { weight: 2, arbitrary: fc.constant({ kind: 'undo' as const }) },
  ),
  { maxLength: 30 },
);

test('replaying a log gives what was computed answer by answer: through changes of scheduler, undo, and answers of release 0.1', () => {
  fc.assert(
    fc.property(events, fc.integer({ min: 1, max: 400_000 }), (list, stride) => {
      const log: LoggedReview[] = [];
      /** Standing and row after each answer in effect, kept as the server keeps them: without looking at the log where it can. */
      const stack: { row: LoggedReview; standing: Standing }[] = [];
      let time = START;
      for (const [at, event] of list.entries()) {
        time = time.plusSeconds(60 + ((at * stride) % 400_000));
        const id = BigInt(at + 1);
        const before = stack.at(-1)?.standing ?? NEVER_STUDIED;
        if (event.kind === 'undo') {
          const undone = stack.pop();
          if (undone === undefined) continue;
          const restored = stack.at(-1)?.standing ?? NEVER_STUDIED;
          log.push(rowOf(id, 'undo', restored, { reviewedAt: time, undoes: undone.row.id, quality: undefined }));
        } else if (event.kind === 'old') {
          const row = oldRow(id, time, before, event.quality);
          const isLapse = event.quality < 3 && before.phase === 'review';
          const standing: Standing = {
            ...(row.after as Standing),
            answeredAt: time,
            lastRating: event.quality,
            lapses: before.lapses + (isLapse ? 1 : 0),
            reviewCount: before.reviewCount + 1,
          };
          log.push(row);
          stack.push({ row, standing });
        } else {
          const settings = settingsOf(event.version) as StudySettings;
          const from =
            settings.scheduler === 'sm2' || before.phase === 'new' || before.memory !== undefined
              ? before
              : withMemory(replay(7n, log, settingsOf), settings);
          const moment = momentOf(7n, from, time, settings);
          const answer = { grade: event.grade, quality: qualityOf(event.grade) };
          const standing = schedulerOf(settings.scheduler).answer(from, answer, moment);
          const row = rowOf(id, kindOf(from), standing, {
            elapsedDays: moment.elapsedDays,
            settingsVersion: event.version,
          });
          log.push(row);
          stack.push({ row, standing });
        }
      }
      const history = replay(7n, log, settingsOf);
      assert.deepEqual(standingAfter(history), stack.at(-1)?.standing ?? NEVER_STUDIED);
      assert.equal(history.length, stack.length);
    }),
  );
});

test('an undo takes the answer it names back wherever it stands: what is left is replayed as if it had never been given', () => {
  const undos = fc.array(fc.record({ at: fc.nat(40), names: fc.nat(12) }), { maxLength: 8 });
  fc.assert(
    fc.property(events, undos, (list, taken) => {
      let time = START;
      let standing: Standing = NEVER_STUDIED;
      const answers = list.flatMap((event, index): LoggedReview[] => {
        if (event.kind === 'undo') return [];
        time = time.plusSeconds(40_000 + index * 7919);
        const id = BigInt(index + 1);
        if (event.kind === 'old') {
          const row = oldRow(id, time, standing, event.quality);
          standing = row.after as Standing;
          return [row];
        }
        const settings = { ...(settingsOf(event.version) as StudySettings), scheduler: 'sm2' as const };
        const moment = momentOf(7n, standing, time, settings);
        const before = standing;
        standing = schedulerOf('sm2').answer(before, { grade: event.grade, quality: qualityOf(event.grade) }, moment);
        return [rowOf(id, kindOf(before), standing, { elapsedDays: moment.elapsedDays, settingsVersion: event.version })];
      });
      const log = [...answers];
      for (const [index, { at, names }] of taken.entries())
        log.splice(
          at % (log.length + 1),
          0,
          rowOf(BigInt(100 + index), 'undo', NEVER_STUDIED, { undoes: BigInt(names), quality: undefined }),
        );
      const isNamed = new Set(log.map(({ undoes }) => undoes));
      const left = answers.filter(({ id }) => !isNamed.has(id));
      const history = replay(7n, log, settingsOf);
      assert.deepEqual(
        history.map(({ row }) => row.id),
        left.map(({ id }) => id),
      );
      assert.deepEqual(standingAfter(history), standingAfter(replay(7n, left, settingsOf)));
    }),
  );
});

test('a history of SM-2 becomes a memory by answering it again; its date stays', () => {
  const times = [0, 1, 7, 22].map((days) => START.plusDays(days));
  let before = NEW_CARD;
  const log = times.map((at, i) => {
    const row = oldRow(BigInt(i), at, before, 4);
    before = row.after as typeof before;
    return row;
  });
  const history = replay(1n, log, settingsOf);
  const settings = settingsOf(1) as StudySettings;
  let expected = nextMemory(settings, undefined, 0, gradeOf(4));
  for (const days of [1, 6, 15]) expected = nextMemory(settings, expected, days, 3);
  const standing = withMemory(history, settings);
  assert.deepEqual(standing.memory, expected);
  assert.equal(standing.due?.text, log.at(-1)?.after.due?.text);
  assert.equal(standing.interval, before.interval);
});

test('a history that begins in the middle, or lacks a grade, is known by its interval', () => {
  const settings = settingsOf(1) as StudySettings;
  const middle = oldRow(1n, START, { easeFactor: 2.5, interval: 6, repetitions: 2 }, 4);
  const later = oldRow(2n, START.plusDays(15), middle.after as { easeFactor: number; interval: number; repetitions: number }, 4);
  const whole = memoryOf(replay(1n, [middle, later], settingsOf), settings);
  const seeded = memoryOf(replay(1n, [middle], settingsOf), settings);
  assert.deepEqual(seeded?.stability, 15);
  assert.deepEqual(whole, nextMemory(settings, seeded, 15, 3));
  const unknown = { ...later, quality: undefined };
  assert.equal(memoryOf(replay(1n, [middle, unknown], settingsOf), settings)?.stability, later.after.interval);
});

test('what is given by hand is taken as it is; cramming moves nothing', () => {
  const imported: Standing = {
    ...NEVER_STUDIED,
    scheduler: 'fsrs-6',
    phase: 'review',
    interval: 40,
    repetitions: 4,
    lapses: 2,
    reviewCount: 1,
    memory: { stability: 42.5, difficulty: 6.25 },
    answeredAt: START,
    due: START.plusDays(40),
  };
  const manual = rowOf(1n, 'manual', imported, {});
  const cram = rowOf(
    2n,
    'cram',
    { ...imported, interval: 0, phase: 'learning', answeredAt: START.plusDays(1), lastRating: 0 },
    {},
  );
  assert.deepEqual(standingAfter(replay(1n, [manual, cram], settingsOf)), imported);
  assert.deepEqual(memoryOf(replay(1n, [manual, cram], settingsOf), settingsOf(3) as StudySettings), imported.memory);
});
