import type { Command } from 'commander';
import { FlashcaseError } from '../../../errors/index.ts';
import { exitCodeOf, type LintReport, lint, lintLines } from '../../../revisions/lint/lint.ts';
import type { Project } from '../../../revisions/project.ts';
import { exitCodes } from '../../exit-codes.ts';
import {
  type FolderOption,
  forApplication,
  hasDatabase,
  type JsonOption,
  projectOf,
  tell,
  withApplication,
} from './application.ts';

interface Options extends JsonOption, FolderOption {
  readonly all?: boolean;
  readonly offline?: boolean;
}

export function addLint(db: Command): void {
  const command = forApplication(db.command('lint [id...]'));
  exitCodes(command, { 1: 'A revision is unsafe, or another error.', 2: 'A person must decide: what is said may be right.' });
  command
    .description('judge revisions that no release has yet')
    .option('--all', 'released revisions too')
    .option('--offline', 'ask no database: rules that count rows do not run')
    .action(async (ids: string[], options: Options) => {
      const chosen = { ids, includesReleased: options.all === true };
      const project = await projectOf(options);
      const report =
        options.offline !== true && hasDatabase(options) ? await withRows(project, chosen, options) : await lint(project, chosen);
      tell(options, report, () => lintLines(report));
      process.exitCode = exitCodeOf(report);
    });
}

/** With the rows of the configured database, where it can be reached. */
async function withRows(
  project: Project,
  chosen: { ids: readonly string[]; includesReleased: boolean },
  options: FolderOption,
): Promise<LintReport> {
  try {
    return await withApplication(options, ({ engine }) => lint(project, { ...chosen, engine }), { isReadOnly: true });
  } catch (error) {
    if (!(error instanceof FlashcaseError) || error.code !== 'FC_DB_UNREACHABLE') throw error;
    process.stderr.write(`${error.message} Rules that count rows do not run; --offline says so beforehand.\n`);
    return lint(project, chosen);
  }
}
