import { Command } from 'commander';
import { FlashcaseError } from '../../../errors/index.ts';
import { OLDEST_MONTHS, REVIEWS, type StorageForm } from '../../../ops/partition/partitioned.ts';
import type { PartitionStatus } from '../../../ops/partition/report.ts';
import { monthAfter, monthOf, monthsBetween } from '../../../schema/month.ts';
import { exitCodes } from '../../exit-codes.ts';
import { readableBytes } from '../../move/progress.ts';
import { print, withReadyDatabase } from '../open.ts';
import type { JsonOption } from './application.ts';
import { stoppable } from './stoppable.ts';

const { table } = REVIEWS;
const NOTHING_LEFT = `${table.name} is stored by months already.`;

function statusLines(status: PartitionStatus): string[] {
  const { form, months, defaultRows, olderThan, build } = status;
  return [
    form === 'whole'
      ? `${table.name} is stored whole.`
      : `${table.name} is stored by months: ${months?.count} from ${months?.first} to ${months?.last} (${months?.ahead} ahead); what is older than ${olderThan} lies together; ${defaultRows} rows in the default partition.`,
    ...(build === undefined
      ? []
      : [
          `Under way to ${build.target === 'months' ? 'months' : 'the whole table'}: ${build.state}, ${build.copiedRows} rows copied, ${build.waitingKeys} written meanwhile; since ${build.beganAt} by ${build.startedBy}.`,
          `To go on: flashcase db partition ${build.target === 'months' ? 'run' : 'undo'}. To give it up: flashcase db partition ${build.target === 'months' ? 'undo' : 'run'}.`,
        ]),
  ];
}

/** Runs until it is done; Ctrl-C stops it between two pieces, and what was built stays. */
async function store(form: StorageForm, json: boolean): Promise<void> {
  const { storeAs } = await import('../../../ops/partition/build.ts');
  const { project } = await import('../../../versions/project.ts');
  await stoppable(json, async (options) => {
    const built = await withReadyDatabase(({ engine, clock }) =>
      storeAs({ engine, clock, project, partitioned: REVIEWS, ...options }, form),
    );
    print(json, built, () => {
      if (built.outcome === 'was there') return [form === 'months' ? NOTHING_LEFT : `${table.name} is stored whole already.`];
      if (built.outcome === 'given up')
        return [
          form === 'months'
            ? `Given up: ${table.name} stays stored by months.`
            : `Given up: ${table.name} stays whole, and nothing of the other one is left.`,
        ];
      const how = built.exchanged === undefined ? '' : ` Writes waited ${Math.round(built.exchanged.pauseMs)} ms.`;
      return [`${table.name} is stored ${form === 'months' ? 'by months' : 'whole'} now.${how}`];
    });
  });
}

function monthNamed(text: string): string {
  if (/^\d{4}-(0[1-9]|1[0-2])$/.test(text)) return text;
  throw new FlashcaseError('FC_BAD_REQUEST', { what: `${text} is no month.`, hint: 'Name one as 2017-01.' });
}

