import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { FlashcaseError } from '../../../errors/index.ts';
import type { LiveOptions } from '../../../move/live/live-options.ts';
import { moveStatus } from '../../../move/live/status.ts';
import { verifyLive } from '../../../move/live/verify-live.ts';
import { cutover } from '../../../move/switch/cutover.ts';
import { rollback } from '../../../move/switch/rollback.ts';
import { DEFAULT_LIMIT_MS } from '../../../move/switch/switch-steps.ts';
import { switchedBefore } from '../../../move/switch/switched-before.ts';
import { exitCodes } from '../../exit-codes.ts';
import { confirmed } from '../../move/confirmed.ts';
import { liveVerdictText, statusText, switchText } from '../../move/live-report.ts';
import { cutoverSteps, followInEnvFile, isCompared } from '../../move/switching.ts';
import { type LiveFlags, liveCommand, liveOptionsOf, print } from './live.ts';
import { DIFFERENCES, GIVEN_UP, progressOf } from './words.ts';

interface Flags extends LiveFlags {
  readonly limit?: string;
  readonly dryRun?: boolean;
  readonly practice?: boolean;
  readonly at?: string;
}

/** The pause an operator allows, in milliseconds. */
function limitOf(flags: Flags): number {
  if (flags.limit === undefined) return DEFAULT_LIMIT_MS;
  const value = Number(flags.limit);
  if (Number.isInteger(value) && value >= 50 && value <= 9000) return value;
  throw new FlashcaseError('FC_INPUT_INVALID', {
    what: `--limit ${flags.limit} is not a whole number of milliseconds from 50 to 9000.`,
    hint: 'Requests wait for up to 10 s; the default is 2000.',
  });
}

/** Waits for the given time of day or moment. Throws for a time that cannot be read, is past, or is more than a day ahead. */
async function waitUntil(at: string, now: number): Promise<void> {
  const clock = /^(\d{1,2}):(\d\d)(?::(\d\d))?$/.exec(at);
  const moment = new Date(clock === null ? at : now);
  if (clock !== null) {
    moment.setHours(Number(clock[1]), Number(clock[2]), Number(clock[3] ?? 0), 0);
    if (moment.getTime() <= now) moment.setDate(moment.getDate() + 1);
  }
  const wait = moment.getTime() - now;
  if (!(wait > 0) || wait > 86_400_000)
    throw new FlashcaseError('FC_INPUT_INVALID', {
      what: `--at ${at} is no time within the next 24 hours.`,
      hint: 'Write 03:30, or 2026-12-24T03:30:00Z.',
    });
  process.stderr.write(`Waiting until ${moment.toISOString()}. Ctrl-C changes nothing.\n`);
  await delay(wait);
}

/** Compares everything first unless that was done since the last switch. @returns false when the sides differ. */
async function isVerified(options: LiveOptions, flags: Flags): Promise<boolean> {
  if (isCompared((await moveStatus(options)).events)) return true;
  process.stderr.write('Both sides were not compared since the last switch; comparing them now …\n');
  const progress = progressOf(flags);
  const verdict = await verifyLive(options, { events: progress, isParanoid: false });
  progress.end();
  if (!verdict.isEqual) print(flags, liveVerdictText(verdict), { event: 'verdict', ...verdict });
  return verdict.isEqual;
}

/** The steps as three lines. */
function dryRun(limitMs: number, keys: number | undefined): string {
  const steps = cutoverSteps(limitMs, keys).map((step, i) => `${i + 1} ${step}`);
  const lines = [steps.slice(0, 3), steps.slice(3, 6), steps.slice(6)].map((some) => some.join('  '));
  return `would: ${lines.join('\n       ')}. Any failure before 6: back to SQLite by itself.`;
}

/** Says so when an earlier command made this side the primary; `.env` may be left to do. */
async function isDoneBefore(options: LiveOptions, to: 'sqlite' | 'postgres', flags: Flags): Promise<boolean> {
  const report = await switchedBefore(options, to);
  if (report === undefined) return false;
  print(flags, `${switchText(report)}\n${followInEnvFile(options, report)}`, {
    event: to === 'postgres' ? 'cutover' : 'rollback',
    ...report,
  });
  return true;
}

async function cutoverAction(flags: Flags): Promise<void> {
  const options = await liveOptionsOf(flags);
  const limitMs = limitOf(flags);
  if (flags.dryRun === true) {
    const status = await moveStatus(options);
    print(flags, `${statusText(status)}\n${dryRun(limitMs, status.behind)}`, { event: 'dry-run', limitMs, ...status });
    return;
  }
  if (flags.practice !== true && (await isDoneBefore(options, 'postgres', flags))) return;
  if (!(await isVerified(options, flags))) {
    process.exitCode = DIFFERENCES;
    return;
  }
  if (flags.at !== undefined) await waitUntil(flags.at, Number(options.clock.now().micros / 1000n));
  await confirmed(options, 'cutover', flags);
  const report = await cutover(options, { limitMs, isPractice: flags.practice === true });
  const env = flags.practice === true ? '' : `\n${followInEnvFile(options, report)}`;
  print(flags, `${switchText(report, flags.practice)}${env}`, {
    event: flags.practice === true ? 'practice' : 'cutover',
    ...report,
  });
}

async function rollbackAction(flags: Flags): Promise<void> {
  const options = await liveOptionsOf(flags);
  const limitMs = limitOf(flags);
  if (await isDoneBefore(options, 'sqlite', flags)) return;
  await confirmed(options, 'rollback', flags);
  const report = await rollback(options, { limitMs });
  print(flags, `${switchText(report)}\n${followInEnvFile(options, report)}`, { event: 'rollback', ...report });
}

const switching = (name: string, about: string): Command =>
  liveCommand(name, about).option(
    '--limit <ms>',
    'the longest pause of writes; after it the switch gives up by itself (default: 2000)',
  );

const CODES = {
  0: 'Done, now or by an earlier command.',
  [GIVEN_UP]: 'Given up before the decision; the side that served before serves on.',
};

export const cutoverCommand = (): Command =>
  exitCodes(
    switching('cutover', 'Make PostgreSQL the primary. Writes wait for a moment, none fails; SQLite follows from then on.')
      .option('--dry-run', 'say what would be done, and do nothing')
      .option('--practice', 'do everything up to the decision, then give up on purpose: the pause is real')
      .option('--at <time>', 'wait for this time (03:30, or a date and time)')
      .action(cutoverAction),
    { ...CODES, [DIFFERENCES]: 'The sides differ; nothing was switched.' },
  );

export const rollbackCommand = (): Command =>
  exitCodes(
    switching('rollback', 'Make SQLite the primary again, with everything that was written to PostgreSQL.').action(
      rollbackAction,
    ),
    CODES,
  );
