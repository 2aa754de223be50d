import { dirname } from 'node:path';
import { locationOf } from '../../engine/postgres/engine.ts';
import { refuseNetworkFileSystem } from '../../engine/sqlite/file-checks.ts';
import { freeBytesIn } from '../../engine/sqlite/free-bytes.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { inTransaction, openTarget } from '../target/connect.ts';
import { readHome } from './fence.ts';
import type { HomeOptions } from './home-options.ts';
import { type HomeSource, inspectSource, type OtherSession, otherSessions, refuseUnfit } from './inspect-source.ts';
import { type HomeFinding, judgeSource, openFindings } from './judge-source.ts';
import { refuseTaken } from './publish.ts';

export interface HomePlan {
  readonly source: HomeSource;
  readonly sessions: readonly OtherSession[];
  /** Of the disk the file comes to. */
  readonly freeBytes: number | undefined;
  readonly findings: readonly HomeFinding[];
  /** Those a run would refuse. */
  readonly open: readonly HomeFinding[];
  /** A run that was interrupted: the same command goes on with it. */
  readonly interrupted: string | undefined;
}

/** Looks at both sides and judges every value, in one snapshot and without keeping anybody from writing. Writes nothing. */
export async function planHome(options: HomeOptions): Promise<HomePlan> {
  const engine = openTarget(options.postgresUrl);
  const where = locationOf(options.postgresUrl);
  try {
    return await engine.dedicated(async (postgres) => {
      options.events.phase('source', 'looking at both sides');
      await refuseUnfit(postgres, where, options);
      const record = await readHome(postgres);
      if (record?.state === 'published')
        throw new FlashcaseError('FC_MOVE_STATE', {
          what: `This database went home to ${record.file}; it is written no more.`,
          where,
          hint: `Set DATABASE_URL=sqlite:///${record.file}`,
        });
      refuseTaken(options.sqliteFile);
      refuseNetworkFileSystem(options.sqliteFile);
      const sessions = await otherSessions(postgres);
      return inTransaction(
        postgres,
        async () => {
          const source = await inspectSource(engine, postgres, where, options);
          const { events, tables } = options;
          events.phase('judge', 'judging every value');
          events.expect(source.rows);
          const rows = new Map(source.tables.map(({ table, rows: count }) => [table, count]));
          const findings = await judgeSource(postgres, tables, source, ({ table: { name } }) =>
            events.rows(name, rows.get(name) ?? 0),
          );
          return {
            source,
            sessions,
            freeBytes: freeBytesIn(dirname(options.sqliteFile)),
            findings,
            open: openFindings(findings, options.isLeavingUnknown === true),
            interrupted: record?.runId,
          };
        },
        'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
      );
    });
  } finally {
    await engine.close();
  }
}
