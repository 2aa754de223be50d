import type { Command } from 'commander';
import { targetOf } from '../../../revisions/compile/target.ts';
import { readLedger } from '../../../revisions/ledger.ts';
import { type Plan, plan, planFor } from '../../../revisions/plan.ts';
import { planLines } from '../../../revisions/plan-lines.ts';
import { exitCodes } from '../../exit-codes.ts';
import {
  applicationOf,
  type FolderOption,
  forApplication,
  type JsonOption,
  missingFile,
  noDatabase,
  projectOf,
  tell,
  withApplication,
} from './application.ts';
import { namingFrom, namingOf, revisionNamed, upTarget } from './revision-named.ts';
import { targetNamed } from './target-named.ts';

interface Options extends JsonOption, FolderOption {
  readonly target?: readonly string[];
  readonly from?: string;
  readonly allowOutOfOrder?: boolean;
}

export function addPlan(db: Command): void {
  exitCodes(forApplication(db.command('plan [target]')), { 2: 'This is a database of the original app.' })
    .description('print what upgrade would run, with locks, rewrites and row counts; changes nothing')
    .option('--allow-out-of-order', 'with a revision that was merged late, behind newer ones')
    .option('--target <engine=version...>', 'the plan for another version, without a database: sqlite=3.40, postgres=15')
    .option('--from <id>', 'with --target: the revision such a database is at (default: base)')
    .action(async (word: string | undefined, options: Options) => {
      if (options.target === undefined) return livePlan(word, options);
      const { revisions } = await projectOf(options);
      const from = options.from === undefined || options.from === 'base' ? 'base' : revisionNamed(options.from, revisions);
      const to = word === undefined ? undefined : upTarget(word, namingFrom(revisions, from));
      const plans = await Promise.all(options.target.map((target) => planFor(revisions, targetNamed(target), from, to, true)));
      tell(options, { plans }, () => plans.flatMap(planLines));
    });
}

/** A file that is not there yet is not made by asking what would happen. */
async function livePlan(word: string | undefined, options: Options): Promise<void> {
  const { project, settings } = await applicationOf(options);
  const { revisions } = project;
  const missing = missingFile(settings);
  if (missing !== undefined) {
    const to = word === undefined ? undefined : upTarget(word, namingFrom(revisions, 'base'));
    const target = targetOf('sqlite', process.versions.sqlite ?? '');
    const planned: Plan = { ...(await planFor(revisions, target, undefined, to, true)), location: missing };
    tell(options, planned, () => [noDatabase(missing), ...planLines(planned)]);
    return;
  }
  const planned = await withApplication(
    options,
    async ({ engine, refuseUnknown }) => {
      await refuseUnknown();
      const ledger = await engine.read((connection) => readLedger(connection, engine));
      const to = word === undefined ? undefined : upTarget(word, namingOf(revisions, ledger));
      return plan({ engine, revisions, allowsOutOfOrder: options.allowOutOfOrder === true, isKept: true }, to);
    },
    { isReadOnly: true },
  );
  tell(options, planned, () => planLines(planned));
}
