import { Command, CommanderError } from 'commander';
import { FlashcaseError } from '../errors/index.ts';
import { isAudited } from './audit/audited-commands.ts';
import type { RecordedStep } from './audit/record-step.ts';
import { explainExitCodes } from './exit-codes.ts';
import { folderIn, withFolder } from './folder-words.ts';
import { GROUPS } from './groups.ts';
import { notLoaded } from './not-loaded.ts';
import { usageError, withoutOwnErrors } from './usage-errors.ts';
import { ownVersion } from './version.ts';

/** `db upgrade` of the command that runs: its words without the program's. */
function wordsOf(command: Command): string {
  return command.parent?.parent ? `${wordsOf(command.parent)} ${command.name()}` : command.name();
}

/** Runs one command line and returns its exit code. Never throws: errors are printed with their next step, without a stack. */
async function main(argv: readonly string[]): Promise<number> {
  const program = new Command('flashcase')
    .description('Spaced repetition flashcards, self-hosted.')
    .version(ownVersion(), '-V, --version', 'print the version');
  const isJson = argv.includes('--json');
  const wanted = argv.find((word) => !word.startsWith('-'));
  let step: RecordedStep | undefined;
  program.hook('preAction', async (_, action) => {
    const path = wordsOf(action);
    if (isAudited(path)) step = await (await import('./audit/record-step.ts')).recordStep(path, action);
  });
  try {
    // Loading is part of the attempt: a model being edited may not load.
    for (const [name, group] of Object.entries(GROUPS)) {
      if (name === wanted) program.addCommand(explainExitCodes((await group.load())()));
      else program.command(name).description(group.about).allowUnknownOption();
    }
    if (argv.length === 0) {
      program.outputHelp();
      return 0;
    }
    await withoutOwnErrors(program).parseAsync([...argv], { from: 'user' });
    const exit = Number(process.exitCode ?? 0);
    await step?.end({ isDone: exit === 0, exit });
    return exit;
  } catch (thrown) {
    const error = thrown instanceof CommanderError ? usageError(program, argv, thrown) : thrown;
    if (error === undefined) return (thrown as CommanderError).exitCode;
    const known =
      error instanceof FlashcaseError
        ? error
        : (notLoaded(error) ??
          new FlashcaseError('FC_INTERNAL', {
            what: 'FlashCase met an error it does not know.',
            why: error instanceof Error ? error.message : String(error),
            hint: 'Please report it with the command you typed.',
            cause: error,
          }));
    await step?.end({ isDone: false, exit: known.exitCode, code: known.code });
    const folder = folderIn(argv);
    const hint = known.hint === undefined ? undefined : withFolder(known.hint, folder);
    process.stderr.write(
      isJson ? `${JSON.stringify({ error: { ...known.toJSON(), hint } })}\n` : `${withFolder(known.toText(), folder)}\n`,
    );
    return known.exitCode;
  }
}

process.exitCode = await main(process.argv.slice(2));
