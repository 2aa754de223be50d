import { Command, Option } from 'commander';
import { FlashcaseError } from '../../errors/index.ts';
import { DUPLICATES, type Duplicates, TEXT_FORMATS } from '../../services/import-cards.ts';
import { type FileImport, type FileReport, importFile } from '../../services/import-file.ts';
import { print, withReadyDatabase } from './open.ts';

interface Options {
  readonly user: string;
  readonly deck?: string;
  readonly dryRun?: boolean;
  readonly scheduling: boolean;
  readonly json?: boolean;
  readonly format?: NonNullable<FileImport['format']>;
  readonly separator?: string;
  readonly rowSeparator?: string;
  readonly header?: boolean;
  readonly front?: number;
  readonly back?: number;
  readonly duplicates: Duplicates;
}

/** `\t` and `\n` as a shell passes them on. */
const unescaped = (value: string): string => value.replaceAll('\\t', '\t').replaceAll('\\n', '\n');

function columnOf(value: string): number {
  const number = Number(value);
  if (Number.isInteger(number) && number > 0) return number;
  throw new FlashcaseError('FC_BAD_REQUEST', { what: `A column is a number from 1, not ${value}.` });
}

const SHOWN = 60;

/** A side on one line, cut. */
function short(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length > SHOWN ? `${line.slice(0, SHOWN - 1)}…` : line;
}

const MOST_DECKS = 5;

/** The decks an import goes into, as a sentence has them. */
function intoOf(decks: FileReport['decks']): string {
  const names = decks.slice(0, MOST_DECKS).map(({ name, isNew }) => `${isNew ? 'the new deck ' : ''}${name}`);
  return [...names, ...(decks.length > MOST_DECKS ? [`${decks.length - MOST_DECKS} more decks`] : [])].join(', ');
}

function linesOf(report: FileReport, isDryRun: boolean): string[] {
  const { decks, added, updated, skipped, problems, problem_count: count, samples, left_out: leftOut } = report;
  const verb = isDryRun ? 'Would import' : 'Imported';
  const shown = isDryRun ? samples : [];
  return [
    `${verb} into ${intoOf(decks)}: ${added} new, ${updated} updated, ${skipped} already there.`,
    `  read as  ${report.format}`,
    ...(report.cards === undefined
      ? []
      : [`  with     ${report.cards} cards and ${report.reviews} reviews of the new notes, ${report.media} pictures and sounds`]),
    ...leftOut.map((sentence) => `  note     ${sentence}`),
    ...problems.map((problem) =>
      'line' in problem
        ? `  line ${String(problem.line).padEnd(4)}  ${problem.what}`
        : `  ${String(problem.count).padStart(7)}  ${problem.what}`,
    ),
    ...('line' in (problems[0] ?? {}) && count > problems.length ? [`  and ${count - problems.length} more problems`] : []),
    ...shown.map(({ front, back, action }) => `  ${action.padEnd(7)}  ${short(front)}  |  ${short(back)}`),
    ...(isDryRun ? ['Nothing was changed. Run it again without --dry-run to import.'] : []),
  ];
}

/** `flashcase import`. Named with a word behind it: `import` alone is a word of the language. */
export function importCommand(): Command {
  return new Command('import')
    .description('import a file of cards into a user’s decks, all or nothing; decks are made when they are not there')
    .argument(
      '<file>',
      'CSV, tab-separated rows, text of Anki, Quizlet, Obsidian or Q:/A: blocks, .apkg, .colpkg, .mochi, or an archive of FlashCase',
    )
    .requiredOption('--user <name>', 'whose deck it is')
    .option('--deck <name>', 'the deck the cards go into; packages and archives keep their own decks without it')
    .option('--dry-run', 'say what would be imported, with samples and problems, and change nothing')
    .option('--no-scheduling', 'packages and archives: every card begins as a new one, without its dates and reviews')
    .addOption(new Option('--format <name>', 'how a text is read; found out when left out').choices(TEXT_FORMATS))
    .option('--separator <text>', 'between front and back; \\t is a tab', unescaped)
    .option('--row-separator <text>', 'between cards; \\n is a line break', unescaped)
    .option('--header', 'the first row names the columns')
    .option('--no-header', 'the first row is a card')
    .option('--front <column>', 'the column of the fronts, from 1', columnOf)
    .option('--back <column>', 'the column of the backs, from 1', columnOf)
    .addOption(
      new Option('--duplicates <what>', 'what is there already: leave it, take the new text, or keep both')
        .choices(DUPLICATES)
        .default('skip'),
    )
    .option('--json', 'for machines')
    .action(async (file: string, options: Options) => {
      const isDryRun = options.dryRun === true;
      const report = await withReadyDatabase((database) =>
        importFile(database, options.user, {
          file,
          deck: options.deck,
          duplicates: options.duplicates,
          isDryRun,
          hasSchedule: options.scheduling,
          format: options.format,
          separator: options.separator,
          rowSeparator: options.rowSeparator,
          hasHeader: options.header,
          frontColumn: options.front,
          backColumn: options.back,
        }),
      );
      print(options.json === true, { dry_run: isDryRun, ...report }, () => linesOf(report, isDryRun));
    });
}
