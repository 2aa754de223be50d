import type { Command } from 'commander';
import { bothSides } from '../../../revisions/history.ts';
import { readLedger } from '../../../revisions/ledger.ts';
import { revisions } from '../../../versions/index.ts';
import { print, withDatabase } from '../open.ts';
import type { JsonOption } from './revision-named.ts';

export function addHistory(db: Command): void {
  db.command('history')
    .description('every revision: what this code has, and what the database was given, when and by whom')
    .option('--json', 'for machines')
    .action(async (options: JsonOption) => {
      const history = await withDatabase(({ engine }) =>
        engine.dedicated(async (connection) => bothSides(revisions, await readLedger(connection, engine))),
      );
      print(options.json === true, { history }, () =>
        history.map(({ id, name, state, appliedAt, durationMs, appliedBy }) =>
          [
            state.padEnd(8),
            id,
            name,
            ...(appliedAt === undefined ? [] : [`${appliedAt} UTC  ${durationMs} ms  by ${appliedBy}`]),
          ].join('  '),
        ),
      );
    });
}
