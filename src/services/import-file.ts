import { readFile, stat } from 'node:fs/promises';
import { extname } from 'node:path';
import type { Database, Session } from '../db/database.ts';
import { findOwnDecks } from '../db/stores/decks.ts';
import { findUser, type User } from '../db/stores/users.ts';
import { FlashcaseError } from '../errors/index.ts';
import { type Problem, ProblemLog } from '../formats/collection.ts';
import { openCollection } from '../formats/open-file.ts';
import { plainCards } from '../formats/plain-cards.ts';
import { decodeText, type TextSettings } from '../formats/text/read-text.ts';
import { createDeck, ownDeck } from './decks.ts';
import {
  type Duplicates,
  type ImportCounts,
  importText,
  planCards,
  previewText,
  type Sample,
  writePlan,
} from './import-cards.ts';

/** Texts are held in memory. */
const TEXT_BYTES = 256 * 1024 * 1024;
const ZIP_START = Buffer.from('PK');

export interface FileImport extends TextSettings {
  readonly file: string;
  readonly deck: string;
  readonly duplicates: Duplicates;
  readonly isDryRun: boolean;
}

export interface FileReport extends ImportCounts {
  readonly format: string;
  readonly deck: { readonly name: string; readonly id: bigint | null; readonly isNew: boolean };
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
    if (/^\.(apkg|colpkg|zip|flashcase)$/i.test(extname(file))) return { bytes: undefined, isZip: true };
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
 * Imports a file into one deck of a user, which is made when it is not there; all in one transaction. A dry run writes nothing.
 * Texts give their cards; of Anki packages and archives the cards' two sides are taken, and what is left out is said.
 */
export async function importFile(database: Database, username: string, input: FileImport): Promise<FileReport> {
  const { bytes, isZip } = await startOf(input.file);
  const run = <T>(work: (session: Session) => Promise<T>) => (input.isDryRun ? database.read(work) : database.write(work));
  if (!isZip) {
    const text = textOf(bytes, input.file);
    return run(async (session) => {
      const { user, deckId, deck } = await deckFor(session, username, input);
      const settings = { ...input, text };
      const report =
        deckId === undefined || input.isDryRun
          ? await previewText(session, user, deckId, settings, Number.POSITIVE_INFINITY)
          : await importText(session, user, deckId, settings, Number.POSITIVE_INFINITY);
      const { added, updated, skipped, samples, problems, problem_count, left_out, format } = report;
      return { format, deck, added, updated, skipped, samples, problems, problem_count, left_out };
    });
  }
  const source = await openCollection(input.file);
  try {
    return await run(async (session) => {
      const { user, deckId, deck } = await deckFor(session, username, input);
      if (deckId !== undefined) await ownDeck(session, user, deckId);
      const log = new ProblemLog();
      const plan = await planCards(session, deckId, plainCards(source, log), input.duplicates);
      log.add('too_long', 'Cards longer than a card may be are left out.', plan.problems.length);
      if (deckId !== undefined && !input.isDryRun) await writePlan(session, deckId, plan);
      const problems = log.list();
      const count = problems.reduce((sum, problem) => sum + problem.count, 0);
      return { format: source.format, deck, ...plan.counts, samples: plan.samples, problems, problem_count: count, left_out: [] };
    });
  } finally {
    await source.close();
  }
}

async function deckFor(session: Session, username: string, { deck: name, isDryRun }: FileImport) {
  const user = await userNamed(session, username);
  const found = await ownDeckNamed(session, user, name);
  const isNew = found === undefined;
  const deckId = isNew && !isDryRun ? (await createDeck(session, user, { name })).id : found;
  return { user, deckId, deck: { name, id: deckId ?? null, isNew } };
}
