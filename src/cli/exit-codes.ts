import type { Command } from 'commander';

/** Exit code to what it means. Zero and one mean the same for every command unless it says so itself. */
export type ExitCodes = Readonly<Record<number, string>>;

const COMMON: ExitCodes = { 0: 'Done.', 1: 'An error; the message says what to do next.' };
/** As a shell reports a command that was ended by Ctrl-C. */
export const INTERRUPTED = 130;

const declared = new WeakMap<Command, ExitCodes>();

/** Says what a command's exit codes mean, beside the code that sets them. Its `--help` and docs/reference read it from here. */
export function exitCodes(command: Command, codes: ExitCodes): Command {
  declared.set(command, codes);
  return command;
}

/** All exit codes of a command, in rising order. */
export function exitCodesOf(command: Command): [code: number, meaning: string][] {
  return Object.entries({ ...COMMON, ...declared.get(command) }).map(([code, meaning]) => [Number(code), meaning]);
}

/** Adds the exit codes to the `--help` of every command below. */
export function explainExitCodes(command: Command): Command {
  for (const inner of command.commands) explainExitCodes(inner);
  if (command.commands.length > 0) return command;
  const lines = exitCodesOf(command).map(([code, meaning]) => `  ${String(code).padEnd(3)}  ${meaning}`);
  return command.addHelpText('after', `\nExit codes:\n${lines.join('\n')}`);
}
