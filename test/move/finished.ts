import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { writeReportJson, writeReportPage } from '../../src/cli/move/write-report.ts';
import { type Clock, systemClock } from '../../src/db/clock.ts';
import { type Finished, finishMove } from '../../src/move/live/finish.ts';
import { startMove } from '../../src/move/live/start.ts';
import { type Decision, Rules } from '../../src/move/plan/rules.ts';
import type { Confirmation } from '../../src/move/report/confirm.ts';
import { recordFacts } from '../../src/move/report/facts.ts';
import { moveReport } from '../../src/move/report/move-report.ts';
import type { PruneOptions } from '../../src/move/report/prune-kept.ts';
import { reportKey, seal } from '../../src/move/report/seal.ts';
import { cutover } from '../../src/move/switch/cutover.ts';
import { Timestamp } from '../../src/schema/timestamp.ts';
import { freshTarget } from './library.ts';
import { librarySource, liveOptionsFor, onSqlite, PATIENT } from './live.ts';

const DAY_MICROS = 86_400_000_000;
const software = { flashcase: '0.0.0', node: process.versions.node };

/** The system clock, so many days away. */
export function clockAt(days: number): Clock {
  const clock = systemClock();
  return { now: () => Timestamp.fromMicros(clock.now().micros + BigInt(Math.round(days * DAY_MICROS))) };
}

export interface FinishedMove extends Finished {
  readonly sqliteFile: string;
  readonly reportFile: string;
  readonly pageFile: string;
}

interface FinishedOptions {
  readonly decisions?: readonly Decision[];
  /** A file that is moved once more. */
  readonly again?: string;
  /** When the report is written and the old name is still there. */
  readonly afterReport?: () => Promise<void>;
}

/** A move that was finished so many days ago, with its report, as `flashcase move finish` leaves it. */
export async function finishedMove(
  t: TestContext,
  daysAgo: number,
  { decisions = [], again, afterReport }: FinishedOptions = {},
): Promise<FinishedMove> {
  const sqliteFile = again ?? (await librarySource(t, 20));
  if (decisions.length > 0) onSqlite(sqliteFile, (db) => db.exec("UPDATE book SET body = 'a' || char(0) || 'b' WHERE id = 3"));
  const options = liveOptionsFor(sqliteFile, await freshTarget(t), { clock: clockAt(-daysAgo), rules: new Rules(decisions) });
  await startMove(options);
  await cutover(options, PATIENT);
  await recordFacts(options);
  let reportFile = '';
  const write = ({ runId, epoch, events, keptFile, sha256 }: Finished): void => {
    const madeAt = options.clock.now().text;
    const kept = { file: keptFile, sha256 };
    const report = moveReport({ runId, epoch, madeAt, sqliteFile, target: 'here', software, events, kept });
    const sealed = seal(report, reportKey(sqliteFile, keptFile));
    reportFile = `${sqliteFile}.${runId}.report.json`;
    writeReportJson(reportFile, sealed, keptFile);
    writeReportPage(reportFile.replace(/json$/, 'html'), sealed, keptFile);
  };
  if (afterReport !== undefined) {
    const killed = (done: Finished): void => {
      write(done);
      throw new Error('killed');
    };
    await assert.rejects(finishMove(options, killed), /killed/);
    await afterReport();
  }
  const finished = await finishMove(options, write);
  return { ...finished, sqliteFile, reportFile, pageFile: reportFile.replace(/json$/, 'html') };
}

const confirmation: Confirmation = {
  command: 'prune',
  flags: [],
  user: 'ada',
  host: 'web1',
  pid: 7,
  through: 'terminal',
  versions: software,
};

/** What `flashcase move prune` does, as today. */
export const pruneOptionsFor = (sqliteFile: string, more: Partial<PruneOptions> = {}): PruneOptions => ({
  sqliteFile,
  clock: systemClock(),
  isDryRun: false,
  isDiscarding: false,
  confirmation,
  write(file, report) {
    writeReportJson(file, report, file);
    writeReportPage(file.replace(/json$/, 'html'), report, file);
  },
  ...more,
});
