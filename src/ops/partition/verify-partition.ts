import type { Connection, Engine } from '../../engine/engine.ts';
import type { Timestamp } from '../../schema/timestamp.ts';
import { captureProblem, waitingKeys } from './capture.ts';
import { compareTables } from './compare.ts';
import type { Partitioned } from './partitioned.ts';
import { partitionProblems } from './report.ts';
import { readBuild } from './state.ts';

export interface PartitionVerdict {
  readonly problems: readonly string[];
  /** In a sentence, where nothing is wrong. */
  readonly says: string;
}

/** Compares the table that is built with the one that serves, as far as it is copied; without one, looks whether the months are in order. */
export async function verifyPartition(
  connection: Connection,
  engine: Engine,
  partitioned: Partitioned,
  now: Timestamp,
): Promise<PartitionVerdict> {
  const problems = await partitionProblems(connection, engine, partitioned, now);
  const build = await readBuild(connection);
  if (build === undefined || build.state === 'swapped')
    return { problems, says: 'Months, keys and indexes are as they should be; no row is in the default partition.' };
  if (build.state === 'made' || build.state === 'copying')
    return { problems, says: `Nothing to compare yet: ${build.copiedRows} rows are copied.` };
  const capture = await captureProblem(connection, partitioned);
  const { rows, differences } = await compareTables(connection, partitioned, () => {});
  return {
    problems: [
      ...problems,
      ...(capture === undefined ? [] : [capture]),
      ...differences.map(({ key, what }) => `row (${key}) of the table that is built is ${what}`),
    ],
    says: `${rows} rows compared, all equal; ${await waitingKeys(connection)} were written meanwhile and are compared when they are carried.`,
  };
}
