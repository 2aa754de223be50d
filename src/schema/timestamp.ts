import { FlashcaseError } from '../errors/index.ts';

const CANONICAL = /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)\.(\d{6})$/;
const READABLE =
  /^(\d{4})-(\d{1,2})-(\d{1,2})[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,6})0*)?)?\s*(Z|UTC|[+-]\d\d(?::?\d\d)?(?::\d\d)?)?$/;

/** Microseconds between 1970-01-01 and PostgreSQL's own epoch, 2000-01-01. */
export const POSTGRES_EPOCH_MICROS = 946_684_800_000_000n;
const MIN_MICROS = microsOf(1, 1, 1, 0, 0, 0, 0);
const MAX_MICROS = microsOf(9999, 12, 31, 23, 59, 59, 999_999);

/** Days since 1970-01-01 of a proleptic Gregorian date (H. Hinnant, chrono-compatible low-level date algorithms). */
export function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

function civilFromDays(days: number): [number, number, number] {
  const z = days + 719_468;
  const era = Math.floor(z / 146_097);
  const dayOfEra = z - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const mp = Math.floor((5 * dayOfYear + 2) / 153);
  const month = mp < 10 ? mp + 3 : mp - 9;
  return [yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - Math.floor((153 * mp + 2) / 5) + 1];
}

function microsOf(year: number, month: number, day: number, h: number, m: number, s: number, micros: number): bigint {
  return BigInt(daysFromCivil(year, month, day) * 86_400 + h * 3600 + m * 60 + s) * 1_000_000n + BigInt(micros);
}

const TWO_DIGITS = Array.from({ length: 60 }, (_, n) => String(n).padStart(2, '0'));
let lastDay: number | undefined;
let lastDate = '';

/** A date as text; the last one is kept, because times come in the order of their days more often than not. */
function dateText(days: number): string {
  if (days !== lastDay) {
    const [year, month, day] = civilFromDays(days);
    lastDate = `${String(year).padStart(4, '0')}-${TWO_DIGITS[month]}-${TWO_DIGITS[day]}`;
    lastDay = days;
  }
  return lastDate;
}

function textOf(seconds: number, fraction: number): string {
  const days = Math.floor(seconds / 86_400);
  const rest = seconds - days * 86_400;
  const time = `${TWO_DIGITS[Math.floor(rest / 3600)]}:${TWO_DIGITS[Math.floor(rest / 60) % 60]}:${TWO_DIGITS[rest % 60]}`;
  return `${dateText(days)} ${time}.${fraction === 0 ? '000000' : String(fraction).padStart(6, '0')}`;
}

const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Whether there is such a time: no 30 February, no 24:00, no leap second. */
export function isRealTime(year: number, month: number, day: number, h: number, m: number, s: number): boolean {
  if (year < 1 || month < 1 || month > 12 || day < 1 || h > 23 || m > 59 || s > 59) return false;
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day <= (month === 2 && isLeap ? 29 : (DAYS_IN_MONTH[month - 1] ?? 0));
}

/**
 * A moment in UTC with microseconds, years 0001 to 9999.
 * Its text is the form the original app wrote into SQLite (`2025-10-03 00:43:50.819817`), so equal moments have equal bytes
 * and text order is time order. `Date` is not used for stored times: it keeps milliseconds only.
 */
export class Timestamp {
  /** `YYYY-MM-DD HH:MM:SS.ffffff`, UTC. */
  readonly text: string;

  private constructor(text: string) {
    this.text = text;
  }

  /** Reads the canonical text only; `undefined` for everything else, impossible dates included. */
  static fromCanonical(text: string): Timestamp | undefined {
    const part = CANONICAL.exec(text);
    if (part === null) return undefined;
    return isRealTime(+part[1]!, +part[2]!, +part[3]!, +part[4]!, +part[5]!, +part[6]!) ? new Timestamp(text) : undefined;
  }

