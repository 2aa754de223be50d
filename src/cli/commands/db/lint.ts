import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { FlashcaseError } from '../../../errors/index.ts';
import { exitCodeOf, type LintReport, lint, lintLines } from '../../../revisions/lint/lint.ts';
import { project } from '../../../versions/project.ts';
import { exitCodes } from '../../exit-codes.ts';
import { commandSettings, print, withDatabase } from '../open.ts';
import type { JsonOption } from './revision-named.ts';

interface Options extends JsonOption {
  readonly all?: boolean;
  readonly offline?: boolean;
}

export function addLint(db: Command): void {
  const command = db.command('lint [id...]');
  exitCodes(command, { 1: 'A revision is unsafe, or another error.', 2: 'A person must decide: what is said may be right.' });
  command
    .description('judge revisions that no release has yet')
    .option('--all', 'released revisions too')
    .option('--offline', 'ask no database: rules that count rows do not run')
    .option('--json', 'for machines')
    .action(async (ids: string[], options: Options) => {
      const chosen = { ids, includesReleased: options.all === true };
      const report = options.offline === true ? await lint(project, chosen) : await withRows(chosen);
      print(options.json === true, report, () => lintLines(report));
      process.exitCode = exitCodeOf(report);
    });
}

/** With the rows of the configured database, where it can be reached. */
async function withRows(chosen: { ids: readonly string[]; includesReleased: boolean }): Promise<LintReport> {
  const { database } = commandSettings();
  if (database.engine === 'sqlite' && !existsSync(database.file)) return lint(project, chosen);
  try {
    return await withDatabase(({ engine }) => lint(project, { ...chosen, engine }), true);
  } catch (error) {
    if (!(error instanceof FlashcaseError) || error.code !== 'FC_DB_UNREACHABLE') throw error;
    process.stderr.write(`${error.message} Rules that count rows do not run; --offline says so beforehand.\n`);
    return lint(project, chosen);
  }
}
