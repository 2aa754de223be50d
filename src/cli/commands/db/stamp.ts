import type { Command } from 'commander';
import { stamp } from '../../../revisions/stamp.ts';
import { exitCodes } from '../../exit-codes.ts';
import { type FolderOption, forApplication, type JsonOption, tell, withApplication } from './application.ts';
import { oneNamed } from './revision-named.ts';

const HINT = 'Name the revision the database is at by its id or name, or say head or base: flashcase db history lists them.';

export function addStamp(db: Command): void {
  exitCodes(
    forApplication(db.command('stamp <revision>'))
      .description('write into the ledger that the database is at a revision (id, name, head or base), without running anything')
      .option('--purge', 'forget everything the ledger says first')
      .option('--force <reason>', 'also where the schema is not what the revision makes; the reason is kept in the ledger'),
    { 3: 'The schema is not what the revision makes; nothing was written.' },
  ).action(async (revision: string, options: JsonOption & FolderOption & { purge?: boolean; force?: string }) => {
    const stamped = await withApplication(options, ({ engine, clock, project: { revisions } }) =>
      stamp(
        {
          engine,
          revisions,
          clock,
          isPurging: options.purge === true,
          ...(options.force === undefined ? {} : { reason: options.force }),
        },
        revision === 'base' ? revision : oneNamed(revision, revisions, HINT),
      ),
    );
    tell(options, stamped, () =>
      stamped.written.length + stamped.removed.length === 0
        ? ['Nothing to do: the ledger says so already.']
        : [...stamped.removed.map((id) => `taken out  ${id}`), ...stamped.written.map((id) => `entered    ${id}`)],
    );
  });
}
