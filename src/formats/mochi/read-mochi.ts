import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { MOST_MEDIA_BYTES, mediaAddress } from '../../notes/media.ts';
import { type MediaType, mediaTypeOf, TELLING_BYTES } from '../../notes/media-type.ts';
import { safeMediaName } from '../anki/media.ts';
import { type Entry, type Problem, ProblemLog } from '../collection.ts';
import { unpackFailure, unreadable } from '../refusals.ts';
import type { ZipLimits } from '../zip/limits.ts';
import { ZipArchive } from '../zip/read-zip.ts';
import { MochiCards } from './cards.ts';
import { readEdn } from './edn.ts';
import { readTransit } from './transit.ts';
import type { Value } from './value.ts';

const TRANSIT = 'data.json';
const EDN = 'data.edn';
/** Held in memory whole: measured, cards take four times as much, and 3,900,000 empty maps of 11 MiB the most, 730 MiB. */
const DATA_BYTES = 16 * 1024 * 1024;

/** Whether a zip is a file of Mochi. */
export const isMochi = (zip: ZipArchive): boolean => zip.has(TRANSIT) || zip.has(EDN);

async function dataOf(zip: ZipArchive): Promise<{ form: string; data: Value }> {
  const name = zip.has(TRANSIT) ? TRANSIT : EDN;
  const bytes = await zip.read(name, DATA_BYTES);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw unreadable('The data of the Mochi file are no text in UTF-8.', { cause });
  }
  return name === TRANSIT ? { form: 'Transit', data: readTransit(text) } : { form: 'EDN', data: readEdn(text) };
}

/** The files beside the data, by the names that cards use. */
function filesOf(zip: ZipArchive): Map<string, string> {
  const files = new Map<string, string>();
  for (const entry of zip.names()) {
    const name = entry.startsWith('media/') ? entry.slice('media/'.length) : entry;
    // Folders, and what some program for archives puts beside the files.
    if (entry === TRANSIT || entry === EDN || name === '' || name.includes('/')) continue;
    files.set(safeMediaName(name), entry);
  }
  return files;
}

interface Known {
  readonly sha256: string;
  readonly type: MediaType;
}

/** What a file is; `undefined` for what notes do not show. */
async function knownFile(zip: ZipArchive, entry: string): Promise<Known | undefined> {
  if ((zip.bytesOf(entry) ?? 0) > MOST_MEDIA_BYTES) return undefined;
  try {
    const bytes = await zip.read(entry, MOST_MEDIA_BYTES);
    const type = mediaTypeOf(bytes.subarray(0, TELLING_BYTES));
    return type === undefined ? undefined : { type, sha256: createHash('sha256').update(bytes).digest('hex') };
  } catch (error) {
    throw unpackFailure(error, `${entry} in the file is damaged.`);
  }
}

const quoted = (text: string): string => text.replaceAll(/[&"<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
const unbracketed = (text: string): string => text.replaceAll(/[\\[\]]/g, ' ');

/** A file beside the data, and what it is called in the zip. */
export interface MochiMedia {
  readonly name: string;
  readonly entry: string;
  readonly bytes: number | undefined;
  readonly sha256?: string;
}

/** A file of Mochi that was looked through once. */
export interface MochiReading {
  readonly format: string;
  readonly media: readonly MochiMedia[];
  /** From the start, each time. */
  entries(): Generator<Entry>;
  problems(): readonly Problem[];
}

/** How a note shows a file that is kept. */
function markdownOf({ sha256, type }: Known, name: string, alt: string): string {
  const address = mediaAddress(sha256);
  const title = alt.trim() === '' ? name : alt;
  return type.startsWith('audio/')
    ? `<audio controls src="${address}" title="${quoted(title)}"></audio>`
    : `![${unbracketed(title)}](${address})`;
}

/**
 * Reads a file of Mochi. It holds the thread while it does: read-apart.ts has a thread for that. Throws `FC_IMPORT_UNREADABLE`, `_TOO_NEW`, `_TOO_LARGE` or
 * `_UNSAFE`.
 */
export async function readMochi(file: string, limits: ZipLimits): Promise<MochiReading> {
  const zip = await ZipArchive.open(file, limits);
  try {
    const { form, data } = await dataOf(zip);
    const cards = new MochiCards(data);
    const files = filesOf(zip);
    const writtenAt = (await stat(file)).mtimeMs;
    const shown = new Set<string>();
    const problems = new ProblemLog();
    for (const _ of cards.entries({ writtenAt, shownAs: (name) => void shown.add(name) }, problems)) {
      // Every card is looked at before anything is taken from it.
    }
    const known = new Map<string, Known | undefined>();
    for (const name of shown) {
      const entry = files.get(name);
      if (entry !== undefined) known.set(name, await knownFile(zip, entry));
    }
    const media = [...files].flatMap(([name, entry]): MochiMedia[] => {
      const one = known.get(name);
      // What cards name and cannot show is told apart from what no card names.
      if (one === undefined && known.has(name)) return [];
      return [{ name, entry, bytes: zip.bytesOf(entry), ...(one === undefined ? {} : { sha256: one.sha256 }) }];
    });
    return {
      format: `Mochi (${form})`,
      media,
      *entries() {
        problems.clear();
        const shownAs = (name: string, alt: string): string | undefined => {
          const one = known.get(name);
          return one === undefined ? undefined : markdownOf(one, name, alt);
        };
        yield* cards.entries({ writtenAt, shownAs }, problems);
        problems.add(
          'mochi_media',
          'Files that are too large (16 MB) or no picture or sound by their content are left out; notes keep their names.',
          [...known.values()].filter((one) => one === undefined).length,
        );
        problems.add(
          'media_missing',
          'Pictures and sounds that notes name and the file does not have: notes keep their names.',
          shown.size - known.size,
        );
      },
      problems: () => problems.list(),
    };
  } finally {
    zip.close();
  }
}
