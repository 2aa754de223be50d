import type { Command } from 'commander';
import { stamp } from '../../../revisions/stamp.ts';
import { revisions } from '../../../versions/index.ts';
import { exitCodes } from '../../exit-codes.ts';
import { print, withDatabase } from '../open.ts';
import { type JsonOption, revisionNamed } from './revision-named.ts';

export function addStamp(db: Command): void {
  exitCodes(
    db
      .command('stamp <revision>')
      .description('write into the ledger that the database is at a revision (id, name, head or base), without running anything')
      .option('--json', 'for machines')
      .option('--purge', 'forget everything the ledger says first')
      .option('--force <reason>', 'also where the schema is not what the revision makes; the reason is kept in the ledger'),
    { 3: 'The schema is not what the revision makes; nothing was written.' },
  ).action(async (revision: string, options: JsonOption & { purge?: boolean; force?: string }) => {
    const stamped = await withDatabase(({ engine, clock }) =>
      stamp(
        {
          engine,
          revisions,
          clock,
          isPurging: options.purge === true,
          ...(options.force === undefined ? {} : { reason: options.force }),
        },
        revisionNamed(revision, []),
      ),
    );
    print(options.json === true, stamped, () =>
      stamped.written.length + stamped.removed.length === 0
        ? ['Nothing to do: the ledger says so already.']
        : [...stamped.removed.map((id) => `taken out  ${id}`), ...stamped.written.map((id) => `entered    ${id}`)],
    );
  });
}
