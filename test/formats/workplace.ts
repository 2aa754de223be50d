import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { FlashcaseError } from '../../src/errors/index.ts';
import type { CollectionSource, Entry } from '../../src/formats/collection.ts';

/** A folder of a test's own. */
export interface Workplace {
  readonly folder: string;
  /** Where FlashCase may unpack; it must be empty at the end. */
  readonly temporary: string;
  write(name: string, data: Uint8Array | string): string;
}

/** Runs a test in a folder of its own and removes it. Nothing may be left in the temporary folder. */
export async function inWorkplace(work: (place: Workplace) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'flashcase-test-'));
  const temporary = mkdtempSync(join(folder, 'temporary-'));
  try {
    await work({
      folder,
      temporary,
      write(name, data) {
        const file = join(folder, name);
        writeFileSync(file, data);
        return file;
      },
    });
    assert.deepEqual(readdirSync(temporary), [], 'something is left in the temporary folder');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Everything of a source by kind; closes it. */
export async function allOf(source: CollectionSource) {
  try {
    const entries: Entry[] = [];
    for await (const entry of source.entries()) entries.push(entry);
    const media = new Map<string, Buffer>();
    for (const one of source.media) media.set(one.name, await buffer(await one.open()));
    const of = <Type extends Entry['type']>(type: Type) =>
      entries.filter((entry): entry is Extract<Entry, { type: Type }> => entry.type === type);
    return {
      format: source.format,
      entries,
      media,
      problems: Object.fromEntries(source.problems().map(({ code, count }) => [code, count])),
      options: of('options'),
      decks: of('deck'),
      noteTypes: of('note-type'),
      notes: of('note'),
      cards: of('card'),
      reviews: of('review'),
    };
  } finally {
    await source.close();
  }
}

/** The code a refusal has. */
export async function refusalOf(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
  } catch (error) {
    if (error instanceof FlashcaseError) return error.code;
    throw error;
  }
  return 'not refused';
}
