import type { Command, CommanderError } from 'commander';
import { FlashcaseError } from '../errors/index.ts';

/** Leaves it to `usageError` to say what is wrong with a command line. */
export function withoutOwnErrors(command: Command): Command {
  for (const inner of command.commands) withoutOwnErrors(inner);
  return command.exitOverride().configureOutput({ outputError: () => undefined });
}

/**
 * A command line that is none, as every other error: with its code and next step, and readable for machines. `undefined` where it was
 * answered already: help was asked for, or shown because no command was named.
 */
export function usageError(program: Command, argv: readonly string[], error: CommanderError): FlashcaseError | undefined {
  if (error.exitCode === 0 || error.code === 'commander.help') return undefined;
  const path = [program.name()];
  for (let here: Command | undefined = program, at = 0; here !== undefined; at++) {
    here = here.commands.find((inner) => inner.name() === argv[at]);
    if (here !== undefined) path.push(here.name());
  }
  const [said = '', ...more] = error.message.replace(/^error: /, '').split('\n');
  return new FlashcaseError('FC_BAD_REQUEST', {
    what: `${said.charAt(0).toUpperCase()}${said.slice(1)}${said.endsWith('.') ? '' : '.'}${more.map((line) => ` ${line}`).join('')}`,
    hint: `${path.join(' ')} --help`,
  });
}
