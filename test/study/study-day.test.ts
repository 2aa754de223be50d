import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Timestamp } from '../../src/schema/index.ts';
import { isTimeZone, nextWallTime, startOfStudyDay, studyDay, studyDaysBetween } from '../../src/study/study-day.ts';

const at = (text: string) => Timestamp.parse(text) as Timestamp;
const date = (day: number) => Timestamp.fromMillis(day * 86_400_000).text.slice(0, 10);

test('a study day begins at the rollover hour of the student’s own clock', () => {
  const berlin = { timeZone: 'Europe/Berlin', rolloverHour: 4 };
  assert.equal(date(studyDay(at('2026-01-10 02:59:59'), berlin)), '2026-01-09');
  assert.equal(date(studyDay(at('2026-01-10 03:00:00'), berlin)), '2026-01-10');
  assert.equal(startOfStudyDay(studyDay(at('2026-07-10 12:00:00'), berlin), berlin).text, '2026-07-10 02:00:00.000000');
  const kathmandu = { timeZone: 'Asia/Kathmandu', rolloverHour: 0 };
  assert.equal(startOfStudyDay(studyDay(at('2026-07-10 12:00:00'), kathmandu), kathmandu).text, '2026-07-09 18:15:00.000000');
});

test('days are right where clocks are set: forward over the beginning of a day, back over it, and over a whole day', () => {
  // New York skips 02:00 to 03:00 on 2026-03-08 and repeats 01:00 to 02:00 on 2026-11-01.
  const skipped = { timeZone: 'America/New_York', rolloverHour: 2 };
  const first = studyDay(at('2026-03-08 12:00:00'), skipped);
  assert.equal(startOfStudyDay(first, skipped).text, '2026-03-08 07:00:00.000000');
  assert.deepEqual(
    [studyDay(at('2026-03-08 06:59:59'), skipped), studyDay(at('2026-03-08 07:00:00'), skipped)],
    [first - 1, first],
  );
  const repeated = { timeZone: 'America/New_York', rolloverHour: 1 };
  const second = studyDay(at('2026-11-01 12:00:00'), repeated);
  assert.equal(startOfStudyDay(second, repeated).text, '2026-11-01 05:00:00.000000');
  assert.equal(studyDay(at('2026-11-01 06:30:00'), repeated), second);
  // Beirut goes from 23:59 on Saturday back to 23:00: the day does not begin twice.
  const beirut = { timeZone: 'Asia/Beirut', rolloverHour: 0 };
  const sunday = studyDay(at('2026-10-25 10:00:00'), beirut);
  assert.equal(date(sunday), '2026-10-25');
  assert.equal(studyDay(startOfStudyDay(sunday, beirut), beirut), sunday);
  // Samoa went from Thursday to Saturday: what is left of 2011-12-30 are the hours before the rollover.
  const apia = { timeZone: 'Pacific/Apia', rolloverHour: 4 };
  assert.equal(date(studyDay(at('2011-12-31 15:00:00'), apia)), '2012-01-01');
  assert.equal(date(studyDay(at('2011-12-30 09:00:00'), apia)), '2011-12-29');
});

test('study days follow each other without gap or overlap in every zone, at every hour', () => {
  const rule = fc.record({
    timeZone: fc.constantFrom(...Intl.supportedValuesOf('timeZone')),
    rolloverHour: fc.integer({ min: 0, max: 23 }),
  });
  const moment = fc.integer({ min: 0, max: 2_000_000_000 }).map((seconds) => Timestamp.fromMillis(seconds * 1000));
  fc.assert(
    fc.property(rule, moment, (zone, time) => {
      const day = studyDay(time, zone);
      const start = startOfStudyDay(day, zone);
      assert.ok(!time.isBefore(start) && time.isBefore(startOfStudyDay(day + 1, zone)));
      assert.equal(studyDay(start.plusMicros(-1n), zone) < day, true);
    }),
    { numRuns: 300 },
  );
});

test('the days between two moments are never below zero', () => {
  const zone = { timeZone: 'UTC', rolloverHour: 4 };
  assert.equal(studyDaysBetween(at('2026-01-02 05:00:00'), at('2026-01-01 05:00:00'), zone), 0);
  assert.equal(studyDaysBetween(at('2026-01-01 05:00:00'), at('2026-01-02 03:00:00'), zone), 0);
  assert.equal(studyDaysBetween(at('2026-01-01 05:00:00'), at('2026-01-04 04:00:00'), zone), 3);
});

test('zones are IANA names', () => {
  assert.deepEqual(['UTC', 'Europe/Berlin', 'Etc/GMT+5'].map(isTimeZone), [true, true, true]);
  assert.deepEqual(['', '+02:00', 'Mars/Olympus', 'x; DROP'].map(isTimeZone), [false, false, false, false]);
});

test('a time of day comes once a day by the clock on the wall, also where clocks are changed', () => {
  const next = (after: string, minute: number, zone: string) =>
    String(nextWallTime(Timestamp.parse(after) as Timestamp, minute, zone))
      .slice(0, 19)
      .replace(' ', 'T');
  const half = (hour: number) => hour * 60 + 30;
  for (const [after, minute, zone, at] of [
    ['2026-11-27 10:00:00', half(19), 'UTC', '2026-11-27T19:30:00'],
    // Not now, once more, but tomorrow.
    ['2026-11-27 19:30:00', half(19), 'UTC', '2026-11-28T19:30:00'],
    ['2026-11-27 20:00:00', half(7), 'Asia/Tokyo', '2026-11-27T22:30:00'],
    // Spring: 02:30 is skipped, and what follows comes at once.
    ['2026-03-28 12:00:00', half(2), 'Europe/Berlin', '2026-03-29T01:00:00'],
    ['2026-03-29 01:00:00', half(2), 'Europe/Berlin', '2026-03-30T00:30:00'],
    // Autumn: 02:30 comes twice and counts once.
    ['2026-10-24 12:00:00', half(2), 'Europe/Berlin', '2026-10-25T00:30:00'],
    ['2026-10-25 00:30:00', half(2), 'Europe/Berlin', '2026-10-26T01:30:00'],
    // Midnight itself.
    ['2026-11-27 23:59:59', 0, 'UTC', '2026-11-28T00:00:00'],
  ] as const)
    assert.equal(next(after, minute, zone), at, `${after} ${zone}`);
});
