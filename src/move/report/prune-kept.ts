import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Clock } from '../../db/clock.ts';
import { syncFolder } from '../../engine/sqlite/verified-copy.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { withSqlite } from '../live/sides.ts';
import type { Remedy } from '../plan/judge-cell.ts';
import { hashFile } from '../source/snapshot.ts';
import { type MoveEvent, nextEvent } from '../state/events.ts';
import { readMoveState } from '../state/sqlite-state.ts';
import { CONFIRMED, type Confirmation } from './confirm.ts';
import type { MoveReport } from './move-report.ts';
import { readReport } from './read-report.ts';
import { checkSeal, existingReportKey, keyFingerprint, type Sealed, seal } from './seal.ts';

/** Days a finished move keeps its SQLite file: the guide's rule. */
export const KEPT_DAYS = 30;
const DAY_MICROS = 86_400_000_000n;

/** What these decisions took from a value, or left behind, is in the kept file and nowhere else. */
const ONLY_IN_FILE: ReadonlySet<Remedy> = new Set(['replace', 'set_null', 'round', 'nonzero_is_true', 'use_default', 'leave']);

/**
 * `waiting`: younger than the policy's days. `due`: it may go. `alone`: it may go by its age, but holds what is nowhere else. `removed`: it went, as recorded.
 * `absent`: it is not there, and no removal was recorded: somebody moved it. `refused`: file or report is not what was recorded.
 */
export type KeptState = 'waiting' | 'due' | 'alone' | 'removed' | 'absent' | 'refused';

/** The file one finished move keeps. Times are UTC. */
export interface KeptFile {
  readonly runId: string;
  readonly reportFile: string;
  readonly file: string;
  /** As it was recorded when the move was finished. */
  readonly sha256: string;
  readonly state: KeptState;
  readonly keptAt: string;
  /** Whole days since then. */
  readonly ageDays: number;
  readonly mayGoAt: string;
  /** While it is there. */
  readonly bytes?: number;
  /** The removal as it was recorded. */
  readonly removedAt?: string;
  /** Decisions of the move whose old values only this file has. */
  readonly onlyHere: readonly string[];
  /** Why it is refused. */
  readonly why?: string;
}

export interface PruneOptions {
  readonly sqliteFile: string;
  readonly clock: Clock;
  readonly isDryRun: boolean;
  /** Also a file that alone holds old values. */
  readonly isDiscarding: boolean;
  /** Who asks; recorded. */
  readonly confirmation: Confirmation;
  /** Writes the report and its page anew, before the file goes. */
  write(reportFile: string, report: Sealed<MoveReport>): void;
  /** Called at each named step: `recorded`, `removed`. */
  readonly onStep?: (step: string) => void | Promise<void>;
}

const microsOf = (at: string): bigint => {
  const [second, fraction = ''] = at.split('.');
  return BigInt(Date.parse(`${second?.replace(' ', 'T')}Z`)) * 1000n + BigInt(fraction.padEnd(6, '0').slice(0, 6));
};
const dayAfter = (at: string, days: number): string =>
  new Date(Number((microsOf(at) + BigInt(days) * DAY_MICROS) / 1000n)).toISOString().slice(0, 19).replace('T', ' ');

const PRUNED = 'pruned';

function onlyIn(report: MoveReport): string[] {
  if (report.rules === undefined) return ['not known: the report does not say what was decided'];
  return report.rules.decisions
    .filter(({ remedy }) => ONLY_IN_FILE.has(remedy))
    .map(({ table, column, kind, remedy }) => `${[table, column].filter((name) => name !== '').join('.')} (${kind}: ${remedy})`);
}

interface FoundReport {
  readonly reportFile: string;
  readonly report: Sealed<MoveReport>;
}

/** The reports of finished moves beside the SQLite file. */
function reportsOf(sqliteFile: string): FoundReport[] {
  const prefix = `${basename(sqliteFile)}.mv-`;
  return readdirSync(dirname(sqliteFile))
    .filter((name) => name.startsWith(prefix) && name.endsWith('.report.json'))
    .sort()
    .map((name) => join(dirname(sqliteFile), name))
    .map((reportFile) => ({ reportFile, report: readReport(reportFile) }))
    .filter(({ report }) => report.isFinal);
}

/** Why this report is no ground to remove anything; `undefined` when it is. */
async function problemWith(report: Sealed<MoveReport>, sqliteFile: string): Promise<string | undefined> {
  const [problem] = checkSeal(report).problems;
  if (problem !== undefined) return problem;
  const key = existingReportKey(sqliteFile);
  if (key === undefined || keyFingerprint(key) !== report.seal.fingerprint)
    return `The report is sealed with the key ${report.seal.fingerprint}, which is not beside it: a removal could not be recorded.`;
  // A finish that was killed at its end makes the file again.
  const isThere = lstatSync(sqliteFile, { throwIfNoEntry: false })?.isFile() === true;
  if (isThere && (await withSqlite(sqliteFile, readMoveState))?.runId === report.runId)
    return 'The move is not finished yet: flashcase move finish';
  return undefined;
}

