import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Timestamp } from '../../src/schema/index.ts';

const MIN = Timestamp.parse('0001-01-01 00:00:00')!.micros;
const MAX = Timestamp.parse('9999-12-31 23:59:59.999999')!.micros;

test('T-11: every microsecond from year 1 to 9999 survives text and back', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: MIN, max: MAX }), (micros) => {
      const time = Timestamp.fromMicros(micros);
      assert.equal(time.micros, micros);
      assert.equal(Timestamp.fromCanonical(time.text)?.micros, micros);
      assert.equal(Timestamp.parse(time.toPostgres())?.micros, micros);
      assert.equal(time.text.length, 26);
    }),
  );
});

test('text order is time order', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: MIN, max: MAX }), fc.bigInt({ min: MIN, max: MAX }), (a, b) => {
      assert.equal(Timestamp.fromMicros(a).text < Timestamp.fromMicros(b).text, a < b);
    }),
  );
});

test('agrees with the calendar of the system for the years it knows', () => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true }),
      (date) => {
        const iso = date.toISOString();
        assert.equal(Timestamp.fromMillis(date.getTime()).text, `${iso.slice(0, 10)} ${iso.slice(11, 23)}000`);
      },
    ),
  );
});

test('T-09, T-10: impossible and ambiguous times are refused, never rolled over', () => {
  for (const text of [
    '2026-02-30 00:00:00',
    '0000-00-00',
    '2026-01-01 24:00:00',
    '',
    'null',
    '1700000000000',
    '2026-01-01 00:00:60',
    '2025-02-29 00:00:00',
    '10000-01-01 00:00:00',
    '2026-01-01 00:00:00.1234567',
  ]) {
    assert.equal(Timestamp.parse(text), undefined, text);
  }
});

test('offsets are turned into UTC exactly', () => {
  assert.equal(Timestamp.parse('2026-03-08T02:30:00.5-05:00')?.text, '2026-03-08 07:30:00.500000');
  assert.equal(Timestamp.parse('2026-03-08 02:30:00+05:30')?.text, '2026-03-07 21:00:00.000000');
  assert.equal(Timestamp.parse('2026-03-08 02:30:00Z')?.text, '2026-03-08 02:30:00.000000');
});

test('the API form is the one Python prints', () => {
  assert.equal(Timestamp.parse('2025-10-03 00:43:50.819817')?.toApi(), '2025-10-03T00:43:50.819817');
  assert.equal(Timestamp.parse('2025-10-03 00:43:50')?.toApi(), '2025-10-03T00:43:50');
  assert.equal(Timestamp.parse('2025-10-03 00:43:50.100000')?.toApi(), '2025-10-03T00:43:50.100000');
});
