import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { FlashcaseError } from '../../errors/index.ts';

/** The key of a file, with which backups are encrypted. */
export interface BackupKey {
  readonly bytes: Buffer;
  /** Says which key it is, and nothing about it. */
  readonly fingerprint: string;
}

const KEY_BYTES = 32;
const TAG_BYTES = 16;
export const NONCE_BYTES = 12;
/** Plain bytes of a sealed frame. */
const FRAME_BYTES = 1 << 20;

const fingerprintOf = (bytes: Buffer): string =>
  createHash('sha256').update('flashcase backup key\0').update(bytes).digest('hex').slice(0, 16);

/** Reads a key file: 64 hexadecimal digits, as `openssl rand -hex 32` writes them. Throws `FC_BACKUP_KEY`. */
export function readKey(file: string): BackupKey {
  let text: string;
  try {
    text = readFileSync(file, 'latin1').trim();
  } catch (cause) {
    throw new FlashcaseError('FC_BACKUP_KEY', {
      what: 'The key file of the backups cannot be read.',
      where: file,
      why: (cause as Error).message,
      hint: 'Put it back from where you keep it, or correct BACKUP_KEY_FILE. Without it encrypted backups cannot be read by anybody.',
      cause,
    });
  }
  if (!/^[0-9a-f]{64}$/i.test(text))
    throw new FlashcaseError('FC_BACKUP_KEY', {
      what: 'The key file of the backups holds no key.',
      where: file,
      why: 'A key is 64 hexadecimal digits.',
      hint: 'Make one: openssl rand -hex 32 > FILE; chmod 600 FILE. Keep a copy where the backups are not.',
    });
  const bytes = Buffer.from(text, 'hex');
  return { bytes, fingerprint: fingerprintOf(bytes) };
}

/** A key of its own for each backup, so that counting frames gives no nonce twice. */
const ownKey = (key: BackupKey, salt: string): Buffer =>
  Buffer.from(hkdfSync('sha256', key.bytes, Buffer.from(salt, 'hex'), 'flashcase backup 1', KEY_BYTES));

/** The seal of a text: nobody makes it without the key. */
export function sealOf(key: BackupKey, text: string): string {
  const own = Buffer.from(hkdfSync('sha256', key.bytes, Buffer.alloc(0), 'flashcase backup manifest 1', KEY_BYTES));
  return createHmac('sha256', own).update(text).digest('hex');
}

/** Number of the frame, and whether it is the last: frames cannot be exchanged, and none is cut off in silence. */
function nonceOf(frame: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt8(isLast ? 1 : 0, 0);
  nonce.writeUInt32BE(frame, 8);
  return nonce;
}

/** Cuts a stream into pieces of one size; the last one, which may be empty, is told. */
async function* framesOf(source: AsyncIterable<Buffer>, size: number): AsyncGenerator<{ bytes: Buffer; isLast: boolean }> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const bytes of source) {
    rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    for (; rest.length > size; rest = rest.subarray(size)) yield { bytes: rest.subarray(0, size), isLast: false };
  }
  yield { bytes: rest, isLast: true };
}

/** Seals a stream frame by frame (AES-256-GCM). */
export function sealed(key: BackupKey, salt: string): (source: AsyncIterable<Buffer>) => AsyncGenerator<Buffer> {
  return async function* (source) {
    const own = ownKey(key, salt);
    let frame = 0;
    for await (const { bytes, isLast } of framesOf(source, FRAME_BYTES)) {
      const cipher = createCipheriv('aes-256-gcm', own, nonceOf(frame++, isLast));
      yield Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
    }
  };
}

/** Opens what `sealed` sealed. Throws when a single bit is another one. */
export function opened(key: BackupKey, salt: string): (source: AsyncIterable<Buffer>) => AsyncGenerator<Buffer> {
  return async function* (source) {
    const own = ownKey(key, salt);
    let frame = 0;
    for await (const { bytes, isLast } of framesOf(source, FRAME_BYTES + TAG_BYTES)) {
      if (bytes.length < TAG_BYTES) throw new Error('a sealed frame is cut off');
      const decipher = createDecipheriv('aes-256-gcm', own, nonceOf(frame++, isLast));
      decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
      yield Buffer.concat([decipher.update(bytes.subarray(0, bytes.length - TAG_BYTES)), decipher.final()]);
    }
  };
}

/** The two keys of a chain of the change log: one seals its records, the other vouches for them and their order. */
export function logKeysOf(key: BackupKey, salt: string): { readonly seal: Buffer; readonly vouch: Buffer } {
  const own = (purpose: string): Buffer =>
    Buffer.from(hkdfSync('sha256', key.bytes, Buffer.from(salt, 'hex'), `flashcase log ${purpose} 1`, KEY_BYTES));
  return { seal: own('seal'), vouch: own('vouch') };
}

/** Seals one piece by itself. Its nonce is drawn: a piece that was cut off is written again under the same key. */
export function sealPiece(seal: Buffer, nonce: Buffer, plain: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-gcm', seal, nonce);
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** Opens what `sealPiece` sealed. Throws when a single bit is another one. */
export function openPiece(seal: Buffer, piece: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', seal, piece.subarray(0, NONCE_BYTES));
  decipher.setAuthTag(piece.subarray(piece.length - TAG_BYTES));
  return Buffer.concat([decipher.update(piece.subarray(NONCE_BYTES, piece.length - TAG_BYTES)), decipher.final()]);
}

/** The passphrase of a repository of physical backups: who has the key file can make it anew, wherever that file was kept. */
export const physicalPassphrase = (key: BackupKey): string =>
  Buffer.from(hkdfSync('sha256', key.bytes, Buffer.alloc(0), 'flashcase physical 1', KEY_BYTES)).toString('hex');
