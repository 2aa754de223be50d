import type { Command } from 'commander';
import { FlashcaseError } from '../../../errors/index.ts';
import { targetOf } from '../../../revisions/compile/target.ts';
import { explainRevision } from '../../../revisions/explain.ts';
import { type FolderOption, forApplication, type JsonOption, projectOf, tell } from './application.ts';

interface ShowOptions extends JsonOption, FolderOption {
  readonly sqlite: string;
  readonly postgres: string;
}

export function addShow(db: Command): void {
  forApplication(db.command('show <id>'))
    .description('what a revision (id, name or head) does: in words, as SQL on each engine, and its way back')
    .option('--sqlite <version>', 'the version to show the SQL for', '3.53')
    .option('--postgres <version>', 'the version to show the SQL for', '18')
    .action(async (id: string, options: ShowOptions) => {
      const { revisions } = await projectOf(options);
      const revision = id === 'head' ? revisions.at(-1) : revisions.find((one) => one.id === id || one.name === id);
      if (revision === undefined) {
        throw new FlashcaseError('FC_REVISION_UNKNOWN', {
          what: `There is no revision ${id}.`,
          hint: `Known: ${revisions.map((one) => `${one.id} ${one.name}`).join(', ')}.`,
        });
      }
      const explained = explainRevision(revisions, revision, [
        targetOf('sqlite', options.sqlite),
        targetOf('postgres', options.postgres),
      ]);
      const { upgrade, downgrade, sql } = explained;
      tell(options, explained, () => [
        `Revision ${explained.id} ${explained.name}`,
        ...upgrade.map((line) => `  up    ${line}`),
        ...(typeof downgrade === 'string' ? [`  down  none: ${downgrade}`] : downgrade.map((line) => `  down  ${line}`)),
        ...Object.entries(sql).flatMap(([engine, ways]) =>
          Object.entries(ways).flatMap(([way, statements]) => [
            '',
            `-- ${engine}, ${way}`,
            ...statements.map((one) => (one.startsWith('--') ? one : `${one};`)),
          ]),
        ),
      ]);
    });
}
