import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { writeDurably } from '../../db/durable-file.ts';
import { randomInt } from '../../db/random.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { readRules } from '../../move/plan/rules.ts';
import type { BenchResult } from '../../ops/bench/bench-result.ts';
import { mixOf } from '../../ops/bench/mix.ts';
import { benchPage } from '../../ops/bench/page.ts';
import { requestsIn } from '../../ops/bench/read-metrics.ts';
import { benchText } from '../bench/bench-text.ts';
import { runBench } from '../bench/run-bench.ts';
import { sidesOf } from '../bench/sides.ts';
import { exitCodes, INTERRUPTED } from '../exit-codes.ts';
import { askMetrics } from '../monitor/ask-server.ts';
import { DECISIONS_OPEN, progressOf } from './move/words.ts';
import { print, servingSettings } from './open.ts';

const NOT_TRUE = 3;
/** A step of more clients than this measures the client. */
const MOST_CLIENTS = 512;

interface Flags {
  readonly against: string;
  readonly users?: number;
  readonly reviewsPerUser?: number;
  readonly seed?: number;
  readonly clients: readonly number[];
  readonly seconds: number;
  readonly rounds: number;
  readonly goal: number;
  readonly reviewsPerDay: number;
  readonly peak: number;
  readonly rules: string;
  readonly report?: string;
  readonly json?: boolean;
}

const whole =
  (least: number, most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most)
      throw new InvalidArgumentError(`It is a whole number from ${least} to ${most}.`);
    return value;
  };

const decimal =
  (least: number, most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d+(\.\d+)?$/.test(text) || value < least || value > most)
      throw new InvalidArgumentError(`It is a number from ${least} to ${most}.`);
    return value;
  };

/** Steps that rise: 1,4,16,64. */
function steps(text: string): number[] {
  const found = text.split(',').map((part) => Number(part));
  const isRising = found.every((value, i) => i === 0 || value > (found[i - 1] as number));
  if (!/^\d+(,\d+)*$/.test(text) || !isRising || found.some((value) => value < 1 || value > MOST_CLIENTS))
    throw new InvalidArgumentError(
      `They are whole numbers from 1 to ${MOST_CLIENTS}, each greater than the one before: 1,4,16,64.`,
    );
  return found;
}

/** The place of the page, before anything is measured for it. */
function reportPlace(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  const place = resolve(process.cwd(), file);
  if (existsSync(dirname(place))) return place;
  throw new FlashcaseError('FC_INPUT_INVALID', {
    what: `--report names a folder that is not there: ${dirname(place)}.`,
    hint: 'Make it first.',
  });
}

const writePage = (file: string, result: BenchResult): void =>
  writeDurably(file, Buffer.from(benchPage(result)), { mode: 0o600, uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 });

async function compare(flags: Flags): Promise<void> {
  const page = reportPlace(flags.report);
  const folder = process.cwd();
  const settings = await servingSettings();
  const sides = sidesOf(settings, flags.against, folder);
  const metrics = await askMetrics(settings);
  const progress = progressOf(flags);
  const stop = new AbortController();
  process.once('SIGINT', () => {
    progress.end();
    process.stderr.write(
      'Stopping; what was made is removed. Press Ctrl-C again to end at once: then the next run removes it.\n',
    );
    stop.abort();
    process.once('SIGINT', () => process.exit(INTERRUPTED));
  });
  const rulesFile = resolve(folder, flags.rules);
  let isLeft = false;
  try {
    const result = await runBench({
      settings,
      sides,
      model: {
        ...(flags.users === undefined ? {} : { users: flags.users }),
        ...(flags.reviewsPerUser === undefined ? {} : { reviewsPerUser: flags.reviewsPerUser }),
      },
      seed: flags.seed ?? randomInt(1, 1_000_000),
      clients: flags.clients,
      seconds: flags.seconds,
      warmUpSeconds: Math.min(1, flags.seconds / 2),
      rounds: flags.rounds,
      mix: mixOf(metrics === undefined ? undefined : requestsIn(metrics)),
      basis: { goalMs: flags.goal, reviewsPerDay: flags.reviewsPerDay, peak: flags.peak },
      rules: readRules(rulesFile),
      rulesFile,
      events: progress,
      signal: stop.signal,
      onLeft(left) {
        isLeft = true;
        progress.end();
        process.stderr.write(`${left.toText()}\n`);
      },
    });
    progress.end();
    if (page !== undefined) writePage(page, result);
    print(flags.json === true, { event: 'bench', ...result }, () => [
      ...benchText(result),
      ...(page === undefined ? [] : ['', `The page: ${page}`]),
    ]);
    if (!result.isCountEqual || result.verdict.finding === 'failed') process.exitCode = NOT_TRUE;
  } catch (error) {
    progress.end();
    if (!stop.signal.aborted) throw error;
    process.stderr.write(
      `Stopped. ${isLeft ? 'What is left is named above' : 'Nothing of it is left'}; the database that serves was only read.\n`,
    );
    process.exitCode = INTERRUPTED;
  }
}

/** `flashcase bench`. */
export function bench(): Command {
  return exitCodes(new Command('bench'), {
    0: 'Both sides were measured, whatever the verdict.',
    [DECISIONS_OPEN]: 'A decision is open: flashcase move plan names it.',
    [NOT_TRUE]: 'More than 1 % of the requests failed, or a server counted others than it was sent: do not trust the figures.',
    [INTERRUPTED]: 'Ended by Ctrl-C.',
  })
    .description(
      'Compare the database that serves with another engine or server, under the same load, and say from how many users a move pays. Works on copies that are removed.',
    )
    .requiredOption(
      '--against <url>',
      'a PostgreSQL server (any database of it that is not an installation), or sqlite:///FILE that is not there',
    )
    .option(
      '--users <n>',
      'make up so many users in the copies (default: as many as the highest step has clients, less those who hold cards)',
      whole(1, 100_000),
    )
    .option('--reviews-per-user <n>', 'users who are made up have so many answers each (default: 200)', whole(1, 100_000))
    .option('--seed <n>', 'what is made up and asked follows from it (default: drawn, and printed)', whole(1, 2 ** 31 - 1))
    .option('--clients <list>', 'how many ask side by side, step by step', steps, [1, 4, 16, 64])
    .option('--seconds <n>', 'how long each run of a step lasts', decimal(0.2, 3600), 5)
    .option('--rounds <n>', 'how often each step is run on each side, in turn', whole(1, 100), 3)
    .option('--goal <ms>', 'milliseconds within which 99 of 100 writes shall be answered', decimal(0.1, 60_000), 100)
    .option('--reviews-per-day <n>', 'cards an active user answers a day', decimal(1, 100_000), 100)
    .option('--peak <factor>', 'how many times the average of a day its busiest hour has', decimal(1, 24), 4)
    .option('--rules <file>', 'the decisions about values PostgreSQL cannot hold', 'move.rules.yaml')
    .option('--report <file>', 'write a page with plots')
    .option('--json', 'print NDJSON for machines')
    .action(compare);
}
