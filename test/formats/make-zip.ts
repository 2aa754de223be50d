import { crc32, deflateRawSync } from 'node:zlib';

/** One file of a zip made by hand, with lies where a test needs them. */
export interface ZipFile {
  readonly name: string;
  readonly data: Uint8Array | string;
  readonly isDeflated?: boolean;
  /** What the headers say instead of the truth. */
  readonly saysBytes?: number;
  readonly isEncrypted?: boolean;
}

/** A zip, byte by byte: it shares nothing with the libraries that read and write them. */
export function makeZip(files: readonly ZipFile[]): Buffer {
  const parts: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const { name, data, isDeflated = false, saysBytes, isEncrypted = false } of files) {
    const plain = Buffer.from(data as string);
    const packed = isDeflated ? deflateRawSync(plain) : plain;
    const bytes = Buffer.from(name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE((isEncrypted ? 1 : 0) | 0x800, 2);
    common.writeUInt16LE(isDeflated ? 8 : 0, 4);
    common.writeUInt32LE(crc32(plain), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(saysBytes ?? plain.length, 18);
    common.writeUInt16LE(bytes.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, bytes, packed]);
    const entry = Buffer.alloc(14);
    entry.writeUInt32LE(offset, 10);
    central.push(Buffer.concat([Buffer.from('PK\x01\x02'), Buffer.from([20, 3]), common, entry, bytes]));
    parts.push(local);
    offset += local.length;
  }
  const list = Buffer.concat(central);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(files.length, 4);
  end.writeUInt16LE(files.length, 6);
  end.writeUInt32LE(list.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...parts, list, Buffer.from('PK\x05\x06'), end]);
}
