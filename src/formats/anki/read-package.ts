import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Card,
  type CollectionSource,
  type Entry,
  type MediaFile,
  type Note,
  type Problem,
  ProblemLog,
  type Review,
  type WholeNote,
} from '../collection.ts';
import { tooNew, unreadable } from '../refusals.ts';
import { LIMITS, type ZipLimits } from '../zip/limits.ts';
import { ZipArchive } from '../zip/read-zip.ts';
import { type AnkiDatabase, damaged, openAnkiDatabase, readingSqlite } from './database.ts';
import type { Head } from './head.ts';
import { readHead11 } from './head11.ts';
import { readHead18 } from './head18.ts';
import { readMediaList } from './media.ts';
import { Message } from './protobuf.ts';
import { AnkiRows } from './rows.ts';

type Generation = 'legacy 1' | 'legacy 2' | 'latest';

const COLLECTIONS: Readonly<Record<Generation, string>> = {
  'legacy 1': 'collection.anki2',
  'legacy 2': 'collection.anki21',
  latest: 'collection.anki21b',
};
const META_BYTES = 1024;

/**
 * The collection that counts. Newer packages also hold a `collection.anki2` with a single note that says "update Anki", for old programs:
 * it is believed only where nothing newer is there.
 */
async function generationOf(zip: ZipArchive): Promise<Generation> {
  if (zip.has('meta')) {
    const version = new Message(await zip.read('meta', META_BYTES)).number(1) ?? 0;
    const known = ([undefined, 'legacy 1', 'legacy 2', 'latest'] as const)[version];
    if (known === undefined) {
      throw tooNew(`The package was made by a newer Anki (package version ${version}); FlashCase reads versions 1 to 3.`);
    }
    if (!zip.has(COLLECTIONS[known])) throw unreadable(`The package has no ${COLLECTIONS[known]}, which its version needs.`);
    return known;
  }
  const found = (['latest', 'legacy 2', 'legacy 1'] as const).find((generation) => zip.has(COLLECTIONS[generation]));
  if (found === undefined)
    throw unreadable('The zip holds no Anki collection.', { hint: 'Export from Anki as .apkg or .colpkg.' });
  return found;
}

export interface PackageOptions {
  /** Where a private copy of the collection is unpacked; the system's temporary folder when absent. */
  readonly temporaryFolder?: string;
  readonly limits?: ZipLimits;
}

class AnkiPackage implements CollectionSource {
  readonly format: string;
  readonly media: readonly MediaFile[];
  readonly #zip: ZipArchive;
  readonly #folder: string;
  readonly #anki: AnkiDatabase;
  readonly #head: Head;
  readonly #missing: number;
  readonly #problems = new ProblemLog();

  constructor(
    generation: Generation,
    zip: ZipArchive,
    folder: string,
    anki: AnkiDatabase,
    head: Head,
    media: readonly MediaFile[],
    missing: number,
  ) {
    this.format = `Anki package (${generation}, schema ${anki.schema})`;
    this.media = media;
    this.#zip = zip;
    this.#folder = folder;
    this.#anki = anki;
    this.#head = head;
    this.#missing = missing;
  }

  entries(): Generator<Entry> {
    return this.#read((rows) => rows.entries());
  }

  wholeEntries(): Generator<Exclude<Entry, Note | Card | Review> | WholeNote> {
    return this.#read((rows) => rows.wholeEntries());
  }

  *#read<T>(entriesOf: (rows: AnkiRows) => Iterable<T>): Generator<T> {
    try {
      yield* entriesOf(new AnkiRows(this.#anki.database, this.#head, this.#problems));
    } catch (error) {
      throw damaged(error);
    }
    this.#problems.add('missing_media', 'Media files that the package lists and does not hold.', this.#missing);
  }

  problems(): readonly Problem[] {
    return this.#problems.list();
  }

  async close(): Promise<void> {
    this.#anki.database.close();
    this.#zip.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/**
 * Opens a package of any generation of Anki. Nothing but a private copy of its collection is unpacked, in a folder of its own that
 * `close` removes. Throws `FC_IMPORT_UNREADABLE`, `_TOO_NEW`, `_TOO_LARGE` or `_UNSAFE`, and leaves nothing behind then.
 */
export async function openAnkiPackage(file: string, options: PackageOptions = {}): Promise<CollectionSource> {
  const { temporaryFolder = tmpdir(), limits = LIMITS } = options;
  const zip = await ZipArchive.open(file, limits);
  let folder: string | undefined;
  let anki: AnkiDatabase | undefined;
  try {
    const generation = await generationOf(zip);
    folder = await mkdtemp(join(temporaryFolder, 'flashcase-import-'));
    const collection = join(folder, 'collection.db');
    await zip.extract(COLLECTIONS[generation], collection, generation === 'latest');
    const opened = await openAnkiDatabase(collection);
    anki = opened;
    // Without a name nothing of it outlives this process, however that ends; where an open file keeps its name, it goes when it is closed.
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
    const head = readingSqlite(() => (opened.schema === 18 ? readHead18 : readHead11)(opened.database));
    let missing = 0;
    const media = await readMediaList(zip, generation === 'latest', () => missing++);
    return new AnkiPackage(generation, zip, folder, anki, head, media, missing);
  } catch (error) {
    anki?.database.close();
    zip.close();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    throw error;
  }
}
