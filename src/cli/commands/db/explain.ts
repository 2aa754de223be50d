import type { Command } from 'commander';
import { exitCodes } from '../../exit-codes.ts';
import { print, withDatabase } from '../open.ts';
import type { JsonOption } from './application.ts';

export function addExplain(db: Command): void {
  exitCodes(db.command('explain [name]'), { 3: 'It reads a large table as a whole.' })
    .description(
      'the plan of one of FlashCase’s hot queries on this database, and what is wrong with it; without a name, all names',
    )
    .option('--json', 'for machines')
    .action(async (name: string | undefined, { json = false }: JsonOption) => {
      const { hotQueries } = await import('../../../ops/explain/hot-queries.ts');
      if (name === undefined) {
        const names = hotQueries.map((query) => query.name).toSorted();
        print(json, { names }, () => names);
        return;
      }
      const { explainQuery } = await import('../../../ops/explain/explain-query.ts');
      const explained = await withDatabase(
        ({ engine }) => engine.dedicated((connection) => explainQuery(connection, engine, name)),
        true,
      );
      print(json, explained, () => [
        explained.sql,
        '',
        ...explained.plan.map((line) => `  ${line}`),
        '',
        ...(explained.advice.length === 0 ? ['No large table is read as a whole.'] : explained.advice),
      ]);
      if (explained.wholeTables.length > 0) process.exitCode = 3;
    });
}