/** `flashcase db partition`: the reviews by months, and back. */
export function addPartition(db: Command): void {
  const partition = new Command('partition').description(
    'store the reviews by months on PostgreSQL, and back, while people study',
  );
  partition
    .command('plan')
    .description('what would be done, and what is in the way; changes nothing')
    .option('--json', 'for machines')
    .action(async ({ json = false }: JsonOption) => {
      const { planPartition } = await import('../../../ops/partition/report.ts');
      const { refuseUnfit } = await import('../../../ops/partition/refuse-unfit.ts');
      const { project } = await import('../../../versions/project.ts');
      await withReadyDatabase(({ engine, clock }) =>
        engine.dedicated(async (connection) => {
          await refuseUnfit(connection, engine, project, REVIEWS);
          const now = monthOf(clock.now());
          const begins = monthAfter(now, -OLDEST_MONTHS);
          const plan = await planPartition(connection, REVIEWS, begins);
          const [first = now] = [begins, [plan.first ?? now, now].toSorted()[0] as string].toSorted().slice(1);
          print(json, plan, () =>
            plan.form === 'months'
              ? [NOTHING_LEFT]
              : [
                  `${table.name} has ${plan.rows} rows (${readableBytes(plan.bytes)}), from ${plan.first ?? 'now'} to ${plan.last ?? 'now'}.`,
                  `${monthsBetween(first, monthAfter(now, 12)).length} months would be made, from ${first} to ${monthAfter(now, 12)}; ${plan.olderRows} rows are older and would lie together.`,
                  `Meanwhile the table is there twice: about ${readableBytes(plan.bytes)} more on the disk of PostgreSQL, and as much in its log.`,
                  'People go on studying; writes wait once, for a moment. To do it: flashcase db partition run.',
                ],
          );
        }),
      );
    });
  partition
    .command('run')
    .description('store them by months: built beside, copied, compared, exchanged; typed again after a kill, it goes on')
    .option('--json', 'for machines')
    .action(({ json = false }: JsonOption) => store('months', json));
  partition
    .command('undo')
    .description('store them whole again, the same way; or give up a run that has not exchanged the tables yet')
    .option('--json', 'for machines')
    .action(({ json = false }: JsonOption) => store('whole', json));
  partition
    .command('status')
    .description('how they are stored, and how far a run is')
    .option('--json', 'for machines')
    .action(async ({ json = false }: JsonOption) => {
      const { partitionStatus } = await import('../../../ops/partition/report.ts');
      await withReadyDatabase(({ engine, clock }) =>
        engine.dedicated(async (connection) => {
          const status = await partitionStatus(connection, engine, REVIEWS, clock.now());
          print(json, status, () => statusLines(status));
        }),
      );
    });
  exitCodes(partition.command('verify'), { 3: 'Something is not as it should be.' })
    .description('compare every row while a run is under way; else, whether months, keys and indexes are as they should be')
    .option('--json', 'for machines')
    .action(async ({ json = false }: JsonOption) => {
      const { verifyPartition } = await import('../../../ops/partition/verify-partition.ts');
      await withReadyDatabase(({ engine, clock }) =>
        engine.dedicated(async (connection) => {
          const verdict = await verifyPartition(connection, engine, REVIEWS, clock.now());
          print(json, verdict, () =>
            verdict.problems.length === 0 ? [verdict.says] : verdict.problems.map((problem) => `WRONG  ${problem}`),
          );
          if (verdict.problems.length > 0) process.exitCode = 3;
        }),
      );
    });
  partition
    .command('months')
    .description('make the months that are missing: this one and twelve ahead, and from an earlier one on')
    .option('--from <month>', 'from this one on, as 2017-01')
    .option('--json', 'for machines')
    .action(async ({ json = false, from }: JsonOption & { from?: string }) => {
      const { keepMonths } = await import('../../../ops/partition/keep-months.ts');
      const { addMonths } = await import('../../../ops/partition/add-months.ts');
      const { refuseOtherEngine } = await import('../../../ops/partition/refuse-unfit.ts');
      await withReadyDatabase(({ engine, clock }) => {
        refuseOtherEngine(engine, REVIEWS);
        return engine.dedicated(async (connection) => {
          const now = monthOf(clock.now());
          const earlier =
            from === undefined
              ? undefined
              : await addMonths(connection, { name: table.name, holdsWriters: true }, monthsBetween(monthNamed(from), now));
          const ahead = await keepMonths(connection, REVIEWS, clock.now());
          const added = [...(earlier?.added ?? []), ...(ahead?.added ?? [])];
          print(json, { isByMonths: ahead !== undefined, added }, () =>
            ahead === undefined
              ? [`${table.name} is stored whole: it needs no months.`]
              : [added.length === 0 ? 'Every month is there.' : `Made: ${added.join(', ')}.`],
          );
        });
      });
    });
  db.addCommand(partition);
}
