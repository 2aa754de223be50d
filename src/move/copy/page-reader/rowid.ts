/**
 * Row ids on the fast path are two halves, a signed high and an unsigned low one: a `bigint` for each row would cost as much as the row.
 */
export const highOf = (rowid: bigint): number => Number(BigInt.asIntN(32, rowid >> 32n));
export const lowOf = (rowid: bigint): number => Number(BigInt.asUintN(32, rowid));

/** @param low read as unsigned. */
export const rowidOf = (high: number, low: number): bigint => (BigInt(high) << 32n) | BigInt(low >>> 0);

/** Negative, zero or positive, as the first row id is smaller than, equal to or larger than the second. */
export function compareRowids(highA: number, lowA: number, highB: number, lowB: number): number {
  return highA === highB ? (lowA >>> 0) - (lowB >>> 0) : highA - highB;
}

/** Reads one variable-length integer of up to nine bytes (SQLite file format, section 1.6); `end` is where the next byte is. */
export class Varint {
  high = 0;
  low = 0;
  end = 0;

  read(bytes: Uint8Array, at: number): void {
    let high = 0;
    let low = 0;
    let p = at;
    for (let i = 0; i < 8; i++) {
      const byte = bytes[p++] as number;
      high = (high << 7) | (low >>> 25);
      low = (low << 7) | (byte & 0x7f);
      if (byte < 0x80) {
        this.high = high;
        this.low = low;
        this.end = p;
        return;
      }
    }
    this.high = (high << 8) | (low >>> 24);
    this.low = (low << 8) | (bytes[p++] as number);
    this.end = p;
  }
}
