import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { refuseUnknown } from '../../../ops/prepare.ts';
import { targetOf } from '../../../revisions/compile/target.ts';
import { readLedger } from '../../../revisions/ledger.ts';
import { plan, planFor } from '../../../revisions/plan.ts';
import { planLines } from '../../../revisions/plan-lines.ts';
import { revisions } from '../../../versions/index.ts';
import { commandSettings, print, withDatabase } from '../open.ts';
import { type JsonOption, revisionNamed } from './revision-named.ts';
import { targetNamed } from './target-named.ts';

interface Options extends JsonOption {
  readonly target?: readonly string[];
  readonly from?: string;
  readonly allowOutOfOrder?: boolean;
}

export function addPlan(db: Command): void {
  db.command('plan [target]')
    .description('print what upgrade would run, with locks, rewrites and row counts; changes nothing')
    .option('--json', 'for machines')
    .option('--allow-out-of-order', 'with a revision that was merged late, behind newer ones')
    .option('--target <engine=version...>', 'the plan for another version, without a database: sqlite=3.40, postgres=15')
    .option('--from <id>', 'with --target: the revision such a database is at (default: base)')
    .action(async (word: string | undefined, options: Options) => {
      const named = (text: string | undefined): string | undefined => (text === undefined ? undefined : revisionNamed(text, []));
      const plans =
        options.target === undefined
          ? [await livePlan(word, options.allowOutOfOrder === true)]
          : await Promise.all(
              options.target.map((target) => planFor(revisions, targetNamed(target), named(options.from), named(word), true)),
            );
      print(options.json === true, options.target === undefined ? plans[0] : { plans }, () => plans.flatMap(planLines));
    });
}

/** A file that is not there yet is not made by asking what would happen. */
async function livePlan(word: string | undefined, allowsOutOfOrder: boolean) {
  const { database } = commandSettings();
  if (database.engine === 'sqlite' && !existsSync(database.file)) {
    const to = word === undefined ? undefined : revisionNamed(word, []);
    const target = targetOf('sqlite', process.versions.sqlite ?? '');
    return { ...(await planFor(revisions, target, undefined, to, true)), location: database.file };
  }
  return withDatabase(async (opened) => {
    await refuseUnknown(opened);
    const { engine } = opened;
    const applied = await engine.read((connection) => readLedger(connection, engine));
    const ids = applied.map((entry) => entry.id);
    return plan({ engine, revisions, allowsOutOfOrder, isKept: true }, word === undefined ? undefined : revisionNamed(word, ids));
  }, true);
}
