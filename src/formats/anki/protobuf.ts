import { unreadable } from '../refusals.ts';

/** One field of a protobuf message: a number for varints, the bytes of anything else. */
export interface WireField {
  readonly number: number;
  readonly value: number | Uint8Array;
}

const FIXED_BYTES: Readonly<Record<number, number>> = { 1: 8, 5: 4 };

/** The fields of a message as they lie in its bytes. Throws `FC_IMPORT_UNREADABLE` where they end too soon. */
export function* wireFields(bytes: Uint8Array): Generator<WireField> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1, count = 0; count < 10; factor *= 128, count++) {
      const byte = bytes[at++];
      if (byte === undefined) break;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
    throw unreadable('A part of the package ends too soon or is damaged.');
  };
  while (at < bytes.length) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    const wire = tag % 8;
    if (wire === 0) {
      yield { number, value: varint() };
      continue;
    }
    const length = wire === 2 ? varint() : FIXED_BYTES[wire];
    if (length === undefined || at + length > bytes.length)
      throw unreadable('A part of the package ends too soon or is damaged.');
    yield { number, value: bytes.subarray(at, at + length) };
    at += length;
  }
}

/** A message as field number to its values, in their order. */
export class Message {
  readonly #values = new Map<number, (number | Uint8Array)[]>();

  constructor(bytes: Uint8Array) {
    for (const { number, value } of wireFields(bytes)) {
      const values = this.#values.get(number);
      if (values === undefined) this.#values.set(number, [value]);
      else values.push(value);
    }
  }

  number(field: number): number | undefined {
    return this.#values.get(field)?.findLast((value) => typeof value === 'number');
  }

  bytes(field: number): Uint8Array | undefined {
    return this.all(field).at(-1);
  }

  all(field: number): Uint8Array[] {
    return (this.#values.get(field) ?? []).filter((value) => typeof value !== 'number');
  }

  text(field: number): string | undefined {
    const bytes = this.bytes(field);
    return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
  }

  float(field: number): number | undefined {
    return this.floats(field).at(-1);
  }

  /** Repeated floats, packed or one by one. */
  floats(field: number): number[] {
    return this.all(field).flatMap((bytes) => {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      // 0.9 is stored as 0.8999999761581421: seven digits are what a float has.
      return Array.from({ length: Math.floor(bytes.length / 4) }, (_, index) =>
        Number(view.getFloat32(index * 4, true).toPrecision(7)),
      );
    });
  }
}
