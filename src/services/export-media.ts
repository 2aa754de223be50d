import { Readable } from 'node:stream';
import type { Session } from '../db/database.ts';
import { findMedia, findMediaPart, ownMediaName } from '../db/stores/media.ts';
import type { User } from '../db/stores/users.ts';
import type { MediaFile } from '../formats/collection.ts';
import { mediaIn } from '../notes/media.ts';
import { plainMediaName } from './media.ts';

/** The pictures and sounds of an export: found while its notes are written, read when the file is put together. */
export class ExportMedia {
  readonly files: MediaFile[] = [];
  readonly #session: Session;
  readonly #user: User;
  readonly #names = new Map<string, string | undefined>();
  readonly #used = new Set<string>();

  constructor(session: Session, user: User) {
    this.#session = session;
    this.#user = user;
  }

  /** Takes what texts show. */
  async take(texts: readonly (string | null)[]): Promise<void> {
    for (const text of texts) for (const hash of mediaIn(text ?? '')) if (!this.#names.has(hash)) await this.#one(hash);
  }

  /** Its name in the export; `undefined` where it is not there. */
  readonly nameOf = (sha256: string): string | undefined => this.#names.get(sha256);

  async #one(sha256: string): Promise<void> {
    const media = await findMedia(this.#session, sha256);
    if (media === undefined) {
      this.#names.set(sha256, undefined);
      return;
    }
    const own = await ownMediaName(this.#session, this.#user.id, sha256);
    const name = this.#free(own ?? plainMediaName(media), sha256);
    this.#names.set(sha256, name);
    const parts = this.#parts.bind(this, sha256);
    this.files.push({ name, bytes: media.byte_count, sha256, open: async () => Readable.from(parts()) });
  }

  /** Two files of one name: file systems that know no large letters count too. */
  #free(wanted: string, sha256: string): string {
    const isTaken = this.#used.has(wanted.toLowerCase());
    const name = isTaken ? wanted.replace(/(\.[^.]*)?$/, (ending) => `-${sha256.slice(0, 12)}${ending}`) : wanted;
    this.#used.add(name.toLowerCase());
    return name;
  }

  async *#parts(sha256: string): AsyncGenerator<Uint8Array> {
    for (let part = 0; ; part++) {
      const bytes = await findMediaPart(this.#session, sha256, part);
      if (bytes === undefined) return;
      yield bytes;
    }
  }
}