  /**
   * Reads ISO 8601 and PostgreSQL's text form, with or without an offset (without: UTC). Impossible dates, `24:00:00`, leap seconds,
   * more than microseconds, and years outside 0001 to 9999 give `undefined`: nothing is rounded or rolled over.
   */
  static parse(text: string): Timestamp | undefined {
    const canonical = Timestamp.fromCanonical(text);
    if (canonical !== undefined) return canonical;
    const part = READABLE.exec(text);
    if (part === null) return undefined;
    const numbers = [part[1], part[2], part[3], part[4], part[5], part[6] ?? '0'].map(Number) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    if (!isRealTime(...numbers)) return undefined;
    const micros = microsOf(...numbers, Number((part[7] ?? '').padEnd(6, '0')));
    const offset = offsetSeconds(part[8]);
    if (offset === undefined) return undefined;
    const utc = micros - BigInt(offset) * 1_000_000n;
    return utc < MIN_MICROS || utc > MAX_MICROS ? undefined : Timestamp.fromMicros(utc);
  }

  /** @param micros microseconds since 1970-01-01 UTC. Throws `FC_VALUE_INVALID` outside years 0001 to 9999. */
  static fromMicros(micros: bigint): Timestamp {
    if (micros < MIN_MICROS || micros > MAX_MICROS) {
      throw new FlashcaseError('FC_VALUE_INVALID', {
        what: `A time ${micros} microseconds from 1970 lies outside the years 0001 to 9999.`,
      });
    }
    const fraction = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
    return new Timestamp(textOf(Number((micros - fraction) / 1_000_000n), Number(fraction)));
  }

  /** The same from a number, for those who make millions. @param micros a whole number, years 1685 to 2255. */
  static fromSafeMicros(micros: number): Timestamp {
    if (!Number.isSafeInteger(micros)) return Timestamp.fromMicros(BigInt(micros));
    const seconds = Math.floor(micros / 1_000_000);
    return new Timestamp(textOf(seconds, micros - seconds * 1_000_000));
  }

  /** @param milliseconds since 1970-01-01 UTC, the resolution of the system clock. */
  static fromMillis(milliseconds: number): Timestamp {
    return Timestamp.fromMicros(BigInt(Math.trunc(milliseconds)) * 1000n);
  }

  /** Microseconds since 1970-01-01 UTC. */
  get micros(): bigint {
    const t = this.text;
    return microsOf(
      +t.slice(0, 4),
      +t.slice(5, 7),
      +t.slice(8, 10),
      +t.slice(11, 13),
      +t.slice(14, 16),
      +t.slice(17, 19),
      +t.slice(20, 26),
    );
  }

  /** The same moment `days` 24-hour days later, as Python's `timedelta(days=…)` adds them. */
  plusDays(days: number): Timestamp {
    return this.plusSeconds(days * 86_400);
  }

  /** @param seconds a whole number, negative for earlier. */
  plusSeconds(seconds: number): Timestamp {
    return Timestamp.fromMicros(this.micros + BigInt(seconds) * 1_000_000n);
  }

  plusMicros(micros: bigint): Timestamp {
    return Timestamp.fromMicros(this.micros + micros);
  }

  isBefore(other: Timestamp): boolean {
    return this.text < other.text;
  }

  equals(other: Timestamp): boolean {
    return this.text === other.text;
  }

  /** As the original's API printed times: Python's `isoformat()`, without a zone, without a fraction of zero. */
  toApi(): string {
    const iso = `${this.text.slice(0, 10)}T${this.text.slice(11)}`;
    return iso.endsWith('.000000') ? iso.slice(0, 19) : iso;
  }

  toString(): string {
    return this.text;
  }

  toJSON(): string {
    return this.toApi();
  }

  /** Called by `pg` when it binds a parameter: the offset makes the session's TimeZone irrelevant (facts T-10). */
  toPostgres(): string {
    return `${this.text}+00`;
  }
}

function offsetSeconds(text: string | undefined): number | undefined {
  if (text === undefined || text === 'Z' || text === 'UTC') return 0;
  const digits = text.slice(1).replaceAll(':', '');
  const hours = Number(digits.slice(0, 2));
  const minutes = Number(digits.slice(2, 4) || '0');
  const seconds = Number(digits.slice(4, 6) || '0');
  if (hours > 15 || minutes > 59 || seconds > 59) return undefined;
  return (text.startsWith('-') ? -1 : 1) * (hours * 3600 + minutes * 60 + seconds);
}
