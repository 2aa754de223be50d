/** What `writeTime` returns. */
export const TIME_WRITTEN = 0;
export const TIME_NOT_CANONICAL = 1;
export const TIME_IMPOSSIBLE = 2;

/** Length of `YYYY-MM-DD HH:MM:SS.ffffff`. */
export const TIME_BYTES = 26;

const ZERO = 48;
const DAYS_IN_MONTH = Uint8Array.of(0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31);
/** Days from 0000-03-01 to 2000-01-01. */
const DAYS_BEFORE_2000 = 730_425;
const TWO_32 = 4_294_967_296;
/** Beyond this many seconds from 2000 the microseconds are no longer exact in a double. */
const EXACT_SECONDS = 9_000_000_000;

/**
 * Writes the time in 26 bytes of canonical text as microseconds since 2000-01-01, PostgreSQL's binary form of a timestamp. Accepts exactly what
 * `Timestamp.fromCanonical` does. Nothing is written unless `TIME_WRITTEN` is returned.
 */
export function writeTime(text: Uint8Array, at: number, out: DataView, to: number): number {
  const y1 = (text[at] as number) - ZERO;
  const y2 = (text[at + 1] as number) - ZERO;
  const y3 = (text[at + 2] as number) - ZERO;
  const y4 = (text[at + 3] as number) - ZERO;
  const m1 = (text[at + 5] as number) - ZERO;
  const m2 = (text[at + 6] as number) - ZERO;
  const d1 = (text[at + 8] as number) - ZERO;
  const d2 = (text[at + 9] as number) - ZERO;
  const h1 = (text[at + 11] as number) - ZERO;
  const h2 = (text[at + 12] as number) - ZERO;
  const i1 = (text[at + 14] as number) - ZERO;
  const i2 = (text[at + 15] as number) - ZERO;
  const s1 = (text[at + 17] as number) - ZERO;
  const s2 = (text[at + 18] as number) - ZERO;
  const f1 = (text[at + 20] as number) - ZERO;
  const f2 = (text[at + 21] as number) - ZERO;
  const f3 = (text[at + 22] as number) - ZERO;
  const f4 = (text[at + 23] as number) - ZERO;
  const f5 = (text[at + 24] as number) - ZERO;
  const f6 = (text[at + 25] as number) - ZERO;
  // 0 to 9 stay below 16 also when 6 is added; everything else has a higher bit in one of the two.
  const seen = y1 | y2 | y3 | y4 | m1 | m2 | d1 | d2 | h1 | h2 | i1 | i2 | s1 | s2 | f1 | f2 | f3 | f4 | f5 | f6;
  const seenPlus6 =
    (y1 + 6) |
    (y2 + 6) |
    (y3 + 6) |
    (y4 + 6) |
    (m1 + 6) |
    (m2 + 6) |
    (d1 + 6) |
    (d2 + 6) |
    (h1 + 6) |
    (h2 + 6) |
    (i1 + 6) |
    (i2 + 6) |
    (s1 + 6) |
    (s2 + 6) |
    (f1 + 6) |
    (f2 + 6) |
    (f3 + 6) |
    (f4 + 6) |
    (f5 + 6) |
    (f6 + 6);
  const separators =
    ((text[at + 4] as number) ^ 45) |
    ((text[at + 7] as number) ^ 45) |
    ((text[at + 10] as number) ^ 32) |
    ((text[at + 13] as number) ^ 58) |
    ((text[at + 16] as number) ^ 58) |
    ((text[at + 19] as number) ^ 46);
  if (((seen | seenPlus6) & ~15) !== 0 || separators !== 0) return TIME_NOT_CANONICAL;

  const year = y1 * 1000 + y2 * 100 + y3 * 10 + y4;
  const month = m1 * 10 + m2;
  const day = d1 * 10 + d2;
  const hour = h1 * 10 + h2;
  const minute = i1 * 10 + i2;
  const second = s1 * 10 + s2;
  if (year === 0 || month === 0 || month > 12 || day === 0 || hour > 23 || minute > 59 || second > 59) return TIME_IMPOSSIBLE;
  const isLeapMonth = month === 2 && (year & 3) === 0 && (year % 100 !== 0 || year % 400 === 0);
  if (day > (DAYS_IN_MONTH[month] as number) + (isLeapMonth ? 1 : 0)) return TIME_IMPOSSIBLE;

  // Years start in March here, so that the leap day is the last one (H. Hinnant, chrono-compatible low-level date algorithms).
  const y = month <= 2 ? year - 1 : year;
  const dayOfYear = (((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) | 0) + day - 1;
  const days = y * 365 + (y >> 2) - ((y / 100) | 0) + ((y / 400) | 0) + dayOfYear - DAYS_BEFORE_2000;
  const seconds = days * 86_400 + hour * 3600 + minute * 60 + second;
  const micros = f1 * 100_000 + f2 * 10_000 + f3 * 1000 + f4 * 100 + f5 * 10 + f6;
  if (seconds > EXACT_SECONDS || seconds < -EXACT_SECONDS) {
    out.setBigInt64(to, BigInt(seconds) * 1_000_000n + BigInt(micros));
    return TIME_WRITTEN;
  }
  const total = seconds * 1_000_000 + micros;
  const high = Math.floor(total / TWO_32);
  out.setInt32(to, high);
  out.setUint32(to + 4, total - high * TWO_32);
  return TIME_WRITTEN;
}
