import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Timestamp } from '../../src/schema/index.ts';
import { dayText, quarterOf, studyCalendar } from '../../src/study/study-calendar.ts';
import { studyDay } from '../../src/study/study-day.ts';

const quarter = (utc: string): number => quarterOf(BigInt(Date.parse(utc)) * 1000n);

/** Zone, moment in UTC, rollover, study day, hour on the wall clock. */
const CASES: readonly (readonly [zone: string, utc: string, rollover: number, day: string, hour: number])[] = [
  ['UTC', '2026-11-26T03:59:59Z', 4, '2026-11-25', 3],
  ['UTC', '2026-11-26T04:00:00Z', 4, '2026-11-26', 4],
  ['UTC', '2026-11-26T00:00:00Z', 0, '2026-11-26', 0],
  ['UTC', '2026-11-26T22:59:00Z', 23, '2026-11-25', 22],
  ['UTC', '1969-12-31T23:59:00Z', 0, '1969-12-31', 23],
  ['Asia/Kolkata', '2026-11-25T22:29:00Z', 4, '2026-11-25', 3],
  ['Asia/Kolkata', '2026-11-25T22:30:00Z', 4, '2026-11-26', 4],
  ['Asia/Kathmandu', '2026-11-25T22:14:00Z', 4, '2026-11-25', 3],
  ['Asia/Kathmandu', '2026-11-25T22:15:00Z', 4, '2026-11-26', 4],
  // The clock goes forward at 2:00 and back at 2:00: the day begins at 4:00 on the wall all the same.
  ['America/New_York', '2026-03-08T07:59:00Z', 4, '2026-03-07', 3],
  ['America/New_York', '2026-03-08T08:00:00Z', 4, '2026-03-08', 4],
  ['America/New_York', '2026-11-01T08:59:00Z', 4, '2026-10-31', 3],
  ['America/New_York', '2026-11-01T09:00:00Z', 4, '2026-11-01', 4],
  // The hour that comes twice.
  ['America/New_York', '2026-11-01T05:30:00Z', 4, '2026-10-31', 1],
  ['America/New_York', '2026-11-01T06:30:00Z', 4, '2026-10-31', 1],
  // Half an hour of summer time.
  ['Australia/Lord_Howe', '2026-04-04T14:59:00Z', 2, '2026-04-04', 1],
  ['Australia/Lord_Howe', '2026-04-04T15:29:00Z', 2, '2026-04-04', 1],
  ['Australia/Lord_Howe', '2026-04-04T15:30:00Z', 2, '2026-04-05', 2],
  ['Australia/Lord_Howe', '2026-10-03T15:30:00Z', 4, '2026-10-03', 2],
  ['Australia/Lord_Howe', '2026-10-03T17:00:00Z', 4, '2026-10-04', 4],
  // Samoa left out 30 December 2011; who studied in its first night still is in the study day before the 31st.
  ['Pacific/Apia', '2011-12-30T09:59:00Z', 4, '2011-12-29', 23],
  ['Pacific/Apia', '2011-12-30T10:00:00Z', 4, '2011-12-30', 0],
  ['Pacific/Apia', '2011-12-30T14:00:00Z', 4, '2011-12-31', 4],
  ['Pacific/Apia', '2011-12-30T10:00:00Z', 0, '2011-12-31', 0],
];

describe('a study day', () => {
  for (const [zone, utc, rollover, day, hour] of CASES) {
    test(`begins at its hour on the wall: ${utc} in ${zone} from ${rollover}:00 is ${day}`, () => {
      const calendar = studyCalendar(zone, rollover);
      assert.deepEqual([dayText(calendar.dayOf(quarter(utc))), calendar.hourOf(quarter(utc))], [day, hour]);
    });
  }

  test('since 1980 every zone is whole quarter hours away from UTC, so that a quarter hour of UTC is in one day and hour everywhere', () => {
    for (const zone of Intl.supportedValuesOf('timeZone')) {
      const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
      for (let year = 1980; year <= 2030; year++) {
        for (const month of [0, 3, 6, 9]) {
          const text = format.format(Date.UTC(year, month, 8));
          assert.match(text, /GMT([+-]\d\d:(00|15|30|45))?$/, `${zone} ${text}`);
        }
      }
    }
  });

  const zones = [
    'America/New_York',
    'Asia/Kolkata',
    'Pacific/Apia',
    'Australia/Lord_Howe',
    'UTC',
    'Africa/Casablanca',
    'Europe/Berlin',
  ];
  const moment = fc.integer({ min: quarter('1975-01-01T00:00:00Z'), max: quarter('2040-01-01T00:00:00Z') });

  test('is what the wall clock of Intl says, rises with time, and begins where startOf says', () => {
    fc.assert(
      fc.property(fc.constantFrom(...zones), fc.integer({ min: 0, max: 23 }), moment, (zone, rollover, at) => {
        const calendar = studyCalendar(zone, rollover);
        const parts = new Intl.DateTimeFormat('en-CA', {
          timeZone: zone,
          hourCycle: 'h23',
          year: 'numeric',
          month: '2-digit',
          day: '2-digit',
          hour: '2-digit',
        }).formatToParts(at * 900_000);
        const part = (type: string) => Number(parts.find((one) => one.type === type)?.value);
        const wall = Date.UTC(part('year'), part('month') - 1, part('day')) / 86_400_000;
        assert.equal(calendar.hourOf(at), part('hour'));
        assert.equal(calendar.dayOf(at), part('hour') < rollover ? wall - 1 : wall);
        assert.ok(calendar.dayOf(at + 1) >= calendar.dayOf(at));
        const start = calendar.startOf(calendar.dayOf(at));
        assert.ok(start <= at);
        assert.equal(calendar.dayOf(start), calendar.dayOf(at));
        assert.ok(calendar.dayOf(start - 1) < calendar.dayOf(at));
      }),
    );
  });

  test('the shifts of a time give the wall clock at each of its quarter hours', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        moment,
        fc.integer({ min: 1, max: 40_000 }),
        fc.nat(),
        (zone, from, length, pick) => {
          const calendar = studyCalendar(zone, 0);
          const at = from + (pick % length);
          const shift = calendar.shifts(from, from + length).find((one) => at >= one.from);
          assert.equal(Math.floor((at + (shift?.ahead ?? Number.NaN)) / 96), calendar.dayOf(at));
        },
      ),
    );
  });

  test('has no zone but an IANA name', () => {
    for (const zone of ['', 'Mars/Olympus', '+05:17', '-03:00', '5']) {
      assert.throws(() => studyCalendar(zone), { code: 'FC_BAD_REQUEST', message: /time zone/ }, zone);
    }
  });
});

test('its days are those by which cards are scheduled', () => {
  for (const timeZone of ['America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe', 'Pacific/Apia', 'UTC']) {
    const calendar = studyCalendar(timeZone, 4);
    const start = quarterOf(BigInt(Date.parse('2026-01-01T00:00:00Z')) * 1000n);
    for (let quarter = start; quarter < start + 366 * 96; quarter += 7) {
      const at = Timestamp.fromMicros(BigInt(quarter) * 900_000_000n);
      assert.equal(calendar.dayOf(quarter), studyDay(at, { timeZone, rolloverHour: 4 }), `${timeZone} ${at.text}`);
    }
  }
});