/** What a finish recorded of the file it keeps: its name beside the SQLite file, and its checksum. */
function recordedIn({ events }: MoveReport): { readonly file: string; readonly sha256: string } {
  const { file, sha256 } = events.findLast(({ kind }) => kind === 'kept')?.details ?? {};
  return { file: String(file), sha256: String(sha256) };
}

async function judge(
  { reportFile, report }: FoundReport,
  others: readonly FoundReport[],
  { sqliteFile, clock, isDiscarding }: PruneOptions,
): Promise<KeptFile> {
  const { file: name, sha256 } = recordedIn(report);
  const file = join(dirname(sqliteFile), name);
  // When the finish was through, also one that was killed and went on later.
  const keptAt = report.madeAt;
  const ageMicros = clock.now().micros - microsOf(keptAt);
  const removedAt = report.events.findLast(({ kind }) => kind === PRUNED)?.at;
  const found = lstatSync(file, { throwIfNoEntry: false });
  const about = {
    runId: report.runId,
    reportFile,
    file,
    sha256,
    keptAt,
    ageDays: Math.max(0, Number(ageMicros / DAY_MICROS)),
    mayGoAt: dayAfter(keptAt, KEPT_DAYS),
    ...(found === undefined ? {} : { bytes: found.size }),
    ...(removedAt === undefined ? {} : { removedAt }),
    onlyHere: onlyIn(report),
  };
  const problem = await problemWith(report, sqliteFile);
  if (problem !== undefined) return { ...about, state: 'refused', why: problem };
  const gone = { ...about, state: removedAt === undefined ? 'absent' : 'removed' } as const;
  if (found === undefined) return gone;
  const actual = found.isFile() ? await hashFile(file) : undefined;
  if (actual !== sha256) {
    // A later move of the same file may keep one under the same name.
    const isAnothers = others
      .map(({ report: other }) => recordedIn(other))
      .some((other) => other.file === name && other.sha256 === actual);
    if (isAnothers) return gone;
    return { ...about, state: 'refused', why: 'The file is not the one that was kept: its checksum is another.' };
  }
  // Recorded, then killed: it goes now.
  if (removedAt !== undefined) return { ...about, state: 'due' };
  if (ageMicros < BigInt(KEPT_DAYS) * DAY_MICROS) return { ...about, state: 'waiting' };
  return { ...about, state: about.onlyHere.length > 0 && !isDiscarding ? 'alone' : 'due' };
}

/** The report with two more events: who asked, and what goes. Everything recorded before stays as it was. */
function withRemoval(
  report: Sealed<MoveReport>,
  kept: KeptFile,
  { clock, confirmation, sqliteFile }: PruneOptions,
): Sealed<MoveReport> {
  const { seal: _, ...plain } = report;
  const events: MoveEvent[] = [...plain.events];
  const add = (kind: string, details: Readonly<Record<string, unknown>>): string => {
    const event = nextEvent(events.at(-1), clock.now().text, kind, details);
    events.push(event);
    return event.at;
  };
  const askedAt = add(CONFIRMED, { ...confirmation });
  const removedAt = add(PRUNED, {
    file: basename(kept.file),
    sha256: kept.sha256,
    bytes: kept.bytes,
    ageDays: kept.ageDays,
    onlyHere: kept.onlyHere,
  });
  const key = existingReportKey(sqliteFile);
  if (key === undefined)
    throw new FlashcaseError('FC_MOVE_STATE', {
      what: 'The key of the report is gone; nothing was removed.',
      where: kept.reportFile,
      hint: 'Put it back, then run flashcase move prune again.',
    });
  return seal(
    {
      ...plain,
      kept: { file: kept.file, sha256: kept.sha256, removedAt },
      confirmations: [...plain.confirmations, { at: askedAt, ...confirmation }],
      events,
    },
    key,
  );
}

/**
 * Removes the SQLite files that finished moves keep, each by its name: only one whose days are over, whose checksum still is the one that was recorded, and
 * whose report can be written on. The removal is in the report before the file goes; killed in between, the same call goes on.
 * @returns every kept file as it was found.
 */
export async function pruneKept(options: PruneOptions): Promise<KeptFile[]> {
  const all: KeptFile[] = [];
  const reports = reportsOf(options.sqliteFile);
  for (const found of reports) {
    const others = reports.filter((other) => other !== found);
    const kept = await judge(found, others, options);
    all.push(kept);
    if (kept.state !== 'due' || options.isDryRun) continue;
    if (kept.removedAt === undefined) options.write(kept.reportFile, withRemoval(found.report, kept, options));
    await options.onStep?.('recorded');
    rmSync(kept.file);
    syncFolder(dirname(kept.file));
    await options.onStep?.('removed');
  }
  return all;
}
