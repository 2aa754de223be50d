import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { FlashcaseError } from '../../../errors/index.ts';
import { type Target, targetOf } from '../../../revisions/compile/target.ts';
import { plan, planFor } from '../../../revisions/plan.ts';
import { planLines } from '../../../revisions/plan-lines.ts';
import { revisions } from '../../../versions/index.ts';
import { commandSettings, print, withDatabase } from '../open.ts';
import { type JsonOption, revisionNamed } from './revision-named.ts';

interface Options extends JsonOption {
  readonly target?: readonly string[];
  readonly from?: string;
}

export function addPlan(db: Command): void {
  db.command('plan [target]')
    .description('print what upgrade would run, with locks, rewrites and row counts; changes nothing')
    .option('--json', 'for machines')
    .option('--target <engine=version...>', 'the plan for another version, without a database: sqlite=3.40, postgres=15')
    .option('--from <id>', 'with --target: the revision such a database is at (default: base)')
    .action(async (word: string | undefined, options: Options) => {
      const to = word === undefined ? undefined : revisionNamed(word, []);
      const from = options.from === undefined ? undefined : revisionNamed(options.from, []);
      const plans =
        options.target === undefined
          ? [await livePlan(to)]
          : await Promise.all(options.target.map((target) => planFor(revisions, targetNamed(target), from, to)));
      print(options.json === true, options.target === undefined ? plans[0] : { plans }, () => plans.flatMap(planLines));
    });
}

/** A file that is not there yet is not made by asking what would happen. */
async function livePlan(to: string | undefined) {
  const { database } = commandSettings();
  if (database.engine === 'sqlite' && !existsSync(database.file)) {
    const { versions } = await import('node:process');
    return { ...(await planFor(revisions, targetOf('sqlite', versions.sqlite ?? ''), undefined, to)), location: database.file };
  }
  return withDatabase(({ engine }) => plan({ engine, revisions }, to));
}

/** Reads `sqlite=3.40`. */
export function targetNamed(text: string): Target {
  const [engine, version = ''] = text.split('=');
  if (engine !== 'sqlite' && engine !== 'postgres') {
    throw new FlashcaseError('FC_BAD_REQUEST', {
      what: `"${text}" is no engine and version.`,
      hint: 'Give it as sqlite=3.40 or postgres=15.',
    });
  }
  return targetOf(engine, version);
}
