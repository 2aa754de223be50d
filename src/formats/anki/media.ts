import type { MediaFile } from '../collection.ts';
import { unreadable, unsafe } from '../refusals.ts';
import type { ZipArchive } from '../zip/read-zip.ts';
import { Message } from './protobuf.ts';

/** A list of a hundred thousand names of two hundred bytes. */
const LIST_BYTES = 32 * 1024 * 1024;

/** A name of a file in a folder of media: no path, nothing that a file system or a page reads otherwise. */
export function safeMediaName(given: string): string {
  const name = given.normalize('NFC');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a name may not have.
  if (name === '' || name === '.' || name === '..' || /[/\\\x00-\x1f\x7f]/.test(name) || Buffer.byteLength(name) > 255) {
    throw unsafe(`The package has a media file with a name that cannot be one: ${JSON.stringify(given.slice(0, 80))}.`);
  }
  return name;
}

interface Listed {
  readonly name: string;
  readonly entry: string;
  readonly bytes: number | undefined;
}

function listedInJson(bytes: Buffer, zip: ZipArchive): Listed[] {
  let list: unknown;
  try {
    list = JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw unreadable('The package’s list of media is damaged.', { cause });
  }
  return Object.entries(list as Record<string, unknown>).map(([entry, name]) => ({
    name: String(name),
    entry,
    bytes: zip.bytesOf(entry),
  }));
}

function listedInProtobuf(bytes: Uint8Array): Listed[] {
  return new Message(bytes).all(1).map((item, index) => {
    const message = new Message(item);
    return { name: message.text(1) ?? '', entry: String(message.number(255) ?? index), bytes: message.number(2) ?? 0 };
  });
}

/** The media a package has. What its list names and the zip lacks is counted by `onMissing`. */
export async function readMediaList(zip: ZipArchive, isLatest: boolean, onMissing: () => void): Promise<MediaFile[]> {
  if (!zip.has('media')) return [];
  const bytes = await zip.read('media', LIST_BYTES, isLatest);
  if (bytes.length === 0) return [];
  const listed = isLatest ? listedInProtobuf(bytes) : listedInJson(bytes, zip);
  return listed.flatMap(({ name, entry, bytes: size }) => {
    const file = { name: safeMediaName(name), bytes: size, open: () => zip.stream(entry, isLatest) };
    if (zip.has(entry)) return [file];
    onMissing();
    return [];
  });
}
