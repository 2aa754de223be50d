import { Command } from 'commander';
import type { DistributeOptions, MovedTable } from '../../../ops/distribute/distribute.ts';
import type { DistributionPlan } from '../../../ops/distribute/plan.ts';
import { exitCodes } from '../../exit-codes.ts';
import { grouped, readableBytes, readableSeconds } from '../../move/progress.ts';
import { print, withDatabase, withReadyDatabase } from '../open.ts';
import type { JsonOption } from './application.ts';
import { stoppable } from './stoppable.ts';

const WHERE = { 'by user': 'in shards by user', everywhere: 'on every node', coordinator: 'on the coordinator' } as const;

function planLines({ cluster, hindrances, tables }: DistributionPlan): string[] {
  const nodes =
    cluster === undefined
      ? []
      : [
          `Citus ${cluster.version}: ${cluster.nodes.map(({ name, isCoordinator, isActive }) => `${name}${isCoordinator ? ' (coordinator)' : ''}${isActive ? '' : ' (not active)'}`).join(', ')}.`,
        ];
  const way = hindrances.flatMap(({ what, hint }) => [`IN THE WAY  ${what}`, `            ${hint}`]);
  if (tables.length === 0)
    return [...nodes, ...way, ...(cluster === undefined ? [] : ['Every table is in its place: nothing is left to do.'])];
  const known = tables.flatMap(({ pauseSeconds }) => pauseSeconds ?? []);
  const longest =
    known.length < tables.length
      ? 'how long at most is not known of each: ANALYZE; counts their rows, and this plan tells then'
      : `${readableSeconds(Math.max(...known))} at most`;
  return [
    ...nodes,
    ...tables.map(
      ({ name, placement, rows, bytes, pauseSeconds }) =>
        `  ${name.padEnd(18)} ${WHERE[placement].padEnd(18)} ${rows === undefined ? 'rows not known' : `about ${grouped(rows)} rows`}, ${readableBytes(bytes)}; waits ${pauseSeconds === undefined ? 'as long as its rows take, not known' : `${readableSeconds(pauseSeconds)} at most`}`,
    ),
    `One table after the other is hashed, moved and hashed again in one transaction; who reads or writes it waits that long (${longest}). Between two tables everything works.`,
    ...way,
    hindrances.length === 0
      ? 'To do it: flashcase db distribute run. To take it back at any time: flashcase db distribute undo.'
      : 'Nothing can be done before that.',
  ];
}

function movedLines(moved: readonly MovedTable[], nothing: string): string[] {
  if (moved.length === 0) return [nothing];
  const longest = moved.reduce((a, b) => (b.pauseMs > a.pauseMs ? b : a));
  return [
    ...moved.map(
      ({ name, placement, rows }) =>
        `  ${name.padEnd(18)} ${WHERE[placement].padEnd(18)} ${grouped(rows)} rows, the same before and after`,
    ),
    `${moved.length} tables moved. The longest wait was ${readableSeconds(longest.pauseMs / 1000)}, for ${longest.name}.`,
  ];
}

/** Ctrl-C ends it between two tables. */
async function moveTables(
  json: boolean,
  nothing: string,
  work: (options: DistributeOptions) => Promise<readonly MovedTable[]>,
  open: typeof withDatabase = withDatabase,
): Promise<void> {
  const { project } = await import('../../../versions/project.ts');
  await stoppable(json, async (options) => {
    const moved = await open(({ engine, clock }) => work({ engine, clock, project, ...options }));
    print(json, { moved }, () => movedLines(moved, nothing));
  });
}

/**
 * `flashcase db distribute`: one database over several nodes by Citus, and back. Only `run` asks for today's tables: a revision that is pending is applied after
 * `undo`, and no other way.
 */
export function addDistribute(db: Command): void {
  const distribute = new Command('distribute').description('spread the database over the nodes of a Citus cluster, and back');
  distribute
    .command('plan')
    .description('what would go where, how long each table waits, and what is in the way; changes nothing')
    .option('--json', 'for machines')
    .action(async ({ json = false }: JsonOption) => {
      const { planDistribution } = await import('../../../ops/distribute/plan.ts');
      const { project } = await import('../../../versions/project.ts');
      await withDatabase(({ engine }) =>
        engine.dedicated(async (connection) => {
          const plan = await planDistribution(connection, engine, project);
          print(json, plan, () => planLines(plan));
        }),
      );
    });
  distribute
    .command('run')
    .description(
      'move every table to its place, each proved in the transaction that moves it; typed again after a kill, it goes on',
    )
    .option('--json', 'for machines')
    .action(async ({ json = false }: JsonOption) => {
      const { distribute: run } = await import('../../../ops/distribute/distribute.ts');
      await moveTables(json, 'Every table is in its place already.', run, withReadyDatabase);
    });
  exitCodes(distribute.command('verify'), { 3: 'Something is not as it should be.' })
    .description(
      'whether all nodes answer, every table is in its place, and tables that are everywhere are the same on every node',
    )
    .option('--json', 'for machines')
    .action(async ({ json = false }: JsonOption) => {
      const { verifyDistribution } = await import('../../../ops/distribute/verify.ts');
      const { project } = await import('../../../versions/project.ts');
      await withDatabase(({ engine }) =>
        engine.dedicated(async (connection) => {
          const verdict = await verifyDistribution(connection, engine, project);
          print(json, verdict, () => [
            ...(verdict.isDistributed
              ? verdict.proved.map((line) => `ok     ${line}`)
              : ['The database is on one server: not distributed.']),
            ...verdict.problems.map((problem) => `WRONG  ${problem}`),
          ]);
          if (verdict.problems.length > 0) process.exitCode = 3;
        }),
      );
    });
  distribute
    .command('undo')
    .description('bring every table back to the coordinator, whole, proved the same way')
    .option('--json', 'for machines')
    .action(async ({ json = false }: JsonOption) => {
      const { undistribute } = await import('../../../ops/distribute/distribute.ts');
      await moveTables(json, 'Every table is on the coordinator already.', undistribute);
    });
  db.addCommand(distribute);
}
