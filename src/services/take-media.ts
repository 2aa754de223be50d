import { createHash } from 'node:crypto';
import type { CollectionSource, MediaFile, Note, ProblemLog } from '../formats/collection.ts';
import { unpackFailure } from '../formats/refusals.ts';
import type { Stage } from '../formats/stage.ts';
import { MOST_MEDIA_BYTES, mediaIn, mediaNamesIn } from '../notes/media.ts';
import { mediaTypeOf } from '../notes/media-type.ts';
import { mediaName } from './media.ts';

/** What is known of a picture or sound between being read and being written. */
export interface StagedMedia {
  readonly name: string;
  readonly media_type: string;
  readonly byte_count: number;
}

/** Reads of a file's media what its notes show, each once, into the stage. One is in memory at a time. */
export class MediaTaker {
  readonly #stage: Stage;
  readonly #problems: ProblemLog;
  readonly #total: number;
  readonly #byName = new Map<string, MediaFile>();
  readonly #byHash = new Map<string, MediaFile>();
  /** The hash of each file that was looked at; `undefined` for one that is not taken. */
  readonly #taken = new Map<MediaFile, string | undefined>();
  readonly #missing = new Set<string>();

  constructor({ media }: CollectionSource, stage: Stage, problems: ProblemLog) {
    this.#stage = stage;
    this.#problems = problems;
    this.#total = media.length;
    for (const file of media) {
      this.#byName.set(file.name.normalize('NFC'), file);
      if (file.sha256 !== undefined) this.#byHash.set(file.sha256, file);
    }
  }

  /** Takes what a note shows. */
  async take({ fields, format }: Note): Promise<void> {
    for (const field of fields) {
      if (format === undefined) {
        for (const names of mediaNamesIn(field)) {
          const name = names.find((one) => this.#byName.has(one));
          if (name === undefined) this.#missing.add(names[0] as string);
          else await this.#one(this.#byName.get(name));
        }
      } else for (const hash of mediaIn(field)) await this.#one(this.#byHash.get(hash));
    }
  }

  /** Of a file that was taken, by its name in the package. */
  readonly hashOf = (name: string): string | undefined => {
    const file = this.#byName.get(name);
    return file === undefined ? undefined : this.#taken.get(file);
  };

  async #one(file: MediaFile | undefined): Promise<void> {
    if (file === undefined || this.#taken.has(file)) return;
    this.#taken.set(file, undefined);
    const bytes = await bytesOf(file);
    if (bytes === undefined) {
      this.#problems.add('media_too_large', 'Pictures and sounds of more than 16 MB are left out; notes keep their names.');
      return;
    }
    const type = mediaTypeOf(bytes);
    if (type === undefined) {
      this.#problems.add(
        'media_type',
        'Files that are no picture or sound by their content, videos among them, are left out; notes keep their names.',
      );
      return;
    }
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const about: StagedMedia = { name: mediaName(file.name, sha256, type), media_type: type, byte_count: bytes.length };
    this.#stage.keepMedia(sha256, about, bytes);
    this.#taken.set(file, sha256);
  }

  /** Counts what was not taken, when all notes are read. */
  finish(): void {
    const { size } = this.#taken;
    this.#problems.add('media_unused', 'Pictures and sounds that no note shows are left out.', this.#total - size);
    this.#problems.add(
      'media_missing',
      'Pictures and sounds that notes name and the file does not have: notes keep their names.',
      this.#missing.size,
    );
  }
}

/** All of a file, or `undefined` where it is larger than any is kept. */
async function bytesOf(file: MediaFile): Promise<Buffer | undefined> {
  if ((file.bytes ?? 0) > MOST_MEDIA_BYTES) return undefined;
  const chunks: Buffer[] = [];
  let total = 0;
  const stream = await file.open();
  try {
    for await (const chunk of stream) {
      total += (chunk as Buffer).length;
      if (total > MOST_MEDIA_BYTES) return undefined;
      chunks.push(chunk as Buffer);
    }
  } catch (error) {
    throw unpackFailure(error, `${file.name} in the file is damaged.`);
  } finally {
    stream.destroy();
  }
  return Buffer.concat(chunks);
}
