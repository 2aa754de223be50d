import { readFile, stat } from 'node:fs/promises';
import { extname } from 'node:path';
import type { Database, Session } from '../db/database.ts';
import { findOwnDecks } from '../db/stores/decks.ts';
import { findUser, type User } from '../db/stores/users.ts';
import { FlashcaseError } from '../errors/index.ts';
import type { Problem } from '../formats/collection.ts';
import { decodeText, readText, type TextSettings } from '../formats/text/read-text.ts';
import { createDeck } from './decks.ts';
import { type Duplicates, type ImportCounts, importText, previewText, type Sample } from './import-cards.ts';
import { importCollection } from './import-collection.ts';

/** Texts are held in memory. */
const TEXT_BYTES = 256 * 1024 * 1024;
const ZIP_START = Buffer.from('PK');

export interface FileImport extends TextSettings {
  readonly file: string;
  /** The deck for all of it. Absent: packages and archives keep their own decks. */
  readonly deck: string | undefined;
  readonly duplicates: Duplicates;
  readonly isDryRun: boolean;
  /** Packages and archives: without it every card begins as a new one. */
  readonly hasSchedule: boolean;
}

export interface FileReport extends ImportCounts {
  readonly format: string;
  readonly decks: readonly { readonly name: string; readonly id: bigint | null; readonly isNew: boolean }[];
  /** Packages and archives only: what the counts count are their notes, and these came with them. */
  readonly cards?: number;
  readonly reviews?: number;
  readonly media?: number;
  readonly samples: readonly Sample[];
  /** Line by line for texts, counted by kind for collections. */
  readonly problems: readonly ({ readonly line: number; readonly what: string } | Problem)[];
  readonly problem_count: number;
  readonly left_out: readonly string[];
}

/** A user by name, for commands. Throws `FC_NOT_FOUND`. */
export async function userNamed(session: Session, username: string): Promise<User> {
  const user = await findUser(session, { username });
  if (user !== undefined) return user;
  throw new FlashcaseError('FC_NOT_FOUND', { what: `There is no user ${username}.`, hint: 'flashcase user list' });
}

/** The one deck of this name that a user owns, `undefined` when there is none. Throws `FC_BAD_REQUEST` when there are several. */
export async function ownDeckNamed(session: Session, user: User, name: string): Promise<bigint | undefined> {
  const [deck, other] = await findOwnDecks(session, user.id, name);
  if (other === undefined) return deck?.id;
  throw new FlashcaseError('FC_BAD_REQUEST', {
    what: `${user.username} has several decks named ${name}.`,
    hint: 'Rename one of them first.',
  });
}

async function startOf(file: string): Promise<{ bytes: Buffer | undefined; isZip: boolean }> {
  try {
    const { size } = await stat(file);
    if (/^\.(apkg|colpkg|mochi|zip|flashcase)$/i.test(extname(file))) return { bytes: undefined, isZip: true };
    if (size > TEXT_BYTES) {
      throw new FlashcaseError('FC_IMPORT_TOO_LARGE', {
        what: 'The text is larger than 256 MiB.',
        where: file,
        hint: 'Split it.',
      });
    }
    const bytes = await readFile(file);
    return { bytes, isZip: bytes.subarray(0, 2).equals(ZIP_START) };
  } catch (error) {
    if (error instanceof FlashcaseError) throw error;
    throw new FlashcaseError('FC_BAD_REQUEST', {
      what: 'The file cannot be read.',
      where: file,
      why: (error as Error).message,
      cause: error,
    });
  }
}

function textOf(bytes: Buffer | undefined, file: string): string {
  const text = bytes === undefined ? undefined : decodeText(bytes);
  if (text !== undefined) return text;
  throw new FlashcaseError('FC_IMPORT_UNREADABLE', {
    what: 'The file is neither text in UTF-8 nor a package FlashCase knows.',
    where: file,
    hint: 'Save it as UTF-8 (in a spreadsheet: CSV UTF-8), or export it from Anki as .apkg.',
  });
}

/**
 * Imports a file for a user, all in one transaction; decks are made when they are not there. A dry run writes nothing. Texts give the cards
 * of one deck. Of packages and archives notes, tags, note types, dates and reviews are kept; they are read and laid out before the
 * transaction begins, so that others go on writing meanwhile.
 */
export async function importFile(database: Database, username: string, input: FileImport): Promise<FileReport> {
  const { bytes, isZip } = await startOf(input.file);
  return isZip
    ? importCollectionFile(database, username, input)
    : importTextFile(database, username, input, textOf(bytes, input.file));
}

async function importTextFile(database: Database, username: string, input: FileImport, text: string): Promise<FileReport> {
  const { deck: name, isDryRun, duplicates } = input;
  if (name === undefined) {
    throw new FlashcaseError('FC_BAD_REQUEST', { what: 'A text has no deck of its own.', hint: 'Name one: --deck NAME' });
  }
  // A command has a process to itself: it reads in this thread, before the unit of work begins.
  const reading = readText(text, input);
  const run = <T>(work: (session: Session) => Promise<T>) => (isDryRun ? database.read(work) : database.write(work));
  return run(async (session) => {
    const user = await userNamed(session, username);
    const found = await ownDeckNamed(session, user, name);
    const deckId = found ?? (isDryRun ? undefined : (await createDeck(session, user, { name })).id);
    const report =
      deckId === undefined || isDryRun
        ? await previewText(session, user, deckId, reading, duplicates, Number.POSITIVE_INFINITY)
        : await importText(session, user, deckId, reading, duplicates, Number.POSITIVE_INFINITY, found === undefined);
    const { added, updated, skipped, samples, problems, problem_count, left_out, format } = report;
    const decks = [{ name, id: deckId ?? null, isNew: found === undefined }];
    return { format, decks, added, updated, skipped, samples, problems, problem_count, left_out };
  });
}

async function importCollectionFile(database: Database, username: string, input: FileImport): Promise<FileReport> {
  const { file, deck: deckName, duplicates, isDryRun, hasSchedule } = input;
  const {
    decks,
    problemCount,
    operation: _,
    ...report
  } = await importCollection(database, {
    ...{ file, deckName, duplicates, isDryRun, hasSchedule },
    userOf: (session) => userNamed(session, username),
    deckOf: ownDeckNamed,
  });
  return {
    ...report,
    decks: decks.map(({ name, id, isNew }) => ({ name, id: id ?? null, isNew })),
    problem_count: problemCount,
    left_out: [],
  };
}
