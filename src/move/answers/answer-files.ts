import { readFileSync, statSync } from 'node:fs';
import { appendFile, chown, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDurably } from '../../db/durable-file.ts';
import { folderBeside, removeFolder } from '../folder-beside.ts';

/**
 * The shadow of a live move: a share of what users read is asked of both sides, and the answers are compared. In a folder beside the SQLite file:
 * `percent`, the share, and a file of each server process, a line every few seconds. Nothing of it is in either database.
 */
const PERCENT = 'percent';
const LINES = '.answers';
/** Differences that are named; all are counted. */
const NAMED = 100;

/** An answer that is not the same on both sides. */
export interface DifferentAnswer {
  /** UTC, as the databases have it. */
  readonly at: string;
  /** `GET /api/v1/decks/3`. */
  readonly request: string;
  /** Where they differ: a JSON pointer, `status`, or the name of a header. */
  readonly where: string;
  /** What each says there, shortened. */
  readonly sqlite: string;
  readonly postgres: string;
}

/** What one server process compared in one interval; one line of its file. */
export interface AnswerRecord {
  readonly equal: number;
  /** Not told: users wrote in between, again and again, or the side that follows was behind all the time. */
  readonly undecided: number;
  readonly differences: readonly DifferentAnswer[];
}

/** All processes and the whole move together. */
export interface AnswersCompared extends AnswerRecord {
  /** The share of reads that is asked of both sides now; 0 when it is off. */
  readonly percent: number;
  /** All, of which `differences` names the first. */
  readonly differing: number;
}

const answersFolderOf = (sqliteFile: string): string => folderBeside(sqliteFile, '.answers');

/** The share of reads to compare, in percent; 0 when it is off. A look costs no more than to open a file. */
export function shadowPercent(sqliteFile: string): number {
  try {
    const value = Number(readFileSync(join(answersFolderOf(sqliteFile), PERCENT), 'utf8'));
    return value > 0 && value <= 100 ? value : 0;
  } catch {
    return 0;
  }
}

/** Sets the share, for every server process: each sees it within seconds. @param percent 0 ends it. */
export async function setShadowPercent(sqliteFile: string, percent: number): Promise<void> {
  const folder = answersFolderOf(sqliteFile);
  // The server's user must be able to write there, also when root types the command.
  const { uid, gid } = statSync(sqliteFile);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chown(folder, uid, gid);
  writeDurably(join(folder, PERCENT), Buffer.from(`${percent}\n`), { mode: 0o600, uid, gid });
}

/** Adds what a process compared to its file. Lines begin with their line end: one that was cut off spoils itself only. */
export async function appendAnswers(sqliteFile: string, process: string, record: AnswerRecord): Promise<void> {
  await appendFile(join(answersFolderOf(sqliteFile), process + LINES), `\n${JSON.stringify(record)}`, { mode: 0o600 });
}

/** What all server processes compared in this move; `undefined` when none ever did. */
export async function readAnswers(sqliteFile: string): Promise<AnswersCompared | undefined> {
  const folder = answersFolderOf(sqliteFile);
  const names = await readdir(folder).catch(() => undefined);
  if (names === undefined) return undefined;
  const files = names.filter((name) => name.endsWith(LINES));
  const texts = await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8').catch(() => '')));
  const records = texts.flatMap((text) => text.split('\n')).flatMap(recordIn);
  const differences = records.flatMap((record) => record.differences).toSorted((a, b) => (a.at < b.at ? -1 : 1));
  const sum = (of: (record: AnswerRecord) => number): number => records.reduce((total, record) => total + of(record), 0);
  return {
    percent: shadowPercent(sqliteFile),
    equal: sum(({ equal }) => equal),
    undecided: sum(({ undecided }) => undecided),
    differing: differences.length,
    differences: differences.slice(0, NAMED),
  };
}

/** A line that was cut off is left out. */
function recordIn(line: string): AnswerRecord[] {
  try {
    return line === '' ? [] : [JSON.parse(line) as AnswerRecord];
  } catch {
    return [];
  }
}

/** Forgets what was compared: the move is over, and its report has it. */
export function removeAnswers(sqliteFile: string): void {
  removeFolder(answersFolderOf(sqliteFile));
}
